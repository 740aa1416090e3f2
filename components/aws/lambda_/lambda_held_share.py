"""What is there and stays beside a candidate on Lambda: the stable version, and dead letters."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from components import held_share

__all__ = ["alias_hooks", "function_hooks"]


def alias_hooks(name: str, *, has_candidate: bool) -> pulumi.ResourceHookBinding:
    """For the alias: its description says which model version it holds as stable."""
    return held_share.guard(
        name,
        "alias",
        lambda inputs: inputs.get("description"),
        held_share.stable_changes,
        has_candidate=has_candidate,
    )


def function_hooks(name: str, *, has_candidate: bool) -> pulumi.ResourceHookBinding:
    """For the function: both versions of an alias have one place for dead letters, or none.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    return held_share.guard(
        name,
        "function",
        _dead_letters,
        lambda old, new: (
            f"dead_letter_arn changes from {old} to {new} beside a candidate, and an alias points "
            "to no two versions that differ in it; change it by an `up` of its own before the "
            "candidate, or use on_failure_arn"
        ),
        has_candidate=has_candidate,
    )


def _dead_letters(inputs: Mapping[str, Any]) -> object:
    return cast("Mapping[str, Any]", inputs.get("deadLetterConfig") or {}).get("targetArn")
