"""A SageMaker endpoint's role may do what was asked for, and no more."""

import json
from typing import Any

import pytest

from tests.unit.sagemaker_endpoints import CAPTURE, FURTHER, made, statements
from tests.unit.test_sagemaker_endpoint import CANDIDATE

_BASE = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricData",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "kms:Decrypt",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetObject",
}
NOTHING: set[str] = set()
_WRITE = {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"}
_NETWORK = {
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
}


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (dict[str, Any](), NOTHING),
        ({"model_uri": "s3://models/fraud/1.4.0/"}, {"s3:ListBucket"}),
        ({"many_models": True, "model_uri": "s3://models/all/"}, {"s3:ListBucket"}),
        (CAPTURE, _WRITE),
        (CAPTURE | {"capture_key_arn": "arn:k"}, _WRITE | {"kms:GenerateDataKey"}),
        ({"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}, _NETWORK),
        ({"max_replicas": 3}, NOTHING),
        (CANDIDATE | {"strategy": "shadow"}, NOTHING),
        ({"containers": FURTHER}, NOTHING),
        ({"alarm_topic_arn": "arn:aws:sns:topic"}, NOTHING),
    ],
)
def test_the_role_may_do_what_is_asked_for_and_no_more(
    change: dict[str, Any], more: set[str]
) -> None:
    found = statements(made(**change))
    assert {action for each in found.values() for action in each["Action"]} == _BASE | more


def test_only_what_iam_cannot_narrow_is_of_everything() -> None:
    """Each of these actions knows no resource: the service authorization reference says so."""
    recorded = made(
        subnet_ids=["subnet-1"], security_group_ids=["sg-1"], capture_key_arn="arn:k", **CAPTURE
    )
    wide = {sid: each for sid, each in statements(recorded).items() if each["Resource"] == ["*"]}
    assert set(wide) == {"LogInToRegistry", "PutMetrics", "LookAtNetwork"}
    # What can be narrowed in another way is.
    assert "Condition" in wide["PutMetrics"]
    for each in statements(recorded).values():
        assert not any("*" in action for action in each["Action"])


def test_both_trust_only_their_own_account() -> None:
    trust = json.loads(made().inputs["fraud-role"]["assumeRolePolicy"])["Statement"]
    assert [each["Condition"] for each in trust] == [
        {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    ]
