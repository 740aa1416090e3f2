"""Properties that the provider would update, and whose change the service refuses.

azure-native replaces only for what its API marks as create-only at the top of a body, and for a
list of its own; the services refuse more. Every entry is on the page that it names, but for
`enableRBAC`, which the CIS benchmark of AKS (8.5) says, and for `_POOLS`: for those, azurerm makes
a pool anew (cycleNodePoolProperties in kubernetes_cluster_node_pool_resource.go).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.azure.agent_pools import AGENT_POOL, CLUSTER
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["problems"]

_LEARN = "https://learn.microsoft.com"


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What is decided at creation, and the page that says so.

    Attributes:
        page: On learn.microsoft.com.
        off: What is not given counts as false.
        to: Values, in lower case, that it may become later.
        unless: A property that lifts the rule where it is true.
    """

    page: str
    off: bool = False
    to: frozenset[str] = frozenset()
    unless: str = ""


_POOLS = _Fixed("rest/api/aks/agent-pools/create-or-update")
_SPOT = _Fixed("azure/aks/spot-node-pool")
_WORKSPACES = _Fixed("rest/api/azureml/workspaces/create-or-update")
_TABLE: Mapping[str, Mapping[str, _Fixed]] = {
    AGENT_POOL: {
        "availabilityZones": _POOLS,
        "capacityReservationGroupID": _Fixed("azure/aks/use-capacity-reservation-groups"),
        "enableEncryptionAtHost": _Fixed("azure/aks/enable-host-encryption", off=True),
        "enableNodePublicIP": _Fixed(_POOLS.page, off=True),
        "enableUltraSSD": _POOLS,
        "gpuProfile.driver": _Fixed("azure/aks/aks-managed-gpu-nodes"),
        "hostGroupID": _Fixed("azure/aks/use-azure-dedicated-hosts"),
        "kubeletConfig": _POOLS,
        "kubeletDiskType": _POOLS,
        "linuxOSConfig": _POOLS,
        "maxPods": _POOLS,
        "nodePublicIPPrefixID": _Fixed("azure/aks/use-node-public-ips"),
        "osDiskSizeGB": _POOLS,
        "osDiskType": _Fixed("azure/aks/concepts-storage"),
        "osType": _Fixed("azure/aks/upgrade-os-version"),
        "podSubnetID": _POOLS,
        "proximityPlacementGroupID": _Fixed("azure/aks/reduce-latency-ppg"),
        "scaleSetEvictionPolicy": _SPOT,
        "scaleSetPriority": _SPOT,
        "spotMaxPrice": _SPOT,
        "vnetSubnetID": _POOLS,
    },
    CLUSTER: {
        "apiServerAccessProfile.enablePrivateCluster": _Fixed(
            "azure/aks/api-server-vnet-integration",
            off=True,
            unless="apiServerAccessProfile.enableVnetIntegration",
        ),
        "apiServerAccessProfile.privateDNSZone": _Fixed(
            "azure/aks/private-clusters", to=frozenset({"none"})
        ),
        "enableRBAC": _Fixed("azure/aks/concepts-identity"),
        "networkProfile.loadBalancerSku": _Fixed(
            "azure/aks/load-balancer-standard", to=frozenset({"standard"})
        ),
    },
    "azure-native:keyvault:Vault": {
        "properties.softDeleteRetentionInDays": _Fixed(
            "azure/key-vault/general/soft-delete-overview"
        ),
    },
    "azure-native:machinelearningservices:OnlineDeployment": {
        "properties.egressPublicNetworkAccess": _Fixed(
            "azure/machine-learning/concept-secure-online-endpoint"
        ),
    },
    "azure-native:machinelearningservices:Workspace": {
        "keyVault": _WORKSPACES,
        "storageAccount": _WORKSPACES,
    },
    "azure-native:network:PublicIPAddress": {
        "zones": _Fixed("azure/virtual-network/ip-services/public-ip-addresses")
    },
    "azure-native:storage:BlobContainer": {
        "defaultEncryptionScope": _Fixed("azure/storage/blobs/encryption-scope-overview"),
        "immutableStorageWithVersioning.enabled": _Fixed(
            "rest/api/storagerp/blob-containers/create", off=True
        ),
    },
    "azure-native:storage:StorageAccount": {
        "enableNfsV3": _Fixed(
            "azure/storage/blobs/network-file-system-protocol-known-issues", off=True
        ),
        "encryption.requireInfrastructureEncryption": _Fixed(
            "azure/storage/common/infrastructure-encryption-enable", off=True
        ),
        "immutableStorageWithVersioning.enabled": _Fixed(
            "rest/api/storagerp/storage-accounts/create", off=True
        ),
    },
}


def problems(call: Call, previous: Row) -> list[Problem]:
    """Changes that the service refuses; what is no longer given stays as it is."""
    found = [
        Problem(path, f'{what}; replace the resource: replace_on_changes=["{path}"] ({page})')
        for path, what, page in _changed(_TABLE.get(call.token, {}), previous.inputs, call.inputs)
    ]
    if call.token != CLUSTER:
        return found
    return [*found, *_inside(previous.inputs, call.inputs)]


def _inside(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Problem]:
    """The same of the pools that a cluster declares of itself."""
    known = {mapped(pool).get("name"): pool for pool in listed(before.get("agentPoolProfiles"))}
    for index, pool in enumerate(listed(after.get("agentPoolProfiles"))):
        name = mapped(pool).get("name")
        if name not in known:
            yield Problem(
                f"agentPoolProfiles[{index}]",
                "A new agent pool was introduced. Adding agent pools to an existing cluster is not"
                " allowed through managed cluster operations; make an AgentPool"
                " (https://github.com/pulumi/pulumi-azure-native/issues/2719)",
            )
            continue
        table = {**_TABLE[AGENT_POOL], "vmSize": _Fixed("azure/aks/resize-node-pool")}
        for path, what, page in _changed(table, known[name], pool):
            way = "make another pool of mode System, then delete this one"
            yield Problem(f"agentPoolProfiles[{index}].{path}", f"{what}; {way} ({page})")


def _changed(
    table: Mapping[str, _Fixed], old: object, new: object
) -> Iterator[tuple[str, str, str]]:
    """Path, what is wrong, page."""
    for path, fixed in table.items():
        before, after = (at(values, *path.split(".")) for values in (old, new))
        before = bool(before) if fixed.off else before
        if before is None or after is None or _same(before, after):
            continue
        if str(after).lower() in fixed.to:
            continue
        if fixed.unless and at(new, *fixed.unless.split(".")):
            continue
        what = f"PropertyChangeNotAllowed: it is {shown(before)} and cannot be changed{_to(fixed)}"
        yield path, what, f"{_LEARN}/{fixed.page}"


def _to(fixed: _Fixed) -> str:
    """What is possible without a new resource."""
    if fixed.to:
        return f", but to {' or '.join(sorted(fixed.to))}"
    return f" without {fixed.unless}" if fixed.unless else ""


def _same(before: object, after: object) -> bool:
    # Ids and words are compared without case, zones without order.
    if isinstance(before, str) and isinstance(after, str):
        return before.lower() == after.lower()
    first, second = (sorted(map(str, listed(value))) for value in (before, after))
    return before == after if not (first and second) else first == second
