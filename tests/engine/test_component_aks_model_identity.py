"""AksModelIdentity through the real engine: what each step of its life changes."""

import pytest

from sandbox.seed import AZURE_SUBSCRIPTION
from tests.engine.component_project import AZURE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_SETUP = (
    AZURE
    + """
storage = pulumi_azure_native.storage.StorageAccount(
    "storage",
    account_name="examplemodels",
    resource_group_name="models",
    location="westeurope",
    kind="StorageV2",
    sku={"name": "Standard_LRS"},
    opts=pulumi.ResourceOptions(provider=azure),
)
pulumi_azure_native.storage.BlobContainer(
    "artifacts",
    account_name=storage.name,
    container_name="artifacts",
    resource_group_name="models",
    opts=pulumi.ResourceOptions(provider=azure),
)
"""
)
_ARTIFACTS = "https://examplemodels.blob.core.windows.net/artifacts/churn"


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.azure.aks_model_identity",
        "AksModelIdentity",
        "churn-identity",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model": "churn",
            "namespace": "default",
            "subscription_id": AZURE_SUBSCRIPTION,
            "resource_group": "models",
            "location": "westeurope",
            "oidc_issuer_url": "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/",
            "artifact_uris": [],
        },
        setup=_SETUP,
    )
    parts = ("identity", "credential", "service-account")
    assert project.up().names("create") >= {f"churn-identity-{part}" for part in parts}
    grant = "churn-identity-examplemodels-artifacts"
    assert project.up(artifact_uris=[f"{_ARTIFACTS}/2.1.0/"]).steps == {grant: ["create"]}
    account = project.resource("churn-identity-service-account")["inputs"]["metadata"]
    client = project.outputs()["client_id"]
    assert account["annotations"] == {"azure.workload.identity/client-id": client}
    assert project.up().steps == {}

    # Pods of the version before read it until they are gone: the right is that of both.
    candidate = project.up(artifact_uris=[f"{_ARTIFACTS}/2.1.0/", f"{_ARTIFACTS}/2.2.0/"])
    assert candidate.steps == {}
    assert project.up(artifact_uris=[f"{_ARTIFACTS}/2.2.0/"]).steps == {}
    beside = project.up(input_uris=[_ARTIFACTS.replace("churn", "customers/november/")])
    assert beside.steps == {grant: ["update"]}
    condition = project.resource(grant)["inputs"]["condition"]
    assert "'churn/'" in condition
    assert "'customers/november/'" in condition
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {grant, "churn-identity-credential"}
