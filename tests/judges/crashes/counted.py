"""What an update left, held against what one left that nobody interrupted."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from sandbox.store import Row
from tests.judges.crashes.estate import Estate

__all__ = [
    "End",
    "Reference",
    "Wrong",
    "end_of",
    "facts_of",
    "held_against",
]

# What no run has of another: when something happened.
_MOMENTS: Final = frozenset({"created", "modified", "sourcePosition"})
_RANDOM: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<![a-z0-9])[0-9a-f]{7,}(?![a-z0-9])|(?<![a-z0-9-])[a-z0-9]{7,}(?![a-z0-9-])"
)
_SHOWN: Final = 200
_HEX: Final = re.compile(r"[0-9a-f]{7,}")
# Of a resource in the state, what is compared.
_KEPT: Final = ("type", "inputs", "outputs", "parent", "dependencies", "protect", "delete")


@dataclass(frozen=True, slots=True)
class End:
    """Clouds and state at the end of a run, in words that are the same in each run."""

    rows: Counter[tuple[str, str]]
    """How many of each type, in each account."""
    has_row: frozenset[str]
    """URNs of what the state has and a cloud too."""
    urns: Counter[str]
    facts: Mapping[str, Any]
    """By URN, without random names."""
    pending: int
    locks: int


@dataclass(frozen=True, slots=True)
class Reference:
    """The end of runs that nobody interrupted; what differs between them is no difference."""

    end: End
    unsteady: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, ends: Sequence[End]) -> "Reference":
        """Made of two runs at least."""
        first, *others = ends
        unsteady = {
            place for other in others for place in _different(first.facts, other.facts, frozenset())
        }
        return cls(first, frozenset(unsteady))


@dataclass(slots=True)
class Wrong:
    """What must be nothing."""

    leaks: list[str] = field(default_factory=list[str])
    ghosts: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])
    locks: int = 0
    pending: int = 0
    differences: list[str] = field(default_factory=list[str])

    def document(self) -> dict[str, Any]:
        """For the file of results."""
        return asdict(self)


def end_of(estate: Estate) -> End:
    """As it is now."""
    state = estate.state()
    resources: list[dict[str, Any]] = state.get("resources") or []
    rows = estate.rows()
    there = {(row.token, row.id) for row in rows}
    return End(
        rows=Counter((row.token, row.account) for row in rows),
        has_row=frozenset(
            str(each["urn"]) for each in resources if (each["type"], each.get("id")) in there
        ),
        urns=Counter(str(each["urn"]) for each in resources),
        facts=facts_of(resources),
        pending=len(state.get("pending_operations") or []),
        locks=len(estate.locks()),
    )


def held_against(reference: Reference, end: End, rows: Sequence[Row]) -> Wrong:
    """Everything that an uninterrupted run has not left so."""
    wanted = reference.end
    wrong = Wrong(locks=end.locks, pending=end.pending)
    for (token, account), number in (end.rows - wanted.rows).items():
        alike = [row.id for row in rows if (row.token, row.account) == (token, account)]
        wrong.leaks.append(f"{number} of {token} too many, of {', '.join(alike)}")
    wrong.missing = [f"{token} ({account})" for token, account in (wanted.rows - end.rows)]
    wrong.ghosts = sorted((wanted.has_row & set(end.urns)) - end.has_row)
    wrong.differences = [f"{urn} too many" for urn in (end.urns - wanted.urns)]
    wrong.differences += [f"{urn} missing" for urn in (wanted.urns - end.urns)]
    wrong.differences += [
        f"{urn}: {path}: {_at(wanted.facts[urn], path)} → {_at(end.facts[urn], path)}"
        for urn, path in _different(wanted.facts, end.facts, reference.unsteady)
        if urn in wanted.urns and urn in end.urns
    ]
    return wrong


def facts_of(resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By URN; every random part of an id or a name is written as whose it is."""
    text = {str(each["urn"]): {key: each.get(key) for key in _KEPT} for each in resources}
    for each in text.values():  # In no order that means anything.
        each["dependencies"] = sorted(cast("list[str]", each["dependencies"] or []))
    whose: dict[str, str] = {}
    # Whose a part is must not go by the order in the state, which is of the run.
    for each in sorted(resources, key=lambda one: str(one["urn"])):
        name = str(each["urn"]).rpartition("::")[2]
        inputs = cast("dict[str, Any]", each.get("inputs") or {})
        outputs = cast("dict[str, Any]", each.get("outputs") or {})
        # Of an ARN what comes after region and account, which are never by chance.
        arn = str(outputs.get("arn") or "").split(":", 5)[-1]
        named = (each.get("id"), inputs.get("name"), inputs.get("bucket"), arn)
        for value in named:
            for found in _RANDOM.findall(str(value or "")):
                # An id that is nothing else, and the end of a name, may be of letters alone.
                if (
                    found == each.get("id")
                    or _HEX.fullmatch(found)
                    or any(sign.isdigit() for sign in found)
                ):
                    whose.setdefault(found, f"<{name}>")
    pattern = re.compile("|".join(sorted(map(re.escape, whose), key=len, reverse=True)) or "$^")
    written = pattern.sub(lambda found: whose[found[0]], json.dumps(text, sort_keys=True))
    return json.loads(written)


def _different(
    wanted: Mapping[str, Any], found: Mapping[str, Any], known: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    for urn in sorted(wanted.keys() & found.keys()):
        for path in _paths(wanted[urn], found[urn], ""):
            if (urn, path) not in known and path.rpartition(".")[2] not in _MOMENTS:
                yield urn, path


def _at(fact: object, path: str) -> str:
    """The value at a path, as text."""
    for key in re.findall(r"[^.\[\]]+", path):
        if isinstance(fact, list):
            fact = cast("list[object]", fact)[int(key)]
        else:
            fact = cast("dict[str, object]", fact).get(key) if isinstance(fact, dict) else None
    return json.dumps(fact)[:_SHOWN]


def _paths(wanted: object, found: object, at: str) -> Iterator[str]:
    """Where two values of JSON are unlike."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        first, second = cast("dict[str, object]", wanted), cast("dict[str, object]", found)
        for key in sorted({*first, *second}):
            yield from _paths(first.get(key), second.get(key), f"{at}.{key}")
        return
    if isinstance(wanted, list) and isinstance(found, list):
        ours, theirs = cast("list[object]", wanted), cast("list[object]", found)
        if len(ours) == len(theirs):
            for number, pair in enumerate(zip(ours, theirs, strict=True)):
                yield from _paths(*pair, f"{at}[{number}]")
            return
    if wanted != found:
        yield at
