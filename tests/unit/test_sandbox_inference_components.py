"""Inference components in the sandbox: by Cloud Control and by SageMaker's API alike."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from sandbox.clouds.aws import cloudformation
from sandbox.clouds.base import RefusedError
from sandbox.rows import Fault
from sandbox.store import Row
from tests.unit.sandbox_api import ACCOUNT, REGION, Client, clients
from tests.unit.sandbox_aws import CONFIGURATION, ENDPOINT, MODEL, role
from tests.unit.sandbox_life import Made, Stack

COMPONENT = cloudformation.RESOURCE
TYPE = "AWS::SageMaker::InferenceComponent"
TARGET = "aws:appautoscaling/target:Target"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLLING: dict[str, Any] = {
    "RollingUpdatePolicy": {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 0,
    }
}


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": REGION})


@pytest.fixture
def client(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with clients(aws.store.path, monkeypatch) as make:
        yield make


def hosted(aws: Stack, *, least: int = 0, most: int = 2) -> Made:
    """An endpoint for components, of instances with 2 cores and 8 GiB."""
    arn = role(aws, "sagemaker.amazonaws.com")
    for name in ("one", "two"):
        aws.create(MODEL, name, name=name, executionRoleArn=arn, primaryContainer={"image": name})
    scaling = {"status": "ENABLED", "minInstanceCount": least, "maxInstanceCount": most}
    variant = {
        "variantName": "AllTraffic",
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 1,
        "managedInstanceScaling": scaling,
    }
    configuration = aws.create(
        CONFIGURATION, "config", executionRoleArn=arn, productionVariants=[variant]
    )
    return aws.create(
        ENDPOINT, "pool", name="pool", endpointConfigName=configuration.outputs["name"]
    )


def state(
    model: str = "one", *, copies: int = 1, memory: int = 4096, name: str = "part", **more: object
) -> str:
    needs = {"MinMemoryRequiredInMb": memory}
    return json.dumps(
        {
            "InferenceComponentName": name,
            "EndpointName": "pool",
            "VariantName": "AllTraffic",
            "Specification": {"ModelName": model, "ComputeResourceRequirements": needs},
            "RuntimeConfig": {"CopyCount": copies},
            "DeploymentConfig": ROLLING,
            **more,
        }
    )


def made(aws: Stack, text: str, name: str = "c") -> Made:
    return aws.create(COMPONENT, name, typeName=TYPE, desiredState=text)


def live(api: Any, name: str = "part") -> tuple[str, str, int, int]:  # noqa: ANN401
    """Status, model, wanted and placed copies."""
    found = api.describe_inference_component(InferenceComponentName=name)
    copies = found["RuntimeConfig"]
    return (
        found["InferenceComponentStatus"],
        found["Specification"]["ModelName"],
        copies["DesiredCopyCount"],
        copies["CurrentCopyCount"],
    )


def instances(api: Any) -> int:  # noqa: ANN401
    found = api.describe_endpoint(EndpointName="pool")
    return int(found["ProductionVariants"][0]["CurrentInstanceCount"])


def test_boto3_sees_and_changes_what_cloud_control_made(aws: Stack, client: Client) -> None:
    endpoint = hosted(aws)
    component = made(aws, state())
    assert component.id == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-component/part"
    api = client("sagemaker")
    assert live(api) == ("InService", "one", 1, 1)
    assert instances(api) == 1
    assert len(api.list_inference_components(EndpointNameEquals="pool")["InferenceComponents"]) == 1
    assert not api.list_inference_components(EndpointNameEquals="no")["InferenceComponents"]

    def scale(copies: int) -> None:
        api.update_inference_component_runtime_config(
            InferenceComponentName="part", DesiredRuntimeConfig={"CopyCount": copies}
        )

    scale(3)
    assert live(api) == ("InService", "one", 3, 3)
    assert instances(api) == 2
    # Another model, by either: the copies stay as they are.
    needs = {"MinMemoryRequiredInMb": 4096}
    api.update_inference_component(
        InferenceComponentName="part",
        Specification={"ModelName": "two", "ComputeResourceRequirements": needs},
        DeploymentConfig=ROLLING,
    )
    assert live(api) == ("InService", "two", 3, 3)
    scale(0)
    assert (live(api)[2:], instances(api)) == ((0, 0), 0)
    scale(2)
    aws.update(component, desiredState=state("two"))
    assert live(api) == ("InService", "two", 2, 2)

    with pytest.raises(RefusedError, match="delete its inference components first \\(part\\)"):
        aws.delete(endpoint)
    with pytest.raises(ClientError, match="delete its inference components first"):
        api.delete_endpoint(EndpointName="pool")
    aws.delete(component)
    with pytest.raises(ClientError, match="Could not find inference component"):
        live(api)
    aws.delete(endpoint)


def test_an_api_made_component_is_one_too(aws: Stack, client: Client) -> None:
    hosted(aws)
    api = client("sagemaker")
    asked = json.loads(state())
    del asked["DeploymentConfig"]
    api.create_inference_component(**asked)
    assert live(api) == ("InService", "one", 1, 1)
    api.delete_inference_component(InferenceComponentName="part")
    assert not api.list_inference_components()["InferenceComponents"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "this is no JSON"),
        (state(EndPointName="x"), "EndPointName: no such property; did you mean EndpointName"),
        (state(RuntimeConfig={"CopyCount": -1}), "CopyCount: got -1; use at least 0"),
        (state(RuntimeConfig={"CopyCount": "1"}), 'CopyCount: got "1"; use a value of type'),
        (state(memory=127), "MinMemoryRequiredInMb: got 127; use at least 128"),
        (state(Specification=None), "use a value of type object"),
        (state(EndpointName="-x"), "use a text that matches"),
        (state(InferenceComponentStatus="InService"), "is read only"),
        (state(Specifications=[]), "got 0 items; use at least 2"),
        (json.dumps({"EndpointName": "pool"}), "Specification or Specifications"),
        (json.dumps({"Specification": {}}), "EndpointName: missing required property"),
    ],
)
def test_the_schema_of_cloudformation_is_asked_at_the_preview(
    aws: Stack, text: str, told: str
) -> None:
    found = aws.problems(COMPONENT, {"typeName": TYPE, "desiredState": text})
    assert any(told in f"{each.path}: {each.reason}" for each in found), found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (state(EndpointName="none"), "Endpoint none does not exist"),
        (state(VariantName="stable"), "has no variant stable, it has AllTraffic"),
        (state("three"), "Model three does not exist"),
        (state(Specification={"ModelName": "one"}), "MinMemoryRequiredInMb: missing"),
        (state(Specification={"StartupParameters": {}}), "missing ModelName or Container"),
    ],
)
def test_what_a_component_points_to(aws: Stack, text: str, told: str) -> None:
    hosted(aws)
    with pytest.raises(RefusedError, match=told):
        made(aws, text)


def test_a_patch_cannot_reach_what_is_write_only(aws: Stack, client: Client) -> None:
    """Copies and deployment of the first text stay in Pulumi's state, and change nothing."""
    hosted(aws)
    component = made(aws, state())
    with pytest.raises(RefusedError, match="RuntimeConfig/CopyCount: the path is not in"):
        aws.update(component, desiredState=state(copies=2))
    with pytest.raises(RefusedError, match=r"EndpointName.*stays where it is"):
        aws.update(component, desiredState=state(EndpointName="other"))
    assert live(client("sagemaker")) == ("InService", "one", 1, 1)


def test_other_types_are_replaced_by_their_schema(aws: Stack) -> None:
    kind = "AWS::Logs::LogGroup"
    first = {"LogGroupName": "a", "RetentionInDays": 7}
    group = aws.create(COMPONENT, "g", typeName=kind, desiredState=json.dumps(first))
    changed = {**first, "RetentionInDays": 14}
    assert aws.paths(group, desiredState=json.dumps(changed)) == {"desiredState": False}
    renamed = {**first, "LogGroupName": "b"}
    assert aws.paths(group, desiredState=json.dumps(renamed)) == {"desiredState": True}


_ROLE = {"executionRoleArn": "arn:aws:iam::123456789012:role/x"}


@pytest.mark.parametrize(
    ("change", "given", "told"),
    [
        ({}, _ROLE, ""),
        ({}, {}, "executionRoleArn: missing: productionVariants[0] has no model"),
        ({"modelName": "one"}, {}, "minInstanceCount: got 0; a variant with a model"),
        ({"least": 3}, _ROLE, "minInstanceCount: got 3, above maxInstanceCount 2"),
        ({"modelName": "one", "least": 1}, {}, ""),
    ],
)
def test_configurations_that_are_to_host_components(
    aws: Stack, change: dict[str, Any], given: dict[str, str], told: str
) -> None:
    least = {"minInstanceCount": change.get("least", 0)}
    variant = {
        "variantName": "AllTraffic",
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 1,
        "managedInstanceScaling": {"status": "ENABLED", "maxInstanceCount": 2, **least},
        **{key: value for key, value in change.items() if key != "least"},
    }
    found = aws.problems(CONFIGURATION, {"productionVariants": [variant], **given})
    said = [f"{each.path}: {each.reason}" for each in found]
    assert bool(said) == bool(told)
    assert not told or told in said[0]


def test_room_on_the_instances(aws: Stack, client: Client) -> None:
    hosted(aws)
    api = client("sagemaker")
    made(aws, state(copies=3))
    with pytest.raises(RefusedError, match="Not enough hardware resources"):
        made(aws, state(name="other", copies=2), "d")
    found = api.describe_inference_component(InferenceComponentName="other")
    assert found["InferenceComponentStatus"] == "Failed"
    assert "1 found room" in found["FailureReason"]
    with pytest.raises(ClientError, match="Cannot update failed inference component"):
        api.update_inference_component_runtime_config(
            InferenceComponentName="other", DesiredRuntimeConfig={"CopyCount": 1}
        )


def test_an_update_goes_back_for_an_alarm_or_by_a_rule(aws: Stack, client: Client) -> None:
    hosted(aws)
    made(aws, state())
    api = client("sagemaker")
    needs = {"MinMemoryRequiredInMb": 4096}

    def roll(**more: Any) -> str:  # noqa: ANN401
        api.update_inference_component(
            InferenceComponentName="part",
            Specification={"ModelName": "two", "ComputeResourceRequirements": needs},
            DeploymentConfig={**ROLLING, **more},
        )
        found = api.describe_inference_component(InferenceComponentName="part")
        assert found["InferenceComponentStatus"] == "InService"
        return str(found.get("FailureReason", ""))

    aws.create(
        ALARM,
        "late",
        name="late",
        comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=1,
        metricName="m",
        namespace="n",
        period=60,
        statistic="Sum",
        threshold=1,
    )

    def ring(row: Row) -> Row:
        return row.replace(live={**row.live, "state": "ALARM"})

    aws.store.update("aws", ALARM, "late", ring, account=ACCOUNT, region=REGION)
    guarded = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "late"}]}}
    assert "alarm late is in ALARM" in roll(**guarded)
    assert live(api)[1] == "one"
    aws.store.add_fault(Fault(COMPONENT, "UpdateInferenceComponent", "silent_rollback"))
    assert "rolled back" in roll()
    assert live(api)[1] == "one"
    assert roll() == ""
    assert live(api)[1] == "two"


def test_what_scales_copies(aws: Stack) -> None:
    hosted(aws)
    made(aws, state())
    target: dict[str, Any] = {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:inference-component:DesiredCopyCount",
        "minCapacity": 0,
        "maxCapacity": 2,
    }
    aws.create(TARGET, "t", resourceId="inference-component/part", **target)
    for resource, told in (
        ("inference-component/none", "Inference component none does not exist"),
        ("part", "use inference-component/<name>"),
    ):
        with pytest.raises(RefusedError, match=told):
            aws.create(TARGET, "u", resourceId=resource, **target)
    variant = {**target, "scalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    with pytest.raises(RefusedError, match="keeps at least 1 instance"):
        aws.create(TARGET, "v", resourceId="endpoint/pool/variant/AllTraffic", **variant)
