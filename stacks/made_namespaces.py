"""Namespaces that the stack made, and must not take away while models are in them.

A Namespace goes with all that is in it. So one that the environment no longer makes
(`create_namespaces: false`) has to be handed over first.
"""

from typing import Any, Final

import pulumi

from stacks import gitops, targets
from stacks.only import kept_outputs
from stacks.settings.environment import Layer
from stacks.settings.load import Settings

__all__ = ["OUTPUT", "output", "refuse_to_take_away"]

OUTPUT: Final = "namespaces"


def output(settings: Settings, kept: dict[str, Any]) -> list[str] | None:
    """The namespaces that the stack makes, with those of an update of other models; None for none.

    `kept` are the last outputs, where this update is of one model alone.
    """
    made = targets.namespaces(settings) if settings.site.layer is not Layer.PLATFORM else []
    return sorted({*made, *kept.get(OUTPUT, ())}) or None


def refuse_to_take_away(settings: Settings) -> None:
    """Stop before a namespace with models would be deleted.

    Raises:
        RunError: naming the namespaces, and how to hand them over.
    """
    cluster = settings.site.targets.kubernetes
    if cluster is None or cluster.create_namespaces:
        return
    last = kept_outputs()
    if last.get(gitops.OUTPUT):
        # Handed over: Pulumi deletes nothing of it.
        return
    used = {getattr(model, "namespace", None) for model in settings.models.values()}
    if lost := [str(made) for made in last.get(OUTPUT) or () if made in used]:
        raise pulumi.RunError(
            f"model-serving:targets.kubernetes.create_namespaces: got false, but the stack made "
            f"{', '.join(lost)} and would delete it now, with all that is in it\n"
            "  fix: first run `up` once with applied_by: handover and create_namespaces: true, "
            "after which Pulumi leaves it there; then go back to applied_by: pulumi"
        )
