"""The AWS stand-in over time: updates, replacements, faults, reading, importing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.store import Fault
from tests.unit.sandbox_aws import (
    ACCOUNT,
    ALIAS,
    CONFIGURATION,
    ENDPOINT,
    FUNCTION,
    LOGS,
    PERMISSION,
    ROLE,
    code,
    function,
)
from tests.unit.sandbox_life import Stack, urn


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


# ---- update or replace ----


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (CONFIGURATION, {"productionVariants": []}, {"kmsKeyArn": "k"}, True),
        (CONFIGURATION, {"productionVariants": []}, {"tags": {"a": "b"}}, False),
        (ENDPOINT, {"endpointConfigName": "a"}, {"endpointConfigName": "b"}, False),
        (ENDPOINT, {"endpointConfigName": "a", "name": "n"}, {"name": "m"}, True),
        (FUNCTION, {"role": "r", "memorySize": 1}, {"memorySize": 2}, False),
        (FUNCTION, {"role": "r", "name": "a"}, {"name": "b"}, True),
        (FUNCTION, {"role": "r"}, {"packageType": "Image"}, True),
        (ALIAS, {"functionName": "f", "functionVersion": "1"}, {"functionVersion": "2"}, False),
        (ALIAS, {"functionName": "f", "functionVersion": "1"}, {"functionName": "g"}, True),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "c",
                "nodeRoleArn": "r",
                "subnetIds": ["a"],
                "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
                "launchTemplate": {"id": "a", "version": "1"},
            },
            {"launchTemplate": {"id": "a", "version": "2"}},
            False,
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "c",
                "nodeRoleArn": "r",
                "subnetIds": ["a"],
                "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
                "launchTemplate": {"id": "a", "version": "1"},
            },
            {"launchTemplate": {"id": "b", "version": "1"}},
            True,
        ),
        # Not in the table: CloudFormation's createOnlyProperties.
        (
            "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
            {"ecrRepositoryPrefix": "a"},
            {"ecrRepositoryPrefix": "b"},
            True,
        ),
        ("aws:dynamodb/table:Table", {"name": "a"}, {"name": "b"}, True),
        ("aws:kms/key:Key", {}, {"region": "us-east-1"}, True),
    ],
)
def test_update_or_replace(
    aws: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    plan = aws.life.diff(urn(token, "it"), old, {**old, **new}, [])
    assert bool(plan.replacing) is replaces


def test_ignored_changes_are_none(aws: Stack) -> None:
    old = {"functionName": "f", "functionVersion": "1"}
    new = {**old, "functionVersion": "2"}
    assert aws.life.diff(urn(ALIAS, "a"), old, new, ["functionVersion"]).changes == []


# ---- faults ----


def test_a_failure_makes_nothing(aws: Stack) -> None:
    aws.store.add_fault(Fault("aws:kms/*", "create", "fail", message="LimitExceededException"))
    with pytest.raises(RefusedError, match="LimitExceededException"):
        aws.create("aws:kms/key:Key", "key")
    assert aws.store.list("aws", "aws:kms/key:Key") == []
    assert aws.create("aws:kms/key:Key", "key").id


@pytest.mark.parametrize(("count", "passes"), [(4, True), (5, False)])
def test_a_throttled_call_is_repeated(aws: Stack, count: int, *, passes: bool) -> None:
    aws.store.add_fault(Fault("aws:kms/*", "create", "throttle", count=count))
    if passes:
        assert aws.create("aws:kms/key:Key", "key").id
    else:
        with pytest.raises(RefusedError, match="Rate exceeded, after 5 attempts"):
            aws.create("aws:kms/key:Key", "key")
    assert len(aws.store.events(operation="fault")) == count


def test_a_timeout_leaves_a_resource_that_the_state_knows(aws: Stack) -> None:
    aws.store.add_fault(Fault("aws:kms/*", "create", "timeout"))
    with pytest.raises(HalfDoneError) as caught:
        aws.create("aws:kms/key:Key", "key")
    result = caught.value.result
    assert aws.store.get("aws", "aws:kms/key:Key", result.id) is not None
    assert result.outputs["keyId"] == result.id


# ---- reading ----


def test_what_somebody_deletes_is_gone(aws: Stack) -> None:
    made = aws.create("aws:kms/key:Key", "key")
    aws.store.delete("aws", "aws:kms/key:Key", made.id)
    assert aws.read(made) is None
    with pytest.raises(RefusedError, match="Run `pulumi refresh`"):
        aws.update(made, description="x")


def test_reading_gives_back_what_was_made(aws: Stack) -> None:
    made = aws.create("aws:kms/key:Key", "key", description="d")
    read = aws.read(made)
    assert read is not None
    assert read.outputs == made.outputs
    assert read.inputs == made.inputs


def test_what_was_there_before_can_be_imported(aws: Stack) -> None:
    read = aws.life.read(urn("aws:ec2/vpc:Vpc", "v"), "vpc-0dev00000000000a0", {}, set())
    assert read is not None
    assert read.inputs["cidrBlock"] == "10.0.0.0/16"
    assert "arn" not in read.inputs


def test_a_type_that_does_not_exist(aws: Stack) -> None:
    problems = aws.problems("aws:sagemaker/endpoint:Endpont", {})
    assert "has no type aws:sagemaker/endpoint:Endpont; did you mean" in problems[0].reason


def test_secrets_of_the_type_are_secret_outputs(aws: Stack) -> None:
    token = "aws:kms/ciphertext:Ciphertext"
    key = aws.create("aws:kms/key:Key", "k")
    given = {"keyId": key.id, "plaintext": "x"}
    result = aws.life.create(urn(token, "c"), given, {"keyId"})
    assert {"plaintext", "keyId"} <= result.secrets


@pytest.mark.parametrize(
    "given", ["f", "f:1", "{account}:function:f", "arn:aws:lambda:eu-west-1:{account}:function:f:1"]
)
def test_a_function_is_named_by_name_or_arn(aws: Stack, given: str) -> None:
    function(aws, name="f")
    alias = aws.create(
        ALIAS, "live", functionName=given.format(account=ACCOUNT), functionVersion="1"
    )
    assert re.fullmatch(rf"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f:live-\w+", alias.id)


def test_what_takes_a_name_takes_no_arn(aws: Stack) -> None:
    bucket = aws.create("aws:s3/bucket:Bucket", "b")
    with pytest.raises(RefusedError, match=r'got the ARN "arn:.*"; use the name or id, "b-'):
        aws.create(
            "aws:s3/bucketVersioning:BucketVersioning",
            "v",
            bucket=bucket.outputs["arn"],
            versioningConfiguration={"status": "Enabled"},
        )


@pytest.mark.parametrize(
    ("principal", "action", "passes"),
    [
        ({"Service": "lambda.eu-west-1.amazonaws.com"}, "sts:AssumeRole", True),
        ({"Service": "lambda.amazonaws.com"}, ["sts:TagSession", "sts:AssumeRole"], True),
        ("*", "sts:AssumeRole", True),
        ({"Service": "lambda.amazonaws.com"}, "sts:TagSession", False),
        ({"AWS": ACCOUNT}, "sts:AssumeRole", False),
    ],
)
def test_trust_is_read_as_iam_does(
    aws: Stack, principal: object, action: object, *, passes: bool
) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    made = aws.create(ROLE, "r", assumeRolePolicy=json.dumps({"Statement": [statement]}))
    given = {"handler": "x.y", "runtime": "python3.12", "code": code("1")}
    if passes:
        aws.create(FUNCTION, "f", role=made.outputs["arn"], **given)
    else:
        with pytest.raises(RefusedError, match=r"lambda.amazonaws.com cannot assume role"):
            aws.create(FUNCTION, "f", role=made.outputs["arn"], **given)


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:ec2/launchTemplate:LaunchTemplate", {"name": "one"}),
        ("aws:codedeploy/application:Application", {"name": "one"}),
        ("aws:secretsmanager/secret:Secret", {"name": "one"}),
    ],
)
def test_a_name_that_is_not_in_the_id_is_taken_too(
    aws: Stack, token: str, inputs: dict[str, Any]
) -> None:
    aws.create(token, "one", **inputs)
    with pytest.raises(RefusedError, match=r"one exists already.*pulumi import"):
        aws.create(token, "two", **inputs)


def test_what_services_put_is_overwritten(aws: Stack) -> None:
    alarm = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "name": "a"}
    alarm |= {"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60, "statistic": "Sum"}
    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    aws.create(token, "one", **alarm, threshold=1)
    aws.create(token, "two", **alarm, threshold=2)
    (row,) = aws.store.list("aws", token)
    assert row.inputs["threshold"] == 2


def test_a_provider_that_moves_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    here = Stack("aws", path, {"region": "eu-west-1"})
    made = here.create(LOGS, "logs", name="/logs")
    moved = Stack("aws", path, {"region": "eu-central-1"})
    assert moved.paths(made) == {"region": True}
    assert moved.read(made) is not None
    # Written out, the region that it is in changes nothing.
    assert moved.paths(made, region="eu-west-1") == {}
    assert here.paths(made, region="eu-west-1") == {}
    assert moved.create(LOGS, "logs", name="/logs").outputs["region"] == "eu-central-1"
    moved.delete(made)
    assert [row.region for row in here.store.list("aws", LOGS)] == ["eu-central-1"]


@pytest.mark.parametrize(
    ("token", "inputs", "imported"),
    [
        (ALIAS, {"name": "live", "functionName": "f", "functionVersion": "1"}, "f/live"),
        (
            PERMISSION,
            {"statementId": "s", "function": "f", "action": "lambda:*", "principal": "p"},
            "f/s",
        ),
        (LOGS, {"name": "/logs"}, "/logs@eu-west-1"),
    ],
)
def test_imports_take_the_ids_of_the_documentation(
    aws: Stack, token: str, inputs: dict[str, Any], imported: str
) -> None:
    function(aws, name="f")
    made = aws.create(token, "it", **inputs)
    found = aws.life.read(made.urn, imported, {}, set())
    assert found is not None
    assert (found.id, found.outputs) == (made.id, made.outputs)


def test_an_import_that_could_mean_several_finds_none(aws: Stack) -> None:
    for name in ("one", "two"):
        aws.create("aws:apigatewayv2/api:Api", name, protocolType="HTTP")
    stage = "aws:apigatewayv2/stage:Stage"
    first, second = aws.store.list("aws", "aws:apigatewayv2/api:Api")
    for api in (first, second):
        made = aws.create(stage, api.id, apiId=api.id, name="$default")
    assert aws.life.read(made.urn, "$default", {}, set()) is None
    found = aws.life.read(made.urn, f"{second.id}/$default", {}, set())
    assert found is not None
    assert found.inputs["apiId"] == second.id


def test_a_name_of_an_unfamiliar_type_is_taken_within_what_it_belongs_to(aws: Stack) -> None:
    graph = "aws:appsync/function:Function"
    first = aws.create(graph, "first", apiId="one", dataSource="d", name="same")
    second = aws.create(graph, "second", apiId="two", dataSource="d", name="same")
    assert first.id == second.id == "same"
    aws.delete(first)
    assert aws.read(second) is not None
    with pytest.raises(RefusedError, match="same"):
        aws.create(graph, "third", apiId="two", dataSource="d", name="same")
