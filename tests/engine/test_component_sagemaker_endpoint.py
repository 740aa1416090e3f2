"""SageMakerEndpoint through the real engine: which resources change at each step of its life."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_BUCKET = "s3://example-models/fraud"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_BUCKET}/1.5.0/model.tar.gz",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.sagemaker_endpoint",
        "SageMakerEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "model_version": "1.4.0",
            "model_uri": f"{_BUCKET}/1.4.0/model.tar.gz",
            "framework": "xgboost",
            "instance_type": "ml.m5.large",
            "max_replicas": 3,
            "shift": "canary",
        },
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.order.index(("create", "fraud-stable-latency")) < created.order.index(
        ("create", "fraud-endpoint")
    )
    assert created.order.index(("create", "fraud-role-policy")) < created.order.index(
        ("create", "fraud-stable-model")
    )
    assert project.outputs()["endpoint_name"] == "fraud-dev"
    assert project.up().steps == {}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.names("create") == {
        "fraud-candidate-model",
        "fraud-candidate-latency",
        "fraud-candidate-errors",
    }
    assert begun.names("replace") == {"fraud-configuration", "fraud-role-policy"}
    assert begun.names("update") == {"fraud-endpoint", "fraud-live"}
    live = project.resource("fraud-live")["outputs"]
    assert live["liveWeights"] == {"stable": 90, "candidate": 10}

    # The share alone: no configuration, no fleet.
    assert project.up(canary_percent=50).steps == {"fraud-live": ["update"]}
    assert project.up(canary_percent=100).steps == {"fraud-live": ["update"]}

    promoted = project.up(
        model_version="1.5.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    assert promoted.names("replace") == {
        "fraud-stable-model",
        "fraud-configuration",
        "fraud-role-policy",
    }
    _before(promoted.order, ("create-replacement", "fraud-configuration"), ("update", "fraud-live"))
    # The old configuration, model and permission are there until the endpoint has left them.
    for name in ("fraud-configuration", "fraud-stable-model", "fraud-role-policy"):
        _before(promoted.order, ("update", "fraud-live"), ("delete-replaced", name))
    _before(promoted.order, ("update", "fraud-live"), ("delete", "fraud-candidate-model"))
    assert project.resource("fraud-live")["outputs"]["liveWeights"] == {"stable": 100}

    back = project.up(model_version="1.4.0", model_uri=f"{_BUCKET}/1.4.0/model.tar.gz")
    assert back.names("update") == {"fraud-endpoint", "fraud-live"}

    tightened = project.up(latency_p95_ms=50)
    assert not tightened.names("create", "replace", "delete")
    assert project.resource("fraud-stable-latency")["inputs"]["threshold"] == 50_000

    assert project.up(max_replicas=5).steps == {"fraud-stable-scaling-target": ["update"]}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


def test_nvme_instances_have_no_key(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up(instance_type="ml.g5.xlarge")
    assert "fraud-key" not in created.names("create")
    assert "kmsKeyArn" not in project.resource("fraud-configuration")["inputs"]


def _before(order: list[tuple[str, str]], first: tuple[str, str], second: tuple[str, str]) -> None:
    assert order.index(first) < order.index(second), f"{first} after {second}"
