"""GPUs of a model as arguments of its component: by kind, or those of a pool."""

from typing import Any

from facts.accelerators import ACCELERATORS, PRODUCT_LABEL
from facts.pools.groups import joining
from facts.pools.offers import GPU_TAINT
from stacks.settings.common import Resources
from stacks.settings.load import Settings

__all__ = ["gpus"]


def gpus(settings: Settings, resources: Resources) -> dict[str, Any]:
    """The arguments about GPUs; what is not set is None."""
    return {
        "accelerator": resources.accelerator,
        "accelerator_count": resources.accelerator_count,
        **_of_pool(settings, resources),
    }


def _of_pool(settings: Settings, resources: Resources) -> dict[str, Any]:
    """Labels of its nodes, and what is requested of them: alike in all that stand in for it."""
    offers = [o for o in settings.offers.values() if o.group == resources.gpu_pool]
    if not offers:
        return {}
    offer, kind = offers[0], resources.accelerator
    # Those of a group too that the pool may become: its pods go on when a fallback is added.
    joined = joining(offer.cluster, offer.group)[1]
    taints = {*joined, *(taint for each in offers for taint in each.taints)} - {GPU_TAINT}
    labels = dict(offer.selector)
    if kind is not None and offer.whole:
        # Not on what stands in for the pool with another kind.
        labels[PRODUCT_LABEL] = ACCELERATORS[kind].kubernetes_label
    return {
        "gpu_node_labels": labels,
        "gpu_resource": offer.gpu_resource,
        "gpu_tolerations": sorted(taint for taint in taints if not _is_soft(taint)) or None,
    }


def _is_soft(taint: str) -> bool:
    """Whether it keeps no pod off."""
    return taint.endswith(":PreferNoSchedule")
