"""Rules over a network and a cluster that are made: names that their parts can have, and zones."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from facts.pools.limits import LIMITS
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.environment import Layer
from stacks.settings.platforms.gpu_pools import asked_pools, clusters, region_of
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES"]

_NAME: Final = r"[a-z]([-a-z0-9]*[a-z0-9])?"
# Of the names that components take: GKE's accounts are named after its cluster.
_LONGEST: Final = {"eks": 40, "gke": 25, "aks": 40}
_NETWORK: Final = "-network"
_AUTOSCALERS: Final = {"cluster_autoscaler": "-autoscaler", "karpenter": "-karpenter"}
_LONGEST_WITH_ENDING: Final = 40


def _made_on(asked: AskedOfEnvironment) -> str | None:
    """The cloud's cluster, where the stack makes something for the one that there is."""
    there = clusters(asked.site)
    made = asked.site.platform.network is not None or asked.site.platform.cluster is not None
    return there[0] if len(there) == 1 and made and asked.site.layer is not Layer.SERVING else None


def _name(asked: AskedOfEnvironment) -> Iterator[Problem]:
    kind = _made_on(asked)
    if kind is None:
        return
    path: KeyPath = ("targets", kind, "cluster_name")
    name = getattr(asked.site.targets, kind).cluster_name
    longest = _longest(asked, kind)
    if not re.fullmatch(_NAME, name) or len(name) > longest:
        yield asked.problem(
            path,
            "MS0242",
            f"got {shown(name)}, which what is made is named after",
            allowed=f"lower-case letters, digits and `-`, a letter first, at most {longest}",
            fix="give the cluster another name",
        )


def _longest(asked: AskedOfEnvironment, kind: str) -> int:
    platform = asked.site.platform
    endings = [_NETWORK] if platform.network is not None else []
    if kind == "eks" and platform.add_ons is not None:
        add_ons = platform.add_ons
        endings += [ending for word, ending in _AUTOSCALERS.items() if getattr(add_ons, word)]
    most = [_LONGEST_WITH_ENDING - len(ending) for ending in endings]
    return min([*most, _LONGEST[kind] if platform.cluster is not None else _LONGEST_WITH_ENDING])


def _zones(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Zones of the network are the region's, and those of a pool are the network's."""
    kind, network = _made_on(asked), asked.site.platform.network
    region = region_of(asked.site, kind)
    if kind not in {"eks", "aks"} or network is None or region is None:
        return
    pattern = LIMITS[kind].zone.format(region=re.escape(region))
    zones: KeyPath = ("platform", "network", "zones")
    for index, zone in enumerate(network.zones):
        if not re.fullmatch(pattern, zone):
            yield _no_zone(asked, (*zones, index), zone, f"zones of {region}")
    for pool in asked_pools(asked.site) if kind == "eks" else ():
        said = pool.fallback is None or pool.fallback.zones is not None
        for index, zone in enumerate(pool.settings.zones if said else ()):
            if zone not in network.zones and re.fullmatch(pattern, zone):
                use = f"zones of the network: {', '.join(network.zones)}"
                yield _no_zone(asked, (*pool.path, "zones", index), zone, use)


def _no_zone(asked: AskedOfEnvironment, path: KeyPath, zone: str, use: str) -> Problem:
    return asked.problem(path, "MS0242", f"got {shown(zone)}", allowed=use)


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (_name, _zones)
