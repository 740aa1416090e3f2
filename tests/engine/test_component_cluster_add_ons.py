"""ClusterAddOns through the real engine; a chart itself is taken as declared by the sandbox."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine
RELEASE = "kubernetes:helm.sh/v3:Release"


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.cluster_add_ons",
        "ClusterAddOns",
        "it",
        {
            "cluster": "eks",
            "gpu_software": "operator",
            "prometheus": True,
            "kserve": "standard",
            "shared_pools": [{"time_slices": 4}],
        },
    )
    project.preview()
    # Half-way: the definitions are there, the controller fails, and `up` goes on from there.
    fault = ("fault", "add", RELEASE, "create", "fail", "--resource", "kserve-resources")
    sandbox.run("sandbox/cloud", *fault)
    failed = project.up(fails=True)
    assert "it-kserve-resources" in failed.output
    made = project.up()
    assert made.names("create") >= {"it-kserve-resources", "it-kserve-runtime-configs"}
    assert not made.names("create") & {"it-kserve-crd", "it-cert-manager"}
    assert project.up().steps == {}
    warned = "the sandbox takes the chart as installed"
    assert warned in failed.output + made.output

    changed = project.up(shared_pools=[{"time_slices": 8}])
    assert changed.steps == {"it-gpu-operator": ["update"]}
    upgraded = project.up(chart_versions={"gpu-operator": "v26.7.0"})
    assert upgraded.steps == {"it-gpu-operator": ["update"]}

    # The plugin instead of the operator: never both, and the rest stays.
    replaced = project.up(gpu_software="device_plugin", chart_versions=None)
    assert replaced.names("create") == {
        "it-nvidia-device-plugin",
        "it-nvidia-device-plugin-namespace",
    }
    assert replaced.names("delete") == {"it-gpu-operator", "it-gpu-operator-namespace"}
    assert not replaced.names("update", "replace")

    gone = project.destroy().order
    order = [name for operation, name in gone if operation == "delete"]
    # What stands on definitions and webhooks goes before them.
    last = ["it-kserve-runtime-configs", "it-kserve-resources", "it-kserve-crd", "it-cert-manager"]
    assert [name for name in order if name in last] == last
