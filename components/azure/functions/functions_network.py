"""Private addresses of an app, of its slot and of its storage account, and their names."""

import re
from collections.abc import Mapping
from typing import Final, cast

import pulumi
import pulumi_azure_native as azure

from components.azure.functions.functions_place import CANDIDATE, Place
from components.checks import Checks
from facts.azure_functions import PRIVATE_ZONES
from facts.resource_ids import azure_id

__all__ = ["private_endpoint", "read_zones"]

_APPS, _BLOBS = PRIVATE_ZONES
_PARTS: Final = {
    "app": ("sites", _APPS),
    CANDIDATE: (f"sites-{CANDIDATE}", _APPS),
    "blobs": ("blob", _BLOBS),
}


def read_zones(checks: Checks, args: Mapping[str, object]) -> dict[str, pulumi.Input[str]]:
    """`private_zones`: ids by the zones' names; ids may be outputs."""
    found = args.get("private_zones")
    if found is None:
        return {}
    zones = cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {"": found}
    pattern = azure_id("Microsoft.Network/privateDnsZones")
    for zone, given in zones.items():
        if zone not in PRIVATE_ZONES:
            checks.problem("private_zones", zone, " and ".join(PRIVATE_ZONES))
        elif isinstance(given, str) and not re.fullmatch(pattern, given):
            checks.problem("private_zones", given, "ids of private DNS zones")
    return cast("dict[str, pulumi.Input[str]]", dict(zones))


def private_endpoint(
    place: Place,
    role: str,
    *,
    of: pulumi.Input[str],
    subnet_id: pulumi.Input[str],
    zones: Mapping[str, pulumi.Input[str]],
    after: pulumi.Resource | None = None,
) -> azure.network.PrivateEndpoint:
    """An address of the `app`, its `candidate` or the account's `blobs`, named by a known zone."""
    part, zone = _PARTS[role]
    endpoint = azure.network.PrivateEndpoint(
        f"{place.name}-{role}-endpoint",
        resource_group_name=place.resource_group,
        location=place.location,
        subnet=azure.network.SubnetArgs(id=subnet_id),
        private_link_service_connections=[
            azure.network.PrivateLinkServiceConnectionArgs(
                name=part, private_link_service_id=of, group_ids=[part]
            )
        ],
        tags=place.tags,
        opts=place.opts(*([after] if after is not None else [])),
    )
    if zone in zones:
        azure.network.PrivateDnsZoneGroup(
            f"{place.name}-{role}-names",
            private_dns_zone_group_name="default",
            private_endpoint_name=endpoint.name,
            resource_group_name=place.resource_group,
            private_dns_zone_configs=[
                azure.network.PrivateDnsZoneConfigArgs(
                    name=zone.replace(".", "-"), private_dns_zone_id=zones[zone]
                )
            ],
            opts=place.child,
        )
    return endpoint
