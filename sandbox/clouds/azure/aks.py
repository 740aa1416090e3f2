"""What AKS refuses by several properties at once, of clusters and of agent pools.

Pages are on learn.microsoft.com/azure/aks. What is not known yet is not judged.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.azure.agent_pools import AGENT_POOL, CLUSTER
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, first, listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["constraints", "deletion", "references"]

_PAGES = "https://learn.microsoft.com/azure/aks"
_RESERVED = ("kubernetes.azure.com/", "kubernetes.io/")
_SPOT = "kubernetes.azure.com/scalesetpriority"
_ZONES = frozenset({"1", "2", "3"})
# https://learn.microsoft.com/azure/aks/gpu-multi-instance
_CUT = re.compile(r"standard_nd96a?m?sr_v4|.*_(a100|h100|h200)_v\d", re.IGNORECASE)
_GPU = re.compile(r"standard_n[cdgv]", re.IGNORECASE)


def constraints(call: Call) -> list[Problem]:
    """What can be told from the request alone."""
    if call.token == AGENT_POOL:
        return _problems(call.inputs, "", call.inputs)
    found = [
        problem
        for index, pool in enumerate(listed(call.inputs.get("agentPoolProfiles")))
        for problem in _problems(mapped(pool), f"agentPoolProfiles[{index}].", call.inputs)
    ]
    return [*found, *_cluster(call.inputs)]


def _problems(pool: Mapping[str, Any], place: str, whole: Mapping[str, Any]) -> list[Problem]:
    if UNKNOWN in (pool.get("mode"), pool.get("scaleSetPriority"), whole):
        return []
    rules = (_counts, _spot, _placing, _labels, _gpus, _upgrades)
    return [
        Problem(f"{place}{path}", f"{reason} ({_PAGES}/{page})")
        for rule in rules
        for path, reason, page in rule(pool)
    ]


_Found = Iterator[tuple[str, str, str]]


def _counts(pool: Mapping[str, Any]) -> _Found:
    page = "cluster-autoscaler"
    low, high, count = _numbers(pool)
    least = 1 if pool.get("mode") == "System" else 0
    if pool.get("enableAutoScaling") is not True:
        for name in ("minCount", "maxCount"):
            if pool.get(name) is not None and pool.get("enableAutoScaling") is not UNKNOWN:
                yield name, "not allowed unless enableAutoScaling is true", page
    else:
        for name in ("minCount", "maxCount"):
            if pool.get(name) is None:
                yield name, "missing; enableAutoScaling needs minCount and maxCount", page
        if low is not None and high is not None and low > high:
            yield "minCount", f"got {low:g}; use at most maxCount ({high:g})", page
    for name, value in (("minCount", low), ("count", count)):
        if value is not None and value < least:
            yield name, f"got {value:g}; a System pool has 1 node at least", "use-system-pools"


def _spot(pool: Mapping[str, Any]) -> _Found:
    page = "spot-node-pool"
    if pool.get("scaleSetPriority") != "Spot":
        for name in ("scaleSetEvictionPolicy", "spotMaxPrice"):
            if pool.get(name) is not None and not (name == "spotMaxPrice" and pool[name] == -1):
                yield name, "only with scaleSetPriority Spot", page
        return
    if pool.get("mode") == "System":
        yield "scaleSetPriority", "got Spot; a System pool is Regular", page
    if pool.get("capacityReservationGroupID") is not None:
        yield "capacityReservationGroupID", "Spot machines are never reserved", page
    for name in ("maxSurge", "maxUnavailable"):
        if at(pool, "upgradeSettings", name) is not None:
            yield f"upgradeSettings.{name}", "Spot pools have none", page


def _placing(pool: Mapping[str, Any]) -> _Found:
    zones = listed(pool.get("availabilityZones"))
    for index, zone in enumerate(zones):
        if zone is not UNKNOWN and str(zone) not in _ZONES:
            yield f"availabilityZones[{index}]", f"got {zone}; use 1, 2 or 3", "availability-zones"
    if pool.get("proximityPlacementGroupID") is not None and len(zones) > 1:
        reason = f"a group is in one zone, the pool in {len(zones)}"
        yield "proximityPlacementGroupID", reason, "reduce-latency-ppg"


def _labels(pool: Mapping[str, Any]) -> _Found:
    for key in mapped(pool.get("nodeLabels")):
        domain = f"{key.rpartition('/')[0]}/"
        given = key == _SPOT and pool.get("scaleSetPriority") == "Spot"
        if domain.endswith(_RESERVED) and not given:
            yield f'nodeLabels["{key}"]', f"labels of {domain} are AKS's own", "use-labels"


def _gpus(pool: Mapping[str, Any]) -> _Found:
    size = pool.get("vmSize")
    if not isinstance(size, str):
        return
    if pool.get("gpuInstanceProfile") is not None and not _CUT.fullmatch(size):
        reason = f"{size} has no GPU that can be cut; A100, H100 and H200 can"
        yield "gpuInstanceProfile", reason, "gpu-multi-instance"
    if pool.get("gpuProfile") is not None and not _GPU.match(size):
        yield "gpuProfile", f"{size} has no GPU", "use-nvidia-gpu"
    installs = at(pool, "gpuProfile", "driver") in {None, "Install"} and _GPU.match(size)
    ubuntu = str(pool.get("osSKU") or "Ubuntu").startswith("Ubuntu")
    if installs and ubuntu and at(pool, "securityProfile", "enableSecureBoot") is True:
        reason = "the GPU driver that AKS installs on Ubuntu is not signed; gpuProfile.driver None"
        yield "securityProfile.enableSecureBoot", reason, "use-trusted-launch"


def _upgrades(pool: Mapping[str, Any]) -> _Found:
    page = "upgrade-aks-node-pools-rolling"
    surge, away = (at(pool, "upgradeSettings", name) for name in ("maxSurge", "maxUnavailable"))
    some = [value for value in (surge, away) if value is not None and not _is_none(value)]
    if away is not None and not _is_none(away) and pool.get("mode") == "System":
        yield "upgradeSettings.maxUnavailable", "System pools have none", page
    if _is_none(surge) and not some:
        yield "upgradeSettings.maxSurge", f"got {surge}; then maxUnavailable is 1 or more", page


def _is_none(value: object) -> bool:
    return str(value).rstrip("%") == "0"


def _numbers(pool: Mapping[str, Any]) -> list[float | None]:
    return [_number(pool.get(name)) for name in ("minCount", "maxCount", "count")]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


# ---- clusters ----


def _cluster(inputs: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(path, f"{reason} ({_PAGES}/{page})")
        for rule in (_access, _isolation, _secrets)
        for path, reason, page in rule(inputs)
    ]


def _access(inputs: Mapping[str, Any]) -> _Found:
    profile = mapped(inputs.get("apiServerAccessProfile"))
    if profile.get("enablePrivateCluster") is True and listed(profile.get("authorizedIPRanges")):
        reason = "a private API has none"
        yield "apiServerAccessProfile.authorizedIPRanges", reason, "private-clusters"
    if inputs.get("disableLocalAccounts") is True and not inputs.get("aadProfile"):
        reason = "without aadProfile nobody gets in"
        yield "disableLocalAccounts", reason, "manage-local-accounts-managed-azure-ad"
    modes = [mapped(pool).get("mode") for pool in listed(inputs.get("agentPoolProfiles"))]
    # Without a mode, AKS chooses.
    if modes and all(mode in {"User", "Gateway"} for mode in modes):
        yield "agentPoolProfiles", "one has mode System", "use-system-pools"


def _isolation(inputs: Mapping[str, Any]) -> _Found:
    if at(inputs, "networkProfile", "outboundType") not in {"none", "block"}:
        return
    page = "concepts-network-isolated"
    if at(inputs, "bootstrapProfile", "artifactSource") not in {"Cache", UNKNOWN}:
        reason = "got none; then bootstrapProfile.artifactSource is Cache"
        yield "networkProfile.outboundType", reason, page
    profile = mapped(inputs.get("apiServerAccessProfile"))
    reached = (profile.get(name) for name in ("enablePrivateCluster", "enableVnetIntegration"))
    if not any(reached):
        reason = "got none; then the API is private, or in the network"
        yield "networkProfile.outboundType", reason, page
    channel = at(inputs, "autoUpgradeProfile", "nodeOSUpgradeChannel")
    if channel not in {None, UNKNOWN, "NodeImage", "None"}:
        reason = f"got {channel}; nodes without internet take NodeImage or None"
        yield "autoUpgradeProfile.nodeOSUpgradeChannel", reason, page


def _secrets(inputs: Mapping[str, Any]) -> _Found:
    kms = mapped(at(inputs, "securityProfile", "azureKeyVaultKms"))
    if kms.get("enabled") is not True:
        return
    path, page = "securityProfile.azureKeyVaultKms", "use-kms-etcd-encryption"
    if "userassigned" not in str(at(inputs, "identity", "type")).replace(" ", "").lower():
        yield path, "needs a user-assigned identity of the cluster", page
    if kms.get("keyVaultNetworkAccess") != "Private":
        return
    if not kms.get("keyVaultResourceId"):
        yield f"{path}.keyVaultResourceId", "missing; a Private vault is named", page
    if not at(inputs, "apiServerAccessProfile", "enableVnetIntegration"):
        reason = "Private needs apiServerAccessProfile.enableVnetIntegration"
        yield f"{path}.keyVaultNetworkAccess", reason, page


# ---- by what there is ----


def references(call: Call) -> list[Problem]:
    """Versions in order; a new pool within its bounds, in the network of its cluster."""
    if call.token == CLUSTER:
        return [*_lowered(call)]
    if call.token != AGENT_POOL:
        return []
    found = [*_first_nodes(call.inputs)] if call.previous is None else []
    cluster = _cluster_of(call)
    if cluster is None:
        return found
    return [*found, *_ahead(call, cluster), *_elsewhere(call, cluster)]


def _lowered(call: Call) -> Iterator[Problem]:
    before = _minor(call.previous.outputs.get("kubernetesVersion")) if call.previous else None
    after = _minor(call.inputs.get("kubernetesVersion"))
    if before is not None and after is not None and after < before:
        reason = f"got 1.{after}; a cluster of 1.{before} never goes back"
        yield Problem("kubernetesVersion", f"{reason} ({_PAGES}/upgrade-node-pools)")


def _ahead(call: Call, cluster: Row) -> Iterator[Problem]:
    """Nodes follow their control plane."""
    ours = _minor(call.inputs.get("orchestratorVersion"))
    theirs = _minor(cluster.outputs.get("kubernetesVersion"))
    if ours is not None and theirs is not None and ours > theirs:
        reason = f"got 1.{ours}; the control plane has 1.{theirs}"
        yield Problem("orchestratorVersion", f"{reason} ({_PAGES}/upgrade-node-pools)")


def _minor(version: object) -> int | None:
    found = re.match(r"1\.(\d+)", version) if isinstance(version, str) else None
    return int(found[1]) if found else None


def _first_nodes(pool: Mapping[str, Any]) -> Iterator[Problem]:
    """Later the bounds may leave out the nodes that are there: the autoscaler mends it.

    https://github.com/pulumi/pulumi-azure-native/issues/2943 and
    https://github.com/Azure/AKS/issues/1758
    """
    low, high, count = _numbers(pool)
    if pool.get("enableAutoScaling") is not True or low is None or high is None:
        return
    if pool.get("count") is None:
        yield Problem("count", "InvalidParameter: Required parameter count is missing (null)")
    elif count is not None and not low <= count <= high:
        reason = f"got {count:g}; use minCount to maxCount ({low:g} to {high:g})"
        yield Problem("count", f"{reason} ({_PAGES}/cluster-autoscaler)")


def _elsewhere(call: Call, cluster: Row) -> list[Problem]:
    theirs = at(first(cluster.inputs.get("agentPoolProfiles")), "vnetSubnetID")
    ours = call.inputs.get("vnetSubnetID")
    if not isinstance(theirs, str) or ours is UNKNOWN:
        return []
    if ours is None:
        return [Problem("vnetSubnetID", "missing; the cluster's pools are in a network of yours")]
    if _network(str(ours)) == _network(theirs):
        return []
    reason = f"got one of another network; use a subnet of {_network(theirs)}"
    return [Problem("vnetSubnetID", f"{reason} ({_PAGES}/node-pool-unique-subnet)")]


def deletion(call: Call, row: Row) -> list[Problem]:
    """A cluster keeps one System pool."""
    if row.token != AGENT_POOL or row.inputs.get("mode") != "System":
        return []
    cluster = ids.found(call.store, CLUSTER, row.id.rpartition("/agentPools/")[0])
    pools = listed(cluster.inputs.get("agentPoolProfiles")) if cluster is not None else []
    others = [
        other
        for other in call.store.below(ids.PROVIDER, row.id.rpartition("/")[0], account=row.account)
        if other.token == AGENT_POOL and other.id != row.id and other.inputs.get("mode") == "System"
    ]
    if cluster is None or others or any(mapped(pool).get("mode") == "System" for pool in pools):
        return []
    reason = "There has to be at least one system agent pool"
    return [Problem("", f"{reason} ({_PAGES}/use-system-pools)")]


def _cluster_of(call: Call) -> Row | None:
    group, name = call.inputs.get("resourceGroupName"), call.inputs.get("resourceName")
    root = f"/subscriptions/{call.scope.account}/resourceGroups/{group}/providers"
    return ids.found(
        call.store, CLUSTER, f"{root}/Microsoft.ContainerService/managedClusters/{name}"
    )


def _network(subnet: str) -> str:
    return subnet.lower().rpartition("/subnets/")[0]
