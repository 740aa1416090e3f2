import json
from typing import Any

import pulumi
import pytest

from components.aws.eks_model_identity import EksModelIdentity
from tests.unit.component_mocks import ACCOUNT, REGION, Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model": "churn",
    "namespace": "models",
    "cluster_name": "serving-dev",
    "artifact_uris": ["s3://example-models/churn/2.1.0/"],
}
_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"


def _made(**changes: object) -> Recorded:
    return record(EksModelIdentity, "churn-identity", MINIMAL | changes)


def _policy(recorded: Recorded, name: str, key: str) -> list[dict[str, Any]]:
    return json.loads(recorded.inputs[f"churn-identity-{name}"][key])["Statement"]


def test_pods_of_one_service_account_of_one_cluster_may_take_the_role() -> None:
    recorded = _made()
    (trust,) = _policy(recorded, "role", "assumeRolePolicy")
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/serving-dev",
            "aws:RequestTag/kubernetes-namespace": "models",
            "aws:RequestTag/kubernetes-service-account": "churn-identity",
        }
    }
    association = recorded.inputs["churn-identity-association"]
    assert association["clusterName"] == "serving-dev"
    assert (association["namespace"], association["serviceAccount"]) == ("models", "churn-identity")
    account = recorded.inputs["churn-identity-service-account"]
    assert account["metadata"]["name"] == "churn-identity"
    assert account["automountServiceAccountToken"] is False
    assert not account["metadata"].get("annotations")
    assert recorded.outputs["service_account_name"] == "churn-identity"


def test_the_role_reads_what_is_below_the_artifacts_and_nothing_else() -> None:
    uris = ["s3://example-models/churn/2.1.0/", "s3://example-models/churn/2.2.0.tar.gz"]
    recorded = _made(artifact_uris=uris, artifact_key_arn=_KEY)
    read, listing, decrypt = _policy(recorded, "role-policy", "policy")
    bucket = "arn:aws:s3:::example-models"
    assert read["Action"] == ["s3:GetObject"]
    assert read["Resource"] == [
        f"{bucket}/churn/2.1.0/*",
        f"{bucket}/churn/2.2.0.tar.gz",
        f"{bucket}/churn/2.2.0.tar.gz/*",
    ]
    assert (listing["Action"], listing["Resource"]) == (["s3:ListBucket"], [bucket])
    assert listing["Condition"] == {
        # The download asks for the bucket's head too, which has no prefix.
        "StringLikeIfExists": {"s3:prefix": ["churn/2.1.0/*", "churn/2.2.0.tar.gz"]}
    }
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], [_KEY])


def test_it_writes_below_its_outputs_and_neither_reads_nor_deletes_there() -> None:
    recorded = _made(output_uris=["s3://example-scores/churn/"], artifact_key_arn=_KEY)
    statements = _policy(recorded, "role-policy", "policy")
    (write,) = [each for each in statements if "s3:PutObject" in each["Action"]]
    assert write["Action"] == [
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    ]
    assert write["Resource"] == ["arn:aws:s3:::example-scores/churn/*"]
    others = [each for each in statements if each is not write]
    assert not [r for each in others for r in each["Resource"] if "example-scores" in r]
    assert others[-1]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert others[-1]["Resource"] == [_KEY]


def test_a_path_without_a_slash_is_no_beginning_of_others() -> None:
    uris = ["s3://example-scores/churn.csv"]
    recorded = _made(artifact_uris=["hf://x/y@z"], output_uris=uris)
    (write,) = _policy(recorded, "role-policy", "policy")
    objects = "arn:aws:s3:::example-scores/churn.csv"
    assert write["Resource"] == [objects, f"{objects}/*"]


def test_by_a_token_of_the_cluster() -> None:
    recorded = _made(method="irsa")
    (trust,) = _policy(recorded, "role", "assumeRolePolicy")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example/id/1"
    assert trust["Principal"] == {"Federated": provider}
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "oidc.example/id/1:aud": "sts.amazonaws.com",
            "oidc.example/id/1:sub": "system:serviceaccount:models:churn-identity",
        }
    }
    annotations = recorded.inputs["churn-identity-service-account"]["metadata"]["annotations"]
    assert annotations == {
        "eks.amazonaws.com/role-arn": f"arn:aws:mock:{REGION}:{ACCOUNT}:churn-identity-role"
    }
    assert "churn-identity-association" not in recorded.types


def test_an_artifact_elsewhere_needs_no_role() -> None:
    recorded = _made(artifact_uris=["hf://Qwen/Qwen2.5@abc"])
    assert set(recorded.types) == {"churn-identity", "churn-identity-service-account"}
    assert recorded.outputs["role_arn"] == ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"method": "kiam"}, "method: got 'kiam'; use one of irsa, pod_identity"),
        ({"artifact_uris": ["s3://bucket"]}, "artifact_uris: got 's3://bucket'; use s3://bucket/"),
        ({"artifact_uris": ["s3://bucket/"]}, "artifact_uris: got 's3://bucket/'"),
        ({"output_uris": ["s3://bucket/*/x"]}, "output_uris: got 's3://bucket/*/x'"),
        ({"output_uris": ["s3://bucket"]}, "output_uris: got 's3://bucket'; use s3://bucket/path"),
        ({"artifact_key_arn": "alias/x"}, "artifact_key_arn: got 'alias/x'"),
        ({"namespace": ""}, "namespace: got ''"),
        ({"cluster_name": None}, "cluster_name: got None"),
        ({"owner": None}, "owner: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)


@pytest.mark.parametrize("name", ["Churn", "c" * 52])
def test_a_name_that_no_service_account_or_role_can_have(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"name: got '{name}'; use a DNS label of at most 51"):
        record(EksModelIdentity, name, MINIMAL)


def test_the_longest_name() -> None:
    assert record(EksModelIdentity, "c" * 51, MINIMAL).outputs["service_account_name"] == "c" * 51
