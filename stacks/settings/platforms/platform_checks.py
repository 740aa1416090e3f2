"""Rules over the cluster, the network and the add-ons that an environment makes."""

from collections.abc import Callable, Iterator
from typing import Final

from facts.pools.sharing import CLUSTERS
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.environment import Layer
from stacks.settings.platforms import made_checks
from stacks.settings.platforms.aks_platform import made_on_azure
from stacks.settings.platforms.gpu_pools import clusters, made_pools
from stacks.settings.platforms.internet import NO_INTERNET, reaches_internet
from stacks.settings.problems import Problem
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES"]

_MADE: Final = ("network", "cluster", "add_ons")
_FEWEST_ZONES: Final = 2


def _makes(asked: AskedOfEnvironment, part: str) -> bool:
    platform = asked.site.platform
    return asked.site.layer is not Layer.SERVING and getattr(platform, part) is not None


def _for_one_cluster(asked: AskedOfEnvironment) -> Iterator[Problem]:
    there = clusters(asked.site)
    if len(there) == 1:
        return
    for part in _MADE:
        if _makes(asked, part):
            which = " and ".join(there) if there else "none of eks, gke and aks"
            yield asked.problem(
                ("platform", part),
                "MS0249",
                f"the environment's targets name {which}, so nobody knows where it belongs",
                key=True,
                fix="name one cluster under `model-serving:targets`: eks, gke or aks",
            )


def _order_on_one_cluster(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """The order of pools is an object on the cluster, of which the targets name one."""
    with_order = [p for p in made_pools(asked.site) if not p.order and not p.alone]
    for pool in with_order if len(clusters(asked.site)) > 1 else ():
        yield asked.problem(
            (*pool.path, "fallbacks"),
            "MS0249",
            "the environment has several clusters, and the order is an object on one",
            key=True,
            fix="make the pools of each cluster by a stack of its own",
        )


def _words_of_others(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """`gke: …` of a cluster on EKS would be read by nobody."""
    there = clusters(asked.site)
    places: list[tuple[KeyPath, object, str | None]] = [
        (pool.path, pool.settings, pool.cluster)
        for pool in made_pools(asked.site)
        if not pool.order
    ]
    if len(there) == 1:
        places += [
            (("platform", part), getattr(asked.site.platform, part), there[0])
            for part in ("network", "cluster")
            if _makes(asked, part)
        ]
    for path, settings, cluster in places:
        for other in CLUSTERS:
            if cluster and other != cluster and getattr(settings, other) is not None:
                yield asked.problem(
                    (*path, other),
                    "MS0242",
                    f"words of {other}, and it is on {cluster}",
                    key=True,
                    fix="remove them",
                )


def _subnets(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Nodes and clusters are in subnets, of the network that is made or of one that is named."""
    targets = asked.site.targets
    if _makes(asked, "network"):
        return
    pools = any(pool.cluster == "eks" for pool in made_pools(asked.site))
    made = _makes(asked, "cluster")
    if targets.eks is not None and not targets.eks.subnet_ids and (pools or made):
        yield _missing(asked, ("targets", "eks", "subnet_ids"), "subnet_ids: […]")
    if targets.gke is not None and made:
        for key in ("network", "subnetwork"):
            if getattr(targets.gke, key) is None:
                yield _missing(asked, ("targets", "gke", key), f"{key}: projects/…")
    if targets.aks is not None and made and targets.aks.subnet_id is None:
        yield _missing(asked, ("targets", "aks", "subnet_id"), "subnet_id: /subscriptions/…")


def _missing(asked: AskedOfEnvironment, path: KeyPath, shape: str) -> Problem:
    return asked.problem(
        path,
        "MS0102",
        "missing, and the stack makes no network",
        key=True,
        fix=f"add `{shape}`, or `network: {{…}}` under `model-serving:platform`",
    )


def _zones(asked: AskedOfEnvironment) -> Iterator[Problem]:
    network = asked.site.platform.network
    if network is None or not _makes(asked, "network"):
        return
    zones, path = network.zones, ("platform", "network", "zones")
    if clusters(asked.site) == ["eks"] and len(zones) < _FEWEST_ZONES:
        yield asked.problem(
            path,
            "MS0242",
            f"got {len(zones)} zones, and EKS has its API in two at least",
            key=not zones,
            fix="name two or three zones of the region",
        )
    if clusters(asked.site) == ["gke"] and zones:
        yield asked.problem(
            path,
            "MS0242",
            f"got {', '.join(zones)}, and a subnet of Google Cloud is in all zones of its region",
            fix="remove it; zones of nodes are those of the cluster, `gke: {zones: […]}`, or of a "
            "pool",
        )


def _regional(asked: AskedOfEnvironment) -> Iterator[Problem]:
    gke = asked.site.targets.gke
    if _makes(asked, "cluster") and gke and gke.location[-2:-1] == "-":
        yield asked.problem(
            ("targets", "gke", "location"),
            "MS0242",
            f"got {gke.location}, a zone: the API of a cluster that is made is in several",
            fix=f"write {gke.location[:-2]}",
        )


def _context(asked: AskedOfEnvironment) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes
    if cluster is None:
        return
    path: KeyPath = ("targets", "kubernetes", "context")
    if cluster.context is not None:
        if _makes(asked, "cluster"):
            yield asked.problem(
                path,
                "MS0249",
                f"got {cluster.context}, and the stack reaches the cluster that it makes",
                fix="remove the line; models of another cluster are a stack of their own",
            )
    elif not _makes(asked, "cluster") and asked.site.platform_stack is None:
        yield asked.problem(
            path,
            "MS0102",
            "missing, and the stack makes no cluster and names no platform_stack",
            key=True,
            fix="add `context: …`, one of `kubectl config get-contexts`",
        )


def _objects_need_a_cluster(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Charts and orders of pools are applied by the target `kubernetes`."""
    if asked.site.targets.kubernetes is not None:
        return
    pools = made_pools(asked.site)
    users = ["add_ons"] if _makes(asked, "add_ons") else []
    users += [p.name for p in pools if not p.order and not p.alone]
    users += [p.name for p in pools if p.settings.provisioner == "karpenter"]
    users += [p.name for p in pools if p.settings.prepulled is not None]
    if users:
        yield asked.problem(
            ("targets", "kubernetes"),
            "MS0208",
            f"missing, and {', '.join(users[:3])} cannot go anywhere without it",
            key=True,
            fix=f"add `kubernetes: {{}}` under `model-serving:targets` of {asked.file}, with "
            "`context: …` where the cluster is there already",
        )


def _images_of_charts(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """A chart's images are in its project's registry, which only the internet has."""
    cluster = asked.site.targets.kubernetes
    if cluster is None or cluster.image_mirror is not None or not _makes(asked, "add_ons"):
        return
    if not reaches_internet(asked.site):
        yield asked.problem(
            ("platform", "add_ons"),
            "MS0248",
            f"the images of charts are on the internet, which the cluster has not {NO_INTERNET}",
            key=True,
            fix="say `image_mirror: …` under `model-serving:targets.kubernetes`, where they are "
            "copied to, or `internet: true` under `model-serving:platform.network`",
        )


def _nobody_makes_nodes(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """On a cluster that the stack makes on EKS nothing scales but what the stack puts there."""
    if not _makes(asked, "cluster") or clusters(asked.site) != ["eks"]:
        return
    add_ons = asked.site.platform.add_ons
    for word, provisioner in (("cluster_autoscaler", "node_group"), ("karpenter", "karpenter")):
        growing = [
            pool.name
            for pool in made_pools(asked.site)
            if pool.settings.provisioner == provisioner
            and pool.settings.max_nodes > pool.settings.min_nodes
        ]
        if growing and (add_ons is None or getattr(add_ons, word) is None):
            yield asked.problem(
                ("platform", "add_ons", word),
                "MS0250",
                f"missing, and nothing else makes nodes for {', '.join(growing[:3])}",
                key=True,
                fix=f"add `add_ons: {{{word}: true}}` under `model-serving:platform`, or false "
                "where somebody else installs it",
            )


def _nobody_makes_gpus_known(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Nodes of EKS and AKS have a driver, and no device plugin: Kubernetes sees no GPU of theirs.

    https://learn.microsoft.com/azure/aks/use-nvidia-gpu
    """
    if not _makes(asked, "cluster") or _makes(asked, "add_ons"):
        return
    pools = [pool.name for pool in made_pools(asked.site) if pool.cluster in {"eks", "aks"}]
    if pools:
        yield asked.problem(
            ("platform", "add_ons", "gpu_software"),
            "MS0250",
            f"missing, and nothing makes the GPUs of {', '.join(pools[:3])} known to Kubernetes",
            key=True,
            fix="add `add_ons: {gpu_software: device_plugin}` under `model-serving:platform`, or "
            "none where somebody else installs it",
        )


def _platform_stack(asked: AskedOfEnvironment) -> Iterator[Problem]:
    if asked.site.platform_stack is not None and asked.site.layer is not Layer.SERVING:
        yield asked.problem(
            ("platform_stack",),
            "MS0249",
            f"layer {asked.site.layer} makes its platform itself",
            fix="write `model-serving:layer: serving`, or remove it",
        )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (
    _for_one_cluster,
    _order_on_one_cluster,
    _words_of_others,
    _subnets,
    _zones,
    _regional,
    _context,
    _objects_need_a_cluster,
    _images_of_charts,
    _nobody_makes_nodes,
    _nobody_makes_gpus_known,
    _platform_stack,
    made_on_azure,
    *made_checks.RULES,
)
