"""moto and the sandbox answer a script of SageMaker's calls alike; where not, there is a reason.

moto is another stand-in, read from AWS by others: a second witness of shapes, names and errors. It
knows neither UpdateEndpoint nor states that last.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]
from moto import mock_aws

from sandbox import eventual
from tests.unit.sandbox_api import ACCOUNT, REGION, clients
from tests.unit.sandbox_aws import role
from tests.unit.sandbox_life import Stack

_ARN: Final = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
_CONTAINER: Final = {
    "Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/fraud:1",
    "ModelDataUrl": "s3://example-models/fraud/1.tar.gz",
}


def _variant(name: str, weight: float, model: str = "fraud") -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
        "InitialVariantWeight": weight,
    }


_CONCURRENCY: Final = {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 2}


def _weights(**weights: float) -> list[dict[str, Any]]:
    return [{"VariantName": k, "DesiredWeight": v} for k, v in weights.items()]


_TRANSFORM: Final = {
    "TransformJobName": "fraud-1",
    "ModelName": "fraud",
    "MaxPayloadInMB": 5,
    "BatchStrategy": "MultiRecord",
    "TransformInput": {
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://example-models/in/"}
        },
        "ContentType": "text/csv",
        "SplitType": "Line",
    },
    "TransformOutput": {"S3OutputPath": "s3://example-models/out/"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "Tags": [{"Key": "owner", "Value": "risk"}],
}


# Name of the step, operation, parameters.
_SCRIPT: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    (
        "a model",
        "create_model",
        {
            "ModelName": "fraud",
            "ExecutionRoleArn": "the role",
            "PrimaryContainer": _CONTAINER,
            "Tags": [{"Key": "owner", "Value": "risk"}],
        },
    ),
    ("the model is described", "describe_model", {"ModelName": "fraud"}),
    ("no model", "describe_model", {"ModelName": "no"}),
    (
        "a configuration",
        "create_endpoint_config",
        {
            "EndpointConfigName": "fraud-1",
            "ProductionVariants": [_variant("stable", 3.0), _variant("candidate", 1.0)],
            "Tags": [{"Key": "owner", "Value": "risk"}],
        },
    ),
    (
        "the configuration is described",
        "describe_endpoint_config",
        {"EndpointConfigName": "fraud-1"},
    ),
    ("no configuration", "describe_endpoint_config", {"EndpointConfigName": "no"}),
    (
        "a configuration without its model",
        "create_endpoint_config",
        {"EndpointConfigName": "wrong", "ProductionVariants": [_variant("stable", 1.0, "no")]},
    ),
    (
        "an endpoint",
        "create_endpoint",
        {
            "EndpointName": "fraud",
            "EndpointConfigName": "fraud-1",
            "Tags": [{"Key": "owner", "Value": "risk"}],
        },
    ),
    (
        "an endpoint without its configuration",
        "create_endpoint",
        {"EndpointName": "other", "EndpointConfigName": "no"},
    ),
    ("the endpoint is described", "describe_endpoint", {"EndpointName": "fraud"}),
    ("no endpoint", "describe_endpoint", {"EndpointName": "no"}),
    ("endpoints", "list_endpoints", {}),
    ("endpoints by a part of the name", "list_endpoints", {"NameContains": "rau"}),
    ("endpoints that are none", "list_endpoints", {"NameContains": "zzz"}),
    ("configurations", "list_endpoint_configs", {}),
    ("models", "list_models", {}),
    ("tags", "list_tags", {"ResourceArn": f"{_ARN}:endpoint/fraud"}),
    (
        "more tags",
        "add_tags",
        {
            "ResourceArn": f"{_ARN}:endpoint/fraud",
            "Tags": [{"Key": "team", "Value": "growth"}, {"Key": "owner", "Value": "growth"}],
        },
    ),
    ("all tags", "list_tags", {"ResourceArn": f"{_ARN}:endpoint/fraud"}),
    (
        "fewer tags",
        "delete_tags",
        {"ResourceArn": f"{_ARN}:endpoint/fraud", "TagKeys": ["owner", "none"]},
    ),
    ("tags that stay", "list_tags", {"ResourceArn": f"{_ARN}:endpoint/fraud"}),
    (
        "weights",
        "update_endpoint_weights_and_capacities",
        {
            "EndpointName": "fraud",
            "DesiredWeightsAndCapacities": _weights(stable=90.0, candidate=10.0),
        },
    ),
    ("the weights are described", "describe_endpoint", {"EndpointName": "fraud"}),
    (
        "weights of a variant that is none",
        "update_endpoint_weights_and_capacities",
        {"EndpointName": "fraud", "DesiredWeightsAndCapacities": _weights(shadow=1.0)},
    ),
    (
        "weights of a variant twice",
        "update_endpoint_weights_and_capacities",
        {
            "EndpointName": "fraud",
            "DesiredWeightsAndCapacities": [*_weights(stable=1.0), *_weights(stable=2.0)],
        },
    ),
    (
        "weights of no endpoint",
        "update_endpoint_weights_and_capacities",
        {"EndpointName": "no", "DesiredWeightsAndCapacities": _weights(stable=1.0)},
    ),
    (
        "a serverless configuration",
        "create_endpoint_config",
        {
            "EndpointConfigName": "cold-1",
            "ProductionVariants": [
                {
                    "VariantName": "stable",
                    "ModelName": "fraud",
                    "InitialVariantWeight": 1.0,
                    "ServerlessConfig": _CONCURRENCY,
                }
            ],
        },
    ),
    (
        "a serverless endpoint",
        "create_endpoint",
        {"EndpointName": "cold", "EndpointConfigName": "cold-1"},
    ),
    ("the serverless endpoint is described", "describe_endpoint", {"EndpointName": "cold"}),
    (
        "concurrency",
        "update_endpoint_weights_and_capacities",
        {
            "EndpointName": "cold",
            "DesiredWeightsAndCapacities": [
                {"VariantName": "stable", "ServerlessUpdateConfig": {"ProvisionedConcurrency": 6}}
            ],
        },
    ),
    ("the concurrency is described", "describe_endpoint", {"EndpointName": "cold"}),
    ("the serverless endpoint goes", "delete_endpoint", {"EndpointName": "cold"}),
    ("a group", "create_model_package_group", {"ModelPackageGroupName": "fraud"}),
    ("the group", "describe_model_package_group", {"ModelPackageGroupName": "fraud"}),
    (
        "a version",
        "create_model_package",
        {
            "ModelPackageGroupName": "fraud",
            "InferenceSpecification": {
                "Containers": [_CONTAINER],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
    ),
    (
        "the version waits",
        "describe_model_package",
        {"ModelPackageName": f"{_ARN}:model-package/fraud/1"},
    ),
    (
        "the version is approved",
        "update_model_package",
        {
            "ModelPackageArn": f"{_ARN}:model-package/fraud/1",
            "ModelApprovalStatus": "Approved",
        },
    ),
    (
        "the approved version",
        "describe_model_package",
        {"ModelPackageName": f"{_ARN}:model-package/fraud/1"},
    ),
    ("versions", "list_model_packages", {"ModelPackageGroupName": "fraud"}),
    ("groups", "list_model_package_groups", {}),
    ("the endpoint goes", "delete_endpoint", {"EndpointName": "fraud"}),
    ("it is gone", "describe_endpoint", {"EndpointName": "fraud"}),
    ("it cannot go again", "delete_endpoint", {"EndpointName": "fraud"}),
    ("the configuration goes", "delete_endpoint_config", {"EndpointConfigName": "fraud-1"}),
    ("a batch transform", "create_transform_job", _TRANSFORM),
    ("it has ended", "describe_transform_job", {"TransformJobName": "fraud-1"}),
    ("no batch transform", "describe_transform_job", {"TransformJobName": "no"}),
    ("batch transforms", "list_transform_jobs", {}),
    ("its tags", "list_tags", {"ResourceArn": f"{_ARN}:transform-job/fraud-1"}),
    ("the model goes", "delete_model", {"ModelName": "fraud"}),
    ("no endpoint is left", "list_endpoints", {}),
    ("no model is left", "list_models", {}),
)

_ENDPOINTS: Final = ("the endpoint is described", "the weights are described")
_SERVERLESS: Final = ("the serverless endpoint is described", "the concurrency is described")
_VERSIONS: Final = ("the version waits", "the approved version")
_BOTH: Final = ("[0]", "[1]")
# Steps, paths in their answers, why the two differ.
_REASONS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]] = (
    (
        ("the model is described",),
        ("Containers", "VpcConfig"),
        "moto answers what was not given as empty; the API's members are optional",
    ),
    (
        ("the configuration is described", *_ENDPOINTS, *_SERVERLESS),
        ("DataCaptureConfig",),
        "moto answers what was not given as empty; the members of its shape are required",
    ),
    (
        _ENDPOINTS,
        tuple(f"ProductionVariants{n}.DeployedImages" for n in _BOTH),
        "moto leaves out the images that a variant runs",
    ),
    (
        _SERVERLESS,
        ("ProductionVariants[0].DeployedImages",),
        "moto leaves out the images that a variant runs",
    ),
    (
        ("the concurrency is described",),
        tuple(f"ProductionVariants[0].{word}Weight" for word in ("Current", "Desired")),
        "moto forgets the weight of a variant where none is set",
    ),
    (
        ("the concurrency is described",),
        tuple(
            f"ProductionVariants[0].{word}ServerlessConfig.ProvisionedConcurrency"
            for word in ("Current", "Desired")
        ),
        "moto does not know ServerlessUpdateConfig, which the API's model has",
    ),
    (
        ("the weights are described",),
        tuple(
            f"ProductionVariants{n}.{count}InstanceCount"
            for n in _BOTH
            for count in ("Current", "Desired")
        ),
        "moto forgets the counts of a variant whose weight is set",
    ),
    (
        ("more tags", "all tags"),
        ("Tags",),
        "moto keeps a tag's old value beside its new one; AddTags replaces it",
    ),
    (
        ("it has ended",),
        ("FailureReason", "LabelingJobArn"),
        "moto answers what there is none of as empty; the API's members are optional",
    ),
    (("the group",), ("CreatedBy",), "CreatedBy is required in the answer; moto leaves it out"),
    (
        _VERSIONS,
        ("CreatedBy", "CertifyForMarketplace"),
        "moto makes up a user profile of Studio, and a flag that nobody gave",
    ),
    (
        ("the version waits",),
        ("LastModifiedTime", "ModelApprovalStatus"),
        "moto has no default; the API says PendingManualApproval (API_CreateModelPackage)",
    ),
    (("the approved version",), ("LastModifiedBy",), "moto makes up a user profile of Studio"),
    (_VERSIONS, ("ModelPackageName",), "the name is required in the answer; moto leaves it out"),
    (
        _VERSIONS,
        tuple(f"ModelPackageStatusDetails.{kind}Statuses" for kind in ("ImageScan", "Validation")),
        "moto makes up validations that were not asked for",
    ),
)
_DIFFERENCES: Final = {
    (step, path): reason for steps, paths, reason in _REASONS for step in steps for path in paths
}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return {key: _plain(item) for key, item in members if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return "a time" if isinstance(value, dt.datetime) else value


def _answers(client: Any, role_arn: str) -> dict[str, Any]:  # noqa: ANN401 - boto3 has no types
    found: dict[str, Any] = {}
    for step, operation, parameters in _SCRIPT:
        given = {k: role_arn if v == "the role" else v for k, v in parameters.items()}
        try:
            found[step] = _plain(getattr(client, operation)(**given))
        except ClientError as error:
            # How a message quotes is no difference.
            told = cast("dict[str, dict[str, str]]", error.response)["Error"]
            found[step] = {"error": told["Code"], "message": told["Message"].replace("'", '"')}
    return found


def _different(one: object, other: object, path: str = "") -> dict[str, tuple[object, object]]:
    found: dict[str, tuple[object, object]] = {}
    pair = (one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        left, right = cast("dict[str, object]", one), cast("dict[str, object]", other)
        for key in sorted({*left, *right}):
            inner = f"{path}.{key}".lstrip(".")
            found |= _different(left.get(key), right.get(key), inner)
        return found
    if isinstance(one, list) and isinstance(other, list):
        first, second = cast("list[object]", one), cast("list[object]", other)
        if len(first) == len(second):
            for number, item in enumerate(first):
                found |= _different(item, second[number], f"{path}[{number}]")
            return found
    return {} if pair[0] == pair[1] else {path: pair}


def test_moto_and_the_sandbox_answer_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    store = tmp_path / "store.sqlite"
    stack = Stack("aws", store, {"region": REGION})
    arn = role(stack, "sagemaker.amazonaws.com")
    reads = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket", "ecr:*"],
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    stack.create(
        "aws:iam/rolePolicy:RolePolicy", "reads", role=arn.rpartition("/")[2], policy=policy
    )
    with clients(store, monkeypatch) as make:
        ours = _answers(make("sagemaker"), arn)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with mock_aws():
        session: Any = boto3.Session(region_name=REGION)
        theirs = _answers(session.client("sagemaker"), arn)
    found = {
        (step, path): pair
        for step in ours
        for path, pair in _different(theirs[step], ours[step]).items()
    }
    unlisted = {key: pair for key, pair in found.items() if key not in _DIFFERENCES}
    assert unlisted == {}, "\n".join(f"{key}: {pair}" for key, pair in unlisted.items())
    # A difference that is gone is taken off the list.
    assert _DIFFERENCES.keys() - found.keys() == set()
