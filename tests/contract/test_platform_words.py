"""What an environment says of its platform is heard: each word becomes an argument."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stacks.settings.cluster import (
    AddOns,
    AksCluster,
    AksNetwork,
    Cluster,
    EksCluster,
    EksNetwork,
    GkeCluster,
    GkeNetwork,
    Network,
)
from stacks.settings.environment import Environment
from stacks.settings.load import Settings
from stacks.settings.platform import AksPool, EksPool, GkePool, GpuNodePool, Platform
from stacks.targets.gpu_node_pools import gpu_node_pools
from stacks.targets.platform_parts import add_on_arguments, cluster_arguments, network_arguments
from tests.unit.settings_project import AKS_TARGETS, GKE_TARGETS, TARGETS

_TARGETS: Mapping[str, Mapping[str, Any]] = {
    "eks": {**TARGETS, "eks": {"cluster_name": "dev"}},
    "gke": GKE_TARGETS,
    "aks": AKS_TARGETS,
}
_BY_CLOUD = ("eks", "gke", "aks")
# Words that are no argument of their own, each with why; a word of one cloud that another cannot
# hear is refused there by the rules of the settings.
_NOT_ARGUMENTS: Mapping[tuple[str, str], str] = {
    ("gke network", "zones"): "subnets of Google Cloud are regional",
    **{
        (f"{kind} pool", word): "which component it is, and which others are made beside it"
        for kind in _BY_CLOUD
        for word in ("cluster", "provisioner", "fallbacks", "prepulled")
    },
}


def _settings(kind: str, **platform: Any) -> Settings:  # noqa: ANN401 - any settings
    made = Platform.model_construct(**platform)
    site = Environment.model_validate({"targets": _TARGETS[kind]})
    return Settings("dev", site.model_copy(update={"platform": made}), {}, {}, {})


def _network(kind: str, asked: Network) -> Any:  # noqa: ANN401 - arguments
    return network_arguments(_settings(kind, network=asked), asked, kind)


def _cluster(kind: str, asked: Cluster) -> Any:  # noqa: ANN401 - arguments
    return cluster_arguments(_settings(kind, cluster=asked), asked, kind, {})


def _add_ons(kind: str, asked: AddOns) -> Any:  # noqa: ANN401 - arguments
    return add_on_arguments(_settings(kind, add_ons=asked), kind, "dev")


def _pool(kind: str, asked: GpuNodePool) -> Any:  # noqa: ANN401 - arguments
    ((_, arguments),) = gpu_node_pools(_settings(kind, gpu_node_pools={"p": asked})).values()
    return arguments


_PARTS: Mapping[str, tuple[type[BaseModel], Callable[[str, Any], Any], dict[str, Any]]] = {
    "network": (Network, _network, {"eks": EksNetwork, "gke": GkeNetwork, "aks": AksNetwork}),
    "cluster": (Cluster, _cluster, {"eks": EksCluster, "gke": GkeCluster, "aks": AksCluster}),
    "add-ons": (AddOns, _add_ons, {}),
    "pool": (GpuNodePool, _pool, {"eks": EksPool, "gke": GkePool, "aks": AksPool}),
}


def _value(field: FieldInfo) -> Any:  # noqa: ANN401 - of the word's own shape
    kinds = {get_origin(each) or each for each in (field.annotation, *get_args(field.annotation))}
    return ["said"] if list in kinds else {"said": "said"} if dict in kinds else "said"


def _cases() -> list[tuple[str, str, str, str | None]]:
    """(part, kind of cluster, word, below which word it is written)."""
    found: list[tuple[str, str, str, str | None]] = []
    for part, (settings, _, own) in _PARTS.items():
        for kind in _BY_CLOUD:
            found += [(part, kind, word, None) for word in settings.model_fields if word not in own]
            found += [
                (part, kind, word, kind) for word in (own[kind].model_fields if kind in own else ())
            ]
    return [case for case in found if (f"{case[1]} {case[0]}", case[2]) not in _NOT_ARGUMENTS]


@pytest.mark.parametrize(("part", "kind", "word", "below"), _cases())
def test_each_word_is_heard(part: str, kind: str, word: str, below: str | None) -> None:
    """A word that is written changes what the component gets."""
    settings, arguments, own = _PARTS[part]
    least: Any = {"owner": "team", "accelerator": "nvidia-a100"}
    holder = own[below] if below else settings
    said: Any = {word: _value(holder.model_fields[word])}
    if below:
        said = {below: holder.model_construct(**said)}
    silent = settings.model_construct(**least)
    assert arguments(kind, settings.model_construct(**{**least, **said})) != arguments(kind, silent)


@pytest.mark.parametrize(("said", "heard"), [({}, "priority"), ({"expander": "random"}, "random")])
def test_pools_of_a_group_are_tried_in_order_unless_said(said: Any, heard: str) -> None:  # noqa: ANN401
    """On AKS the cluster has the order of its pools' groups, and what is written wins."""
    fallback = {"name": "b", "capacity": "spot"}
    pool = {"owner": "team", "accelerator": "nvidia-a100", "fallbacks": [fallback]}
    asked = Cluster.model_validate({"owner": "team", "aks": said})
    pools = {"p": GpuNodePool.model_validate(pool)}
    settings = _settings("aks", cluster=asked, gpu_node_pools=pools)
    assert cluster_arguments(settings, asked, "aks", {})["expander"] == heard


@pytest.mark.parametrize("group", [None, "clusters"])
def test_a_cluster_is_where_its_pools_look_for_it(group: str | None) -> None:
    """A resource group of the cluster's own on Azure is that of its pools too."""
    pool = GpuNodePool.model_validate({"owner": "team", "accelerator": "nvidia-a100"})
    asked = Cluster.model_validate({"owner": "team"})
    settings = _settings("aks", cluster=asked, gpu_node_pools={"p": pool})
    aks = settings.site.targets.aks
    assert aks is not None
    targets = settings.site.targets.model_copy(
        update={"aks": aks.model_copy(update={"resource_group": group})}
    )
    settings = replace(settings, site=settings.site.model_copy(update={"targets": targets}))
    ((_, arguments),) = gpu_node_pools(settings).values()
    made = cluster_arguments(settings, asked, "aks", {})
    assert made["resource_group"] == arguments["resource_group"] == (group or "models")
