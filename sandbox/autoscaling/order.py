"""Who is tried first: by the priority expander, by a ComputeClass, by Karpenter's weights."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.autoscaling.judgement import Verdict, short, unfit
from sandbox.autoscaling.node import CLASS_LABEL, Template
from sandbox.autoscaling.pods import Pod
from sandbox.clouds.azure.agent_pools import CLUSTER as AKS_CLUSTER
from sandbox.store import Store
from sandbox.values import at, listed, mapped

__all__ = ["Decision", "decide"]

_CONFIG = "kube-system/cluster-autoscaler-priority-expander"
_RELEASE = "kube-system/cluster-autoscaler"
_CLASS = "kubernetes:cloud.google.com/v1:ComputeClass"


@dataclass(frozen=True, slots=True)
class Decision:
    """What one autoscaler would do for one pod. `note`: by which order it goes."""

    pod: Pod
    scaler: str
    verdicts: tuple[Verdict, ...]
    note: str

    @property
    def chosen(self) -> Template | None:
        """The pool that would grow; None: the pod stays pending."""
        return next((v.template for v in self.verdicts if v.chosen), None)


def decide(store: Store, context: str, pod: Pod, pools: Sequence[Template]) -> list[Decision]:
    """One decision per autoscaler: each of them sees its own pools alone."""
    scalers = sorted({pool.scaler for pool in pools})
    return [
        _decided(store, context, pod, [pool for pool in pools if pool.scaler == scaler])
        for scaler in scalers
    ]


def _decided(store: Store, context: str, pod: Pod, pools: list[Template]) -> Decision:
    reasons = {id(pool): "; ".join(unfit(pool, pod)) for pool in pools}
    fitting = [pool for pool in pools if not reasons[id(pool)]]
    ranked, left_out, note = _ranked(store, context, pod, fitting)
    verdicts: list[Verdict] = []
    chosen = False
    for place, pool in enumerate(ranked, start=1):
        lack = "" if chosen else short(store, pool, pod)
        if chosen:
            verdicts.append(Verdict(pool, place, "not needed"))
        elif lack:
            verdicts.append(Verdict(pool, place, lack))
        else:
            verdicts.append(Verdict(pool, place, "chosen", chosen=True))
            chosen = True
    verdicts += [Verdict(pool, 0, why) for pool, why in left_out]
    verdicts += [Verdict(p, 0, reasons[id(p)]) for p in pools if reasons[id(p)]]
    return Decision(pod, pools[0].scaler, tuple(verdicts), note)


def _ranked(
    store: Store, context: str, pod: Pod, pools: list[Template]
) -> tuple[list[Template], list[tuple[Template, str]], str]:
    """The pools in order, those that the order leaves out, and what the order is."""
    pools = sorted(pools, key=lambda pool: pool.pool)
    if not pools:
        return [], [], "no pool fits"
    if pools[0].scaler == "karpenter":
        # As they came: within a pool reserved, spot, on demand.
        return sorted(pools, key=lambda p: -p.weight), [], "by the weights of the NodePools"
    if pools[0].cloud == "gke":
        return _by_class(store, context, pod, pools)
    return _by_expander(store, context, pools)


# ---- GKE ----


def _by_class(
    store: Store, context: str, pod: Pod, pools: list[Template]
) -> tuple[list[Template], list[tuple[Template, str]], str]:
    name = pod.selector.get(CLASS_LABEL)
    if name is None:
        return pools, [], "in no order: the pod chooses no ComputeClass"
    row = store.get("kubernetes", _CLASS, name, account=context)
    if row is None:
        return [], [(p, f"ComputeClass {name} is not there") for p in pools], "no order"
    rules = [mapped(each) for each in listed(at(row.outputs, "spec", "priorities"))]
    order = [str(pool) for rule in rules for pool in listed(rule.get("nodepools"))]
    ranked = sorted(
        (p for p in pools if p.known_as in order), key=lambda p: order.index(p.known_as)
    )
    others = [p for p in pools if p.known_as not in order]
    note = f"by the ComputeClass {name}"
    return ranked, [(p, f"not in the ComputeClass {name}") for p in others], note


# ---- EKS, AKS ----


def _by_expander(
    store: Store, context: str, pools: list[Template]
) -> tuple[list[Template], list[tuple[Template, str]], str]:
    """As `BestOptions` of the expander: the highest number whose patterns find the name.

    While one is found, the others are left out.
    """
    order = _priorities(store, context)
    if order is None:
        return pools, [], "in no order: there is no ConfigMap of the priority expander"
    if ignored := _ignored(store, context, pools[0]):
        return pools, [], f"in no order: {ignored}"
    numbers = {id(p): _number(order, p.known_as) for p in pools}
    found = [p for p in pools if numbers[id(p)] is not None]
    if not found:
        return pools, [], "in no order: no pattern of the priority expander finds a pool"
    ranked = sorted(found, key=lambda p: -(numbers[id(p)] or 0))
    others = [(p, "no pattern of the priority expander finds it") for p in pools if p not in found]
    return ranked, others, "by the priority expander"


def _priorities(store: Store, context: str) -> dict[int, list[str]] | None:
    row = store.get("kubernetes", "kubernetes:core/v1:ConfigMap", _CONFIG, account=context)
    if row is None:
        return None
    # A tenth of a second, which no other command pays.
    from ruamel.yaml import YAML  # noqa: PLC0415

    text = str(at(row.outputs, "data", "priorities") or "")
    parsed: Any = YAML(typ="safe").load(text)  # pyright: ignore[reportUnknownMemberType]
    return {
        int(n): [str(p) for p in listed(patterns)] for n, patterns in dict(parsed or {}).items()
    }


def _number(order: dict[int, list[str]], name: str) -> int | None:
    found = [n for n, patterns in order.items() if any(re.search(p, name) for p in patterns)]
    return max(found, default=None)


def _ignored(store: Store, context: str, pool: Template) -> str:
    """Why the autoscaler does not read the order, where that is known."""
    if pool.cloud == "aks":
        for row in store.list("azure-native", AKS_CLUSTER):
            if row.name == pool.cluster:
                given = at(row.inputs, "autoScalerProfile", "expander")
                return "" if given == "priority" else f"the cluster's expander is {given}"
        return ""
    release = "kubernetes:helm.sh/v3:Release"
    row = store.get("kubernetes", release, _RELEASE, account=context)
    if row is None:
        return ""
    given = str(at(row.inputs, "values", "extraArgs", "expander") or "least-waste")
    return "" if "priority" in given.split(",") else f"the autoscaler's expander is {given}"
