"""Bounds of a node group around the machines that are there."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from components.hooks import hook

__all__ = ["bounds_hooks", "refuse_bounds"]


def bounds_hooks(name: str) -> pulumi.ResourceHookBinding:
    """The hook that refuses bounds which EKS would refuse, in a preview already."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        refuse_bounds(name, args)

    refusal = hook(f"{name}-nodes-update", before_update)
    return pulumi.ResourceHookBinding(before_update=[refusal])


def refuse_bounds(name: str, args: pulumi.ResourceHookArgs) -> None:
    """Refuse, in a preview too, bounds that leave out the machines which the state holds.

    The number of machines is the autoscaler's, so it is not changed with its bounds, and EKS takes
    no minimum above it and no maximum below it.
    """
    old, new = _scaling(args.old_inputs), _scaling(args.new_inputs)
    nodes = old.get("desiredSize", 0)
    low, high = new.get("minSize", 0), new.get("maxSize", nodes)
    if not low <= nodes <= high:
        raise pulumi.RunError(
            f"{name}: min_nodes {low:g} and max_nodes {high:g} leave out the {nodes:g} machines "
            "that the state holds; EKS refuses that. Run `up --refresh` when the autoscaler has "
            "changed their number; otherwise set it first by `aws eks update-nodegroup-config "
            "--scaling-config desiredSize=…`, then run `up --refresh`"
        )


def _scaling(inputs: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", (inputs or {}).get("scalingConfig") or {})
