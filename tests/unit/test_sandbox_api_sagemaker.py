"""boto3 makes and changes SageMaker's resources in the cloud that Pulumi deploys to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from sandbox.rows import Fault, Quota
from tests.unit.sandbox_api import ACCOUNT, REGION, Client, clients, code
from tests.unit.sandbox_aws import CONFIGURATION, ENDPOINT, MODEL, role, served, variant
from tests.unit.sandbox_life import Stack

EU = f"{REGION}:{ACCOUNT}"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": REGION})


@pytest.fixture
def client(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with clients(aws.store.path, monkeypatch) as make:
        yield make


def variants(model: str, count: int = 1) -> list[dict[str, Any]]:
    return [
        {
            "VariantName": "stable",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": count,
            "InitialVariantWeight": 1.0,
        }
    ]


def test_an_endpoint_from_nothing_to_nothing(aws: Stack, client: Client) -> None:
    api = client("sagemaker")
    arn = role(aws, "sagemaker.amazonaws.com")
    api.create_model(
        ModelName="m",
        ExecutionRoleArn=arn,
        PrimaryContainer={"Image": "x", "Environment": {"lower": "1"}},
        Tags=[{"Key": "owner", "Value": "risk"}],
    )
    made = api.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants("m"))
    assert made["EndpointConfigArn"] == f"arn:aws:sagemaker:{EU}:endpoint-config/c"
    api.create_endpoint(EndpointName="e", EndpointConfigName="c")
    found = api.describe_endpoint(EndpointName="e")
    assert found["EndpointStatus"] == "InService"
    assert found["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == "x"
    assert api.describe_model(ModelName="m")["PrimaryContainer"]["Environment"] == {"lower": "1"}
    assert [each["ModelName"] for each in api.list_models()["Models"]] == ["m"]
    assert [each["EndpointConfigName"] for each in api.list_endpoint_configs()["EndpointConfigs"]]
    tags = api.list_tags(ResourceArn=f"arn:aws:sagemaker:{EU}:model/m")["Tags"]
    assert tags == [{"Key": "owner", "Value": "risk"}]
    api.delete_endpoint(EndpointName="e")
    api.delete_endpoint_config(EndpointConfigName="c")
    api.delete_model(ModelName="m")
    with pytest.raises(ClientError, match='Could not find model "arn:aws:sagemaker'):
        api.describe_model(ModelName="m")


@pytest.mark.parametrize(
    ("operation", "parameters", "expected", "message"),
    [
        (
            "create_endpoint",
            {"EndpointName": "e", "EndpointConfigName": "no"},
            "ValidationException",
            'Could not find endpoint configuration "arn:.*/no"',
        ),
        (
            "create_endpoint",
            {"EndpointName": "fraud", "EndpointConfigName": "config"},
            "ValidationException",
            "Cannot create already existing endpoint",
        ),
        (
            "create_model",
            {"ModelName": "m", "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/no-such-role"},
            "ValidationException",
            "Role .*no-such-role does not exist",
        ),
        ("delete_model", {"ModelName": "no"}, "ValidationException", "Could not find model"),
        (
            "describe_model_package",
            {"ModelPackageName": f"arn:aws:sagemaker:{EU}:model-package/no/1"},
            "ValidationException",
            "does not exist",
        ),
        (
            "describe_inference_component",
            {"InferenceComponentName": "no"},
            "ValidationException",
            "Could not find inference component",
        ),
    ],
)
def test_refusals_of_sagemaker(
    aws: Stack,
    client: Client,
    operation: str,
    *,
    parameters: dict[str, Any],
    expected: str,
    message: str,
) -> None:
    _, config, _ = served(aws)
    given = {k: config.id if v == "config" else v for k, v in parameters.items()}
    with pytest.raises(ClientError, match=message) as caught:
        getattr(client("sagemaker"), operation)(**given)
    assert code(caught) == expected


def test_a_quota_is_refused_with_its_code(aws: Stack, client: Client) -> None:
    model, _, _ = served(aws)
    aws.store.set_quota(Quota("ml.m5.large for endpoint usage", 3))
    api = client("sagemaker")
    api.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants(model.id, 2))
    with pytest.raises(
        ClientError, match="utilization of 2 Instances and a request delta of 2"
    ) as e:
        api.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert code(e) == "ResourceLimitExceeded"


def test_a_live_update_is_drift(aws: Stack, client: Client) -> None:
    model, config, endpoint = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    api = client("sagemaker")
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=other.id)
    read = aws.read(endpoint)
    assert read is not None
    assert read.outputs["endpointConfigName"] == other.id
    assert read.inputs["endpointConfigName"] == other.id
    api.add_tags(
        ResourceArn=f"arn:aws:sagemaker:{EU}:endpoint/fraud",
        Tags=[{"Key": "owner", "Value": "someone"}],
    )
    read = aws.read(endpoint)
    assert read is not None
    assert read.outputs["tagsAll"] == {"owner": "someone"}
    api.delete_endpoint(EndpointName="fraud")
    assert aws.read(endpoint) is None
    assert config.id != other.id


@pytest.mark.parametrize(("retain", "weight"), [(True, 3.0), (False, 5.0)])
def test_an_update_can_retain_the_variants(
    aws: Stack, client: Client, weight: float, *, retain: bool
) -> None:
    model, _, _ = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    api = client("sagemaker")
    api.update_endpoint(
        EndpointName="fraud", EndpointConfigName=other.id, RetainAllVariantProperties=retain
    )
    found = api.describe_endpoint(EndpointName="fraud")
    assert found["EndpointConfigName"] == other.id
    assert found["ProductionVariants"][0]["CurrentWeight"] == weight


@pytest.fixture
def serverless(aws: Stack, client: Client) -> Any:  # noqa: ANN401 - boto3 has no types
    """SageMaker with a serverless endpoint, and a second configuration of the same concurrency."""
    model, _, _ = served(aws)
    api = client("sagemaker")
    config = {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 2}
    each = {"VariantName": "stable", "ModelName": model.id, "ServerlessConfig": config}
    for name in ("cold-1", "cold-2"):
        api.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[each])
    api.create_endpoint(EndpointName="cold", EndpointConfigName="cold-1")
    return api


def _concur(api: Any, endpoint: str = "cold", **config: int) -> None:  # noqa: ANN401
    api.update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[
            {"VariantName": "stable", "ServerlessUpdateConfig": config},
        ],
    )


def test_concurrency_is_updated_in_place_and_an_update_does_not_keep_it(
    serverless: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 2}

    def found() -> dict[str, Any]:
        return serverless.describe_endpoint(EndpointName="cold")["ProductionVariants"][0]

    _concur(serverless, ProvisionedConcurrency=6)
    raised = {**first, "ProvisionedConcurrency": 6}
    assert found()["CurrentServerlessConfig"] == found()["DesiredServerlessConfig"] == raised
    _concur(serverless, MaxConcurrency=20)
    assert found()["CurrentServerlessConfig"] == {**raised, "MaxConcurrency": 20}
    serverless.update_endpoint(
        EndpointName="cold", EndpointConfigName="cold-2", RetainAllVariantProperties=True
    )
    assert found()["CurrentServerlessConfig"] == first
    # While it is on its way, what is current is what was there.
    monkeypatch.setenv(eventual.VARIABLE, "60")
    _concur(serverless, ProvisionedConcurrency=6)
    assert found()["CurrentServerlessConfig"] == first
    assert found()["DesiredServerlessConfig"] == raised


@pytest.mark.parametrize(
    ("endpoint", "config", "message"),
    [
        ("cold", {"ProvisionedConcurrency": 11}, "got 11; use at most MaxConcurrency, 10"),
        ("cold", {"MaxConcurrency": 1}, "got 2; use at most MaxConcurrency, 1"),
        ("cold", {"MaxConcurrency": 201}, "less than or equal to 200"),
        ("fraud", {"ProvisionedConcurrency": 1}, "variant stable is not serverless"),
    ],
)
def test_concurrency_that_is_refused(
    serverless: Any,  # noqa: ANN401
    endpoint: str,
    config: dict[str, int],
    message: str,
) -> None:
    with pytest.raises(ClientError, match=message):
        _concur(serverless, endpoint, **config)


def test_an_update_that_is_rolled_back_in_silence(aws: Stack, client: Client) -> None:
    model, config, _ = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    aws.store.add_fault(Fault(ENDPOINT, "UpdateEndpoint", "silent_rollback"))
    api = client("sagemaker")
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=other.id)
    found = api.describe_endpoint(EndpointName="fraud")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config.id)
    assert "rolled back" in found["FailureReason"]


def test_states_are_seen_while_they_last(
    aws: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, config, _ = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    monkeypatch.setenv(eventual.VARIABLE, "60")
    api = client("sagemaker")
    api.create_endpoint(EndpointName="new", EndpointConfigName=config.id)
    assert api.describe_endpoint(EndpointName="new")["EndpointStatus"] == "Creating"
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        api.update_endpoint(EndpointName="new", EndpointConfigName=config.id)
    api.update_endpoint(EndpointName="fraud", EndpointConfigName=other.id)
    found = api.describe_endpoint(EndpointName="fraud")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", config.id)
    assert api.list_endpoints(StatusEquals="Creating")["Endpoints"][0]["EndpointName"] == "new"


def test_the_model_registry(aws: Stack, client: Client) -> None:
    group = aws.create(
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup", "g", modelPackageGroupName="fraud"
    )
    api = client("sagemaker")
    first = api.create_model_package(
        ModelPackageGroupName="fraud",
        InferenceSpecification={
            "Containers": [{"Image": "x", "ModelDataUrl": "s3://example-models/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    api.create_model_package(ModelPackageGroupName="fraud", ModelApprovalStatus="Rejected")
    assert first == f"arn:aws:sagemaker:{EU}:model-package/fraud/1"
    api.update_model_package(ModelPackageArn=first, ModelApprovalStatus="Approved")
    found = api.describe_model_package(ModelPackageName=first)
    assert (found["ModelPackageVersion"], found["ModelApprovalStatus"]) == (1, "Approved")
    assert found["InferenceSpecification"]["Containers"][0]["Image"] == "x"
    listed = api.list_model_packages(ModelPackageGroupName="fraud", ModelApprovalStatus="Approved")[
        "ModelPackageSummaryList"
    ]
    assert [each["ModelPackageVersion"] for each in listed] == [1]
    with pytest.raises(ClientError, match="is not empty") as caught:
        api.delete_model_package_group(ModelPackageGroupName="fraud")
    assert code(caught) == "ConflictException"
    for version in (1, 2):
        api.delete_model_package(
            ModelPackageName=f"arn:aws:sagemaker:{EU}:model-package/fraud/{version}"
        )
    api.delete_model_package_group(ModelPackageGroupName="fraud")
    assert aws.read(group) is None


def test_what_boto3_made_is_taken_for_pulumi(aws: Stack, client: Client) -> None:
    arn = role(aws, "sagemaker.amazonaws.com")
    container = {"Image": "x"}
    client("sagemaker").create_model(
        ModelName="m", ExecutionRoleArn=arn, PrimaryContainer=container
    )
    with pytest.raises(Exception, match="Model m exists already"):
        aws.create(MODEL, "m", name="m", executionRoleArn=arn, primaryContainer={"image": "x"})
