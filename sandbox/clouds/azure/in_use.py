"""What Azure lets nobody delete while others use it."""

from dataclasses import dataclass
from typing import Any, cast

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.store import Row

__all__ = ["deletion"]

# What has addresses in a subnet; a rule of a firewall that names one does not keep it.
_IN_SUBNETS = (
    *("app:ManagedEnvironment", "compute:*", "containerservice:*"),
    *("network:ApplicationGateway", "network:LoadBalancer", "network:NetworkInterface"),
    *("network:PrivateEndpoint", "web:WebApp*"),
)


@dataclass(frozen=True, slots=True)
class _Users:
    """Types that keep another from being deleted, where they name it, or what is below it."""

    types: tuple[str, ...]
    reason: str
    below: str = ""


_USERS = {
    # https://learn.microsoft.com/azure/virtual-machines/disk-encryption: all that is encrypted with
    # it has to go first.
    "azure-native:compute:DiskEncryptionSet": _Users(
        ("compute:*", "containerservice:*"),
        "{name} encrypts disks of {users} and cannot be deleted",
    ),
    # https://learn.microsoft.com/azure/virtual-machines/co-location: what is placed goes first.
    "azure-native:compute:ProximityPlacementGroup": _Users(
        ("compute:*", "containerservice:*"),
        "{name} places machines of {users} and cannot be deleted",
    ),
    "azure-native:network:Subnet": _Users(
        _IN_SUBNETS,
        "InUseSubnetCannotBeDeleted: Subnet {name} is in use by {users} and cannot be deleted",
    ),
    "azure-native:network:VirtualNetwork": _Users(
        _IN_SUBNETS,
        "InUseSubnetCannotBeDeleted: {name} has a subnet that is in use by {users} and cannot be"
        " deleted",
        below="/subnets/",
    ),
    "azure-native:web:AppServicePlan": _Users(
        ("web:WebApp*",),
        "Server farm '{name}' cannot be deleted because it has web app(s) {users} assigned to it",
    ),
}


def deletion(call: Call, row: Row) -> list[Problem]:
    """Others that name it, or what is below it, have to go first."""
    by = _USERS.get(row.token)
    if by is None:
        return []
    users = {
        other.name
        for token in by.types
        for other in call.store.mentioning(
            row.provider,
            f"{ids.PROVIDER}:{token}",
            [f"{row.id}{by.below}"],
            account=row.account,
        )
        # Not what names another whose name begins as this one's.
        if other.id != row.id and (by.below or _names(other.inputs or other.outputs, row.id))
    }
    if not users:
        return []
    return [Problem("", by.reason.format(name=row.name, users=", ".join(sorted(users))))]


def _names(value: object, resource_id: str) -> bool:
    """Whether an id stands anywhere in a value, alone or with what is below it."""
    if isinstance(value, dict):
        return any(_names(each, resource_id) for each in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return any(_names(each, resource_id) for each in cast("list[Any]", value))
    return isinstance(value, str) and f"{value}/".startswith(f"{resource_id}/")
