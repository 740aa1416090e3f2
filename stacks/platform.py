"""What the models run on: network, cluster, pools of GPU nodes, their order, add-ons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from stacks import targets
from stacks.providers import Providers
from stacks.refused_invoke import reason
from stacks.settings.load import Settings
from stacks.settings.platforms.gpu_pools import asked_pools, clusters
from stacks.targets import platform_parts as parts
from stacks.targets.component_names import component_name
from stacks.targets.model_node_groups import model_node_group_arguments

__all__ = ["CLUSTER_OUTPUT", "POOLS_OUTPUT", "Made", "make_platform"]

# Outputs of the stack, which those of others read.
CLUSTER_OUTPUT: Final = "cluster"
POOLS_OUTPUT: Final = "gpu_node_pools"
# What others need of a cluster that is made, to be read by a stack reference.
_FACTS: Final = ("cluster_name", "endpoint", "kubeconfig", "oidc_issuer_url")


@dataclass
class Made:
    """What this stack made of its platform."""

    kind: str | None = None
    """eks, gke or aks, where the environment names one cluster."""
    network: Any = None
    cluster: Any = None
    elsewhere: Mapping[str, Any] | None = None
    """Facts of a cluster that another stack made, or an earlier update."""
    add_ons: Any = None
    pools: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def cluster_output(self) -> dict[str, Any] | None:
        """Facts of the cluster for other stacks; None where none was made."""
        if self.cluster is None:
            return None
        return {"kind": self.kind, **{key: getattr(self.cluster, key) for key in _FACTS}}

    def of_identity(self, asked: targets.Identity) -> dict[str, Any]:
        """What a model's identity takes from the cluster that was made."""
        facts = self.cluster_output or self.elsewhere
        if facts is None or "azure" not in asked.packages:
            return {}
        return {"oidc_issuer_url": facts["oidc_issuer_url"]}

    @property
    def pools_output(self) -> dict[str, Any]:
        """Each pool by its name: what the cloud calls it, and what it offers."""
        return {
            name: {"pool_name": pool.pool_name, "offer": pool.offer}
            for name, pool in self.pools.items()
        }

    @property
    def before(self) -> list[pulumi.Resource]:
        """What has to be there before anything goes onto the cluster."""
        return [] if self.cluster is None else [self.cluster]

    @property
    def before_kinds(self) -> list[pulumi.Resource]:
        """What has to be there before objects of kinds that charts bring."""
        return self.before if self.add_ons is None else [*self.before, self.add_ons]


def make_platform(settings: Settings, providers: Providers) -> Made:
    """Register all of it; what is not asked for is left out."""
    there = clusters(settings.site)
    made = Made(there[0] if len(there) == 1 else None)
    if made.kind is not None:
        _network_and_cluster(settings, providers, made, made.kind)
    if made.cluster is None and any(p.cluster == "eks" for p in asked_pools(settings.site)):
        _ask_for_eks(settings, providers)
    later = {pool.name for pool in parts.launched_by_karpenter(settings)}
    asked = targets.gpu_node_pools(settings)
    _pools(settings, providers, made, {n: p for n, p in asked.items() if n not in later})
    if made.kind is not None:
        _on_the_cluster(settings, providers, made, made.kind)
    # Of kinds that Karpenter brings.
    _pools(settings, providers, made, {n: p for n, p in asked.items() if n in later})
    _model_node_groups(settings, providers, made)
    _prepulled(settings, providers, made)
    _watch_gpus(settings, providers, made)
    return made


def _network_and_cluster(settings: Settings, providers: Providers, made: Made, kind: str) -> None:
    platform, named = settings.site.platform, getattr(settings.site.targets, kind)
    if platform.network is not None:
        part = parts.NETWORKS[kind]
        made.network = part.component()(
            f"{named.cluster_name}-network",
            parts.network_arguments(settings, platform.network, kind),
            pulumi.ResourceOptions(providers=providers.named(part.packages)),
        )
    if platform.cluster is not None:
        part = parts.CLUSTERS[kind]
        made.cluster = part.component()(
            named.cluster_name,
            parts.cluster_arguments(settings, platform.cluster, kind, _place(settings, made, kind)),
            pulumi.ResourceOptions(
                providers=providers.named(part.packages),
                depends_on=[] if made.network is None else [made.network],
            ),
        )
        providers.kubeconfig = made.cluster.kubeconfig


def _ask_for_eks(settings: Settings, providers: Providers) -> None:
    """A cluster that is not there stops before its pools ask for it, one traceback each."""
    # As long an import as the provider's, which these pools need.
    import pulumi_aws  # noqa: PLC0415

    eks = settings.site.targets.eks
    if eks is None:
        return
    try:
        opts = pulumi.InvokeOptions(provider=providers.aws)
        pulumi_aws.eks.get_cluster(name=eks.cluster_name, opts=opts)
    # The SDK raises nothing narrower for an invoke that failed.
    except Exception as error:  # noqa: BLE001
        raise pulumi.RunError(
            f"EKS cluster {eks.cluster_name} cannot be used: {reason(error)}\n"
            "  fix: correct model-serving:targets.eks.cluster_name in "
            f"Pulumi.{pulumi.get_stack()}.yaml, or let the stack make it: `cluster: …` under "
            "model-serving:platform"
        ) from None


def _place(settings: Settings, made: Made, kind: str) -> dict[str, Any]:
    """The network of a cluster that is made: our own, or the one that the target names."""
    targets_, network, platform = settings.site.targets, made.network, settings.site.platform
    if kind == "eks":
        return {"subnet_ids": _subnet_ids(settings, made)}
    if kind == "gke" and network is not None:
        keys = ("network", "subnetwork", "pods_range", "services_range")
        return {key: getattr(network, key) for key in keys}
    if kind == "gke":
        gke = targets_.gke
        return {"network": gke.network, "subnetwork": gke.subnetwork} if gke else {}
    if network is not None:
        internet = bool(platform.network and platform.network.internet)
        place = {
            "subnet_id": network.subnet_id,
            "api_server_subnet_id": network.api_server_subnet_id,
        }
        return {**place, "outbound": "nat_gateway" if internet else "none"}
    return {"subnet_id": targets_.aks.subnet_id if targets_.aks else None}


def _subnet_ids(settings: Settings, made: Made) -> list[Any]:
    eks, asked = settings.site.targets.eks, settings.site.platform.network
    if made.network is None or asked is None:
        return list(eks.subnet_ids) if eks else []
    return [made.network.subnet_ids[index] for index in range(len(asked.zones))]


def _pools(
    settings: Settings, providers: Providers, made: Made, asked: Mapping[str, tuple[Any, Any]]
) -> None:
    for name, (kind, arguments) in asked.items():
        made.pools[name] = kind.component()(
            name,
            arguments | _of_made(settings, made),
            pulumi.ResourceOptions(
                providers=providers.named(kind.packages), depends_on=made.before_kinds
            ),
        )


def _of_made(settings: Settings, made: Made) -> dict[str, Any]:
    """What a pool takes from the network and the cluster that are made beside it."""
    found: dict[str, Any] = {}
    if made.cluster is not None:
        found["cluster_name"] = made.cluster.cluster_name
    if made.network is not None and made.kind == "eks":
        found["subnet_ids"] = _subnet_ids(settings, made)
    if made.network is not None and made.kind == "aks":
        found["subnet_id"] = made.network.subnet_id
    return found


def _on_the_cluster(settings: Settings, providers: Providers, made: Made, kind: str) -> None:
    named = getattr(settings.site.targets, kind)
    order: list[pulumi.Resource] = []
    if groups := parts.fallback_groups(settings):
        from components.kubernetes.gpu_node_fallback import GpuNodeFallback  # noqa: PLC0415

        arguments: Any = {
            "cluster": kind,
            "groups": [{"group": group, "pools": pools} for group, pools in groups.items()],
            "pool_names": {
                name: made.pools[name].pool_name for pools in groups.values() for name in pools
            },
        }
        opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=made.before)
        order.append(GpuNodeFallback(f"{named.cluster_name}-fallback", arguments, opts))
    if settings.site.platform.add_ons is not None:
        from components.kubernetes.cluster_add_ons import ClusterAddOns  # noqa: PLC0415

        name = made.cluster.cluster_name if made.cluster is not None else named.cluster_name
        arguments = parts.add_on_arguments(settings, kind, name)
        if kind == "eks":
            order += _autoscalers(settings, providers, made, arguments)
        opts = pulumi.ResourceOptions(
            provider=providers.kubernetes, depends_on=[*made.before, *order]
        )
        made.add_ons = ClusterAddOns(f"{named.cluster_name}-add-ons", arguments, opts)


def _autoscalers(
    settings: Settings, providers: Providers, made: Made, add_ons: dict[str, Any]
) -> list[pulumi.Resource]:
    """The roles of EKS's autoscalers; what Karpenter's tells it goes to the add-ons."""
    found: list[pulumi.Resource] = []
    named = settings.site.targets.eks
    if named is None:
        return found
    asked = parts.autoscaler_arguments(settings, add_ons["cluster_name"])
    for role, arguments in asked.items():
        from components.aws.eks_autoscaler_identity import (  # noqa: PLC0415
            EksAutoscalerIdentity,
        )

        untyped: Any = arguments
        opts = pulumi.ResourceOptions(provider=providers.aws, depends_on=made.before)
        identity = EksAutoscalerIdentity(component_name(named.cluster_name, role), untyped, opts)
        if role == "karpenter" and "karpenter_interruption_queue" not in add_ons:
            add_ons["karpenter_interruption_queue"] = identity.queue_name
        found.append(identity)
    return found


def _prepulled(settings: Settings, providers: Providers, made: Made) -> None:
    """On the nodes of a pool and of its fallbacks, whichever are there."""
    for name, arguments in parts.prepulled_arguments(settings).items():
        from components.kubernetes.prepulled_images import PrepulledImages  # noqa: PLC0415

        untyped: Any = arguments
        opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=made.before)
        PrepulledImages(name, untyped, opts)


def _watch_gpus(settings: Settings, providers: Providers, made: Made) -> None:
    if (asked := targets.gpu_monitoring_arguments(settings)) is None:
        return
    from components.kubernetes.monitoring.gpu_monitoring import GpuMonitoring  # noqa: PLC0415

    named = getattr(settings.site.targets, made.kind or "", None)
    name = component_name(named.cluster_name if named else settings.environment, "gpus")
    arguments: Any = asked
    opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=made.before_kinds)
    GpuMonitoring(name, arguments, opts)


def _model_node_groups(settings: Settings, providers: Providers, made: Made) -> None:
    for name, asked in settings.site.platform.model_node_groups.items():
        from components.kubernetes.kserve.local_model_node_group import (  # noqa: PLC0415
            LocalModelNodeGroup,
        )

        arguments: Any = model_node_group_arguments(settings, asked)
        opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=made.before_kinds)
        LocalModelNodeGroup(name, arguments, opts)
