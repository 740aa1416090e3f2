"""What Lambda refuses of a function's inputs taken together, and of two versions of one alias.

What the check finds, in a preview too, is an AssertionError of the tests' own stack.
"""

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sandbox import eventual
from sandbox.clouds.aws import lambda_versions
from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.store import Fault, Row
from sandbox.wire import ARCHIVE, ASSET, SIGNATURE
from tests.unit.sandbox_aws import ALIAS, FUNCTION, code, function, role
from tests.unit.sandbox_life import Made, Stack

PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
RUNTIME = "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig"
SNAP_START: dict[str, Any] = {"snapStart": {"applyOn": "PublishedVersions"}}
IMAGE = {"packageType": "Image", "imageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1"}
QUEUE = "arn:aws:sqs:eu-west-1:210987654321:letters"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def _image(aws: Stack, arn: str, **inputs: object) -> Made:
    return aws.create(FUNCTION, "image", role=arn, **IMAGE, **inputs)


def _alias(aws: Stack, made: Made, version: str, **weights: float) -> Made:
    routing: dict[str, Any] = (
        {"routingConfig": {"additionalVersionWeights": dict(weights)}} if weights else {}
    )
    return aws.create(
        ALIAS, "live", name="live", functionName=made.id, functionVersion=version, **routing
    )


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"runtime": "python3.11"}, "python3.11 is not supported for SnapStart"),
        ({"runtime": "nodejs22.x"}, "nodejs22.x is not supported"),
        (
            {
                "fileSystemConfig": {
                    "arn": "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-"
                    + "0" * 17,
                    "localMountPath": "/mnt/x",
                }
            },
            "SnapStart takes no Amazon EFS",
        ),
    ],
)
def test_snap_start_is_refused(aws: Stack, inputs: dict[str, Any], reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        function(aws, **SNAP_START, **inputs)


def test_the_storage_of_snap_start_is_told_when_it_is_made(aws: Stack) -> None:
    with pytest.raises(RefusedError, match="at most 512 MB of ephemeral storage"):
        function(aws, "1", ephemeralStorage={"size": 513}, **SNAP_START)


@pytest.mark.parametrize("runtime", ["python3.12", "python3.14", "java21", "dotnet8"])
def test_snap_start_is_taken(aws: Stack, runtime: str) -> None:
    made = function(aws, "1", runtime=runtime, ephemeralStorage={"size": 512}, **SNAP_START)
    assert made.outputs["version"] == "1"


def test_an_image_has_no_snapshot_and_no_handler(aws: Stack) -> None:
    arn = role(aws, "lambda.amazonaws.com")
    with pytest.raises(AssertionError, match="SnapStart is not supported for container images"):
        _image(aws, arn, **SNAP_START)
    with pytest.raises(AssertionError, match="Please don't provide Handler or Runtime or Layer"):
        _image(aws, arn, handler="x.y")
    assert _image(aws, arn).outputs["version"]


def test_a_zip_needs_handler_and_runtime(aws: Stack) -> None:
    arn = role(aws, "lambda.amazonaws.com")
    with pytest.raises(AssertionError, match="handler and runtime must be set"):
        aws.create(FUNCTION, "f", role=arn, code=code("1"), handler="x.y")


@pytest.mark.parametrize(
    ("size", "method", "reason"),
    [
        (51 * 1024 * 1024, zipfile.ZIP_STORED, "Request must be smaller than"),
        (251 * 1024 * 1024, zipfile.ZIP_DEFLATED, "Unzipped size must be smaller than 262144000"),
        (1024, zipfile.ZIP_STORED, ""),
    ],
)
def test_sizes_of_a_zip_that_is_here(
    aws: Stack, tmp_path: Path, size: int, method: int, reason: str
) -> None:
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("model.onnx", bytes(size))
    given = {SIGNATURE: ARCHIVE, "hash": "1", "path": str(path)}
    arn = role(aws, "lambda.amazonaws.com")
    asked = {"role": arn, "code": given, "handler": "x.y", "runtime": "python3.13"}
    if reason:
        with pytest.raises(AssertionError, match=reason):
            aws.create(FUNCTION, "f", **asked)
    else:
        assert aws.create(FUNCTION, "f", **asked).id
    os.truncate(path, 0)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"AWS_REGION": "eu-west-1"}, "AWS_REGION is refused: Lambda sets it itself"),
        ({"1A": "x"}, "1A is refused: a name is a letter"),
        ({"A1": "x" * 4088}, "exceeded the 4096 bytes limit"),
    ],
)
def test_variables(aws: Stack, variables: dict[str, str], reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        function(aws, environment={"variables": variables})


def test_variables_up_to_the_limit(aws: Stack) -> None:
    assert function(aws, environment={"variables": {"A1": "x" * 4087}}).id


def test_snap_start_and_provisioned_concurrency_are_never_both(aws: Stack) -> None:
    """By version: what an alias is kept warm at, and what it is moved to."""
    made = function(aws)
    alias = _alias(aws, made, "1")
    warm = {"functionName": made.id, "qualifier": "live", "provisionedConcurrentExecutions": 1}
    kept = aws.create(PROVISIONED, "warm", **warm)
    snapped = aws.update(made, **SNAP_START)
    assert snapped.outputs["version"] == "2"
    with pytest.raises(RefusedError, match=r"version 2 of .* has SnapStart"):
        aws.update(alias, functionVersion="2")
    aws.delete(kept)
    aws.update(alias, functionVersion="2")
    with pytest.raises(RefusedError, match=r"version 2 of .* has SnapStart"):
        aws.create(PROVISIONED, "warm", **warm)
    # The first version has none, whatever the function is like now.
    aws.create(PROVISIONED, "first", **{**warm, "qualifier": "1"})


def _row(aws: Stack, made: Made) -> Row:
    row = aws.store.by_name("aws", FUNCTION, made.id)
    assert row is not None
    return row


def test_the_first_version_with_a_snapshot_is_pending_when_the_provider_returns(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next one is not: the provider waits for what an update publishes."""
    # Two minutes are as many seconds here; the function itself takes one.
    monkeypatch.setenv(eventual.VARIABLE, "0.02")
    plain = _row(aws, function(aws))
    assert lambda_versions.state(plain, "1").name == "Active"
    asked = lambda_versions.making(aws.store, "iris", None, SNAP_START, "1")
    assert set(asked) == {"1"}
    pending = plain.replace(live={**plain.live, "making": asked})
    now = lambda_versions.state(pending, "1")
    assert (now.name, now.update, now.code) == ("Pending", "InProgress", "Creating")
    asked["1"]["since"] -= asked["1"]["seconds"]
    assert lambda_versions.state(pending, "1").name == "Active"
    # Nothing is made of one version twice, nor without SnapStart, nor of what is not published.
    assert lambda_versions.making(aws.store, "iris", pending, SNAP_START, "1") == asked
    assert lambda_versions.making(aws.store, "iris", None, {}, "1") == {}
    assert lambda_versions.making(aws.store, "iris", None, SNAP_START, "$LATEST") == {}


def test_a_snapshot_that_fails_fails_an_update_and_no_creation(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    fault = Fault(FUNCTION, "PublishVersion", "silent_rollback", message="exit status 1", count=2)
    aws.store.add_fault(fault)
    made = function(aws, runtime="python3.13", **SNAP_START)
    first = lambda_versions.state(_row(aws, made), "1")
    assert (first.name, first.update, first.reason) == ("Failed", "Failed", "exit status 1")
    with pytest.raises(RefusedError, match="following state: 'Failed', StateReasonCode: 'Funct"):
        _alias(aws, made, "1")
    with pytest.raises(HalfDoneError, match=r"version publish: unexpected state 'Failed', .*exit"):
        aws.update(made, memorySize=256)
    assert _row(aws, made).live["versions"] == ["1", "2"]
    assert lambda_versions.state(_row(aws, made), "2").name == "Failed"
    mended = aws.update(made, memorySize=512)
    assert _alias(aws, mended, "3").id


def test_versions_of_an_alias_have_one_role_and_one_place_for_dead_letters(aws: Stack) -> None:
    made = function(aws)
    lettered = aws.update(made, deadLetterConfig={"targetArn": QUEUE})
    same = aws.update(lettered, code=code("3"))
    with pytest.raises(RefusedError, match="versions 1 and 2 must have the same dead-letter"):
        _alias(aws, made, "1", **{"2": 0.1})
    moved = aws.update(same, role=role(aws, "edgelambda.amazonaws.com", "lambda.amazonaws.com"))
    with pytest.raises(RefusedError, match="versions 3 and 4 must have the same execution role"):
        _alias(aws, moved, "3", **{"4": 0.1})
    with pytest.raises(RefusedError, match="two versions at most"):
        _alias(aws, moved, "1", **{"2": 0.1, "3": 0.1})
    assert _alias(aws, moved, "2", **{"3": 0.1}).id


def test_a_runtime_version_is_of_manual_updates(aws: Stack) -> None:
    made = function(aws)
    arn = f"arn:aws:lambda:eu-west-1::runtime:{'7' * 64}"
    for given, reason in (
        ({"updateRuntimeOn": "Manual"}, "needed with updateRuntimeOn Manual"),
        ({"updateRuntimeOn": "Auto", "runtimeVersionArn": arn}, "only with updateRuntimeOn Manual"),
    ):
        with pytest.raises(AssertionError, match=reason):
            aws.create(RUNTIME, "runtime", functionName=made.id, **given)
    asked = {"updateRuntimeOn": "Manual", "runtimeVersionArn": arn}
    assert aws.create(RUNTIME, "runtime", functionName=made.id, **asked).id == made.id


def test_a_zip_in_s3_is_the_code_where_its_upload_is_known(aws: Stack, tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.py", "def y(event, context): return event")
    asset = {SIGNATURE: ASSET, "hash": "1", "path": str(path)}
    place = {"bucket": "example-models", "key": "lambda/f/1.zip"}
    aws.create("aws:s3/bucketObjectv2:BucketObjectv2", "object", **place, source=asset)
    asked = {"handler": "x.y", "runtime": "python3.13", "publish": True}
    arn = role(aws, "lambda.amazonaws.com")
    for key, known in ((place["key"], True), ("lambda/f/2.zip", False)):
        made = aws.create(
            FUNCTION, f"f{known}", role=arn, s3Bucket=place["bucket"], s3Key=key, **asked
        )
        row = aws.store.by_name("aws", FUNCTION, made.id)
        assert row is not None
        assert bool(row.live["snapshots"]["1"]["package"]) is known
