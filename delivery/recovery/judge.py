"""What becomes of each operation that a killed run had begun."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from delivery.failure import Failure
from delivery.recovery.edit import pending, tentative
from delivery.recovery.grants import is_grant, taken_back
from delivery.recovery.ids import id_of
from delivery.recovery.ownership import is_as_asked, proof
from delivery.recovery.taken_away import left_over, may_be_taken_away

__all__ = ["Decided", "Found", "Judged", "judged"]

_CREATING: Final = "creating"
_CHANGING: Final = frozenset({"updating", "deleting"})
# The provider of this project: its creations find and take what an earlier run made.
_IDEMPOTENT: Final = "serving:"

# The resources that are there, by URN, of those that may be.
LookUp = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, dict[str, Any]]]
# Ids of all at the vendor that are of a record's type and not of the state; None: it cannot list.
Listed = Callable[[Mapping[str, Any]], Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the user says: ids of what is theirs, and what is to be forgotten, by name or URN."""

    adopt: Mapping[str, str] = field(default_factory=dict[str, str])
    forget: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """One operation, what it is about, and why it is judged so."""

    urn: str
    type: str
    id: str
    why: str

    @property
    def name(self) -> str:
        """What the program calls it."""
        return self.urn.rpartition("::")[2]

    def __str__(self) -> str:
        named = f" {self.id}" if self.id and self.id != self.name else ""
        return f"{self.name} ({self.type}){named}: {self.why}"


@dataclass(slots=True)
class Judged:
    """All operations of a killed run."""

    adopted: list[Found] = field(default_factory=list[Found])
    dropped: list[Found] = field(default_factory=list[Found])
    changed: list[Found] = field(default_factory=list[Found])
    undecided: list[Found] = field(default_factory=list[Found])
    made: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The adopted, as their providers read them."""


def judged(
    deployment: Mapping[str, Any], decided: Decided, look_up: LookUp, listed: Listed
) -> Judged:
    """Judge each pending operation; only `look_up` and `listed` ask the vendors."""
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    result = Judged(changed=_changed(pending(deployment), resources, decided))
    # By URN and id: more runs than one may have been killed at the same resource.
    candidates: dict[tuple[str, str], dict[str, Any]] = {}
    numbered: dict[str, list[dict[str, Any]]] = {}
    for operation in pending(deployment):
        record = cast("dict[str, Any]", operation["resource"])
        if operation["type"] in _CHANGING:
            continue
        if why := _makes_nothing(str(operation["type"]), record, resources, decided):
            result.dropped.append(_found(record, why))
        elif candidate := _candidate(result, record, resources, decided):
            candidates[candidate["urn"], candidate["id"]] = candidate
        elif _is_numbered(record, resources, decided):
            # By what was asked, random names among it.
            asked = json.dumps([record["urn"], record.get("inputs")], sort_keys=True)
            numbered.setdefault(asked, []).append(record)
    # The latest first: it is what stays.
    for records in reversed(numbered.values()):
        _judge_numbered(result, records, resources, look_up, listed)
    waiting = list(candidates.values())
    while waiting:
        # One of each URN at a time, the latest first: it is what stays where several are there.
        latest = {str(each["urn"]): each for each in waiting}
        live = look_up(list(latest.values()))
        for urn, candidate in latest.items():
            said = _named(urn, decided.adopt) is not None
            _judge(result, candidate, live.get(urn), resources, said=said)
        waiting = [each for each in waiting if latest[str(each["urn"])] is not each]
    return result


def _changed(
    operations: Sequence[Mapping[str, Any]],
    resources: Sequence[Mapping[str, Any]],
    decided: Decided,
) -> list[Found]:
    """What is not known to be as the state has it; each once, however many operations there are.

    What the user says to forget is taken for as the state has it.
    """
    found: dict[str, Found] = {}

    def note(record: Mapping[str, Any], why: str) -> None:
        made = _found(record, why, str(record.get("id") or ""))
        if _named(made.urn, decided.forget) is None:
            found.setdefault(made.urn, made)

    def note_taken(taker: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        name = str(taker["urn"]).rpartition("::")[2]
        note(record, f"{name} may have taken it away for its change")

    for operation in operations:
        if operation["type"] in _CHANGING:
            note(operation["resource"], f"it was {operation['type']}")
    for operation in operations:
        taker: Mapping[str, Any] = operation["resource"]
        for each in may_be_taken_away(str(operation["type"]), taker, resources):
            note_taken(taker, each)
    for taker, each in left_over(resources):
        note_taken(taker, each)
    return list(found.values())


def _makes_nothing(
    operation: str,
    record: Mapping[str, Any],
    resources: Sequence[Mapping[str, Any]],
    decided: Decided,
) -> str:
    """Why nothing need be looked for; empty where something may have been made."""
    kind = str(record["type"])
    if operation != _CREATING or not record.get("custom", True):
        return f"{operation} makes nothing"
    if kind.startswith("pulumi:"):
        return "it is nothing at a vendor"
    if (name := _named(str(record["urn"]), decided.forget)) is not None:
        return f"forgotten, as --forget {name} says"
    again = "made again by the next update, which takes what is there"
    # One that is kept at its vendor is shared, as a service agent's, and not to be taken back.
    if kind.startswith(_IDEMPOTENT) or (is_grant(kind) and record.get("retainOnDelete")):
        return again
    if is_grant(kind):
        # Nothing else will ever tell of it: neither a deletion of all nor a list of orphans.
        return (
            f"{again}; after a destroy, or where the program no longer has it, the right stays "
            f"until {taken_back(record, resources)}"
        )
    return ""


def _candidate(
    result: Judged,
    record: Mapping[str, Any],
    resources: Sequence[Mapping[str, Any]],
    decided: Decided,
) -> dict[str, Any] | None:
    """What may have been made, with the id to look for; None where that is decided without."""
    if (name := _named(str(record["urn"]), decided.adopt)) is not None:
        return tentative(record, decided.adopt[name])
    kind = str(record["type"])
    resource_id = id_of(record, resources)
    if resource_id is None:
        return None
    if any(each.get("type") == kind and each.get("id") == resource_id for each in resources):
        result.dropped.append(_found(record, "the state has it already", resource_id))
        return None
    return tentative(record, resource_id)


def _is_numbered(
    record: Mapping[str, Any], resources: Sequence[Mapping[str, Any]], decided: Decided
) -> bool:
    """Whether the vendor chooses the id, and nobody has said it."""
    said = _named(str(record["urn"]), decided.adopt) is not None
    return not said and id_of(record, resources) is None


def _judge_numbered(
    result: Judged,
    records: Sequence[dict[str, Any]],
    resources: Sequence[Mapping[str, Any]],
    look_up: LookUp,
    listed: Listed,
) -> None:
    """Judge what the vendor chooses the id of: it is among those that the state does not know.

    Args:
        result: where it is noted.
        records: creations of one URN that ask for the same, one for each run that was killed at it.
        resources: of the state.
        look_up: reads at the vendor.
        listed: names what there is.
    """
    record = records[-1]
    urn, vendor = str(record["urn"]), _vendor(str(record["type"]))
    unknown = f"whether it was made cannot be known: {vendor} chooses its id"
    try:
        ids = listed(record)
    except Failure as failure:
        result.undecided.append(_found(record, f"{unknown}, and {failure}"))
        return
    if ids is None:
        result.undecided.append(_found(record, unknown))
        return
    # Each is read under a URN of its own, for one URN has one live resource.
    asked = {f"{urn}-{number}": tentative(record, each) for number, each in enumerate(ids)}
    read: Mapping[str, dict[str, Any]] = {}
    if asked:
        read = look_up([each | {"urn": name} for name, each in asked.items()])
    alike: list[dict[str, Any]] = [
        each | {"urn": urn} for each in read.values() if is_as_asked(record, each)
    ]
    if not alike:
        result.dropped.append(
            _found(record, f"{vendor} has none as asked that the state does not know")
        )
    elif len(alike) > len(records):
        those = ", ".join(str(each["id"]) for each in alike)
        result.undecided.append(_found(record, f"{vendor} has several as asked: {those}"))
    else:
        for each in alike:
            _judge(result, tentative(record, str(each["id"])), each, resources, said=False)


def _found(record: Mapping[str, Any], why: str, resource_id: str = "") -> Found:
    return Found(str(record["urn"]), str(record["type"]), resource_id, why)


def _judge(
    result: Judged,
    candidate: Mapping[str, Any],
    live: dict[str, Any] | None,
    resources: Sequence[Mapping[str, Any]],
    *,
    said: bool,
) -> None:
    kind, resource_id = str(candidate["type"]), str(candidate["id"])
    if live is None and said:
        result.undecided.append(
            _found(candidate, f"{_vendor(kind)} has nothing of that id", resource_id)
        )
    elif live is None:
        result.dropped.append(_found(candidate, "it never came to be", resource_id))
    elif why := "as --adopt says" if said else proof(candidate, live, resources):
        result.adopted.append(_found(candidate, why, resource_id))
        result.made.append(live)
    else:
        result.undecided.append(
            _found(
                candidate, "it is there, and nothing proves that this stack made it", resource_id
            )
        )


def _named(urn: str, names: Mapping[str, str] | frozenset[str]) -> str | None:
    return next((name for name in (urn, urn.rpartition("::")[2]) if name in names), None)


def _vendor(kind: str) -> str:
    package = kind.partition(":")[0]
    vendors = {"aws": "AWS", "gcp": "Google Cloud", "azure-native": "Azure"}
    return vendors.get(package, package)
