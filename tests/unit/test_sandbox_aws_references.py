"""The AWS stand-in refuses what does not fit together."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_aws import ACCOUNT, CONFIGURATION, ENDPOINT, MODEL, ROLE, role, served
from tests.unit.sandbox_life import Stack, trust


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


# ---- references ----


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (MODEL, {"executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/no"}, "Role .*no does not ex"),
        (
            CONFIGURATION,
            {"productionVariants": [{"modelName": "no"}]},
            r"\[0\].modelName: Model no",
        ),
        (ENDPOINT, {"endpointConfigName": "no"}, "EndpointConfiguration no does not exist"),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "serving-deb",
                "subnetIds": ["subnet-0dev00000000000a1", "subnet-1"],
                "nodeRoleArn": f"arn:aws:iam::{ACCOUNT}:role/serving-dev-cluster",
                "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 1},
            },
            r"(?s)did you mean serving-dev\?.*\[1\]: Subnet subnet-1.*ec2.*cannot assume",
        ),
        (
            "aws:appautoscaling/target:Target",
            {
                "serviceNamespace": "sagemaker",
                "resourceId": "endpoint/no/variant/a",
                "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "minCapacity": 1,
                "maxCapacity": 2,
            },
            "Endpoint no does not exist",
        ),
        ("aws:kms/alias:Alias", {"targetKeyId": "no"}, "Key no does not exist"),
        ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "no", "policy": "{}"}, "Bucket no does"),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "serving-dev-cluster", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/no"},
            "Policy .*no does not exist",
        ),
        ("aws:apigatewayv2/stage:Stage", {"apiId": "no"}, "Api no does not exist"),
    ],
)
def test_references_are_to_what_exists(
    aws: Stack, token: str, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        aws.create(token, "it", **inputs)
    assert aws.store.events(operation="create")[-1].outcome == "refused"


def test_a_role_is_assumed_by_the_service_that_it_trusts(aws: Stack) -> None:
    arn = role(aws, "lambda.amazonaws.com")
    with pytest.raises(RefusedError, match=r"sagemaker.amazonaws.com cannot assume role .*names l"):
        aws.create(MODEL, "m", executionRoleArn=arn, primaryContainer={"image": "x"})


def test_policies_of_aws_itself_exist(aws: Stack) -> None:
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    policy = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    assert aws.create(attachment, "a", role="serving-dev-cluster", policyArn=policy)


def test_a_role_with_policies_is_not_deleted(aws: Stack) -> None:
    made = aws.create(ROLE, "r", assumeRolePolicy=trust("ec2.amazonaws.com"))
    policy = aws.create("aws:iam/rolePolicy:RolePolicy", "p", role=made.id, policy=trust("x"))
    with pytest.raises(RefusedError, match="DeleteConflict"):
        aws.delete(made)
    aws.delete(policy)
    aws.delete(made)


def test_scaling_needs_a_variant_that_is_live_and_a_target(aws: Stack) -> None:
    served(aws)
    at = {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    target, policy = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
    size: dict[str, Any] = {"minCapacity": 1, "maxCapacity": 2}
    with pytest.raises(RefusedError, match="no variant stabel, it has stable; did you mean stable"):
        aws.create(target, "t", resourceId="endpoint/fraud/variant/stabel", **at, **size)
    resource = "endpoint/fraud/variant/stable"
    with pytest.raises(RefusedError, match="no scalable target is registered"):
        aws.create(policy, "p", resourceId=resource, **at)
    made = aws.create(target, "t", resourceId=resource, **at, **size)
    assert made.id == resource
    assert aws.create(policy, "p", resourceId=resource, **at).outputs["arn"]


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (ROLE, {"assumeRolePolicy": "no json"}, "assumeRolePolicy"),
        ("aws:iam/policy:Policy", {"policy": "{}"}, "policy"),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "clusterName": "c",
                "nodeRoleArn": "r",
                "subnetIds": [],
                "scalingConfig": {"minSize": 2, "maxSize": 1, "desiredSize": 1},
            },
            "scalingConfig.minSize",
        ),
    ],
)
def test_constraints_hold_before_anything_is_made(
    aws: Stack, token: str, inputs: dict[str, Any], path: str
) -> None:
    assert [problem.path for problem in aws.problems(token, inputs)] == [path]
