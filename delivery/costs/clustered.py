"""What models on a cluster are paid for by: a share of a pool's nodes, or cores and memory.

Whose nodes pods without GPUs run on, no setting says. What a core and a GiB of them cost is in the
price file of whoever runs the cluster; without it such pods have no price.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from delivery.costs.lines import Asked
from delivery.costs.pools import NodePool
from facts.machines.choose import CLOUD_OF_CLUSTER
from facts.prices.monthly import Use
from facts.prices.table import Priced
from stacks.settings.demand import Pods, pods
from stacks.settings.environment import Environment, KubernetesTarget
from stacks.settings.kserve_shared import TrainedModel
from stacks.settings.models import AnySettings
from stacks.settings.platforms.gpu_pools import clusters, region_of
from stacks.settings.seldon import SeldonModel

__all__ = ["on_cluster"]


@dataclass(frozen=True, slots=True)
class _Range:
    """Alike pods, at the fewest and at the most of them."""

    pods: Pods
    least: int


def on_cluster(model: AnySettings, site: Environment, pools: Sequence[NodePool]) -> Asked | None:
    """What a model on the environment's cluster asks for; None where it runs elsewhere."""
    cluster = site.targets.kubernetes
    if cluster is None or "kubernetes" not in getattr(model, "needs", ()):
        return None
    if isinstance(model, TrainedModel | SeldonModel):
        return Asked((), "on a server that others share", inside="the server")
    uses: list[Use] = []
    shares: list[Use] = []
    says: list[str] = []
    rests: list[tuple[str, Decimal]] = []
    for each in _ranges(model, cluster):
        pool = _pool_for(each.pods, pools)
        says.append(_says(each, pool))
        if pool is None:
            uses += _requests(each, site)
            continue
        share = Decimal(each.pods.gpus) / pool.gpus_per_node
        shares += pool.nodes(each.least * share, each.pods.most * share)
        rests.append((pool.name, each.least * share))
    inside = ", ".join(dict.fromkeys(name for name, _ in rests))
    return Asked(tuple(uses), ", ".join(says), tuple(shares), inside, rests=tuple(rests))


def _ranges(model: AnySettings, cluster: KubernetesTarget) -> Iterator[_Range]:
    """The pods at their most, beside those of the same deployment that never grows."""
    grown = pods(model, cluster)
    rested = pods(_at_rest(model), cluster)
    for most, least in zip(grown, rested, strict=True):
        yield _Range(most, min(least.most, most.most))


def _at_rest(model: Any) -> Any:  # noqa: ANN401 - any settings
    update: dict[str, Any] = {}
    if (least := getattr(model, "min_replicas", None)) is not None:
        update["max_replicas"] = least
    if getattr(model, "parts", None):
        update["parts"] = {
            name: part.model_copy(update={"max_replicas": part.min_replicas})
            for name, part in model.parts.items()
        }
    return model.model_copy(update=update)


def _pool_for(each: Pods, pools: Sequence[NodePool]) -> NodePool | None:
    """The pool that pods with GPUs run on, the first that is tried where several could be."""
    if not each.gpus:
        return None
    group, accelerator = each.resources.gpu_pool, each.resources.accelerator
    return next(
        (
            pool
            for pool in pools
            if (group == pool.group if group else accelerator == pool.accelerator)
        ),
        None,
    )


def _requests(each: _Range, site: Environment) -> Iterator[Use]:
    there = clusters(site)
    cluster = there[0] if len(there) == 1 else None
    cloud = CLOUD_OF_CLUSTER.get(cluster or "", "")
    if each.pods.gpus:
        name = each.pods.resources.gpu_pool or each.pods.resources.accelerator
        reason = f"nodes with {name} are made by another stack"
        what = Priced(cloud, "kubernetes", "gpu", region_of(site, cluster))
        yield Use(what, reason if each.least else Decimal(0), reason)
        return
    region = region_of(site, cluster)
    for item, one in (
        ("cpu", Decimal(str(each.pods.cpu))),
        ("memory", Decimal(each.pods.memory_mib) / 1024),
    ):
        what = Priced(cloud, "kubernetes", item, region)
        yield Use(what, each.least * one, each.pods.most * one)


def _says(each: _Range, pool: NodePool | None) -> str:
    count = f"{each.least}" if each.least == each.pods.most else f"{each.least} to {each.pods.most}"
    if each.pods.gpus:
        where = f" of {pool.name}" if pool else ""
        return f"{count} x {each.pods.gpus} GPU{where}"
    return f"{count} x {each.pods.cpu:g} CPU and {each.pods.memory_mib / 1024:g} GiB"
