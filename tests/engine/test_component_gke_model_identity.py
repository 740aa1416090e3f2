"""GkeModelIdentity through the real engine: what each step of its life changes."""

import pytest

from tests.engine.component_project import GOOGLE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_SETUP = (
    GOOGLE
    + """
pulumi_gcp.storage.Bucket(
    "artifacts",
    name="example-artifacts",
    location="EU",
    uniform_bucket_level_access=True,
    opts=pulumi.ResourceOptions(provider=google),
)
"""
)
_STABLE = "gs://example-artifacts/churn/2.1.0/"


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.gcp.gke_model_identity",
        "GkeModelIdentity",
        "churn-identity",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model": "churn",
            "namespace": "default",
            "project": "example-models",
            "artifact_uris": [],
        },
        setup=_SETUP,
    )
    assert project.up().names("create") >= {"artifacts", "churn-identity-service-account"}
    grant = "churn-identity-example-artifacts"
    assert project.up(artifact_uris=[_STABLE]).steps == {grant: ["create"]}
    assert project.outputs()["principal"].endswith("/subject/ns/default/sa/churn-identity")
    assert project.resource(grant)["inputs"]["member"].startswith(
        "principal://iam.googleapis.com/projects/210987654321/"
    )
    assert project.up().steps == {}

    # A condition cannot change: the new grant is there before the old one goes.
    candidate = project.up(artifact_uris=[_STABLE, "gs://example-artifacts/churn/2.2.0/"])
    assert candidate.names("create-replacement") == {grant}
    assert candidate.order[0] == ("create-replacement", grant)
    assert set(candidate.steps) == {grant}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {grant, "churn-identity-service-account"}
