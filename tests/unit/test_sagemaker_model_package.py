"""The function that tells an approved model package, through boto3."""

import asyncio
import json
from typing import Any

import pytest
from pulumi.provider.experimental.provider import GetSchemaRequest, InvokeRequest

from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from sandbox.api.sagemaker_registry import PACKAGE
from sandbox.store import Row, Store
from tests.unit.sagemaker_live_endpoint import calls, store

__all__ = ["store"]

TOKEN = "serving:index:getSageMakerModelPackage"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/4"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:4"
CONTAINER: dict[str, Any] = {"Image": IMAGE, "ModelDataUrl": "s3://example-models/fraud/4.tar.gz"}


def put(
    store: Store,
    *,
    containers: list[dict[str, Any]] | None = None,
    types: list[str] | None = None,
    **live: object,
) -> None:
    specification: dict[str, Any] = {
        "Containers": [CONTAINER] if containers is None else containers,
        **({"SupportedRealtimeInferenceInstanceTypes": types} if types else {}),
    }
    known: dict[str, Any] = {
        "ModelPackageGroupName": "fraud",
        "ModelPackageVersion": 4,
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": specification,
        **live,
    }
    row = Row(provider="aws", token=PACKAGE, id=ARN, name="fraud/4", live=known)
    store.put(row.replace(account="123456789012", region="eu-west-1"))


def ask(**arguments: object) -> tuple[dict[str, Any], dict[str, str]]:
    """The answer, and problems by argument."""
    request = InvokeRequest(TOKEN, wrap_map({"arn": ARN, **arguments}))
    response = asyncio.run(ServingProvider().invoke(request))
    return (
        plain_map(response.return_value or {}),
        {failure.property: failure.reason for failure in response.failures},
    )


def test_an_approved_version_is_told(store: Store) -> None:
    put(store, types=["ml.m5.large"])
    found, problems = ask()
    assert problems == {}
    assert found == {
        "arn": ARN,
        "approvalStatus": "Approved",
        "image": IMAGE,
        "modelDataUrl": "s3://example-models/fraud/4.tar.gz",
        "modelPackageGroupName": "fraud",
        "version": 4,
        "instanceTypes": ["ml.m5.large"],
    }
    assert calls(store) == ["sagemaker:DescribeModelPackage"]


def test_the_arns_region_is_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert ask(region=None)[0]["version"] == 4
    with pytest.raises(ProviderError, match="does not exist"):
        ask(region="us-east-1")


def test_an_artifact_may_be_a_data_source(store: Store) -> None:
    source = {"S3DataSource": {"S3Uri": "s3://example-models/fraud/4/"}}
    put(store, containers=[{"Image": IMAGE, "ModelDataSource": source}])
    assert ask()[0]["modelDataUrl"] == "s3://example-models/fraud/4/"


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_what_is_not_approved_is_refused_with_who_can(store: Store, status: str) -> None:
    put(store, ModelApprovalStatus=status, ApprovalDescription="drifts on new cards.")
    with pytest.raises(ProviderError) as caught:
        ask()
    for part in (
        f"model package {ARN} is {status} (drifts on new cards); only an Approved one",
        "sagemaker:UpdateModelPackage",
        f"--model-package-arn {ARN} --model-approval-status Approved",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("containers", [[], [CONTAINER, CONTAINER]])
def test_it_is_one_container(store: Store, containers: list[dict[str, Any]]) -> None:
    put(store, containers=containers)
    with pytest.raises(ProviderError, match=f"has {len(containers)} containers; one is served"):
        ask()


def test_one_that_is_not_there_is_said(store: Store) -> None:
    assert store.list("aws", PACKAGE) == []
    with pytest.raises(ProviderError, match=r"DescribeModelPackage: .*does not exist"):
        ask()


@pytest.mark.parametrize(
    ("arguments", "path", "reason"),
    [
        ({"arn": "fraud/4"}, "arn", "got 'fraud/4'; use a version's ARN, as arn:aws:sagemaker:"),
        ({"arn": ARN.removesuffix("/4")}, "arn", "use a version's ARN"),
        ({"arn": None}, "arn", "got nothing"),
        ({"region": ""}, "region", "use a region such as"),
        ({"arm": ARN}, "arm", "did you mean arn?"),
    ],
)
def test_a_wrong_argument_is_named(
    store: Store, arguments: dict[str, object], path: str, reason: str
) -> None:
    _, problems = ask(**arguments)
    assert list(problems) == [path]
    assert reason in problems[path]
    assert calls(store) == []


def test_another_function_is_said() -> None:
    with pytest.raises(ProviderError, match="has no function serving:index:getOther"):
        asyncio.run(ServingProvider().invoke(InvokeRequest("serving:index:getOther", {})))


def test_the_schema_has_it() -> None:
    text = asyncio.run(ServingProvider().get_schema(GetSchemaRequest(0))).schema
    function = json.loads(text or "")["functions"][TOKEN]
    assert function["inputs"]["required"] == ["arn"]
