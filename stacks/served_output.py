"""The record of the versions served, as an output that waits until they are ready."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pulumi

from stacks.served import OUTPUT, NewerRecordError, now, recorded
from stacks.settings.models import AnySettings

__all__ = ["served"]


def served(
    last: Mapping[str, Any],
    name: str,
    written: AnySettings,
    resolved: AnySettings,
    component: pulumi.Resource,
) -> pulumi.Output[dict[str, Any]] | None:
    """A model's record, once all that belongs to it is made; None where it has no version.

    Raises:
        pulumi.RunError: the last update was a newer release's.
    """
    if (deployed := now(written, resolved)) is None:
        return None
    kept = cast("Mapping[str, Any]", last.get(OUTPUT) or {}).get(name)
    since: Any = pulumi.UNKNOWN if pulumi.runtime.is_dry_run() else _time()
    try:
        record = recorded(kept, deployed, since)
    except NewerRecordError as error:
        raise pulumi.RunError(f"{name}: {error}\n  fix: update this checkout") from None
    ready = pulumi.Output.all(*(each.urn for each in _below(component)))
    return pulumi.Output.all(record, ready).apply(lambda values: values[0])


def _time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _below(resource: pulumi.Resource) -> Iterator[pulumi.Resource]:
    """A resource and all whose parent it is, at any depth."""
    yield resource
    # As `depends_on` on a component waits for them; the SDK has no public name for it.
    for child in list(resource._childResources):  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        yield from _below(child)
