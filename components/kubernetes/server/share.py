"""Whose the candidate's share is: the file's, or a rollout's that walks it.

A rollout moves numbers in the live routes, and updates have to leave these alone. The provider can
leave alone a whole list and no item of one (pkg/await/await.go, handleSSAIgnoreFields), so while
the share is a rollout's, updates leave all of the routes as they are. What needs other routes is
refused then, before anything is changed: a version without routes would be one that nobody reaches,
and routes without their version would lead nowhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.hooks import hook
from components.kubernetes.objects import Manifest
from components.kubernetes.server.slots import Slot
from components.kubernetes.server.strategy import Strategy

__all__ = ["owned", "refuse_new_version", "share_options"]

# The file's word counts, also over what somebody moved by hand.
# https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
_FORCE: Final = "pulumi.com/patchForce"
_ROUTES: Final = "model-serving/routes"
_WAY_OUT: Final = (
    "give share_owner file for this update (in a model file, rollout.owner), and rollout again "
    "after it"
)


def owned(manifest: Manifest, strategy: Strategy, slots: Sequence[Slot]) -> Manifest:
    """What holds the share, marked with its owner and with what its routes are about."""
    metadata: dict[str, Any] = manifest["metadata"]
    annotations: dict[str, Any] = dict(metadata.get("annotations") or {})
    if strategy.routed or strategy.moved_by_rollout:
        annotations[_ROUTES] = " ".join([strategy.kind.name, *(slot.slug for slot in slots)])
    if not strategy.moved_by_rollout:
        annotations[_FORCE] = "true"
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


def share_options(
    parent: pulumi.Resource,
    strategy: Strategy,
    child: str,
    field: str,
    after: Sequence[pulumi.Resource],
) -> pulumi.ResourceOptions:
    """For the child whose `field` holds the share."""
    moved = strategy.moved_by_rollout
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=after,
        ignore_changes=[field] if moved else None,
        hooks=_refuse_other_routes(child) if moved else None,
    )


def refuse_new_version(slot: Slot) -> pulumi.ResourceHookBinding:
    """For the pods of a version, while nothing would lead to them."""

    def before_create(_: pulumi.ResourceHookArgs) -> None:
        raise pulumi.RunError(
            f"{slot.model}: version {slot.version} is new, and while the share is a rollout's no "
            f"update changes who gets requests; {_WAY_OUT}"
        )

    refusal = hook(f"{slot.child('deployment')}-create", before_create)
    return pulumi.ResourceHookBinding(before_create=[refusal])


def _refuse_other_routes(child: str) -> pulumi.ResourceHookBinding:
    def refuse(args: pulumi.ResourceHookArgs) -> None:
        old, new = _about(args.old_inputs), _about(args.new_inputs)
        # A Service says nothing before a rollout owns its selector.
        if old != new and (old or not args.old_inputs):
            raise pulumi.RunError(
                f"{child}: the routes change from {old or 'none'} to {new} (strategy and "
                f"versions), and while the share is a rollout's no update changes them; {_WAY_OUT}"
            )

    return pulumi.ResourceHookBinding(
        before_create=[hook(f"{child}-create", refuse)],
        before_update=[hook(f"{child}-update", refuse)],
    )


def _about(inputs: Mapping[str, Any] | None) -> str:
    metadata: Mapping[str, Any] = (inputs or {}).get("metadata") or {}
    annotations: Mapping[str, Any] = metadata.get("annotations") or {}
    return str(annotations.get(_ROUTES) or "")
