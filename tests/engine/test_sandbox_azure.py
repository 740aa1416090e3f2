"""Azure ML through the real engine: traffic after deployments, drift by its API, no early end."""

import json
import urllib.request
from typing import Any

import pytest

from sandbox.api import server
from sandbox.store import Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi, pulumi_azure_native as azure
config = pulumi.Config()
ml = azure.machinelearningservices
group = azure.resources.ResourceGroup("models", location="westeurope")
runner = azure.managedidentity.UserAssignedIdentity("runner", resource_group_name=group.name)
space = ml.Workspace("space", resource_group_name=group.name,
    identity={"type": "UserAssigned", "user_assigned_identities": [runner.id]})
names = {"resource_group_name": group.name, "workspace_name": space.name}
endpoint = ml.OnlineEndpoint("fraud", **names, endpoint_name="fraud",
    properties={"auth_mode": "Key", "traffic": config.require_object("traffic")})
blue = ml.OnlineDeployment("blue", **names, endpoint_name=endpoint.name, sku={"name": "Default",
    "capacity": 1}, properties=ml.ManagedOnlineDeploymentArgs(endpoint_compute_type="Managed",
    instance_type="Standard_DS3_v2"), deployment_name="blue")
pulumi.export("url", endpoint.properties.scoring_uri)
pulumi.export("identity", space.identity.user_assigned_identities)
pulumi.export("key", ml.list_online_endpoint_keys_output(
    endpoint_name=endpoint.name, **names).primary_key)
"""
ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"


def traffic(store: Store) -> Any:  # noqa: ANN401 - JSON
    (row,) = store.list("azure-native", ENDPOINT)
    return row.inputs["properties"]["traffic"]


def share_by_client(store: Store, shares: dict[str, int]) -> None:
    """What another client of Azure does: read the endpoint, change it, write it back."""
    (row,) = store.list("azure-native", ENDPOINT)
    running = server.start(store.path)
    url = f"{running.url}{row.id}?api-version=2025-12-01"
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:  # noqa: S310 - loopback
        document = json.load(answer)
    document["properties"]["traffic"] = shares
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, headers, method="PUT")  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        assert answer.status == 200
    running.close()


def test_traffic_of_azure_ml(sandbox: Sandbox) -> None:
    def configure(**shares: int) -> None:
        sandbox.project(PROGRAM, {"tiny:traffic": json.dumps(shares)})

    project = sandbox.project(PROGRAM, {"tiny:traffic": json.dumps({"blue": 100})})
    sandbox.new_stack(project)
    store = Store(sandbox.home / "store.sqlite")
    seeded = [row.id for row in store.list("azure-native")]
    # Traffic cannot be given to what is not there yet.
    failed = sandbox.up(project, check=False)
    assert failed.returncode
    assert "the endpoint has no deployment 'blue'" in failed.stdout

    configure()
    sandbox.up(project)
    configure(blue=100)
    sandbox.up(project)
    assert traffic(store) == {"blue": 100}
    outputs = sandbox.outputs(project)
    assert outputs["url"] == "https://fraud.westeurope.inference.ml.azure.com/score"
    assert len(outputs["key"]) > 40
    ((_, identity),) = outputs["identity"].items()
    assert identity["clientId"]

    share_by_client(store, {"blue": 0})
    refresh = ("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    sandbox.pulumi(*refresh, cwd=project)
    preview = sandbox.preview_json(project)
    assert preview["changeSummary"]["update"] == 1
    sandbox.up(project)
    assert traffic(store) == {"blue": 100}

    failed = sandbox.destroy(project, check=False)
    assert failed.returncode
    assert "still gets 100 % of the live traffic" in failed.stdout
    configure(blue=0)
    sandbox.up(project)
    sandbox.destroy(project)
    assert [row.id for row in store.list("azure-native")] == seeded


WORKLOAD_IDENTITY = """
import pulumi_azure_native as azure
group = azure.resources.ResourceGroup("serving", location="westeurope")
names = {"resource_group_name": group.name}
nodes = azure.managedidentity.UserAssignedIdentity("nodes", **names)
cluster = azure.containerservice.ManagedCluster("serving", **names, dns_prefix="serving",
    identity={"type": "UserAssigned", "user_assigned_identities": [nodes.id]},
    oidc_issuer_profile={"enabled": True}, agent_pool_profiles=[{"name": "system",
    "mode": "System", "count": 2, "vm_size": "Standard_D4s_v5"}])
runner = azure.managedidentity.UserAssignedIdentity("runner", **names)
azure.managedidentity.FederatedIdentityCredential("runner", **names, resource_name_=runner.name,
    issuer=cluster.oidc_issuer_profile.issuer_url, audiences=["api://AzureADTokenExchange"],
    subject="system:serviceaccount:models:runner")
"""


def test_workload_identity_of_aks(sandbox: Sandbox) -> None:
    """What the service adds to an object that is given is open in a preview, not missing."""
    project = sandbox.project(WORKLOAD_IDENTITY)
    sandbox.new_stack(project)
    sandbox.pulumi("preview", cwd=project)
    sandbox.up(project)
    sandbox.pulumi("preview", "--expect-no-changes", cwd=project)
