"""Private addresses of Azure's services in a network, and the names that lead there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_azure_native as azure

from facts.aks_platform_rules import SERVICE_ARGUMENTS

__all__ = ["SERVICES", "Endpoints", "Service", "made_endpoints"]


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of resource with a private address: where its ids are given, its part, its zones."""

    argument: str
    part: str
    zones: tuple[str, ...]


_BLOB: Final = "privatelink.blob.core.windows.net"
# https://learn.microsoft.com/azure/private-link/private-endpoint-dns
SERVICES: Final = {
    "artifacts": Service(SERVICE_ARGUMENTS["artifacts"], "blob", (_BLOB,)),
    "images": Service(SERVICE_ARGUMENTS["images"], "registry", ("privatelink.azurecr.io",)),
    "secrets": Service(SERVICE_ARGUMENTS["secrets"], "vault", ("privatelink.vaultcore.azure.net",)),
    "logs": Service(
        SERVICE_ARGUMENTS["logs"],
        "azuremonitor",
        (
            "privatelink.monitor.azure.com",
            "privatelink.oms.opinsights.azure.com",
            "privatelink.ods.opinsights.azure.com",
            "privatelink.agentsvc.azure-automation.net",
            # Agents get their solutions from there.
            _BLOB,
        ),
    ),
    "machine_learning": Service(
        SERVICE_ARGUMENTS["machine_learning"],
        "amlworkspace",
        ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where endpoints are made; `zones` are those that somebody else keeps, ids by name."""

    name: str
    resource_group: pulumi.Input[str]
    location: pulumi.Input[str]
    network_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    zones: Mapping[str, pulumi.Input[str]]
    tags: Mapping[str, str]


def made_endpoints(
    where: Endpoints,
    ids: Mapping[str, Mapping[str, pulumi.Input[str]]],
    opts: pulumi.ResourceOptions,
) -> None:
    """One endpoint for each id of each service, under the service's own names."""
    wanted = {
        zone: "" for service, found in ids.items() if found for zone in SERVICES[service].zones
    }
    zones = {zone: where.zones.get(zone) or _zone(where, zone, opts) for zone in wanted}
    for service, found in ids.items():
        known = SERVICES[service]
        for word, resource_id in found.items():
            endpoint = azure.network.PrivateEndpoint(
                f"{where.name}-{known.part}/{word}",
                private_endpoint_name=f"{where.name}-{known.part}-{word}",
                resource_group_name=where.resource_group,
                location=where.location,
                subnet=azure.network.SubnetArgs(id=where.subnet_id),
                private_link_service_connections=[
                    azure.network.PrivateLinkServiceConnectionArgs(
                        name=known.part,
                        private_link_service_id=resource_id,
                        group_ids=[known.part],
                    )
                ],
                tags=where.tags,
                opts=opts,
            )
            azure.network.PrivateDnsZoneGroup(
                f"{where.name}-{known.part}/{word}/names",
                private_dns_zone_group_name="default",
                private_endpoint_name=endpoint.name,
                resource_group_name=where.resource_group,
                private_dns_zone_configs=[
                    azure.network.PrivateDnsZoneConfigArgs(
                        name=zone.replace(".", "-"), private_dns_zone_id=zones[zone]
                    )
                    for zone in known.zones
                ],
                opts=opts,
            )


def _zone(where: Endpoints, zone: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    made = azure.privatedns.PrivateZone(
        f"{where.name}-{zone}",
        private_zone_name=zone,
        resource_group_name=where.resource_group,
        location="global",
        tags=where.tags,
        opts=opts,
    )
    azure.privatedns.VirtualNetworkLink(
        f"{where.name}-{zone}/link",
        private_zone_name=made.name,
        resource_group_name=where.resource_group,
        location="global",
        virtual_network=azure.privatedns.SubResourceArgs(id=where.network_id),
        registration_enabled=False,
        tags=where.tags,
        opts=opts,
    )
    return made.id
