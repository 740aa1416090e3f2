"""The states that AWS resources pass through, and what the provider repeats."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import eventual
from sandbox.clouds.aws import cloud as aws_cloud
from sandbox.clouds.base import RefusedError
from sandbox.life import HalfDoneError
from sandbox.store import Fault, Row
from tests.unit.sandbox_aws import (
    ACCOUNT,
    CONFIGURATION,
    ENDPOINT,
    FUNCTION,
    MODEL,
    ROLE,
    function,
    live,
    role,
    served,
    variant,
)
from tests.unit.sandbox_life import Stack, trust

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def watched(aws: Stack, token: str, name: str, **inputs: object) -> list[Row]:
    """The rows that somebody else sees while a creation waits."""
    seen: list[Row] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            seen.extend(aws.store.list("aws", token))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        aws.create(token, name, **inputs)
    finally:
        done.set()
        thread.join()
    return [*seen, *aws.store.list("aws", token)]


def test_an_endpoint_is_creating_then_in_service(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = role(aws, "sagemaker.amazonaws.com")
    model = aws.create(MODEL, "model", executionRoleArn=arn, primaryContainer={"image": "x"})
    config = aws.create(CONFIGURATION, "config", productionVariants=[variant("stable", model)])
    monkeypatch.setenv(eventual.VARIABLE, "0.001")
    rows = watched(aws, ENDPOINT, "e", endpointConfigName=config.id)
    assert [*dict.fromkeys(row.live["status"] for row in rows)] == ["Creating", "InService"]


def test_an_updating_endpoint_serves_what_it_did(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, config, endpoint = served(aws)
    other = aws.create(CONFIGURATION, "d", productionVariants=[variant("stable", model, 5)])
    monkeypatch.setenv(eventual.VARIABLE, "60")

    def update() -> None:
        with pytest.raises(HalfDoneError, match="interrupted while waiting"):
            aws.update(endpoint, endpointConfigName=other.id)

    thread = threading.Thread(target=update)
    thread.start()
    while live(aws)["status"] == "InService":
        time.sleep(0.01)
    during = live(aws)
    assert (during["status"], during["endpoint_config_name"]) == ("Updating", config.id)
    assert during["variants"][0]["current_weight"] == 3.0
    aws.life.cancel()
    thread.join()
    row = aws.store.by_name("aws", ENDPOINT, "fraud")
    assert row is not None
    final = eventual.settled(row, now=True).live
    assert (final["status"], final["endpoint_config_name"]) == ("InService", other.id)


def test_a_function_is_pending_then_active(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0.01")
    arn = role(aws, "lambda.amazonaws.com")
    given = {"handler": "x.y", "runtime": "python3.12", "role": arn, "s3Key": "f.zip"}
    rows = watched(aws, FUNCTION, "f", **given, s3Bucket="example-models")
    assert [*dict.fromkeys(row.live["status"] for row in rows)] == ["Pending", "Active"]


def test_an_endpoint_that_never_gets_ready(aws: Stack) -> None:
    arn = role(aws, "sagemaker.amazonaws.com")
    model = aws.create(MODEL, "model", executionRoleArn=arn, primaryContainer={"image": "x"})
    config = aws.create(CONFIGURATION, "config", productionVariants=[variant("stable", model)])
    aws.store.add_fault(Fault(ENDPOINT, "create", "never_ready"))
    with pytest.raises(HalfDoneError, match="timeout while waiting"):
        aws.create(ENDPOINT, "e", name="fraud", endpointConfigName=config.id)
    assert live(aws)["status"] == "Creating"


SCALING = {"minSize": 1, "maxSize": 1, "desiredSize": 1}


def test_nodes_without_permissions_do_not_join(aws: Stack) -> None:
    arn = role(aws, "ec2.amazonaws.com")
    given: dict[str, Any] = {
        "clusterName": "serving-dev",
        "nodeGroupName": "gpu",
        "nodeRoleArn": arn,
        "subnetIds": ["subnet-0dev00000000000a1"],
        "scalingConfig": SCALING,
        "updateConfig": {"maxUnavailable": 1},
    }
    with pytest.raises(
        HalfDoneError, match=r"CREATE_FAILED.*NodeCreationFailure: Instances failed"
    ):
        aws.create(NODE_GROUP, "n", **given)
    row = aws.store.by_name("aws", NODE_GROUP, "gpu")
    assert row is not None
    assert row.outputs["status"] == "CREATE_FAILED"
    aws.create(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "a",
        role=arn.rpartition("/")[2],
        policyArn="arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    )
    made = aws.create(NODE_GROUP, "other", **{**given, "nodeGroupName": "cpu"})
    assert made.outputs["status"] == "ACTIVE"


def test_a_policy_that_comes_a_little_later_is_in_time(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = aws.create(ROLE, "r", assumeRolePolicy=trust("sagemaker.amazonaws.com"))
    document = '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    given = {
        "executionRoleArn": made.outputs["arn"],
        "primaryContainer": {"image": "x", "modelDataUrl": "s3://example-models/m.tar.gz"},
    }
    monkeypatch.setenv(eventual.VARIABLE, "0.001")
    monkeypatch.setattr(aws_cloud, "_PATIENCE_SECONDS", 0.2)
    with pytest.raises(RefusedError, match="Could not access model data"):
        aws.create(MODEL, "m", **given)
    monkeypatch.setattr(aws_cloud, "_PATIENCE_SECONDS", 30.0)
    policy = "aws:iam/rolePolicy:RolePolicy"
    later = threading.Timer(0.2, lambda: aws.create(policy, "p", role=made.id, policy=document))
    later.start()
    assert aws.create(MODEL, "m", **given).id
    later.join()


def test_what_is_refused_for_good_is_refused_at_once_elsewhere(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_cloud, "_PATIENCE_SECONDS", 3600.0)
    monkeypatch.setenv(eventual.VARIABLE, "0.001")
    with pytest.raises(RefusedError, match="EndpointConfiguration no does not exist"):
        aws.create(ENDPOINT, "e", endpointConfigName="no")


def test_provisioned_concurrency_is_ready_in_the_end(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = function(aws)
    monkeypatch.setenv(eventual.VARIABLE, "0.001")
    token = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
    given = {"functionName": made.id, "qualifier": "1", "provisionedConcurrentExecutions": 1}
    rows = watched(aws, token, "c", **given)
    assert [*dict.fromkeys(row.live["status"] for row in rows)] == ["IN_PROGRESS", "READY"]
    assert rows[0].account == ACCOUNT
