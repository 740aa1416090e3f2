"""Inputs are changed beside the engine: told at exactly those places, repaired by one update."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from delivery import of_others
from sandbox.check import Problem
from sandbox.clouds import cloud
from sandbox.console.drift import DriftError, changed
from sandbox.diff import Plan, top_level
from sandbox.life import Life
from sandbox.store import Row, Store
from sandbox.wire import asset_kind
from tests.engine.test_sandbox_drift import other, plain
from tests.judges.by_type.deployed import Deployed, Known
from tests.judges.by_type.told import drift_told, last_error, named
from tests.judges.crashes.estate import Estate

__all__ = ["Round", "is_about", "places", "told_apart", "tried"]

_WRITES: Final = frozenset({"create", "update", "delete"})
# "Returned without any write operations being performed" once it is there:
# https://learn.microsoft.com/rest/api/keyvault/keyvault/keys
_WRITTEN_ONCE: Final = frozenset({"azure-native:keyvault:Key"})
# What an object is, and what the sandbox notes of it itself.
_NOT_INPUTS: Final = frozenset({"apiVersion", "kind", "metadata"})


@dataclass(slots=True)
class Round:
    """What came of one round."""

    paths: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By URN: which inputs were changed."""
    replacing: int = 0
    """Inputs that cannot be updated in place, which were left."""
    others: int = 0
    """Inputs that another resource of the stack sets, which has no object of its own."""
    made_up: int = 0
    """Names that the program leaves to the provider, which were left."""
    kept: set[str] = field(default_factory=set[str])
    """Types of which no update is written by their vendor, so that none can be repaired."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """By type: other values that the cloud takes from nobody."""
    also: list[str] = field(default_factory=list[str])
    """What has no object of its own and was told: it shows those of others."""
    newer: list[str] = field(default_factory=list[str])
    """What is asked for otherwise since, and is so: a newer version of what was repaired by one."""
    followed: list[str] = field(default_factory=list[str])
    """What was updated since it needs what was repaired."""
    wrong: list[str] = field(default_factory=list[str])
    said: dict[str, str] = field(default_factory=dict[str, str])


def tried(estate: Estate, start: Deployed, chosen: Sequence[Known], part: slice) -> Round:
    """Change inputs of each of these, look, repair and look again.

    Args:
        estate: with what was deployed, as it was then.
        start: the same.
        chosen: whose inputs are changed.
        part: which of the inputs of each, in their order.
    """
    found = Round()
    _change(estate, chosen, part, found)
    if not found.paths:
        return found
    _look(estate, start, found)
    last = estate.last_event()
    up = estate.serving("up", engine=("--refresh",))
    found.said["serving up -- --refresh"] = up.said
    if up.code:
        found.wrong.append(f"the update fails: {last_error(up.said)}")
        return found
    found.wrong += _repaired(estate, start, found, last)
    preview = estate.pulumi("preview", "--expect-no-changes", "--diff")
    found.said["preview"] = preview.said
    if preview.code:
        found.wrong.append("a preview finds something to do afterwards")
    return found


# ---- what somebody does ----


def _change(estate: Estate, chosen: Sequence[Known], part: slice, found: Round) -> None:
    resources = _resources(estate)
    with estate.store() as store:
        lives = _Lives(store, resources)
        for each in chosen:
            assert each.row is not None
            if each.token in _WRITTEN_ONCE:
                found.kept.add(each.token)
                continue
            asked = plain(resources[each.urn]["inputs"])
            row, paths = each.row, list[str]()
            for path, value in [*places(asked)][part]:
                if _is_left(resources[each.urn], asked, path, found):
                    continue
                try:
                    theirs = other(value)
                except IndexError:
                    # A list of nothing but what is empty.
                    continue
                plan = lives.plan(each.urn, row, path, theirs)
                if plan is None:
                    found.refused[each.token] += 1
                elif plan.replacing:
                    found.replacing += 1
                elif plan.changes:
                    row = changed(row, path, theirs)
                    paths.append(path)
            if paths:
                store.put(row)
                found.paths[each.urn] = paths


def _is_left(resource: dict[str, Any], asked: Mapping[str, Any], path: str, found: Round) -> bool:
    """Whether the program does not say what an input is."""
    if not of_others.without(resource, [path]):
        found.others += 1
        return True
    # A name that the provider made up is whatever a refresh finds.
    made_up = path == "name" and path in asked.get("__defaults", ())
    found.made_up += made_up
    return made_up


def _resources(estate: Estate) -> dict[str, dict[str, Any]]:
    known: list[dict[str, Any]] = estate.state().get("resources") or []
    return {str(each["urn"]): each for each in known}


class _Lives:
    """The stand-ins that serve the stack, by which it is known what a change means."""

    def __init__(self, store: Store, resources: Mapping[str, dict[str, Any]]) -> None:
        self._store, self._resources = store, resources
        self._known: dict[str, Life] = {}

    def of(self, urn: str) -> Life:
        """Configured as the resource's own provider is."""
        provider = str(self._resources[urn]["provider"]).rpartition("::")[0]
        if provider not in self._known:
            kind = provider.rpartition("::")[0].rpartition(":")[2]
            self._known[provider] = Life(cloud(kind), self._store)
            self._known[provider].configure(plain(self._resources[provider]["inputs"]))
        return self._known[provider]

    def plan(self, urn: str, row: Row, path: str, value: object) -> Plan | None:
        """What an update from there does; None where the cloud takes the value from nobody."""
        try:
            theirs = changed(row, path, value)
        except DriftError:
            return None
        if any(is_about(each.path, path) for each in self._refusals(urn, theirs)):
            return None
        before, after = self._diff(urn, row), self._diff(urn, theirs)
        # What differed before this is no news.
        news = [each for each in after.changes if each not in before.changes]
        # What the program asks to replace for, though the vendor would not.
        asked: list[str] = self._resources[urn].get("replaceOnChanges") or []
        further = {one.path for one in news if any(is_about(each, one.path) for each in asked)}
        return dataclasses.replace(after, changes=news, replacing=after.replacing | further)

    def paths(self, urn: str, row: Row, inputs: dict[str, Any]) -> list[str]:
        """Where an object is not as these inputs say."""
        plan = self.of(urn).diff(urn, row.inputs, inputs, [], state=row.outputs)
        return [each.path for each in plan.changes]

    def _refusals(self, urn: str, row: Row) -> list[Problem]:
        """Why it cannot become again what it was: then nobody can have changed it either."""
        life, asked = self.of(urn), plain(self._resources[urn]["inputs"])
        changes = self._diff(urn, row).changes
        call = life.call(
            urn,
            asked,
            life.cloud.declared(row.token),
            changed=top_level(changes),
            state={**row.inputs, **row.outputs},
        )
        return life.cloud.references(dataclasses.replace(call, previous=row))

    def _diff(self, urn: str, row: Row) -> Plan:
        """From what a refresh reads of this row to what was asked for."""
        life, resource = self.of(urn), self._resources[urn]
        asked = plain(resource["inputs"])
        notes = {name: each for name, each in asked.items() if name.startswith("__")}
        read = {**life.cloud.inputs_of(row, life.cloud.declared(row.token)), **notes}
        ignored: list[str] = resource.get("ignoreChanges") or []
        return life.diff(urn, read, asked, ignored, state={**read, **row.outputs})


def places(known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Places of plain values and lists, in order; what is empty is nothing to change."""
    for name in sorted(known):
        if not name.startswith("__") and name not in _NOT_INPUTS:
            yield from _below(name, known[name])


def _below(path: str, value: object) -> Iterator[tuple[str, Any]]:
    if asset_kind(value[-1] if isinstance(value, list) and value else value) is not None:
        # What somebody changes of a file or an archive is in it, and not how Pulumi writes it.
        return
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            step = f".{key}" if key.replace("_", "").isalnum() else f'["{key}"]'
            yield from _below(f"{path}{step}", inner)
    elif value not in (None, "", []):
        yield path, value


# ---- what is told, and what comes of it ----


def _look(estate: Estate, start: Deployed, found: Round) -> None:
    told, wrong = drift_told(estate.serving("drift", "--format", "json"), found.said)
    found.wrong += wrong
    if wrong:
        return
    about = start.below(set(found.paths))
    for urn, paths in found.paths.items():
        said = cast("list[str]", told.get(urn, {}).get("paths") or [])
        missed = [path for path in paths if not any(is_about(path, one) for one in said)]
        further = [one for one in said if not any(is_about(path, one) for path in paths)]
        if missed:
            found.wrong.append(f"not told: {named(start, urn)}: {', '.join(missed)}")
        if further:
            found.wrong.append(f"told too: {named(start, urn)}: {', '.join(further)}")
    for urn in sorted(told.keys() - found.paths.keys()):
        line = f"{named(start, urn)}: {', '.join(told[urn]['paths']) or 'gone'}"
        known = start.known.get(urn)
        if known is not None and known.row is None and urn in about:
            found.also.append(line)
        else:
            found.wrong.append(f"told though nobody changed it: {line}")


def told_apart(
    changed_since: Sequence[str], asked_anew: Sequence[str], not_as_asked: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Of what is other than it was: what is asked for otherwise now and is so; what is wrong."""
    newer = [path for path in changed_since if path in asked_anew and path not in not_as_asked]
    return newer, [path for path in changed_since if path not in newer]


def is_about(path: str, said: str) -> bool:
    """Whether one is the other, or a part of it."""
    short, long = sorted((path, said), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")


def _repaired(estate: Estate, start: Deployed, found: Round, last: int) -> Iterator[str]:
    """What is not as it was, or was written without need."""
    now = {(r.provider, r.account, r.region, r.token, r.id): r for r in estate.rows()}
    with estate.store() as store:
        events = store.events(after=last)
        resources = _resources(estate)
        lives = _Lives(store, resources)
        for urn in found.paths:
            known = start.known[urn]
            row = known.row
            assert row is not None
            after = now.get((row.provider, row.account, row.region, row.token, row.id))
            if after is None:
                yield f"another object: {named(start, urn)}"
                continue
            asked = plain(resources[urn]["inputs"])
            newer, wrong = told_apart(
                lives.paths(urn, after, row.inputs),
                lives.paths(urn, row, asked),
                lives.paths(urn, after, asked),
            )
            found.newer += [f"{named(start, urn)}: {path}" for path in newer]
            if wrong:
                yield f"not repaired: {named(start, urn)}: {', '.join(wrong)}"
    end = Deployed.of(estate)
    may = start.below(set(found.paths))
    followed: set[str] = set()
    for event in events:
        if event.operation not in _WRITES or event.outcome != "ok":
            continue
        urn = end.urn_of(event.token, event.id) or start.urn_of(event.token, event.id)
        if event.operation == "update" and urn in may:
            followed.add(urn)
        elif event.operation != "update" or urn not in found.paths:
            yield f"{event.operation} of {event.token} {event.id}, which did not need it"
    found.followed = [named(start, urn) for urn in sorted(followed - found.paths.keys())]
