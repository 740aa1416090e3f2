"""AzurePrivateNetwork through the real engine: what each step of its life changes."""

import json
from contextlib import closing

import pytest

from sandbox.rows import Fault
from sandbox.store import Row, Store
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_RULES = "azure-native:network:NetworkSecurityGroup"
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
_SETUP = f"""
import pulumi_azure_native

azure = pulumi_azure_native.Provider("azure", subscription_id="{_SUBSCRIPTION}")
providers.append(azure)
own = pulumi.ResourceOptions(provider=azure)
storage = pulumi_azure_native.storage.StorageAccount(
    "storage",
    account_name="examplemodels",
    resource_group_name="models",
    location="westeurope",
    kind="StorageV2",
    sku={{"name": "Standard_LRS"}},
    opts=own,
)
registry = pulumi_azure_native.containerregistry.Registry(
    "registry",
    registry_name="exampleimages",
    resource_group_name="models",
    location="westeurope",
    sku={{"name": "Premium"}},
    opts=own,
)
watcher = pulumi_azure_native.network.NetworkWatcher(
    "watcher",
    network_watcher_name="NetworkWatcher_westeurope",
    resource_group_name="models",
    location="westeurope",
    opts=own,
)
args = asked["args"]
if "registries" in args:
    args["registries"] = {{"images": registry.id}}
args["storage_accounts"] = {{"models": storage.id}}
args["network_watcher"] = watcher.name
if "flow_logs_storage_id" in args:
    args["flow_logs_storage_id"] = storage.id
"""


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
    with closing(Store(sandbox.home / "store.sqlite")) as store:
        store.add_fault(Fault("azure-native:network:PrivateEndpoint", "create", "fail", count=1))
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
    def let_out(row: Row) -> Row:
        inputs, outputs = json.loads(json.dumps([row.inputs, row.outputs]))
        for properties in (inputs, outputs):
            properties["securityRules"] = []
        return row.replace(inputs=inputs, outputs=outputs)

    rules = project.resource("net-nodes-rules")["id"]
    with closing(Store(sandbox.home / "store.sqlite")) as store:
        store.update("azure-native", _RULES, rules, let_out)
    assert project.up(refresh=True).names("update") == {"net-nodes-rules"}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"net-nodes", "net-flow-log"}
