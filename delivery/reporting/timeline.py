"""How requests move from one version to the next: the steps, as far as the settings say them."""

from collections.abc import Iterator
from typing import Any, Final

from delivery.reporting.report import Step
from delivery.reporting.sides import Side
from stacks.settings.common import Shift

__all__ = ["timeline"]

_SIZE: Final = 10
"""Percent, where the settings say no size: that of `rollout.size_percent`."""
_ALL: Final = 100


def timeline(before: Side | None, after: Side | None) -> list[Step]:
    """The steps, in order; none where no request is answered by another version than before."""
    if after is None or after.version is None:
        return []
    if before is None:
        return _new(after)
    if before.target != after.target:
        says = f"made on {after.target} first, at an address of its own; then gone from there"
        return [Step(at_seconds=None, share_percent=100, says=says)]
    steps: list[Step] = []
    if before.version != after.version:
        steps += _shifted(before, after)
    return [*steps, *_held(before, after)]


def _new(after: Side) -> list[Step]:
    says = f"{after.version} answers when it is ready"
    first = Step(at_seconds=None, share_percent=100 - after.share, says=says)
    return [first, *_held(None, after)]


def _held(before: Side | None, after: Side) -> Iterator[Step]:
    """The candidate's share, which stays until somebody changes it."""
    was = before.share if before and before.candidate == after.candidate else 0
    if after.candidate is None:
        if before and before.candidate and before.candidate != after.version:
            yield Step(
                at_seconds=0, share_percent=0, says=f"{before.candidate} gets none, and goes"
            )
        return
    if before and (before.candidate, before.share) == (after.candidate, after.share):
        return
    if after.walked:
        says = f"{after.candidate} begins with {after.share} %; a rollout walks it from there"
        yield Step(at_seconds=0, share_percent=after.share, says=says)
        return
    says = f"{after.candidate} gets {after.share} %"
    if was:
        says += f" instead of {was} %"
    yield Step(at_seconds=None, share_percent=after.share, says=f"{says}, until it is changed")


def _shifted(before: Side, after: Side) -> Iterator[Step]:
    """The stable version's own change, as the vendor shifts it."""
    rollout: Any = getattr(after.settings, "rollout", None)
    shift = getattr(rollout, "shift", None)
    newer = after.version
    if shift is None:
        promoted = before.candidate == after.version
        known = f", which had {before.share} % as the candidate" if promoted else ""
        yield Step(
            at_seconds=None,
            share_percent=100,
            says=f"{newer} takes over from {before.version}{known}, in the target's own way "
            "(rollout.shift is not set)",
        )
        return
    if shift is Shift.ALL_AT_ONCE:
        yield Step(at_seconds=0, share_percent=100, says=f"{newer} gets all at once")
        return
    size, wait = rollout.size_percent or _SIZE, rollout.wait_seconds
    between = [size] if shift is Shift.CANARY else range(size, _ALL, size)
    shares = [*(share for share in between if share < _ALL), _ALL]
    what = "of the instances are" if shift is Shift.ROLLING else "of the requests go to"
    for number, share in enumerate(shares):
        at = None if wait is None and number else number * (wait or 0)
        yield Step(at_seconds=at, share_percent=share, says=f"{share} % {what} {newer}")
