"""Guards for a candidate on platforms that keep the stable model only as an earlier revision.

On SageMaker both models are declared at once. KServe (Knative), Lambda, Cloud Run and the slots of
Azure Functions can declare only the newest, or hang the candidate on what is there: what is stable
is what had all traffic before. So a candidate needs a live stable model, and the stable model must
not change under it. Resource hooks see both the old and the new state, in a preview too, and refuse
before anything is changed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from components.hooks import hook

__all__ = ["WAY_OUT", "guard", "refuse_change", "refuse_to_create", "stable_changes"]

WAY_OUT: Final = (
    "deploy the stable model alone first (leave `candidate` out and run `up`), then add the "
    "candidate"
)


def refuse_to_create(
    name: str, role: str, *, has_candidate: bool, where: str = ""
) -> pulumi.ResourceHookBinding:
    """For what a stable model must have made before: with a candidate it cannot be new.

    `where`, as ` on this plan`, is of what a change of the stable model's place makes anew too.
    """
    if not has_candidate:
        return pulumi.ResourceHookBinding()

    def before_create(_: pulumi.ResourceHookArgs) -> None:
        raise pulumi.RunError(
            f"{name}: a candidate, but no stable model is live{where} yet; {WAY_OUT}"
        )

    return pulumi.ResourceHookBinding(before_create=[hook(f"{name}-{role}-create", before_create)])


def refuse_change(
    name: str,
    role: str,
    read: Callable[[Mapping[str, Any]], object],
    told: Callable[[object, object], str],
) -> pulumi.ResourceHookBinding:
    """Refuses an update between whose inputs `read` finds a difference, as `told` says it."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        old, new = (read(inputs or {}) for inputs in (args.old_inputs, args.new_inputs))
        if old != new:
            raise pulumi.RunError(f"{name}: {told(old, new)}")

    return pulumi.ResourceHookBinding(before_update=[hook(f"{name}-{role}-update", before_update)])


def guard(
    name: str,
    role: str,
    read: Callable[[Mapping[str, Any]], object],
    told: Callable[[object, object], str],
    *,
    has_candidate: bool,
) -> pulumi.ResourceHookBinding:
    """With a candidate a resource is there, and what `read` finds in its inputs stays."""
    if not has_candidate:
        return pulumi.ResourceHookBinding()
    return pulumi.ResourceHookBinding.merge(
        refuse_to_create(name, role, has_candidate=True), refuse_change(name, role, read, told)
    )


def stable_changes(old: object, new: object) -> str:
    """Why it is refused where an input names the stable model's version."""
    return (
        f"the stable model changes from {old} to {new} while a candidate is there; promote the "
        "candidate or take it away first"
    )
