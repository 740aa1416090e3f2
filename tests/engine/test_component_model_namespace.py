"""ModelNamespace through the real engine: taken over, closed, limited, joined to a mesh, gone."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

# As the program made namespaces before there was a component.
_BEFORE = """
import pulumi
import pulumi_kubernetes

provider = pulumi_kubernetes.Provider("kubernetes", context="serving-dev")
labels = {
    **{f"pod-security.kubernetes.io/{kind}": "restricted" for kind in ("warn", "audit")},
    "pod-security.kubernetes.io/enforce": "baseline",
    "app.kubernetes.io/managed-by": "pulumi",
}
pulumi_kubernetes.core.v1.Namespace(
    "models",
    api_version="v1",
    kind="Namespace",
    metadata={"name": "models", "labels": labels},
    opts=pulumi.ResourceOptions(provider=provider),
)
"""


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.model_namespace",
        "ModelNamespace",
        "models",
        {"pod_security": "baseline"},
    )
    program = project.folder / "__main__.py"
    now = program.read_text()
    program.write_text(_BEFORE)
    assert project.up().names("create") >= {"models"}
    before = project.resource("models")

    # The namespace that is there becomes the component's: neither replaced nor touched.
    program.write_text(now)
    taken = project.up()
    assert taken.names("create") == {"models", "models-default-deny", "models-dns"}
    assert taken.names("update", "replace", "delete", "create-replacement") == set()
    after = project.resource("models-namespace")
    assert (after["id"], after["inputs"]) == (before["id"], before["inputs"])
    assert project.up().steps == {}

    # Half-way: the quota fails, and the same command goes on from there.
    cloud, quota = "sandbox/cloud", "kubernetes:core/v1:ResourceQuota"
    sandbox.run(cloud, "fault", "add", quota, "create", "fail")
    failed = project.up(fails=True, quota_pods=10)
    assert "models-quota" in failed.output
    sandbox.run(cloud, "fault", "clear")
    assert "models-quota" in project.up().names("create")
    project.up(quota_pods=None)

    limited = project.up(quota_pods=10, quota_gpus=2, operator_groups=["ml-on-call"])
    assert limited.steps == {
        name: ["create"]
        for name in (
            "models-quota",
            "models-limit-range",
            "models-operator-role",
            "models-operator-binding",
        )
    }
    assert project.up(quota_pods=12).steps == {"models-quota": ["update"]}
    joined = project.up(mesh="istio_sidecar")
    assert joined.steps == {
        "models-namespace": ["update"],
        "models-mutual-tls": ["create"],
        "models-nobody": ["create"],
    }
    raised = project.up(pod_security="restricted")
    assert raised.steps == {"models-namespace": ["update"]}
    assert raised.properties["models-namespace"] == {
        'metadata.labels["pod-security.kubernetes.io/enforce"]'
    }

    # Somebody opens the network by hand: seen, and closed again.
    sandbox.run("sandbox/cloud", "rm", "allow-dns")
    assert project.up(refresh=True).names("create") == {"models-dns"}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"models", "models-namespace", "models-nobody"}
