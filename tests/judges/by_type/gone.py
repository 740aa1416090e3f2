"""An object of each type is deleted beside the engine: said exactly, and it alone made again."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sandbox.console.drift import removed
from sandbox.store import Event
from tests.judges.by_type.deployed import Deployed, Known, counts
from tests.judges.by_type.told import drift_told, last_error, named
from tests.judges.crashes.estate import Estate, Run

__all__ = ["Outcome", "tried"]

_WRITES: Final = frozenset({"create", "update", "delete"})


@dataclass(slots=True)
class Outcome:
    """What came of one round."""

    deleted: list[str]
    """Names in the program, with their types."""
    gone: list[str] = field(default_factory=list[str])
    """With what the vendor takes along."""
    followed: list[str] = field(default_factory=list[str])
    """What had to change too, since it needs what was made again."""
    also: list[str] = field(default_factory=list[str])
    """What has no object of its own and was told as changed: it shows those of others."""
    wrong: list[str] = field(default_factory=list[str])
    said: dict[str, str] = field(default_factory=dict[str, str])


def tried(estate: Estate, start: Deployed, batch: Sequence[Known]) -> Outcome:
    """Delete these, look, repair and look again.

    Args:
        estate: with what was deployed, as it was then.
        start: the same.
        batch: independent of each other.
    """
    outcome = Outcome([named(start, each.urn) for each in batch])
    before = counts(estate.rows())
    with estate.store() as store:
        for each in batch:
            assert each.row is not None
            removed(store, each.row)
    gone = start.gone(estate.rows())
    outcome.gone = [named(start, urn) for urn in sorted(gone)]
    outcome.wrong += _told(start, gone, outcome, estate.serving("drift", "--format", "json"))
    with estate.store() as store:
        last = max((each.sequence for each in store.events()), default=0)
    up = estate.serving("up", engine=("--refresh",))
    outcome.said["serving up -- --refresh"] = up.said
    if up.code:
        outcome.wrong.append(f"the update fails: {last_error(up.said)}")
        return outcome
    with estate.store() as store:
        events = store.events(after=last)
    outcome.wrong += _made(start, Deployed.of(estate), gone, events, outcome)
    after = counts(estate.rows())
    outcome.wrong += [f"{n} of {token} too many" for (token, _), n in (after - before).items()]
    outcome.wrong += [f"{n} of {token} too few" for (token, _), n in (before - after).items()]
    preview = estate.pulumi("preview", "--expect-no-changes", "--diff")
    outcome.said["preview"] = preview.said
    if preview.code:
        outcome.wrong.append("a preview finds something to do afterwards")
    return outcome


def _told(start: Deployed, gone: set[str], outcome: Outcome, drift: Run) -> Iterator[str]:
    """What `serving drift` tells differs from what is gone."""
    what, wrong = drift_told(drift, outcome.said)
    yield from wrong
    if wrong:
        return
    told = {urn for urn, each in what.items() if each["what"] == "gone"}
    # What has no object of its own, as a live endpoint's shares, is gone with what it is about.
    about = {urn for urn in start.below(gone) if start.known[urn].row is None}
    yield from (f"not told as gone: {named(start, urn)}" for urn in sorted(gone - told))
    yield from (f"told as gone and is not: {named(start, u)}" for u in sorted(told - gone - about))
    for urn in sorted(what.keys() - told):
        changed = f"{named(start, urn)}: {', '.join(what[urn]['paths'])}"
        if start.known[urn].row is None:
            outcome.also.append(changed)
        else:
            yield f"told as changed: {changed}"


def _made(
    start: Deployed,
    end: Deployed,
    gone: set[str],
    events: Collection[Event],
    outcome: Outcome,
) -> Iterator[str]:
    """What the update did at the vendors, beyond making again what was gone."""
    may = start.below(gone)
    made: set[str] = set()
    followed: set[str] = set()
    for event in events:
        if event.operation not in _WRITES or event.outcome != "ok":
            continue
        urn = end.urn_of(event.token, event.id) or start.urn_of(event.token, event.id)
        if event.operation == "create" and urn in gone:
            made.add(urn)
        elif urn in may or urn in gone:
            followed.add(urn)
        else:
            yield f"{event.operation} of {event.token} {event.id}, which did not need it"
    outcome.followed = [named(start, urn) for urn in sorted(followed)]
    yield from (f"not made again: {named(start, urn)}" for urn in sorted(gone - made))
