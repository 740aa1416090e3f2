"""PrepulledImages through the real engine."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"


def image(digit: str) -> str:
    return f"registry.example.com/image@sha256:{digit * 64}"


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.prepulled_images",
        "PrepulledImages",
        "l4",
        {
            "namespace": "default",
            "images": [image("1")],
            "node_labels": {"model-serving/node-pool": "l4"},
            "tools_image": image("9"),
        },
    )
    project.preview()
    sandbox.run("sandbox/cloud", "fault", "add", DAEMON_SET, "create", "fail")
    assert "l4-daemon-set" in project.up(fails=True).output
    made = project.up()
    # The policy was there before any pod.
    assert made.names("create") == {"l4-daemon-set"}
    assert project.up().steps == {}
    assert project.up(images=[image("1"), image("2")]).steps == {"l4-daemon-set": ["update"]}
    drift = "spec.template.spec.terminationGracePeriodSeconds=30"
    sandbox.run("sandbox/cloud", "set", "default/l4", drift, "--token", DAEMON_SET)
    assert project.refresh().names("update") == {"l4-daemon-set"}
    assert project.up().names("update") == {"l4-daemon-set"}
    assert project.outputs() == {"daemon_set_name": "l4"}
    assert project.destroy().names("delete") >= {"l4-daemon-set", "l4-network"}
