"""SageMakerAsyncEndpoint through the real engine: a queue, a held share, instances down to none."""

import json
from typing import Any

import pytest

from sandbox.store import Fault, Row
from tests.engine.aws_client import aws_clients
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_BUCKET = "s3://example-models/captions"
_UPDATE = "UpdateEndpoint"
_WEIGHTS = "UpdateEndpointWeightsAndCapacities"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_BUCKET}/1.5.0/model.tar.gz",
}
_TOPIC = """
topic = pulumi_aws.sns.Topic("done", opts=pulumi.ResourceOptions(provider=providers[0]))
asked["args"]["success_topic_arn"] = topic.arn
"""


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.sagemaker.sagemaker_async_endpoint",
        "SageMakerAsyncEndpoint",
        "captions",
        {
            "environment": "dev",
            "owner": "team-media",
            "model_version": "1.4.0",
            "model_uri": f"{_BUCKET}/1.4.0/model.tar.gz",
            "framework": "xgboost",
            "instance_type": "ml.m5.large",
            "output_uri": "s3://example-models/results/",
            "input_uri": "s3://example-models/requests/",
            "max_replicas": 3,
        },
        setup=_TOPIC,
    )


def _calls(sandbox: Sandbox) -> list[str]:
    """What moved the endpoint over the API, in order."""
    with sandbox.store() as store:
        events = store.events(operation="sagemaker:Update*")
    return [event.operation.partition(":")[2] for event in events if event.outcome == "ok"]


def _variants(sandbox: Sandbox) -> dict[str, tuple[float, int]]:
    """Weight and instances of each variant, as boto3 reads them."""
    with aws_clients(sandbox) as aws:
        found = aws("sagemaker").describe_endpoint(EndpointName="captions-dev-async")
    assert found["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"]
    return {
        each["VariantName"]: (each["CurrentWeight"], each["CurrentInstanceCount"])
        for each in found["ProductionVariants"]
    }


def _scale(sandbox: Sandbox, count: int) -> None:
    """Set the stable variant's instances, as autoscaling would."""

    def change(row: Row) -> Row:
        live = json.loads(json.dumps(row.live))
        stable = next(each for each in live["variants"] if each["name"] == "stable")
        stable["current_instance_count"] = stable["desired_instance_count"] = count
        return row.replace(live=live)

    with sandbox.store() as store:
        store.update("aws", _ENDPOINT, "captions-dev-async", change)


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    scaling = {name for name in created.names("create") if "scaling" in name or "zero" in name}
    assert scaling == {
        "captions-stable-scaling-target",
        "captions-stable-scaling-policy",
        "captions-stable-from-zero-policy",
        "captions-stable-from-zero",
    }
    assert project.outputs()["url"].endswith("/endpoints/captions-dev-async/async-invocations")
    target = project.resource("captions-stable-scaling-target")["inputs"]
    assert (target["minCapacity"], target["maxCapacity"]) == (0, 3)
    assert project.up().steps == {}

    # Nothing waits: it rests without an instance, and no update wakes it.
    _scale(sandbox, 0)
    assert project.up(**_CANDIDATE).names("replace") == {
        "captions-configuration",
        "captions-role-policy",
    }
    for percent in (10, 50, 100, 0, 10):
        assert project.up(canary_percent=percent).steps == {"captions-live": ["update"]}
    assert _calls(sandbox) == [_UPDATE, *[_WEIGHTS] * 5]
    assert _variants(sandbox) == {"stable": (90, 0), "candidate": (10, 1)}

    gone: dict[str, Any] = {
        "candidate_version": None,
        "candidate_uri": None,
        "canary_percent": None,
    }
    given_up = project.up(**gone)
    assert given_up.names("delete") == {
        "captions-candidate-model",
        "captions-candidate-latency",
        "captions-candidate-errors",
    }
    assert project.up(output_uri="s3://example-models/others/").names("replace") == {
        "captions-configuration",
        "captions-role-policy",
    }
    assert project.refresh().names("update") == set()
    assert project.up(min_replicas=1).names("delete") == {
        "captions-stable-from-zero-policy",
        "captions-stable-from-zero",
    }
    assert project.up().steps == {}
    assert project.destroy().names("delete") >= created.names("create") - scaling


def test_a_creation_that_fails_halfway_goes_on(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    with sandbox.store() as store:
        store.add_fault(Fault(_ENDPOINT, "create", "fail", message="no capacity for ml.m5.large"))
    failed = project.up(fails=True)
    assert "no capacity for ml.m5.large" in failed.output
    resumed = project.up()
    # What was made the first time is there.
    assert "captions-configuration" not in resumed.names("create")
    assert resumed.names("create") >= {"captions-endpoint", "captions-live"}
    assert project.up().steps == {}


def test_a_silent_rollback_is_told(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    with sandbox.store() as store:
        store.add_fault(Fault(_ENDPOINT, _UPDATE, "silent_rollback"))
    version: dict[str, Any] = {"model_version": "1.5.0", "model_uri": _CANDIDATE["candidate_uri"]}
    failed = project.up(fails=True, **version)
    assert "still serves configuration" in failed.output
    assert not failed.names("delete", "delete-replaced")
    project.up()
    assert project.up().steps == {}


def test_another_type_of_instance_while_it_scales(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    # Steps are named by an alarm, by ARN: taken away they could not be given back.
    refused = project.up(fails=True, instance_type="ml.m5.xlarge")
    assert "Take the scaling away first" in refused.output
    assert _calls(sandbox) == []
    # A configuration of the first type again, as the refused one was made.
    project.up(instance_type="ml.m5.large", min_replicas=1)
    moved = project.up(instance_type="ml.m5.xlarge")
    assert moved.names("update") == {"captions-live"}
    assert _calls(sandbox) == [_UPDATE] * 2
    assert project.refresh().names("update", "delete") == set()
    assert project.up(min_replicas=0).names("create") == {
        "captions-stable-from-zero-policy",
        "captions-stable-from-zero",
    }
