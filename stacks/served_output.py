"""The stack's outputs that outlive an update: versions served, and guardrails that were broken."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import pulumi

from stacks.served import MOST, OUTPUT, now, recorded
from stacks.settings.models import AnySettings

__all__ = ["BREAK_GLASS", "BREAK_GLASS_OUTPUT", "broken_glass", "served"]

BREAK_GLASS: Final = "MODEL_SERVING_BREAK_GLASS"
"""Set by `serving … --break-glass`: who, when, why and which guardrails, as JSON."""
BREAK_GLASS_OUTPUT: Final = "break_glass"


def served(
    last: Mapping[str, Any],
    name: str,
    written: AnySettings,
    resolved: AnySettings,
    component: pulumi.Resource,
) -> pulumi.Output[dict[str, Any]] | None:
    """A model's record, once all that belongs to it is made; None where it has no version."""
    if (deployed := now(written, resolved)) is None:
        return None
    kept = cast("Mapping[str, Any]", last.get(OUTPUT) or {}).get(name)
    since: Any = pulumi.UNKNOWN if pulumi.runtime.is_dry_run() else _time()
    record = recorded(kept, deployed, since)
    ready = pulumi.Output.all(*(each.urn for each in _below(component)))
    return pulumi.Output.all(record, ready).apply(lambda values: values[0])


def broken_glass(last: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By model, each update that went on although a mandatory guardrail stopped it."""
    kept = cast("Mapping[str, list[dict[str, Any]]]", last.get(BREAK_GLASS_OUTPUT) or {})
    made = {name: list(each) for name, each in kept.items()}
    if said := os.environ.get(BREAK_GLASS):
        told = json.loads(said)
        name = told.pop("model")
        made[name] = [told, *made.get(name, [])][:MOST]
    return made


def _time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _below(resource: pulumi.Resource) -> Iterator[pulumi.Resource]:
    """A resource and all whose parent it is, at any depth."""
    yield resource
    # As `depends_on` on a component waits for them; the SDK has no public name for it.
    for child in list(resource._childResources):  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        yield from _below(child)
