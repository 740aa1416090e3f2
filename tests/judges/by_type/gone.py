"""An object of each type is deleted beside the engine: said exactly, and it alone made again."""

import re
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sandbox.clouds.clusters import CLUSTERS
from sandbox.console.drift import kept, removed
from sandbox.store import Event
from tests.judges.by_type.deployed import Deployed, Known, counts
from tests.judges.by_type.told import drift_told, last_error, named
from tests.judges.crashes.estate import Estate, Run

__all__ = ["FOR_A_PERSON", "Outcome", "keeps", "tried"]

# What is made again only when somebody has decided something, and the words that tell what.
FOR_A_PERSON: Final[Mapping[str, str]] = {
    # https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
    "azure-native:keyvault:Vault": r"in deleted state \('[^']+'\)\. Recover it",
    # Its slot goes with it, and is made before the app gives it a share: docs/azure-functions.md.
    "azure-native:web:WebApp": r"'Microsoft\.Web/sites/slots', because the parent resource",
}
# What is in a cluster cannot be read when it is gone; the provider forgets it where it is asked to.
_CLUSTERS: Final = frozenset(token for _, token in CLUSTERS)
_FORGETS: Final = "PULUMI_K8S_DELETE_UNREACHABLE"
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
    decided: list[str] = field(default_factory=list[str])
    """What somebody has to decide first, as the command that ended there said."""
    wrong: list[str] = field(default_factory=list[str])
    said: dict[str, str] = field(default_factory=dict[str, str])


def keeps(estate: Estate, known: Known) -> str:
    """Why the vendor lets nobody delete it while all else is there; empty if it does."""
    assert known.row is not None
    with estate.store() as store:
        return "; ".join(each.reason for each in kept(store, known.row))


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
    if not any(each.token in _CLUSTERS for each in batch):
        _repaired(estate, start, batch, gone, before, outcome)
        return outcome
    lost = estate.serving("drift")
    outcome.said["serving drift, with a cluster that is gone"] = lost.said
    if lost.code != 1 or _FORGETS not in lost.said:
        outcome.wrong.append(f"drift does not name {_FORGETS}: {last_error(lost.said)}")
    with _forgetting(estate):
        _repaired(estate, start, batch, gone, before, outcome)
    return outcome


@contextmanager
def _forgetting(estate: Estate) -> Generator[None]:
    estate.environment[_FORGETS] = "true"
    try:
        yield
    finally:
        del estate.environment[_FORGETS]


def _repaired(  # noqa: PLR0917 - all of one deletion
    estate: Estate,
    start: Deployed,
    batch: Sequence[Known],
    gone: set[str],
    before: Counter[tuple[str, str]],
    outcome: Outcome,
) -> None:
    """Told, made again, and nothing to do afterwards."""
    outcome.wrong += _told(start, gone, outcome, estate.serving("drift", "--format", "json"))
    last = estate.last_event()
    up = estate.serving("up", engine=("--refresh",))
    outcome.said["serving up -- --refresh"] = up.said
    if up.code:
        why = [FOR_A_PERSON[each.token] for each in batch if each.token in FOR_A_PERSON]
        if why and all(re.search(each, up.said) for each in why):
            outcome.decided.append(last_error(up.said))
        else:
            outcome.wrong.append(f"the update fails: {last_error(up.said)}")
        return
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
