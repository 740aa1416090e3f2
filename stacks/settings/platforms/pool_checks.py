"""Rules over the pools of GPU nodes: can each be made, and is there as much as they ask for."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from facts.pools.limits import EKS
from facts.pools.rules import Ask, Fault, Limits, carrying, chosen, faults
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.fields import NotKnown
from stacks.settings.platform import GpuNodePool
from stacks.settings.platforms.cloud_refusals import cloud_refusals
from stacks.settings.platforms.gpu_pools import AskedPool, ask_of, clusters, made_pools, region_of
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.salvage import apply
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES"]

# What else decides whether a value is wrong.
_DECIDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "reservation": ("capacity",),
    "min_nodes": ("max_nodes",),
    "desired_nodes": ("min_nodes", "max_nodes"),
    "placement": ("zones",),
    "instance_types": ("accelerator_count",),
}
_CODES: Final = {"instance_types": "MS0210", "min_nodes": "MS0201", "desired_nodes": "MS0201"}


@dataclass(frozen=True, slots=True)
class _AskedOfPool:
    pool: AskedPool
    environment: AskedOfEnvironment


def _each(asked: AskedOfEnvironment) -> Iterator[Problem]:
    for pool in made_pools(asked.site):
        yield from apply(_POOL_RULES, _AskedOfPool(pool, asked))


def _which_cluster(asked: _AskedOfPool) -> Iterator[Problem]:
    pool = asked.pool
    there = clusters(asked.environment.site)
    if pool.cluster is None and pool.order == 0:
        path: KeyPath = (*pool.path, "cluster")
        yield asked.environment.problem(
            path,
            "MS0241",
            f"missing, and the environment has {' and '.join(there)}",
            key=True,
            allowed=", ".join(there),
            fix=f"add `cluster: {there[0]}`, or the other one",
        )
    elif pool.cluster and there and pool.cluster not in there and pool.order == 0:
        path = (*pool.path, "cluster")
        yield asked.environment.problem(
            path,
            "MS0208",
            f"got {pool.cluster}, and `model-serving:targets.{pool.cluster}` is missing",
            allowed=", ".join(there),
            fix=f"add `{pool.cluster}: {{…}}` under `model-serving:targets` of "
            f"{asked.environment.file}",
        )


def _karpenter(asked: _AskedOfPool) -> Iterator[Problem]:
    pool = asked.pool
    if (
        pool.order == 0
        and pool.settings.provisioner == "karpenter"
        and pool.cluster in {"gke", "aks"}
    ):
        path: KeyPath = (*pool.path, "provisioner")
        yield asked.environment.problem(
            path,
            "MS0242",
            f"got karpenter on {pool.cluster}",
            allowed="node_group; karpenter on eks",
            fix="remove the line",
        )


def _contradictions(asked: _AskedOfPool) -> Iterator[Problem]:
    pool, limits = asked.pool, asked.pool.limits
    if limits is None:
        return
    ask = ask_of(pool.settings, _region(asked))
    of_cloud = cloud_refusals(pool.settings, ask, limits, _subnets(asked))
    for key, got, use in (*faults(ask, limits), *_types(ask, limits), *of_cloud):
        if any(_is_wrong(pool.settings, other) for other in _DECIDED_BY.get(key, ())):
            # It would be said of the other one's default, which nobody meant.
            continue
        path, close = _place(pool, key, got), ""
        if key == "instance_types" and isinstance(got, str):
            close = nearest(got, [m.name for m in carrying(pool.settings.accelerator, limits)])
        missing = got is None
        yield asked.environment.problem(
            path,
            _CODES.get(key, "MS0242"),
            "missing" if missing else f"got {shown(got)}",
            key=missing,
            allowed=use,
            nearest=close,
            fix=f"write `{key}: …`" if missing else "",
        )


def _is_wrong(settings: GpuNodePool, key: str) -> bool:
    """Whether what is written there is wrong by itself, and said so."""
    try:
        getattr(settings, key)
    except NotKnown:
        return True
    return False


def _region(asked: _AskedOfPool) -> str | None:
    try:
        return region_of(asked.environment.site, asked.pool.cluster)
    except NotKnown:
        return None


def _subnets(asked: _AskedOfPool) -> int | None:
    try:
        eks = asked.environment.site.targets.eks
        return len(eks.subnet_ids) if eks else None
    except NotKnown:
        return None


def _types(ask: Ask, limits: Limits) -> Iterator[Fault]:
    """Components say the same, in the words of their cloud."""
    if len(ask.instance_types) > limits.most_types:
        use = f"{limits.most_types} on {limits.cluster}; the others as fallbacks"
        yield "instance_types", list(ask.instance_types), use


def _place(pool: AskedPool, key: str, got: object) -> KeyPath:
    """Where it is written: in the fallback where that says it, else in its pool."""
    of_pool = (
        pool.fallback is not None
        and getattr(pool.fallback, key, None) is None
        # What nobody says is of the fallback, as its other words make it wrong.
        and key.partition(".")[0] in pool.settings.model_fields_set
    )
    written = pool.path[:-2] if of_pool and key != "reservation" else pool.path
    values = getattr(pool.settings, key, None)
    if isinstance(values, list) and got in values:
        return (*written, key, cast("list[Any]", values).index(got))
    # A word of one cloud alone is below its name.
    return (*written, *key.split("."))


def _names(asked: _AskedOfPool) -> Iterator[Problem]:
    pool = asked.pool
    longest = pool.limits.longest_name if pool.limits else EKS.longest_name
    if len(pool.name) > longest:
        yield asked.environment.problem(
            pool.path,
            "MS0242",
            f"got {shown(pool.name)}, {len(pool.name)} letters",
            key=True,
            allowed=f"at most {longest}, the fallback's name included: clouds cut names off",
            fix="give it a shorter name",
        )
    elif not pool.order and pool.name[:1].isdecimal():
        yield asked.environment.problem(
            pool.path,
            "MS0242",
            f"got {shown(pool.name)}",
            key=True,
            allowed="a name that begins with a letter",
            fix="give it another name",
        )


def _taken(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """A pool named as the fallback of another one, or two fallbacks of one name."""
    pools = made_pools(asked.site)
    counts = Counter(pool.name for pool in pools)
    for pool in pools:
        if counts[pool.name] > 1 and pool.order:
            path: KeyPath = (*pool.path, "name")
            yield asked.problem(
                path,
                "MS0242",
                f"its pool would be {pool.name}, which is the name of another one",
                fix="give it another name",
            )


def _quota(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """All pools of a kind at their largest, against what the account may hold."""
    for accelerator, quota in asked.site.platform.gpu_quotas.items():
        held = {
            pool.name: gpus
            for pool in made_pools(asked.site)
            if (gpus := _most_gpus(pool, accelerator)) > 0
        }
        if sum(held.values()) > quota:
            path: KeyPath = ("platform", "gpu_quotas", accelerator)
            largest = sorted(held, key=lambda name: (-held[name], name))
            told = ", ".join(f"{name} {held[name]}" for name in largest[:3])
            yield asked.problem(
                path,
                "MS0243",
                f"got {quota}, and at their largest the pools hold {sum(held.values())} "
                f"{accelerator} ({told}{' and more' * (len(held) > 3)})",  # noqa: PLR2004 - shown
                fix=f"lower max_nodes of these, or have the quota raised, and write "
                f"{accelerator}: {sum(held.values())}",
            )


def _most_gpus(pool: AskedPool, accelerator: str) -> int:
    if pool.limits is None or pool.settings.accelerator != accelerator:
        return 0
    machines = chosen(ask_of(pool.settings), pool.limits)
    return max((m.accelerator_count for m in machines), default=0) * pool.settings.max_nodes


_POOL_RULES: Final[Sequence[Callable[[_AskedOfPool], Iterator[Problem]]]] = (
    _which_cluster,
    _karpenter,
    _contradictions,
    _names,
)
RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (
    _each,
    _taken,
    _quota,
)
