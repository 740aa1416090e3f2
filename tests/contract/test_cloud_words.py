"""Words of one cloud in the settings are arguments of that cloud's components."""

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from stacks.settings import cluster, platform
from stacks.settings.platforms.cloud_refusals import OF_ONE
from stacks.targets.gpu_node_pools import POOLS
from stacks.targets.platform_parts import CLUSTERS, NETWORKS


def _arguments(module: str, class_name: str) -> set[str]:
    return set(getattr(importlib.import_module(module), f"{class_name}Args").__annotations__)


def _of(
    name: str, parts: Mapping[str, Any], words: Mapping[str, type[BaseModel]]
) -> dict[str, tuple[type[BaseModel], set[str]]]:
    return {
        f"{kind} {name}": (words[kind], _arguments(part.module, part.class_name))
        for kind, part in parts.items()
    }


def _of_pools() -> dict[str, tuple[type[BaseModel], set[str]]]:
    words: dict[str, Any] = {
        "eks": platform.EksPool,
        "gke": platform.GkePool,
        "aks": platform.AksPool,
    }
    arguments: dict[str, set[str]] = {}
    for (kind, _), part in POOLS.items():
        arguments.setdefault(kind, set()).update(_arguments(part.module, part.class_name))
    return {f"{kind} pool": (words[kind], arguments[kind]) for kind in words}


_CLUSTERS = {"eks": cluster.EksCluster, "gke": cluster.GkeCluster, "aks": cluster.AksCluster}
_NETWORKS = {"eks": cluster.EksNetwork, "gke": cluster.GkeNetwork, "aks": cluster.AksNetwork}
_ALL = {
    **_of("cluster", CLUSTERS, _CLUSTERS),
    **_of_pools(),
    **_of("network", NETWORKS, _NETWORKS),
}


@pytest.mark.parametrize("place", sorted(_ALL))
def test_each_word_is_an_argument(place: str) -> None:
    """What the settings take for one cloud alone, its component takes under the same name."""
    words, arguments = _ALL[place]
    assert set(words.model_fields) <= arguments


@pytest.mark.parametrize("provisioner", ["node_group", "karpenter"])
def test_words_of_one_provisioner_are_told_apart(provisioner: str) -> None:
    """Which words of EKS belong to node groups, and which to Karpenter, is what those take."""
    takes = {
        each: _arguments(part.module, part.class_name)
        for (kind, each), part in POOLS.items()
        if kind == "eks"
    }
    own = takes.pop(provisioner)
    (others,) = takes.values()
    assert set(OF_ONE[provisioner]) == set(platform.EksPool.model_fields) & (own - others)
