"""A network on Azure whose machines reach what a model needs, and nothing else.

Azure gives a private address to single accounts, registries and vaults, not to whole services: each
is named. Entra ID has none: machines reach it by its public addresses alone, unless they may reach
the internet. https://learn.microsoft.com/azure/private-link/private-endpoint-overview
"""

import ipaddress
from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure

from components.azure.private_endpoints import SERVICES, Endpoints, made_endpoints
from components.checks import Checks
from components.serving import check_name
from components.tags import read_tags
from facts import tags as vocabulary
from facts.aks_platform_rules import IDENTITY, NetworkAsk, network_faults

__all__ = ["AzurePrivateNetwork", "AzurePrivateNetworkArgs"]

# Of the network, half is for nodes, an eighth each for endpoints and for the API server.
_NODES_BITS, _SMALL_BITS = 1, 3
# https://learn.microsoft.com/azure/aks/api-server-vnet-integration
_DELEGATED: Final = "Microsoft.ContainerService/managedClusters"
# Who has no more special rule.
_LAST: Final = 4000


class AzurePrivateNetworkArgs(TypedDict):
    """Flat arguments of `AzurePrivateNetwork`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    resource_group: pulumi.Input[str]
    """Resource group of the network, which exists."""
    location: pulumi.Input[str]
    """Region, such as westeurope."""
    cidr: NotRequired[str]
    """Private network of a prefix from /12 to /24: half of it for nodes, an eighth for private
    endpoints, an eighth for an API server. Pods have none of it. Default: 10.64.0.0/16."""
    zones: NotRequired[list[str]]
    """Zone of the NAT gateway, the first of these; subnets are in all zones. Default: Azure
    chooses."""
    services: NotRequired[list[str]]
    """What is reached privately: artifacts (`storage_accounts`), images (`registries`), secrets
    (`key_vaults`), logs (`monitor_scopes`), machine_learning (`workspaces`), identity (Entra ID,
    for workload identities); api, the cluster's, always is. Default: all that ids are given of,
    and identity."""
    storage_accounts: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of storage accounts whose blobs are reached, by words of your own. Default: none."""
    registries: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of container registries of the Premium tier, by words of your own. Default: none."""
    key_vaults: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of key vaults, by words of your own. Default: none."""
    monitor_scopes: NotRequired[dict[str, pulumi.Input[str]]]
    """Id of the Azure Monitor private link scope of the workspaces that take logs and metrics, by
    a word of your own. A network has one at most. Default: none."""
    workspaces: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of Azure Machine Learning workspaces, by words of your own. Default: none."""
    private_zones: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of private DNS zones that somebody else keeps, linked to the network, by their names.
    Default: none, they are made."""
    internet: NotRequired[bool]
    """Whether machines reach the internet, through a NAT gateway; nothing reaches them from there.
    Default: false."""
    virtual_network_id: NotRequired[pulumi.Input[str]]
    """Network to join: only endpoints and DNS zones are made; subnets, rules and ways out stay its
    owner's. Default: a network of its own."""
    subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet of the nodes in the network to join. Default: a subnet of its own."""
    endpoint_subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet of the private endpoints in the network to join. Default: that of the nodes there,
    else one of its own."""
    flow_logs_storage_id: NotRequired[pulumi.Input[str]]
    """Storage account that takes the network's flow logs. Default: none are written."""
    flow_logs_retention_days: NotRequired[int]
    """How long those are kept. Default: 90."""
    network_watcher: NotRequired[pulumi.Input[str]]
    """Name of the region's network watcher. Default: NetworkWatcher_<location>, as Azure makes
    it."""
    network_watcher_resource_group: NotRequired[pulumi.Input[str]]
    """Its resource group. Default: NetworkWatcherRG."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class AzurePrivateNetwork(pulumi.ComponentResource):
    """Network, subnets, rules, private endpoints and their names; a NAT gateway where it needs one.

    Where only Entra ID is reached outside, the same gateway leads there, and a rule keeps all else
    in. `outbound` is what `AksCluster` takes; `api_server_subnet_id` is empty in a joined network.
    """

    virtual_network_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    endpoint_subnet_id: pulumi.Output[str]
    api_server_subnet_id: pulumi.Output[str]
    outbound: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: AzurePrivateNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("AzurePrivateNetwork", name, args, AzurePrivateNetworkArgs.__annotations__)
        check_name(checks, name)
        for key in ("resource_group", "location"):
            checks.text(key)
        cidr = checks.plain("cidr", "10.64.0.0/16")
        zones = checks.texts("zones", [])
        services = _services(checks, args, cidr)
        self._internet = checks.flag("internet", default=False)
        days = checks.whole("flow_logs_retention_days", 90, 1, 365)
        _check_joining(checks)
        self._tags = vocabulary.aws(read_tags(checks))
        checks.raise_problems()
        super().__init__("model-serving:index:AzurePrivateNetwork", name, {}, opts)
        self._name = name
        self._group, self._location = args["resource_group"], args["location"]
        self._child = pulumi.ResourceOptions(parent=self)

        if "virtual_network_id" in args and "subnet_id" in args:
            network_id = pulumi.Output.from_input(args["virtual_network_id"])
            self.subnet_id = pulumi.Output.from_input(args["subnet_id"])
            self.endpoint_subnet_id = pulumi.Output.from_input(
                args.get("endpoint_subnet_id", args["subnet_id"])
            )
            self.api_server_subnet_id = pulumi.Output.from_input("")
        else:
            network_id = self._own_network(
                ipaddress.IPv4Network(cidr), zones, identity=IDENTITY in services
            )
        self.virtual_network_id = network_id
        self.outbound = pulumi.Output.from_input("nat_gateway" if self._internet else "none")
        made_endpoints(
            Endpoints(
                name=name,
                resource_group=self._group,
                location=self._location,
                network_id=network_id,
                subnet_id=self.endpoint_subnet_id,
                zones=args.get("private_zones", {}),
                tags=self._tags,
            ),
            {service: _ids(args, service) for service in services if service in SERVICES},
            self._child,
        )
        if "flow_logs_storage_id" in args:
            # Of the network, not of its security groups: Azure takes no new ones of those.
            # https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
            azure.network.FlowLog(
                f"{name}-flow-log",
                network_watcher_name=args.get(
                    "network_watcher", pulumi.Output.concat("NetworkWatcher_", self._location)
                ),
                resource_group_name=args.get("network_watcher_resource_group", "NetworkWatcherRG"),
                location=self._location,
                target_resource_id=network_id,
                storage_id=args["flow_logs_storage_id"],
                enabled=True,
                format={"type": "JSON", "version": 2},
                retention_policy={"enabled": True, "days": days},
                tags=self._tags,
                opts=self._child,
            )
        self.register_outputs(
            {
                "virtual_network_id": self.virtual_network_id,
                "subnet_id": self.subnet_id,
                "endpoint_subnet_id": self.endpoint_subnet_id,
                "api_server_subnet_id": self.api_server_subnet_id,
                "outbound": self.outbound,
            }
        )

    def _own_network(
        self, cidr: ipaddress.IPv4Network, zones: list[str], *, identity: bool
    ) -> pulumi.Output[str]:
        network = azure.network.VirtualNetwork(
            f"{self._name}-network",
            resource_group_name=self._group,
            location=self._location,
            address_space=azure.network.AddressSpaceArgs(address_prefixes=[str(cidr)]),
            tags=self._tags,
            opts=self._child,
        )
        inside = self._rules("inside", [])
        nodes = self._rules("nodes", [] if self._internet else _kept_in(identity=identity))
        gateway = self._nat_gateway(zones) if self._internet or identity else None
        lower, upper = cidr.subnets(_NODES_BITS)
        small = iter(upper.subnets(_SMALL_BITS - _NODES_BITS))
        # A network takes one change of its subnets at a time.
        first = self._subnet("nodes", network, lower, nodes, gateway=gateway)
        second = self._subnet("endpoints", network, next(small), inside, after=first)
        third = self._subnet(
            "api-server", network, next(small), inside, after=second, delegated=_DELEGATED
        )
        self.subnet_id, self.endpoint_subnet_id = first.id, second.id
        self.api_server_subnet_id = third.id
        return network.id

    def _rules(
        self, role: str, rules: list[azure.network.SecurityRuleArgs]
    ) -> azure.network.NetworkSecurityGroup:
        """Beside Azure's own rules, by which nothing comes in from outside of the network."""
        return azure.network.NetworkSecurityGroup(
            f"{self._name}-{role}-rules",
            resource_group_name=self._group,
            location=self._location,
            security_rules=rules,
            tags=self._tags,
            opts=self._child,
        )

    def _nat_gateway(self, zones: list[str]) -> azure.network.NatGateway:
        address = azure.network.PublicIPAddress(
            f"{self._name}-nat-address",
            resource_group_name=self._group,
            location=self._location,
            sku={"name": "Standard"},
            public_ip_allocation_method="Static",
            zones=zones[:1] or None,
            tags=self._tags,
            opts=self._child,
        )
        return azure.network.NatGateway(
            f"{self._name}-nat",
            resource_group_name=self._group,
            location=self._location,
            sku={"name": "Standard"},
            public_ip_addresses=[azure.network.SubResourceArgs(id=address.id)],
            zones=zones[:1] or None,
            tags=self._tags,
            opts=self._child,
        )

    def _subnet(
        self,
        role: str,
        network: azure.network.VirtualNetwork,
        prefix: ipaddress.IPv4Network,
        rules: azure.network.NetworkSecurityGroup,
        *,
        gateway: azure.network.NatGateway | None = None,
        after: azure.network.Subnet | None = None,
        delegated: str = "",
    ) -> azure.network.Subnet:
        delegation = azure.network.DelegationArgs(name="service", service_name=delegated)
        return azure.network.Subnet(
            f"{self._name}-{role}",
            resource_group_name=self._group,
            virtual_network_name=network.name,
            address_prefix=str(prefix),
            # Azure lets machines out by itself otherwise.
            default_outbound_access=False,
            network_security_group=azure.network.NetworkSecurityGroupArgs(id=rules.id),
            nat_gateway=azure.network.SubResourceArgs(id=gateway.id) if gateway else None,
            delegations=[delegation] if delegated else None,
            private_endpoint_network_policies="Enabled",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[after] if after else None),
        )


def _kept_in(*, identity: bool) -> list[azure.network.SecurityRuleArgs]:
    """No way out of the network, but to Entra ID."""
    allowed = azure.network.SecurityRuleArgs(
        name="identity",
        priority=100,
        direction="Outbound",
        access="Allow",
        protocol="Tcp",
        source_address_prefix="VirtualNetwork",
        source_port_range="*",
        # https://learn.microsoft.com/azure/virtual-network/service-tags-overview
        destination_address_prefix="AzureActiveDirectory",
        destination_port_range="443",
    )
    denied = azure.network.SecurityRuleArgs(
        name="internet",
        priority=_LAST,
        direction="Outbound",
        access="Deny",
        protocol="*",
        source_address_prefix="*",
        source_port_range="*",
        destination_address_prefix="Internet",
        destination_port_range="*",
    )
    return [allowed, denied] if identity else [denied]


def _ids(args: AzurePrivateNetworkArgs, service: str) -> Mapping[str, pulumi.Input[str]]:
    given: Mapping[str, object] = args
    found: Mapping[str, pulumi.Input[str]] = given.get(SERVICES[service].argument) or {}  # pyright: ignore[reportAssignmentType]
    return found


def _services(checks: Checks, args: AzurePrivateNetworkArgs, cidr: str) -> list[str]:
    given = {service: list(_ids(args, service)) for service in SERVICES}
    named = [service for service, words in given.items() if words]
    asked = checks.texts("services", [*named, IDENTITY])
    for key, got, use in network_faults(NetworkAsk(cidr=cidr, services=asked, given=given)):
        checks.problem(key, got, use)
    return asked


def _check_joining(checks: Checks) -> None:
    """What a network to join has already, is not asked for."""
    joins = checks.given("virtual_network_id")
    if joins != checks.given("subnet_id"):
        missing = "subnet_id" if joins else "virtual_network_id"
        checks.problem(missing, None, "virtual_network_id and subnet_id together, or neither")
    if not joins and checks.given("endpoint_subnet_id"):
        checks.problem("endpoint_subnet_id", "an id", "it with virtual_network_id")
    for key in ("cidr", "internet", "zones", "flow_logs_storage_id"):
        if joins and checks.given(key):
            checks.problem(key, "a value", "none where virtual_network_id is joined: its owner's")
    for key in ("virtual_network_id", "subnet_id", "endpoint_subnet_id"):
        checks.optional_text(key, r"/subscriptions/.+/virtualNetworks/.+", "its id")
