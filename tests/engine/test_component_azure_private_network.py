"""AzurePrivateNetwork through the real engine: what each step of its life changes."""

import pytest

from tests.engine.component_project import AZURE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_RULES = "azure-native:network:NetworkSecurityGroup"
_SETUP = (
    AZURE
    + """
own = pulumi.ResourceOptions(provider=azure)
place = {"resource_group_name": "models", "location": "westeurope"}
storage = pulumi_azure_native.storage.StorageAccount(
    "storage",
    account_name="examplemodels",
    kind="StorageV2",
    sku={"name": "Standard_LRS"},
    opts=own,
    **place,
)
registry = pulumi_azure_native.containerregistry.Registry(
    "registry", registry_name="exampleimages", sku={"name": "Premium"}, opts=own, **place
)
watcher = pulumi_azure_native.network.NetworkWatcher(
    "watcher", network_watcher_name="NetworkWatcher_westeurope", opts=own, **place
)
args = asked["args"]
if "registries" in args:
    args["registries"] = {"images": registry.id}
args["storage_accounts"] = {"models": storage.id}
args["network_watcher"] = watcher.name
if "flow_logs_storage_id" in args:
    args["flow_logs_storage_id"] = storage.id
"""
)


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.azure.azure_private_network",
        "AzurePrivateNetwork",
        "net",
        {
            "resource_group": "models",
            "location": "westeurope",
            "network_watcher_resource_group": "models",
        },
        setup=_SETUP,
    )
    # Half made, it goes on from there.
    fault = ("fault", "add", "azure-native:network:PrivateEndpoint", "create", "fail")
    sandbox.run("sandbox/cloud", *fault)
    created = project.up(fails=True)
    assert "net-blob/models" in project.up().names("create")
    assert created.names("create") >= {"net-nodes", "net-nat"}
    # A network takes one change of its subnets at a time.
    order = [name for _, name in created.order]
    subnets = [order.index(f"net-{role}") for role in ("nodes", "endpoints", "api-server")]
    assert subnets == sorted(subnets)
    assert project.outputs()["outbound"] == "none"
    assert project.up().steps == {}

    images = project.up(registries={"images": "the registry's"})
    assert images.names("create") == {
        "net-registry/images",
        "net-registry/images/names",
        "net-privatelink.azurecr.io",
        "net-privatelink.azurecr.io/link",
    }
    assert images.names("update", "replace") == set()
    logged = project.up(flow_logs_storage_id="the account's")
    assert logged.steps == {"net-flow-log": ["create"]}
    opened = project.up(internet=True)
    assert opened.steps == {"net-nodes-rules": ["update"]}
    assert project.up(internet=None, services=["artifacts", "images"]).steps == {
        "net-nodes-rules": ["update"],
        "net-nodes": ["update"],
        "net-nat": ["delete"],
        "net-nat-address": ["delete"],
    }

    # Somebody lets machines out: a refresh finds it, an update keeps them in.
    rules = project.resource("net-nodes-rules")["id"]
    sandbox.run("sandbox/cloud", "set", rules, "securityRules=[]", "--token", _RULES)
    assert project.up(refresh=True).names("update") == {"net-nodes-rules"}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"net-nodes", "net-flow-log"}
