"""Each call of each resource type fails in each way that the sandbox knows, in a whole update.

What passes (a few throttled calls, an object that is read back too early) nobody may notice. What
lasts must stop that one resource with one error, which names it and the vendor's reason; the update
after it goes on. The engine is told to continue with all that does not need what failed, so that
one update meets as many types as it can; the next one fails them in the next way, until every type
has failed in every way. The last update must end as if nothing had been, and so must a preview.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandbox.clouds import cloud
from sandbox.console.drift import DriftError, changed
from sandbox.life import Life
from sandbox.rows import FaultMode
from sandbox.store import Event, Fault, Store
from tests.engine.test_sandbox_drift import other, plain
from tests.judges.by_type.deployed import Known
from tests.judges.crashes.estate import STACK, Estate, Run

__all__ = ["PHASES", "Moments", "Phase", "Swept", "drifted", "swept"]

_WRITES: Final[tuple[FaultMode, ...]] = ("fail", "throttle", "unreachable", "timeout")
# How often: a throttled client gives up after five times, one that reads back after twenty.
_LASTS: Final[Mapping[FaultMode, int]] = {"throttle": 5, "not_found": 20}
_PASSES: Final[Mapping[FaultMode, int]] = {"throttle": 3, "not_found": 3}
# So many updates in a row may fail before a sweep is given up.
_MOST_RUNS: Final = 60
_BLOCK: Final = re.compile(r"^  \S+ \((.+)\):$")
_CAUSE_LETTERS: Final = 80
_HARMLESS: Final = frozenset({"tags", "labels", "description"})


@dataclass(frozen=True, slots=True)
class Moments:
    """Folders of what was kept: before the first update, after it, and after somebody's changes."""

    empty: Path
    deployed: Path
    drifted: Path


@dataclass(frozen=True, slots=True)
class Phase:
    """Calls of one kind: from which moment on, and the command by which the engine makes them.

    A failed `lasting` mode must leave the call to be made again by the next command.
    """

    operation: str
    start: Callable[[Moments], Path]
    run: Callable[[Estate], Run]
    passing: tuple[FaultMode, ...]
    lasting: tuple[FaultMode, ...]


def _up(*more: str) -> Callable[[Estate], Run]:
    return lambda estate: estate.serving("up", engine=("--continue-on-error", *more))


PHASES: Final = {
    "create": Phase("create", lambda moments: moments.empty, _up(), ("throttle",), _WRITES),
    # A creation that was done, and is not found when it is read back.
    "read back": Phase(
        "create", lambda moments: moments.empty, _up(), ("not_found",), ("not_found",)
    ),
    "read": Phase(
        "read",
        lambda moments: moments.deployed,
        _up("--refresh"),
        ("throttle",),
        ("fail", "throttle", "unreachable"),
    ),
    "update": Phase("update", lambda moments: moments.drifted, _up(), ("throttle",), _WRITES),
    "delete": Phase(
        "delete",
        lambda moments: moments.deployed,
        lambda estate: estate.serving("destroy", "--confirm", STACK, "--", "--continue-on-error"),
        ("throttle",),
        _WRITES,
    ),
}


@dataclass(slots=True)
class Swept:
    """What came of one operation of all types."""

    types: int
    passed: dict[str, int] = field(default_factory=dict[str, int])
    """By mode: how many were hit, in an update that ended well."""
    hit: dict[str, int] = field(default_factory=dict[str, int])
    """By mode: how many failed."""
    told: dict[str, int] = field(default_factory=dict[str, int])
    """Of those, with one error that names the resource and the reason."""
    never: list[str] = field(default_factory=list[str])
    """Whose call was never made."""
    runs: int = 0
    wrong: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])


def drifted(estate: Estate, chosen: Sequence[Known]) -> list[Known]:
    """Change an input of each beside the engine; which could be, so that an update repairs it."""
    done: list[Known] = []
    state: list[dict[str, Any]] = estate.state().get("resources") or []
    resources = {str(each["urn"]): each for each in state}
    with estate.store() as store:
        lives: dict[str, Life] = {}
        for each in chosen:
            known, provider = resources[each.urn], _provider_of(resources[each.urn])
            if provider not in lives:
                lives[provider] = Life(cloud(each.token.partition(":")[0]), store)
                lives[provider].configure(plain(resources[provider]["inputs"]))
            if _drift(store, lives[provider], each, known):
                done.append(each)
    return done


def _provider_of(resource: Mapping[str, Any]) -> str:
    return str(resource.get("provider", "")).rpartition("::")[0]


def _drift(store: Store, life: Life, known: Known, resource: Mapping[str, Any]) -> bool:
    """Whether an input could be changed, so that an update of it in place is due."""
    assert known.row is not None
    inputs = plain(resource["inputs"])
    # What others set is not put back, and no update would be due.
    ignored: list[str] = resource.get("ignoreChanges") or []
    # Those first that are least likely to move anything else.
    for name in sorted(inputs, key=lambda each: (each not in _HARMLESS, each)):
        value = inputs[name]
        if name.startswith("__") or name in {"apiVersion", "kind", "metadata"} or not value:
            continue
        theirs = {**inputs, name: other(value)}
        plan = life.diff(known.urn, theirs, inputs, ignored)
        if plan.replacing or not plan.changes:
            continue
        try:
            store.put(changed(known.row, name, other(value)))
        except DriftError:
            continue
        return True
    return False


def swept(estate: Estate, phase: Phase, moments: Moments, chosen: Sequence[Known]) -> Swept:
    """Fail the operation of each of these in every way; what must be at the end is looked at."""
    found = Swept(len(chosen))
    for mode in phase.passing:
        estate.put_back(phase.start(moments))
        hit = _run(estate, phase, found, [_rule(each, phase, mode, _PASSES) for each in chosen])
        found.passed[mode] = len(hit.used)
        if hit.run.code:
            found.wrong.append(f"{phase.operation}, {mode} a few times: {_errors(hit.run.said)}")
    estate.put_back(phase.start(moments))
    by_name = {(each.token, each.name): each for each in chosen}
    left = {each.urn: list(phase.lasting) for each in chosen}
    hit = None
    while any(left.values()) and found.runs < _MOST_RUNS:
        waiting = [each for each in chosen if left[each.urn]]
        rules = [_rule(each, phase, left[each.urn][0], _LASTS) for each in waiting]
        hit = _run(estate, phase, found, rules)
        for rule in hit.used:
            known = by_name[rule.token, rule.resource]
            mode = left[known.urn].pop(0)
            found.hit[mode] = found.hit.get(mode, 0) + 1
            wrong = _told(hit, known, phase.operation)
            found.told[mode] = found.told.get(mode, 0) + (not wrong)
            found.wrong += [f"{phase.operation}, {mode}, {known.token}: {one}" for one in wrong]
        if not hit.used:
            if hit.run.code:
                found.wrong.append(f"{phase.operation}: no rule hit: {_errors(hit.run.said)}")
            break
    if hit is None or hit.run.code:
        # What failed last is made good by the next command.
        hit = _run(estate, phase, found, [])
        if hit.run.code:
            found.wrong.append(f"{phase.operation}: the last one: {_errors(hit.run.said)}")
    found.never = sorted(e.token for e in chosen if left[e.urn] == [*phase.lasting])
    return found


@dataclass(frozen=True, slots=True)
class _Hit:
    run: Run
    used: list[Fault]
    events: list[Event]


def _rule(known: Known, phase: Phase, mode: FaultMode, counts: Mapping[FaultMode, int]) -> Fault:
    return Fault(known.token, phase.operation, mode, count=counts.get(mode, 1), resource=known.name)


def _run(estate: Estate, phase: Phase, found: Swept, rules: Sequence[Fault]) -> _Hit:
    with estate.store() as store:
        numbers = {store.add_fault(each): each for each in rules}
    last = estate.last_event()
    run = phase.run(estate)
    with estate.store() as store:
        left = {each.rule for each in store.faults()}
        store.clear_faults()
        events = store.events(after=last)
    found.runs += 1
    found.said.append(run.said)
    used = [each for number, each in numbers.items() if number not in left]
    hit = Counter(each.mode for each in used)
    print(
        f"  {phase.operation}, command {found.runs} ends with {run.code}:"
        f" {', '.join(f'{count} {mode}' for mode, count in sorted(hit.items())) or 'nothing hit'}",
        flush=True,
    )
    if "Traceback" in run.said or "panic:" in run.said:
        found.wrong.append(f"{phase.operation}: a traceback in run {found.runs}")
    return _Hit(run, used, events)


def _told(hit: _Hit, known: Known, operation: str) -> list[str]:
    """What is missing in what was printed of a call that failed."""
    refused = [
        each
        for each in hit.events
        if (each.token, each.operation) == (known.token, operation)
        and each.outcome in {"refused", "not ready"}
        and each.id in {known.id, known.name}
    ]
    if not hit.run.code:
        return ["the command ends well"]
    if not refused:
        return ["the vendor refused nothing"]
    mine = blocks(hit.run.said).get(known.name)
    if not mine:
        return ["no error names the resource"]
    cause = " ".join(refused[-1].detail.split())[:_CAUSE_LETTERS]
    if cause not in " ".join(" ".join(mine).split()):
        return [f"the reason is not told: {cause!r} is not in {mine}"]
    return []


def blocks(said: str) -> dict[str, list[str]]:
    """What the engine told below each resource's name, in its list of diagnostics."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in said.splitlines():
        if match := _BLOCK.match(line):
            name = match[1]
        elif line.startswith("    ") and name:
            found.setdefault(name, []).append(line.strip())
        elif line.strip():
            name = ""
    return found


def _errors(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if "error" in line.lower()]
    return " | ".join(lines)[:1000] or said[-1000:]
