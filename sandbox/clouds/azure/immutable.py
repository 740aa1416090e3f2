"""Properties that the provider would update, and whose change the service refuses.

azure-native replaces only for what its API marks as create-only; the documentation names more.
"""

from collections.abc import Mapping

from sandbox.check import Problem, shown
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at

__all__ = ["problems"]

_LEARN = "https://learn.microsoft.com"
_WORKSPACES = f"{_LEARN}/rest/api/azureml/workspaces/create-or-update"
_SPOT = f"{_LEARN}/azure/aks/spot-node-pool"
_POOLS = f"{_LEARN}/rest/api/aks/agent-pools/create-or-update"
_ACCOUNTS = f"{_LEARN}/rest/api/storagerp/storage-accounts/create"
_INFRASTRUCTURE = f"{_LEARN}/azure/storage/common/infrastructure-encryption-enable"
_SCOPES = f"{_LEARN}/azure/storage/blobs/encryption-scope-manage"
_NFS = f"{_LEARN}/azure/storage/blobs/network-file-system-protocol-known-issues"
_ADDRESSES = f"{_LEARN}/azure/virtual-network/ip-services/public-ip-addresses"
_RESERVED = f"{_LEARN}/azure/aks/use-capacity-reservation-groups"
_CONTAINERS = f"{_LEARN}/rest/api/storagerp/blob-containers/create"
# By type, the paths with the pages that say so.
_TABLE: Mapping[str, Mapping[str, str]] = {
    "azure-native:containerservice:AgentPool": {
        "capacityReservationGroupID": _RESERVED,
        "hostGroupID": _POOLS,
        "scaleSetPriority": _SPOT,
        "spotMaxPrice": _SPOT,
    },
    "azure-native:machinelearningservices:Workspace": {
        "keyVault": _WORKSPACES,
        "storageAccount": _WORKSPACES,
    },
    "azure-native:network:PublicIPAddress": {"zones": _ADDRESSES},
    "azure-native:storage:BlobContainer": {
        "defaultEncryptionScope": _SCOPES,
        "immutableStorageWithVersioning.enabled": _CONTAINERS,
    },
    "azure-native:storage:StorageAccount": {
        "enableNfsV3": _NFS,
        "encryption.requireInfrastructureEncryption": _INFRASTRUCTURE,
        "immutableStorageWithVersioning.enabled": _ACCOUNTS,
    },
}
# What is off where it is not given.
_OFF = frozenset({"enableNfsV3", "encryption.requireInfrastructureEncryption"})


def problems(call: Call, previous: Row) -> list[Problem]:
    """Changes that the service refuses."""
    found: list[Problem] = []
    for path, page in _TABLE.get(call.token, {}).items():
        before, after = (at(values, *path.split(".")) for values in (previous.inputs, call.inputs))
        if path in _OFF:
            before, after = bool(before), bool(after)
        if before is None or _same(before, after):
            continue
        found.append(
            Problem(
                path,
                f"PropertyChangeNotAllowed: it is {shown(before)} and cannot be changed; replace"
                f' the resource: replace_on_changes=["{path.split(".")[0]}"] ({page})',
            )
        )
    return found


def _same(before: object, after: object) -> bool:
    # Ids are compared without case.
    if isinstance(before, str) and isinstance(after, str):
        return before.lower() == after.lower()
    return before == after
