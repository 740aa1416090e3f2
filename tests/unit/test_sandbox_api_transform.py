"""A batch transform begins only where its model's role can list and read the input."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs]

from sandbox import eventual
from tests.unit.sandbox_api import REGION, clients
from tests.unit.sandbox_aws import MODEL, role
from tests.unit.sandbox_aws_policies import allow, policy
from tests.unit.sandbox_life import Stack

_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def _request(model: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://example-models/in/"}
    return {
        "TransformJobName": "one",
        "ModelName": model,
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": "s3://example-models/out/"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }


@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        (["s3:GetObject"], "s3:ListBucket on arn:aws:s3:::example-models"),
        (["s3:ListBucket"], "s3:GetObject on arn:aws:s3:::example-models/in/"),
        (["s3:GetObject", "s3:ListBucket"], ""),
    ],
)
def test_the_role_lists_and_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, actions: list[str], missing: str
) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    aws = Stack("aws", tmp_path / "store.sqlite", {"region": REGION})
    arn = role(aws, "sagemaker.amazonaws.com")
    given = policy(allow(actions))
    aws.create(_ROLE_POLICY, "reads", role=arn.rpartition("/")[2], policy=given)
    made = aws.create(MODEL, "m", executionRoleArn=arn, primaryContainer={"image": "x"})
    request = _request(str(made.outputs["name"]))
    with clients(aws.store.path, monkeypatch) as make:
        api = make("sagemaker")
        if not missing:
            api.create_transform_job(**request)
            return
        with pytest.raises(ClientError, match="No S3 objects found") as caught:
            api.create_transform_job(**request)
    assert missing in str(caught.value)
