"""Rules over a cluster and all that is deployed on it: does it fit, and is its cloud named."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from stacks.settings.demand import Demand, demand, total
from stacks.settings.environment import Layer
from stacks.settings.problems import Problem

if TYPE_CHECKING:
    from stacks.settings.environment_checks import AskedOfEnvironment

__all__ = ["RULES"]

_MOST_NAMES: Final = 3
_PLACES: Final = {
    "eks_pod_identity": ("aws", "eks"),
    "eks_irsa": ("aws", "eks"),
    "gke": ("gcp",),
    "aks": ("azure",),
}
_SHAPES: Final = {
    "aws": "account_id: …, region: …",
    "eks": "cluster_name: …, subnet_ids: […]",
    "gcp": "project: …",
    "azure": "subscription_id: …, resource_group: …, location: …, oidc_issuer_url: …",
}
# Quota's key, unit, and by how much floating point may be off.
_AMOUNTS: Final = (("pods", "pods"), ("cpu", "cores"), ("memory_mib", "MiB"), ("gpus", "GPUs"))
_ROUNDING: Final = 1e-9


def _quota(asked: "AskedOfEnvironment") -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes
    if cluster is None or asked.site.layer is Layer.PLATFORM:
        return
    demands: dict[str, dict[str, Demand]] = {}
    for name, settings in asked.models.items():
        if "kubernetes" in settings.needs:
            namespace = getattr(settings, "namespace", cluster.namespace)
            demands.setdefault(namespace, {})[name] = demand(settings, cluster)
    for namespace, its in sorted(demands.items()):
        for key, unit in _AMOUNTS:
            most = getattr(cluster.quota, key)
            if most is not None:
                yield from _too_much(asked, namespace, its, (key, unit), most)


def _too_much(
    asked: "AskedOfEnvironment",
    namespace: str,
    demands: dict[str, Demand],
    amount: tuple[str, str],
    most: float,
) -> Iterator[Problem]:
    key, unit = amount
    whole = getattr(total(demands.values()), key)
    if whole <= most + _ROUNDING:
        return
    sizes = {name: float(getattr(one, key)) for name, one in demands.items()}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:_MOST_NAMES]
    named = ", ".join(f"{name} {sizes[name]:g}" for name in largest)
    path = ("targets", "kubernetes", "quota", key)
    yield Problem(
        asked.where(path),
        "MS0223",
        f"model-serving:{'.'.join(path)}",
        f"got {most:g}, and at their most replicas the models of namespace {namespace} ask for "
        f"{whole:g} {unit}; most of it: {named}",
        fix=f"lower max_replicas or the resources of these, or raise {key} to {whole:g}",
    )


def _identity(asked: "AskedOfEnvironment") -> Iterator[Problem]:
    targets = asked.site.targets
    cluster = targets.kubernetes
    if cluster is None or asked.site.layer is Layer.PLATFORM:
        return
    for place in _PLACES.get(cluster.identity, ()):
        if getattr(targets, place) is None:
            yield Problem(
                asked.where(("targets", "kubernetes", "identity")),
                "MS0224",
                "model-serving:targets.kubernetes.identity",
                f"got {cluster.identity}, and `model-serving:targets.{place}` is missing",
                fix=f"add `{place}: {{{_SHAPES[place]}}}` under `model-serving:targets` of "
                f"{asked.file}, or `identity: none`",
            )


RULES: Final[tuple[Callable[["AskedOfEnvironment"], Iterator[Problem]], ...]] = (
    _quota,
    _identity,
)
