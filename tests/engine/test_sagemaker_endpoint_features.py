"""What a SageMaker endpoint can be asked for beyond the least, through the engine and boto3."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.store import Row, Store
from tests.engine.aws_client import aws_clients
from tests.engine.aws_projects import BUCKET, sagemaker_endpoint
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_TARGET = "aws:appautoscaling/target:Target"
_RESOURCE = "endpoint/fraud-dev/variant/stable"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{BUCKET}/1.5.0/model.tar.gz",
}


@dataclass
class Aws:
    """boto3 on the test's sandbox, and the store behind it."""

    sagemaker: Any
    scaling: Any
    store: Store

    def configuration(self) -> dict[str, Any]:
        """What the endpoint serves by."""
        name = self.sagemaker.describe_endpoint(EndpointName="fraud-dev")["EndpointConfigName"]
        return self.sagemaker.describe_endpoint_config(EndpointConfigName=name)

    def calls(self) -> list[str]:
        """What changed the endpoint, in order."""
        found = self.store.events(operation="sagemaker:UpdateEndpoint*")
        return [each.operation.partition(":")[2] for each in found]

    def bounds(self) -> tuple[int, int]:
        """Fewest and most instances of the stable variant."""
        (target,) = self.scaling.describe_scalable_targets(ServiceNamespace="sagemaker")[
            "ScalableTargets"
        ]
        return target["MinCapacity"], target["MaxCapacity"]


@pytest.fixture
def aws(sandbox: Sandbox) -> Iterator[Aws]:
    with sandbox.store() as store, aws_clients(sandbox) as clients:
        yield Aws(clients("sagemaker"), clients("application-autoscaling"), store)


def test_capture_machines_and_scaling(sandbox: Sandbox, aws: Aws) -> None:
    schedules = [
        {"schedule": "0 8 * * 1-5", "time_zone": "Europe/Berlin", "min_replicas": 3},
        {"schedule": "0 20 * * *", "min_replicas": 1},
    ]
    project = sagemaker_endpoint(
        sandbox,
        max_replicas=4,
        capture_percent=25,
        capture_uri="s3://example-models/captured",
        disk_gib=64,
        startup_timeout_seconds=900,
        env={"WORKERS": "2"},
        scaling_metric="concurrency",
        scaling_target=4,
        scaling_schedules=schedules,
    )
    assert "fraud-configuration" in project.preview().names("create")
    project.up()
    found = aws.configuration()
    assert found["DataCaptureConfig"]["InitialSamplingPercentage"] == 25
    assert found["DataCaptureConfig"]["DestinationS3Uri"] == "s3://example-models/captured"
    (variant,) = found["ProductionVariants"]
    assert (variant["VolumeSizeInGB"], variant["ContainerStartupHealthCheckTimeoutInSeconds"]) == (
        64,
        900,
    )
    model = aws.sagemaker.describe_model(ModelName=variant["ModelName"])
    assert model["PrimaryContainer"]["Environment"] == {"WORKERS": "2"}
    (policy,) = aws.scaling.describe_scaling_policies(ServiceNamespace="sagemaker")[
        "ScalingPolicies"
    ]
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["PredefinedMetricSpecification"]["PredefinedMetricType"] == (
        "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    )
    assert project.up().steps == {}

    # The morning comes: bounds move, and neither a refresh nor an update sets them back.
    def morning(row: Row) -> Row:
        return row.replace(inputs={**row.inputs, "minCapacity": 3})

    aws.store.update("aws", _TARGET, _RESOURCE, morning)
    project.refresh()
    assert project.up().steps == {}
    assert aws.bounds() == (3, 4)

    # Another target is a change of the policy alone.
    assert project.up(scaling_target=8).steps == {"fraud-stable-scaling-policy": ["update"]}
    # Another order of schedules is none; one that goes is deleted alone.
    assert project.up(scaling_schedules=schedules[::-1]).steps == {}
    assert len(project.up(scaling_schedules=schedules[:1]).names("delete")) == 1
    assert aws.bounds() == (3, 4)
    assert aws.calls() == []

    # What is captured is a part of the configuration: a new one, and no new model.
    changed = project.up(capture_percent=50)
    assert changed.steps.keys() == {"fraud-configuration", "fraud-live"}
    assert changed.replaced_in_turn("fraud-configuration")
    assert aws.calls() == ["UpdateEndpoint"]
    assert aws.configuration()["DataCaptureConfig"]["InitialSamplingPercentage"] == 50
    # Its own place: the role changes with it, and is there before the endpoint moves.
    moved = project.up(capture_uri="s3://example-models/elsewhere")
    assert {"fraud-role-policy", "fraud-configuration"} <= moved.names("replace")
    assert project.up().steps == {}
    project.destroy()


def test_registry_shadow_and_callers_choice(sandbox: Sandbox, aws: Aws) -> None:
    aws.sagemaker.create_model_package_group(ModelPackageGroupName="fraud")
    package: str = aws.sagemaker.create_model_package(
        ModelPackageGroupName="fraud",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [
                {
                    "Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:7",
                    "ModelDataUrl": f"{BUCKET}/registered/7/model.tar.gz",
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    project = sagemaker_endpoint(sandbox, model_uri=package, framework=None)
    refused = project.preview(fails=True)
    assert f"{package} is PendingManualApproval" in refused.output
    aws.sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    project.up()
    (variant,) = aws.configuration()["ProductionVariants"]
    model = aws.sagemaker.describe_model(ModelName=variant["ModelName"])
    assert model["PrimaryContainer"]["ModelPackageName"] == package
    policy = project.resource("fraud-role-policy")["inputs"]["policy"]
    assert "arn:aws:s3:::example-models/fraud/registered/7/model.tar.gz" in policy
    assert "arn:aws:ecr:eu-west-1:123456789012:repository/fraud" in policy
    assert project.up().steps == {}

    # The next one comes from S3, as a shadow: copies of a fifth of the requests.
    shadow = project.up(**_CANDIDATE, framework="xgboost", strategy="shadow", canary_percent=20)
    assert shadow.names("update") == {"fraud-live"}
    assert "fraud-stable-model" not in shadow.steps
    found = aws.configuration()
    (copied,) = found["ShadowProductionVariants"]
    assert (copied["VariantName"], copied["InitialVariantWeight"]) == ("candidate", 0.2)
    endpoint = aws.sagemaker.describe_endpoint(EndpointName="fraud-dev")
    assert [each["VariantName"] for each in endpoint["ProductionVariants"]] == ["stable"]
    assert [each["CurrentWeight"] for each in endpoint["ShadowProductionVariants"]] == [0.2]
    assert project.up().steps == {}

    # Its share is a part of the configuration; no model changes.
    more = project.up(canary_percent=50)
    assert more.steps.keys() == {"fraud-configuration", "fraud-live"}
    endpoint = aws.sagemaker.describe_endpoint(EndpointName="fraud-dev")
    assert [each["CurrentWeight"] for each in endpoint["ShadowProductionVariants"]] == [0.5]

    # Then callers may choose it, and those who choose nothing are parted.
    chosen = project.up(strategy="ab", canary_percent=50)
    assert not {"fraud-stable-model", "fraud-candidate-model"} & chosen.steps.keys()
    endpoint = aws.sagemaker.describe_endpoint(EndpointName="fraud-dev")
    assert "ShadowProductionVariants" not in endpoint
    weights = {
        each["VariantName"]: each["CurrentWeight"] for each in endpoint["ProductionVariants"]
    }
    assert weights == {"stable": 50, "candidate": 50}
    before = aws.calls()
    assert project.up(canary_percent=40).steps == {"fraud-live": ["update"]}
    assert aws.calls()[len(before) :] == ["UpdateEndpointWeightsAndCapacities"]
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}
    project.destroy()


def test_many_models_and_several_containers(sandbox: Sandbox, aws: Aws) -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud@sha256:" + "1" * 64
    project = sagemaker_endpoint(sandbox, model_uri=f"{BUCKET}/many/", many_models=True)
    project.up()
    (variant,) = aws.configuration()["ProductionVariants"]
    container = aws.sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]
    assert (container["Mode"], container["ModelDataUrl"]) == ("MultiModel", f"{BUCKET}/many/")

    # Uncompressed below a prefix, with a container that answers before it.
    changed = project.up(
        many_models=None,
        model_uri=f"{BUCKET}/1.4.0/",
        containers=[{"hostname": "features", "image": image, "first": True}],
    )
    assert changed.replaced_in_turn("fraud-stable-model")
    (variant,) = aws.configuration()["ProductionVariants"]
    model = aws.sagemaker.describe_model(ModelName=variant["ModelName"])
    assert [each["ContainerHostname"] for each in model["Containers"]] == ["features", "model"]
    source = model["Containers"][1]["ModelDataSource"]["S3DataSource"]
    assert (source["S3DataType"], source["CompressionType"]) == ("S3Prefix", "None")
    assert model["InferenceExecutionConfig"] == {"Mode": "Serial"}
    assert project.up().steps == {}
    assert project.up(container_call="direct", fails=True).output.count("containers[0].first") == 1
