"""Would a model's pods ever run: its GPUs, cores and memory against the pools of GPU nodes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from facts.language_models import weights_problem
from facts.pools.offers import GPU_TOLERATION, Need, Offer, least_misfit, misfit, room_for
from stacks.settings.demand import Pods, pods
from stacks.settings.environment import Environment, Layer
from stacks.settings.language_models import LanguageModelKeys
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.pairs import asks_for_gpus
from stacks.settings.platforms.gpu_pools import made_pools
from stacks.settings.problems import Problem, nearest
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["gpu_fit"]

_MOST_POOLS: Final = 4


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    where: PlaceOf
    site: Environment | None
    offers: Sequence[Offer]


def gpu_fit(
    settings: AnySettings,
    where: PlaceOf,
    site: Environment | None,
    offers: Mapping[str, Offer] | None,
) -> list[Problem]:
    """Problems of one model; none where nobody knows which pools there are, or where no model is.

    A platform's stack has none: each team's stack says what its models lack.
    """
    if offers is None or "kubernetes" not in getattr(settings, "needs", ()):
        return []
    if site is not None and site.layer is Layer.PLATFORM:
        return []
    return apply([_fits], _Asked(settings, where, site, list(offers.values())))


def _fits(asked: _Asked) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes if asked.site else None
    unclear = _unclear(asked)
    for each in pods(asked.settings, cluster) if cluster else ():
        group = each.resources.gpu_pool
        # A pool that is wrong says so itself.
        if not asks_for_gpus(each.resources) or (unclear and group in {None, *unclear}):
            continue
        names = sorted({offer.group for offer in asked.offers})
        if group is not None and group not in names:
            yield _no_such_pool(asked, each, names)
        elif group is not None or (asked.offers and not _others_make_nodes(asked.site)):
            yield from _on_pools(asked, each)


def _unclear(asked: _Asked) -> set[str]:
    """Names of pools that the environment has and whose offer nobody knows, as they are wrong."""
    known = {offer.pool for offer in asked.offers}
    pools = made_pools(asked.site) if asked.site is not None else []
    return {pool.group for pool in pools if pool.name not in known}


def _no_such_pool(asked: _Asked, each: Pods, names: Sequence[str]) -> Problem:
    group = str(each.resources.gpu_pool)
    path: KeyPath = (*each.path, "gpu_pool")
    close = nearest(group, names)
    return Problem(
        asked.where(path),
        "MS0244",
        dotted(path),
        f"got {group}, and the environment has no such pool",
        allowed=", ".join(names),
        nearest=close,
        fix=f"write `{close}`" if close else _where_to_add(asked.site),
    )


def _others_make_nodes(site: Environment | None) -> bool:
    return site is not None and site.platform.more_gpu_nodes


def _where_to_add(site: Environment | None) -> str:
    if site is None or site.layer is not Layer.SERVING:
        return "add it under `model-serving:platform`, or name one"
    if site.platform_stack is None:
        return "name the platform's stack that has it, `model-serving:platform_stack: …`"
    return f"name one that the platform's stack has, {site.platform_stack}, or add it there"


def _on_pools(asked: _Asked, each: Pods) -> Iterator[Problem]:
    need = _need(asked.settings, each)
    fitting = [offer for offer in asked.offers if not misfit(offer, need)]
    if not fitting:
        yield _none_fits(asked, each, need)
        return
    room = sum(room_for(offer, need) for offer in fitting)
    if each.most > room:
        path: KeyPath = ("max_replicas",) if each.path == ("resources",) else each.path
        names = ", ".join(offer.pool for offer in fitting[:_MOST_POOLS])
        what = "pods" if each.most != 1 else "pod"
        yield Problem(
            asked.where(path),
            "MS0246",
            dotted(path),
            f"at its most there are {each.most} {what} with {need.gpus} x "
            f"{fitting[0].gpu_resource}, {need.cpu:g} cores and {need.memory_mib} MiB, and {names} "
            f"has room for {room} with max_nodes",
            fix="lower max_replicas, or raise max_nodes of the pool",
        )
    elif each.path == ("resources",) and _needs_one_more(asked.settings, room):
        yield _no_room_to_update(asked, fitting)
    yield from _too_heavy(asked, each, fitting)


def _needs_one_more(settings: AnySettings, room: int) -> bool:
    """Whether a rolling update would wait for ever, even of the fewest replicas.

    A share of pods that may be missing is rounded down:
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable
    """
    if not isinstance(settings, ModelServerModel) or settings.strategy != "rolling":
        return False
    fewest = max(1, settings.min_replicas)
    missing = settings.update_max_unavailable or ("1" if settings.profile == "edge" else "0")
    percent = int(missing[:-1]) if missing.endswith("%") else None
    spared = int(missing) if percent is None else fewest * percent // 100
    return spared == 0 and fewest + 1 > room


def _no_room_to_update(asked: _Asked, fitting: Sequence[Offer]) -> Problem:
    path: KeyPath = ("update_max_unavailable",)
    names = ", ".join(offer.pool for offer in fitting[:_MOST_POOLS])
    return Problem(
        asked.where(path),
        "MS0246",
        dotted(path),
        "a rolling update starts a new replica before it stops one, and the fewest replicas fill "
        f"{names} with max_nodes: no new version would ever start",
        fix="raise max_nodes of the pool, or let a replica be missing meanwhile: "
        '`update_max_unavailable: "1"`, or `strategy: recreate`',
    )


def _none_fits(asked: _Asked, each: Pods, need: Need) -> Problem:
    key = "accelerator" if each.resources.gpu_pool is None else "gpu_pool"
    path: KeyPath = (*each.path, key)
    found = least_misfit(asked.offers, need)
    offer, reason = found or (None, "")
    return Problem(
        asked.where(path),
        "MS0245",
        dotted(path),
        f"no pod would ever run: {_words(need)} fits no pool of GPU nodes",
        allowed="; ".join(_pool(offer) for offer in asked.offers[:_MOST_POOLS])
        + "; …" * (len(asked.offers) > _MOST_POOLS),
        nearest=f"{offer.pool}, which {reason}" if offer else "",
        fix="ask for what a pool has, add a pool under `model-serving:platform`, or say "
        "`more_gpu_nodes: true` there where others make such nodes",
    )


def _too_heavy(asked: _Asked, each: Pods, fitting: Sequence[Offer]) -> Iterator[Problem]:
    """Weights against the GPU memory of a part: of whole GPUs, the model's own rules say it."""
    settings = asked.settings
    if each.resources.gpu_pool is None:
        return
    if not isinstance(settings, LanguageModelKeys) or settings.weights_gib is None:
        return
    for offer in fitting:
        trouble = weights_problem(
            settings.weights_gib,
            offer.gpu_memory_mib / 1024,
            offer.gpu_resource,
            max(1, each.gpus),
            settings.gpu_memory_utilization,
        )
        if trouble:
            yield Problem(
                asked.where(("weights_gib",)),
                "MS0245",
                "weights_gib",
                f"on the pool {offer.pool}: {trouble}",
                fix="a pool with larger GPUs or parts, more of them, or quantised weights",
            )
            return


def _need(settings: AnySettings, each: Pods) -> Need:
    selector: dict[str, str] = getattr(settings, "node_selector", None) or {}
    tolerations: list[str] = getattr(settings, "tolerations", None) or []
    return Need(
        gpus=max(1, each.gpus),
        accelerator=each.resources.accelerator,
        group=each.resources.gpu_pool,
        cpu=each.cpu,
        memory_mib=each.memory_mib,
        node_labels=dict(selector),
        tolerated=(GPU_TOLERATION, *tolerations),
    )


def _words(need: Need) -> str:
    kind = need.accelerator or "GPU"
    pool = f" of the pool {need.group}" if need.group else ""
    return f"{need.gpus} x {kind}{pool} with {need.cpu:g} cores and {need.memory_mib} MiB"


def _pool(offer: Offer) -> str:
    shared = "" if offer.whole else " in turns" if offer.takes_turns else " in parts"
    return (
        f"{offer.pool} ({offer.gpus_per_node} x {offer.accelerator}{shared} a node, "
        f"{offer.cpu:g} cores, {offer.memory_mib} MiB)"
    )
