"""How the sandbox's SageMaker moves to another configuration, as boto3 sees it; what it refuses."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from sandbox.clouds.aws import endpoint_shifts
from tests.unit.sandbox_api import REGION, Client, clients
from tests.unit.sandbox_aws import CONFIGURATION, ENDPOINT, Made, served, variant
from tests.unit.sandbox_life import Stack

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": REGION})


@pytest.fixture
def client(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with clients(aws.store.path, monkeypatch) as make:
        yield make


def other(aws: Stack, model: Made, *names: str, **more: object) -> str:
    variants = [variant(name, model, 5) for name in names or ("stable",)]
    return aws.create(CONFIGURATION, "other", productionVariants=variants, **more).id


def step(value: int, kind: str = "CAPACITY_PERCENT") -> dict[str, Any]:
    return {"Type": kind, "Value": value}


def blue_green(kind: str, **more: object) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": 60, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}


def rolling(value: int) -> dict[str, Any]:
    policy = {"MaximumBatchSize": step(value), "WaitIntervalInSeconds": 60}
    return {"RollingUpdatePolicy": policy}


# ---- what is retained ----


@pytest.mark.parametrize(
    ("excluded", "weight", "count"),
    [
        ([], 3.0, 2),
        (["DesiredWeight"], 5.0, 2),
        (["DesiredInstanceCount"], 3.0, 4),
        (["DesiredWeight", "DesiredInstanceCount", "DataCaptureConfig"], 5.0, 4),
    ],
)
def test_what_is_excluded_comes_from_the_configuration(
    aws: Stack, client: Client, excluded: list[str], weight: float, count: int
) -> None:
    model, _, _ = served(aws)
    variants = [{**variant("stable", model, 5), "initialInstanceCount": 4}]
    config = aws.create(CONFIGURATION, "d", productionVariants=variants)
    api = client("sagemaker")
    api.update_endpoint(
        EndpointName="fraud",
        EndpointConfigName=config.id,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": each} for each in excluded],
    )
    (found,) = api.describe_endpoint(EndpointName="fraud")["ProductionVariants"]
    assert (found["CurrentWeight"], found["DesiredInstanceCount"]) == (weight, count)


@pytest.mark.parametrize(("excluded", "captured"), [(["DataCaptureConfig"], True), ([], False)])
def test_the_capture_of_data_is_retained_too(
    aws: Stack, client: Client, excluded: list[str], *, captured: bool
) -> None:
    model, _, _ = served(aws)
    capture = {
        "enableCapture": True,
        "initialSamplingPercentage": 10,
        "destinationS3Uri": "s3://example-models/captured",
        "captureOptions": [{"captureMode": "Input"}],
    }
    api = client("sagemaker")
    api.update_endpoint(
        EndpointName="fraud",
        EndpointConfigName=other(aws, model, dataCaptureConfig=capture),
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": each} for each in excluded],
    )
    found = api.describe_endpoint(EndpointName="fraud")
    assert ("DataCaptureConfig" in found) == captured


# ---- while it moves, and back ----


def test_a_shift_is_described_while_it_lasts(
    aws: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, config, _ = served(aws)
    name = other(aws, model)
    monkeypatch.setenv(eventual.VARIABLE, "1")
    api = client("sagemaker")
    deployment = blue_green("CANARY", CanarySize=step(10))
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=name, DeploymentConfig=deployment)
    found = api.describe_endpoint(EndpointName="fraud")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", config.id)
    assert found["LastDeploymentConfig"] == deployment
    pending = found["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == name
    assert pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Creating"
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        api.update_endpoint(EndpointName="fraud", EndpointConfigName=name)


@pytest.mark.parametrize("before", [True, False])
def test_an_alarm_takes_the_endpoint_back(
    aws: Stack, client: Client, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    """Whether it is in alarm already, or goes off while the endpoint moves."""
    model, config, _ = served(aws)
    name = other(aws, model)
    metric = {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "ModelLatency",
        "namespace": "AWS/SageMaker",
        "period": 60,
        "statistic": "Average",
        "threshold": 1,
    }
    aws.create(ALARM, "slow", name="slow", **metric)
    alarms, api = client("cloudwatch"), client("sagemaker")

    def sound() -> None:
        alarms.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="9 s")

    if before:
        sound()
    monkeypatch.setenv(eventual.VARIABLE, "0.002")
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "slow"}]}}
    deployment = blue_green("CANARY", CanarySize=step(10)) | rollback
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=name, DeploymentConfig=deployment)
    assert api.describe_endpoint(EndpointName="fraud")["EndpointStatus"] == "Updating"
    if not before:
        sound()
    deadline = time.monotonic() + 30
    while api.describe_endpoint(EndpointName="fraud")["EndpointStatus"] == "Updating":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found = api.describe_endpoint(EndpointName="fraud")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config.id)
    assert "slow" in found["FailureReason"]
    assert "PendingDeploymentSummary" not in found
    # The reason stays until the next update begins, and goes with it.
    alarms.set_alarm_state(AlarmName="slow", StateValue="OK", StateReason="fast")
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=name)
    assert "FailureReason" not in api.describe_endpoint(EndpointName="fraud")


def test_an_alarm_of_another_endpoint_takes_nothing_back(
    aws: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, _ = served(aws)
    name = other(aws, model)
    monkeypatch.setenv(eventual.VARIABLE, "0.0001")
    client("sagemaker").update_endpoint(EndpointName="fraud", EndpointConfigName=name)
    endpoint_shifts.sound(aws.store, "slow", "123456789012", REGION)
    time.sleep(0.1)
    row = aws.store.by_name("aws", ENDPOINT, "fraud")
    assert row is not None
    assert eventual.settled(row).live["endpoint_config_name"] == name


@pytest.mark.parametrize(
    ("deployment", "seconds"),
    [
        ({}, 300),
        ({"blueGreenUpdatePolicy": {"terminationWaitInSeconds": 60}}, 360),
        (
            {
                "blueGreenUpdatePolicy": {
                    "terminationWaitInSeconds": 60,
                    "trafficRoutingConfiguration": {
                        "type": "LINEAR",
                        "waitIntervalInSeconds": 60,
                        "linearStepSize": {"type": "CAPACITY_PERCENT", "value": 30},
                    },
                }
            },
            300 + 4 * 60 + 60,
        ),
        (
            {
                "rollingUpdatePolicy": {
                    "waitIntervalInSeconds": 10,
                    "maximumBatchSize": {"type": "CAPACITY_PERCENT", "value": 20},
                }
            },
            350,
        ),
    ],
)
def test_a_shift_lasts_as_long_as_its_steps(deployment: dict[str, Any], seconds: float) -> None:
    assert endpoint_shifts.seconds(deployment) == seconds


# ---- what is refused ----


@pytest.mark.parametrize(
    ("deployment", "path"),
    [
        (blue_green("CANARY", CanarySize=step(51)), "canarySize.value: 51 is not from 1 to 50"),
        (blue_green("CANARY", CanarySize=step(60)), "API_TrafficRoutingConfig.html"),
        (blue_green("LINEAR", LinearStepSize=step(9)), "linearStepSize.value: 9 is not from 10"),
        (blue_green("LINEAR", LinearStepSize=step(5)), "linearStepSize.value: 5 is not from 10"),
        (blue_green("LINEAR"), "linearStepSize: LINEAR needs its size"),
        (rolling(4), "maximumBatchSize.value: 4 is not from 5 to 50"),
        (rolling(51), "API_RollingUpdatePolicy.html"),
        (rolling(10) | blue_green("ALL_AT_ONCE"), "only one update policy"),
    ],
)
def test_a_shift_beyond_the_vendors_bounds_is_refused(
    aws: Stack, client: Client, deployment: dict[str, Any], path: str
) -> None:
    model, config, _ = served(aws)
    api = client("sagemaker")
    with pytest.raises(ClientError, match=path):
        api.update_endpoint(
            EndpointName="fraud", EndpointConfigName=other(aws, model), DeploymentConfig=deployment
        )
    assert api.describe_endpoint(EndpointName="fraud")["EndpointConfigName"] == config.id


@pytest.mark.parametrize(
    "deployment",
    [
        blue_green("ALL_AT_ONCE"),
        blue_green("CANARY", CanarySize=step(50)),
        # Of instances the fleet's size decides, which the configuration alone does not tell.
        blue_green("CANARY", CanarySize=step(60, "INSTANCE_COUNT")),
        blue_green("LINEAR", LinearStepSize=step(10)),
        blue_green("LINEAR", LinearStepSize=step(50)),
        rolling(5),
        rolling(50),
    ],
)
def test_a_shift_within_the_bounds_is_taken(
    aws: Stack, client: Client, deployment: dict[str, Any]
) -> None:
    model, _, _ = served(aws)
    name, api = other(aws, model), client("sagemaker")
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=name, DeploymentConfig=deployment)
    assert api.describe_endpoint(EndpointName="fraud")["EndpointConfigName"] == name


@pytest.mark.parametrize(
    ("variants", "shadows", "path"),
    [
        (1, 2, "shadowProductionVariants: got 2"),
        (2, 1, "productionVariants: got 2; with shadow variants there is one of each kind"),
    ],
)
def test_two_shadows_or_two_models_beside_one_are_refused(
    aws: Stack, client: Client, variants: int, shadows: int, path: str
) -> None:
    model, _, _ = served(aws)

    def named(kind: str, count: int) -> list[dict[str, Any]]:
        return [
            {
                "VariantName": f"{kind}{number}",
                "ModelName": model.outputs["name"],
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
            for number in range(count)
        ]

    with pytest.raises(ClientError, match=path):
        client("sagemaker").create_endpoint_config(
            EndpointConfigName="d",
            ProductionVariants=named("model", variants),
            ShadowProductionVariants=named("shadow", shadows),
        )


def test_a_shadow_is_another_set_of_variants(aws: Stack, client: Client) -> None:
    model, _, _ = served(aws)
    name = other(aws, model, shadowProductionVariants=[variant("shadow", model)])
    api = client("sagemaker")
    with pytest.raises(ClientError, match="same variant names"):
        api.update_endpoint(
            EndpointName="fraud",
            EndpointConfigName=name,
            DeploymentConfig=blue_green("CANARY", CanarySize=step(10)),
        )
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=name)
    (shadow,) = api.describe_endpoint(EndpointName="fraud")["ShadowProductionVariants"]
    assert shadow["VariantName"] == "shadow"
