"""Settings of the network, the cluster and the add-ons as arguments of their components."""

from collections.abc import Mapping
from typing import Any, Final

from facts.images import mirrored
from facts.pools.offers import GPU_TAINT
from facts.pools.sharing import GROUP_LABEL
from facts.tags import OWNER
from stacks.settings.cluster import Cluster, Network
from stacks.settings.load import Settings
from stacks.settings.platforms.gpu_pools import AskedPool, asked_pools
from stacks.settings.platforms.internet import reaches_internet
from stacks.targets.component_kind import ComponentKind
from stacks.targets.component_names import component_name
from stacks.targets.mirror import in_mirror
from stacks.targets.translation import given, words

__all__ = [
    "CLUSTERS",
    "NETWORKS",
    "add_on_arguments",
    "autoscaler_arguments",
    "cluster_arguments",
    "fallback_groups",
    "launched_by_karpenter",
    "network_arguments",
    "prepulled_arguments",
]

NETWORKS: Final[dict[str, ComponentKind]] = {
    "eks": ComponentKind("components.aws.aws_private_network", "AwsPrivateNetwork", ("aws",)),
    "gke": ComponentKind("components.gcp.gcp_private_network", "GcpPrivateNetwork", ("gcp",)),
    "aks": ComponentKind(
        "components.azure.azure_private_network", "AzurePrivateNetwork", ("azure",)
    ),
}
CLUSTERS: Final[dict[str, ComponentKind]] = {
    "eks": ComponentKind("components.aws.eks_cluster", "EksCluster", ("aws",)),
    "gke": ComponentKind("components.gcp.gke_cluster", "GkeCluster", ("gcp",)),
    "aks": ComponentKind("components.azure.aks_cluster", "AksCluster", ("azure",)),
}
_CLUSTER_SAME: Final = (
    *("kubernetes_version", "administrators", "system_instance_type", "system_nodes"),
    *("log_retention_days", "key", "authorized_networks", "deletion_protection"),
)


def network_arguments(settings: Settings, network: Network, cluster: str) -> dict[str, Any]:
    """The arguments of the cloud's private network."""
    zones = words(network, ("zones",))
    own = {
        "eks": {**zones, **words(network.eks)},
        "gke": {"region": _region(settings), **words(network.gke)},
        "aks": {**_azure(settings), **zones, **words(network.aks)},
    }
    return given(
        {
            "environment": settings.environment,
            **words(network, ("cidr", "services", "internet")),
            "tags": _tags(settings, network),
            **own[cluster],
        }
    )


def cluster_arguments(
    settings: Settings, asked: Cluster, cluster: str, place: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of the cloud's cluster; `place` are those about its network."""
    own = {"eks": {}, "gke": _google(settings), "aks": _on_azure(settings)}
    return given(
        {
            "environment": settings.environment,
            **words(asked, _CLUSTER_SAME),
            "tags": _tags(settings, asked),
            **own[cluster],
            **words(getattr(asked, cluster)),
            **place,
        }
    )


def add_on_arguments(settings: Settings, cluster: str, cluster_name: object) -> dict[str, Any]:
    """The arguments of the add-ons: their words, and what follows from the pools."""
    asked, targets = settings.site.platform.add_ons, settings.site.targets
    pools = [pool for pool in asked_pools(settings.site) if pool.cluster == cluster]
    on_eks = cluster == "eks"
    drivers = {pool.settings.driver or "cloud" for pool in pools}
    ordered = any(not pool.alone for pool in pools)
    shared = [words(pool.settings, ("time_slices", "mig_profile")) for pool in pools]
    return given(
        {
            "cluster": cluster,
            "driver": "operator" if "operator" in drivers else None,
            # Of GKE's the node pool says all.
            "shared_pools": None if cluster == "gke" else [said for said in shared if said] or None,
            "pool_taints": _taints(pools),
            "cluster_name": cluster_name if on_eks else None,
            "region": targets.aws.region if on_eks and targets.aws else None,
            "image_mirror": targets.kubernetes.image_mirror if targets.kubernetes else None,
            "internet": reaches_internet(settings.site),
            **words(asked),
            "cluster_autoscaler_priorities": True
            if asked and asked.cluster_autoscaler and ordered
            else None,
        }
    )


def launched_by_karpenter(settings: Settings) -> list[AskedPool]:
    """Pools that Karpenter launches: its definitions have to be there before them."""
    return [p for p in asked_pools(settings.site) if p.settings.provisioner == "karpenter"]


def autoscaler_arguments(settings: Settings, cluster_name: object) -> dict[str, dict[str, Any]]:
    """Arguments of the roles of EKS's autoscalers, for those that the settings give none.

    Karpenter is there before its pools, so their roles are known by the beginning of their names.
    """
    asked, aws = settings.site.platform.add_ons, settings.site.targets.aws
    common = {
        "environment": settings.environment,
        "cluster_name": cluster_name,
        "tags": dict(settings.site.tags),
    }
    found: dict[str, dict[str, Any]] = {}
    if asked and asked.cluster_autoscaler and not asked.cluster_autoscaler_role_arn:
        found["autoscaler"] = {**common, "autoscaler": "cluster_autoscaler"}
    launched = launched_by_karpenter(settings)
    if asked and asked.karpenter and not asked.karpenter_role_arn and launched and aws:
        roles = f"arn:aws:iam::{aws.account_id}:role"
        found["karpenter"] = given(
            {
                **common,
                "autoscaler": "karpenter",
                "node_role_arns": [f"{roles}/{pool.name}-role-*" for pool in launched],
                "disk_key_arns": [p.settings.disk_key for p in launched if p.settings.disk_key]
                or None,
                "interruptions": False if asked.karpenter_interruption_queue else None,
            }
        )
    return found


def prepulled_arguments(settings: Settings) -> dict[str, dict[str, Any]]:
    """The arguments of each pool's prepulled images, by the component's name."""
    found: dict[str, dict[str, Any]] = {}
    cluster = settings.site.targets.kubernetes
    for pool in asked_pools(settings.site):
        asked = pool.settings.prepulled
        if asked is None or pool.order:
            continue
        offers = [offer for offer in settings.offers.values() if offer.group == pool.group]
        arguments: dict[str, Any] = {
            "namespace": asked.namespace,
            "images": list(asked.images),
            "tools_image": asked.tools_image,
            "node_labels": {GROUP_LABEL: pool.group},
            "pool_taints": sorted({taint for offer in offers for taint in offer.taints}),
        }
        if cluster is not None and cluster.image_mirror:
            mirror = cluster.image_mirror
            arguments = in_mirror(arguments, mirror)
            arguments["images"] = [mirrored(image, mirror) for image in asked.images]
        found[component_name(pool.name, "images")] = arguments
    return found


def fallback_groups(settings: Settings) -> dict[str, list[str]]:
    """Pools that stand in for each other, by their group, in the order in which they are tried.

    Karpenter has the order in the weights of its own pools.
    """
    found: dict[str, list[str]] = {}
    for pool in asked_pools(settings.site):
        if not pool.alone and pool.settings.provisioner != "karpenter":
            found.setdefault(pool.group, []).append(pool.name)
    return found


def _taints(pools: list[AskedPool]) -> list[str] | None:
    """Those of all pools: what makes GPUs allocatable has to run on each."""
    found: list[str] = []
    for pool in pools:
        found += [GPU_TAINT] if pool.settings.taints is None else pool.settings.taints
    return sorted(set(found)) or None


def _tags(settings: Settings, asked: Cluster | Network) -> dict[str, str]:
    return {**settings.site.tags, OWNER: asked.owner, **asked.tags}


def _region(settings: Settings) -> str | None:
    gke = settings.site.targets.gke
    return gke.location if gke else None


def _google(settings: Settings) -> dict[str, Any]:
    gcp = settings.site.targets.gcp
    return {"project": gcp.project if gcp else None, "region": _region(settings)}


def _on_azure(settings: Settings) -> dict[str, Any]:
    """The cluster is where its pools look for it, and tries them in the order of their groups."""
    aks, place = settings.site.targets.aks, _azure(settings)
    if aks is not None and aks.resource_group is not None:
        place["resource_group"] = aks.resource_group
    # By the ConfigMap that GpuNodeFallback makes.
    return {**place, "expander": "priority" if fallback_groups(settings) else None}


def _azure(settings: Settings) -> dict[str, Any]:
    azure = settings.site.targets.azure
    return {
        "resource_group": azure.resource_group if azure else None,
        "location": azure.location if azure else None,
    }
