"""Generated policies name exactly what a deployment needs."""

import json
from typing import Any

import pytest

from components.aws import iam


def _statements(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(iam.document(*statements))["Statement"]


def test_an_artifact_is_one_object() -> None:
    assert _statements(*iam.read_artifacts("aws", ["s3://models/fraud/1/model.tar.gz"])) == [
        {
            "Sid": "ReadArtifacts",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::models/fraud/1/model.tar.gz"],
        }
    ]


def test_a_folder_may_be_listed_but_no_other() -> None:
    read, listing = iam.read_artifacts("aws-cn", ["s3://models/fraud/1/"])
    assert read["Resource"] == ["arn:aws-cn:s3:::models/fraud/1/*"]
    assert listing["Resource"] == ["arn:aws-cn:s3:::models"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "fraud/1/*"}}


def test_one_version_of_an_object_is_a_right_of_its_own() -> None:
    uris = ["s3://models/fraud/model.onnx?versionId=3%2FL4k", "s3://models/churn/1/model.onnx"]
    plain, version = iam.read_artifacts("aws", uris)
    assert plain["Action"] == ["s3:GetObject"]
    assert plain["Resource"] == ["arn:aws:s3:::models/churn/1/model.onnx"]
    assert version["Action"] == ["s3:GetObjectVersion"]
    assert version["Resource"] == ["arn:aws:s3:::models/fraud/model.onnx"]


def test_a_download_lists_by_the_artifacts_path() -> None:
    """KServe's storage initialiser lists by the URI's path, whatever the path is."""
    read, one, two = iam.read_below("aws", ["s3://a/x/1/", "s3://b/y", "s3://a/x/2/"])
    assert read["Resource"] == [
        f"arn:aws:s3:::{key}" for key in ("a/x/1/*", "a/x/2/*", "b/y", "b/y/*")
    ]
    assert one["Resource"] == ["arn:aws:s3:::a"]
    assert one["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["x/1/*", "x/2/*"]}}
    assert two["Condition"] == {"StringLikeIfExists": {"s3:prefix": "y"}}
    assert one["Sid"] != two["Sid"]
    assert iam.read_below("aws", ["gs://a/b", "s3://a"]) == []


def test_images_are_pulled_from_their_repositories_alone() -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
    pull, login = iam.pull_images("aws", [image, image.replace("team/server", "other:1@x")[:60]])
    assert "arn:aws:ecr:eu-west-1:123456789012:repository/team/server" in pull["Resource"]
    assert login["Action"] == ["ecr:GetAuthorizationToken"]
    assert login["Resource"] == ["*"]


@pytest.mark.parametrize("image", ["docker.io/library/x", "public.ecr.aws/a/b:1"])
def test_other_registries_need_no_permission(image: str) -> None:
    assert iam.pull_images("aws", [image]) == []


def test_trust_is_bound_to_the_account() -> None:
    (statement,) = json.loads(iam.trust("sagemaker.amazonaws.com", "1"))["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "1"}}
    (statement,) = json.loads(iam.trust("ec2.amazonaws.com"))["Statement"]
    assert "Condition" not in statement


def test_equal_policies_are_equal_texts() -> None:
    one = iam.document(iam.allow("A", ["b:C", "a:B"], ["y", "x"]))
    assert one == iam.document(iam.allow("A", ["a:B", "b:C"], ["x", "y"]))


def test_no_action_is_a_wildcard() -> None:
    statements = [
        *iam.read_artifacts("aws", ["s3://a/b/"]),
        *iam.read_below("aws", ["s3://a/b"]),
        *iam.pull_images("aws", ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1"]),
        iam.write_logs("arn:aws:logs:x", create_group=True),
        iam.put_metrics("/aws/sagemaker/Endpoints"),
        *iam.use_key(["arn:aws:kms:x"]),
        iam.read_alarms("arn:aws:cloudwatch:x:1:alarm:*"),
        *iam.join_network("arn:aws:ec2:x:1", ["subnet-1"], ["sg-1"]),
    ]
    assert not [action for s in statements for action in s["Action"] if "*" in action]
    # Where no resource can be named, a condition or the action itself bounds it.
    open_ended = {a for s in statements if s["Resource"] == ["*"] for a in s["Action"]}
    assert {a for a in open_ended if not a.startswith("ec2:Describe")} == {
        "ecr:GetAuthorizationToken",
        "cloudwatch:PutMetricData",
    }
