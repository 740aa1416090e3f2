"""EksModelIdentity through the real engine: what each step of its life changes."""

import json
from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_SETUP = """
import pulumi_aws

providers.append(
    pulumi_aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
)
"""
_STABLE = "s3://example-models/churn/2.1.0/"


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.aws.eks_model_identity",
        "EksModelIdentity",
        "churn-identity",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model": "churn",
            "namespace": "default",
            "cluster_name": "serving-dev",
            "artifact_uris": [_STABLE],
        },
        setup=_SETUP,
    )
    created = project.up()
    parts = ("role", "role-policy", "association", "service-account")
    assert created.names("create") >= {f"churn-identity-{part}" for part in parts}
    assert project.outputs()["service_account_name"] == "churn-identity"
    assert project.up().steps == {}

    # Pods of the stable version read by the old policy until the update ends.
    candidate = project.up(artifact_uris=[_STABLE, "s3://example-models/churn/2.2.0/"])
    assert candidate.names("update", "delete", "create") == set()
    assert candidate.names("create-replacement") == {"churn-identity-role-policy"}
    assert candidate.order[0][0] == "create-replacement"
    resources = _statements(project)[0]["Resource"]
    assert resources == [f"arn:aws:s3:::example-models/churn/{v}/*" for v in ("2.1.0", "2.2.0")]

    # A batch run writes: another policy, and nothing else.
    writes = project.up(output_uris=["s3://example-scores/churn/"])
    assert writes.names("create-replacement") == {"churn-identity-role-policy"}
    assert writes.names("update", "create") == {"churn-identity-role"}
    assert writes.properties["churn-identity-role"] == {"description"}
    project.up(output_uris=None)

    token = project.up(method="irsa")
    assert token.steps == {
        "churn-identity-role": ["update"],
        "churn-identity-service-account": ["update"],
        "churn-identity-association": ["delete"],
    }
    assert project.refresh().names("update") == set()

    # An artifact that is not in S3 needs no role.
    elsewhere = project.up(artifact_uris=["hf://Qwen/Qwen2.5@abc"])
    assert elsewhere.names("delete") == {"churn-identity-role", "churn-identity-role-policy"}
    assert elsewhere.names("update") == {"churn-identity-service-account"}
    assert project.destroy().names("delete") >= {"churn-identity-service-account"}


def test_a_cluster_that_is_not_there_stops_before_anything_is_made(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.aws.eks_model_identity",
        "EksModelIdentity",
        "churn-identity",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model": "churn",
            "namespace": "default",
            "cluster_name": "serving-dve",
            "artifact_uris": [_STABLE],
        },
        setup=_SETUP,
    )
    assert "serving-dve" in project.preview(fails=True).output


def _statements(project: ComponentProject) -> list[dict[str, Any]]:
    policy = project.resource("churn-identity-role-policy")["inputs"]["policy"]
    return json.loads(policy)["Statement"]
