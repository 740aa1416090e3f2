from typing import Any

import pulumi
import pytest

from components.azure.azure_private_network import AzurePrivateNetwork
from tests.unit.component_mocks import SUBSCRIPTION, Recorded, record

_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
_STORAGE = f"{_GROUP}/Microsoft.Storage/storageAccounts/models"
_REGISTRY = f"{_GROUP}/Microsoft.ContainerRegistry/registries/images"
_SCOPE = f"{_GROUP}/microsoft.insights/privateLinkScopes/scope"
_NETWORK = f"{_GROUP}/Microsoft.Network/virtualNetworks/hub"
_ZONE = f"{_GROUP}/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net"
MINIMAL: dict[str, Any] = {"resource_group": "models", "location": "westeurope"}


def _made(**changes: object) -> Recorded:
    return record(AzurePrivateNetwork, "net", MINIMAL | changes)


def _rules(recorded: Recorded, role: str) -> list[tuple[str, str]]:
    rules = recorded.inputs[f"net-{role}-rules"]["securityRules"]
    return [(each["access"], each["destinationAddressPrefix"]) for each in rules]


def test_subnets_share_the_network() -> None:
    recorded = _made(cidr="10.8.0.0/16")
    subnets = recorded.of("azure-native:network:Subnet")
    assert {name: each["addressPrefix"] for name, each in subnets.items()} == {
        "net-nodes": "10.8.0.0/17",
        "net-endpoints": "10.8.128.0/19",
        "net-api-server": "10.8.160.0/19",
    }
    assert {each["defaultOutboundAccess"] for each in subnets.values()} == {False}
    assert all("networkSecurityGroup" in each for each in subnets.values())
    assert subnets["net-api-server"]["delegations"] == [
        {"name": "service", "serviceName": "Microsoft.ContainerService/managedClusters"}
    ]
    assert recorded.outputs == {
        "virtual_network_id": "net-network-id",
        "subnet_id": "net-nodes-id",
        "endpoint_subnet_id": "net-endpoints-id",
        "api_server_subnet_id": "net-api-server-id",
        "outbound": "none",
    }
    smallest = _made(cidr="10.8.0.0/24").inputs["net-api-server"]
    # AKS asks for 16 addresses.
    assert smallest["addressPrefix"] == "10.8.0.160/27"


def test_machines_reach_entra_id_and_nothing_else_outside() -> None:
    recorded = _made()
    assert _rules(recorded, "nodes") == [("Allow", "AzureActiveDirectory"), ("Deny", "Internet")]
    assert recorded.inputs["net-nodes"]["natGateway"] == {"id": "net-nat-id"}
    assert "net-nat" in _made(services=["api", "identity"]).inputs
    alone = _made(services=[])
    assert _rules(alone, "nodes") == [("Deny", "Internet")]
    assert "natGateway" not in alone.inputs["net-nodes"]
    assert not alone.of("azure-native:network:PublicIPAddress")


def test_internet_is_asked_for() -> None:
    recorded = _made(internet=True, zones=["2", "3"])
    assert _rules(recorded, "nodes") == []
    assert recorded.inputs["net-nat"]["zones"] == ["2"]
    assert recorded.inputs["net-nat-address"]["publicIPAllocationMethod"] == "Static"
    assert recorded.outputs["outbound"] == "nat_gateway"
    # Neither endpoints nor the API server have a way out.
    assert "natGateway" not in recorded.inputs["net-endpoints"]


def test_each_resource_has_an_endpoint_under_its_own_name() -> None:
    recorded = _made(
        storage_accounts={"models": _STORAGE, "data": f"{_STORAGE}2"},
        registries={"images": _REGISTRY},
        monitor_scopes={"all": _SCOPE},
    )
    endpoints = recorded.of("azure-native:network:PrivateEndpoint")
    assert {
        name: (
            each["privateLinkServiceConnections"][0]["privateLinkServiceId"],
            each["privateLinkServiceConnections"][0]["groupIds"],
        )
        for name, each in endpoints.items()
    } == {
        "net-blob/models": (_STORAGE, ["blob"]),
        "net-blob/data": (f"{_STORAGE}2", ["blob"]),
        "net-registry/images": (_REGISTRY, ["registry"]),
        "net-azuremonitor/all": (_SCOPE, ["azuremonitor"]),
    }
    assert {each["subnet"]["id"] for each in endpoints.values()} == {"net-endpoints-id"}
    zones = recorded.of("azure-native:privatedns:PrivateZone")
    # Blobs and Azure Monitor share one.
    assert len(zones) == 6
    links = recorded.of("azure-native:privatedns:VirtualNetworkLink")
    assert {each["virtualNetwork"]["id"] for each in links.values()} == {"net-network-id"}
    assert len(links) == len(zones)
    names = recorded.inputs["net-registry/images/names"]["privateDnsZoneConfigs"]
    assert names == [
        {
            "name": "privatelink-azurecr-io",
            "privateDnsZoneId": "net-privatelink.azurecr.io-id",
        }
    ]


def test_a_network_is_joined() -> None:
    recorded = _made(
        virtual_network_id=_NETWORK,
        subnet_id=f"{_NETWORK}/subnets/nodes",
        storage_accounts={"models": _STORAGE},
        private_zones={"privatelink.blob.core.windows.net": _ZONE},
    )
    assert set(recorded.types.values()) == {
        "model-serving:index:AzurePrivateNetwork",
        "azure-native:network:PrivateEndpoint",
        "azure-native:network:PrivateDnsZoneGroup",
    }
    endpoint = recorded.inputs["net-blob/models"]
    assert endpoint["subnet"]["id"] == f"{_NETWORK}/subnets/nodes"
    (config,) = recorded.inputs["net-blob/models/names"]["privateDnsZoneConfigs"]
    assert config["privateDnsZoneId"] == _ZONE
    assert recorded.outputs["virtual_network_id"] == _NETWORK
    assert recorded.outputs["api_server_subnet_id"] == ""


def test_flows_are_logged_of_the_network() -> None:
    assert not _made().of("azure-native:network:FlowLog")
    log = _made(flow_logs_storage_id=_STORAGE, flow_logs_retention_days=30).inputs["net-flow-log"]
    assert log["targetResourceId"] == "net-network-id"
    assert log["networkWatcherName"] == "NetworkWatcher_westeurope"
    assert log["resourceGroupName"] == "NetworkWatcherRG"
    assert log["retentionPolicy"] == {"enabled": True, "days": 30}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"cidr": "10.0.0.0/25"}, "cidr: got '10.0.0.0/25'; use a private network of /12 to /24"),
        ({"cidr": "10.0.0.0/11"}, "cidr: got '10.0.0.0/11'"),
        ({"cidr": "203.0.0.0/16"}, "cidr: got '203.0.0.0/16'"),
        ({"services": ["s3"]}, "services: got 's3'; use some of artifacts, images"),
        ({"services": ["artifacts"]}, "services: got 'artifacts'; use it with storage_accounts"),
        (
            {"services": [], "registries": {"a": _REGISTRY}},
            "registries: got 'ids'; use it with images among services",
        ),
        ({"monitor_scopes": {"a": _SCOPE, "b": _SCOPE}}, "monitor_scopes: got 'several'; use one"),
        ({"subnet_id": f"{_NETWORK}/subnets/a"}, "virtual_network_id: got None; use virtual"),
        ({"virtual_network_id": _NETWORK}, "subnet_id: got None"),
        ({"endpoint_subnet_id": f"{_NETWORK}/subnets/a"}, "endpoint_subnet_id: got 'an id'"),
        (
            {
                "virtual_network_id": _NETWORK,
                "subnet_id": f"{_NETWORK}/subnets/a",
                "internet": True,
            },
            "internet: got 'a value'; use none where virtual_network_id is joined",
        ),
        ({"flow_logs_retention_days": 0}, "flow_logs_retention_days: got 0"),
        ({"location": ""}, "location: got ''"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)
