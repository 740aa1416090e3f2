"""EksAutoscalerIdentity through the real engine."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine
ROLE = "arn:aws:iam::123456789012:role/serving-dev-cluster"


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "aws",
        "components.aws.eks_autoscaler_identity",
        "EksAutoscalerIdentity",
        "scaler",
        {"autoscaler": "karpenter", "cluster_name": "serving-dev", "node_role_arns": [ROLE]},
    )
    project.preview()
    fault = ("fault", "add", "aws:sqs/queuePolicy:*", "create", "fail")
    sandbox.run("sandbox/cloud", *fault)
    assert "scaler-queue-policy" in project.up(fails=True).output
    assert "scaler-queue-policy" in project.up().names("create")
    assert project.up().steps == {}
    outputs = project.outputs()
    queue = project.resource("scaler-queue")["outputs"]
    assert outputs["queue_name"] == queue["name"]

    more = project.up(tags={"owner": "team-platform"})
    assert more.names("create", "delete", "replace") == set()
    quiet = project.up(interruptions=False)
    assert quiet.names("delete") >= {"scaler-queue", "scaler-spot", "scaler-spot-target"}
    assert quiet.names("update") == {"scaler-policy"}
    assert project.outputs()["queue_name"] == ""

    name = project.resource("scaler-role")["outputs"]["name"]
    sandbox.run("sandbox/cloud", "set", name, "description=changed", "--token", "aws:iam/role:*")
    assert project.refresh().names("update") == {"scaler-role"}
    assert project.up().names("update") == {"scaler-role"}
    assert project.destroy().names("delete") >= {"scaler-role", "scaler-association"}
