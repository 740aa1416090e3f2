"""Rules over an environment: what its models and pools need, and it does not name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from facts.accelerators import EC2_GPU_INSTANCE_TYPES
from stacks.settings import cluster_checks
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.environment import GpuNodePool, Layer
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

_MOST_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class _AskedPool:
    pool: GpuNodePool
    path: KeyPath
    where: PlaceOf


def environment(asked: AskedOfEnvironment) -> list[Problem]:
    """Problems of an environment taken together."""
    return apply(RULES, asked)


def _aws(asked: AskedOfEnvironment) -> Iterator[Problem]:
    users = [n for n, m in _served(asked).items() if "aws" in m.needs]
    value = asked.site.targets.aws
    yield from _missing(asked, "aws", value, [*users, *_pools(asked)], "account_id: …, region: …")


def _kubernetes(asked: AskedOfEnvironment) -> Iterator[Problem]:
    users = [n for n, m in _served(asked).items() if "kubernetes" in m.needs]
    if asked.site.layer is not Layer.SERVING:
        users += asked.site.platform.model_node_groups
    yield from _missing(asked, "kubernetes", asked.site.targets.kubernetes, users, "context: …")


def _eks(asked: AskedOfEnvironment) -> Iterator[Problem]:
    value, shape = asked.site.targets.eks, "cluster_name: …, subnet_ids: […]"
    yield from _missing(asked, "eks", value, list(_pools(asked)), shape)


def _served(asked: AskedOfEnvironment) -> Mapping[str, AnySettings]:
    return asked.models if asked.site.layer is not Layer.PLATFORM else {}


def _pools(asked: AskedOfEnvironment) -> Mapping[str, GpuNodePool]:
    return asked.site.platform.gpu_node_pools if asked.site.layer is not Layer.SERVING else {}


def _missing(
    asked: AskedOfEnvironment, target: str, value: object, users: list[str], shape: str
) -> Iterator[Problem]:
    if users and value is None:
        names = ", ".join(users[:_MOST_NAMES]) + " and more" * (len(users) > _MOST_NAMES)
        yield Problem(
            asked.where(("targets", target), key=True),
            "MS0208",
            f"model-serving:targets.{target}",
            f"missing, and {names} cannot go anywhere without it",
            fix=f"add `{target}: {{{shape}}}` under `model-serving:targets` of {asked.file}",
        )


def _each_pool(asked: AskedOfEnvironment) -> Iterator[Problem]:
    for name, pool in _pools(asked).items():
        path: KeyPath = ("platform", "gpu_node_pools", name)
        yield from apply(POOL_RULES, _AskedPool(pool, path, asked.where))


def _fewest_nodes(asked: _AskedPool) -> Iterator[Problem]:
    yield from _above_most(asked, "min_nodes", asked.pool.min_nodes)


def _nodes_at_the_start(asked: _AskedPool) -> Iterator[Problem]:
    yield from _above_most(asked, "desired_nodes", asked.pool.desired_nodes or 0)


def _above_most(asked: _AskedPool, key: str, value: int) -> Iterator[Problem]:
    most = asked.pool.max_nodes
    if value > most:
        yield Problem(
            asked.where((*asked.path, key)),
            "MS0201",
            f"model-serving:{dotted((*asked.path, key))}",
            f"got {value}, above max_nodes {most}",
            fix=f"lower it to {most}, or raise max_nodes",
        )


def _instances_carry_it(asked: _AskedPool) -> Iterator[Problem]:
    accelerator = asked.pool.accelerator
    choices = [t.name for t in EC2_GPU_INSTANCE_TYPES.values() if t.accelerator == accelerator]
    for index, instance in enumerate(asked.pool.instance_types):
        if instance not in choices:
            path = (*asked.path, "instance_types", index)
            yield Problem(
                asked.where(path),
                "MS0210",
                f"model-serving:{dotted(path)}",
                f"got {shown(instance)}, which is not known to carry {accelerator}",
                allowed=", ".join(choices),
                nearest=nearest(instance, choices),
                fix="take one of these, or add the type to facts/accelerators.py",
            )


POOL_RULES: Final[tuple[Callable[[_AskedPool], Iterator[Problem]], ...]] = (
    _fewest_nodes,
    _nodes_at_the_start,
    _instances_carry_it,
)
RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (
    _aws,
    _kubernetes,
    _eks,
    _each_pool,
    *cluster_checks.RULES,
)
