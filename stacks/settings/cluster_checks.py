"""Rules over a cluster and all that is deployed on it: does it fit, and is its cloud named."""

from collections.abc import Callable, Iterator
from typing import Final

from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.cluster_security import Quota
from stacks.settings.demand import Demand, demand, total
from stacks.settings.environment import Layer
from stacks.settings.problems import Problem

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
# Quota's key and its unit; and by how much floating point may be off.
_AMOUNTS: Final = (("pods", "pods"), ("cpu", "cores"), ("memory_mib", "MiB"), ("gpus", "GPUs"))
_ROUNDING: Final = 1e-9


def _quota(asked: AskedOfEnvironment) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes
    if cluster is None or asked.site.layer is Layer.PLATFORM:
        return
    demands: dict[str, dict[str, Demand]] = {}
    for name, settings in asked.models.items():
        if "kubernetes" in settings.needs:
            namespace = getattr(settings, "namespace", cluster.namespace)
            demands.setdefault(namespace, {})[name] = demand(settings, cluster)
    for namespace, its in sorted(demands.items()):
        over = [
            (key, unit)
            for key, unit in _AMOUNTS
            if (most := getattr(cluster.quota, key)) is not None
            and getattr(total(its.values()), key) > most + _ROUNDING
        ]
        if over:
            yield _too_much(asked, namespace, its, over, cluster.quota)


def _too_much(
    asked: AskedOfEnvironment,
    namespace: str,
    demands: dict[str, Demand],
    over: list[tuple[str, str]],
    quota: Quota,
) -> Problem:
    """One problem of a namespace, whatever it has too little of."""
    whole = total(demands.values())
    path = ("targets", "kubernetes", "quota", *([over[0][0]] if len(over) == 1 else []))
    allowed = ", ".join(f"{key} {getattr(quota, key):g}" for key, _ in over)
    needed = ", ".join(
        f"{getattr(whole, key):g} {unit} ({_largest(demands, key)})" for key, unit in over
    )
    enough = ", ".join(f"{key}: {getattr(whole, key):g}" for key, _ in over)
    return asked.problem(
        path,
        "MS0223",
        f"got {allowed}, and at their most replicas the models of namespace {namespace} ask for "
        f"{needed}",
        fix=f"lower max_replicas or the resources of these, or raise the quota to {{{enough}}}",
    )


def _largest(demands: dict[str, Demand], key: str) -> str:
    """The models that ask for most, with how much."""
    sizes = {name: float(getattr(one, key)) for name, one in demands.items()}
    largest = sorted(filter(sizes.get, sizes), key=lambda name: (-sizes[name], name))
    more = " and more" * (len(largest) > _MOST_NAMES)
    return ", ".join(f"{name} {sizes[name]:g}" for name in largest[:_MOST_NAMES]) + more


def _identity(asked: AskedOfEnvironment) -> Iterator[Problem]:
    targets = asked.site.targets
    cluster = targets.kubernetes
    if cluster is None or asked.site.layer is Layer.PLATFORM:
        return
    for place in _PLACES.get(cluster.identity, ()):
        if getattr(targets, place) is None:
            yield asked.problem(
                ("targets", "kubernetes", "identity"),
                "MS0224",
                f"got {cluster.identity}, and `model-serving:targets.{place}` is missing",
                fix=f"add `{place}: {{{_SHAPES[place]}}}` under `model-serving:targets` of "
                f"{asked.file}, or `identity: none`",
            )


def _issuer(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Of a cluster that is made here, or by the platform's stack, it is known."""
    site, targets = asked.site, asked.site.targets
    cluster, azure = targets.kubernetes, targets.azure
    if cluster is None or cluster.identity != "aks" or site.layer is Layer.PLATFORM:
        return
    made = site.platform.cluster is not None or site.platform_stack is not None
    if azure is not None and azure.oidc_issuer_url is None and not (made and not cluster.context):
        path = ("targets", "azure", "oidc_issuer_url")
        yield asked.problem(
            path,
            "MS0102",
            "missing, and identity aks needs it",
            key=True,
            fix="add what `az aks show --query oidcIssuerProfile.issuerUrl` says",
        )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (
    _quota,
    _identity,
    _issuer,
)
