"""`serving advance`: one step of a version's way into an environment, by share, gated each time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from delivery import project, state
from delivery.editing.checked import checked
from delivery.editing.files import edit
from delivery.failure import Failure
from delivery.metrics.objectives import Objective, asked
from delivery.promoting.lines import affected, candidate_lines, lines
from delivery.promoting.may_go_on import (
    is_of,
    record_of,
    refuse_misses,
    refuse_one_environment,
    refuse_without_reason,
    wanted_of,
    written_as,
)
from delivery.promoting.standing import Standing, layers, named, standing, was_served
from delivery.releasing.proposal import Proposal, propose
from stacks.served import Record, same
from stacks.settings.common import ShareOwner

__all__ = ["advance", "steps_of"]

_MOST: Final = 99


@dataclass(frozen=True, slots=True)
class _Gate:
    """What a step asks, and what comes after it."""

    steps: Sequence[int]
    metrics: Sequence[str]
    unmeasured: str | None


def advance(
    model: str,
    source: str,
    target: str,
    *,
    steps: Sequence[int],
    metrics: Sequence[str],
    unmeasured: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Change the lines of the next step, and show them; nothing where it is to wait, or done.

    Where the version is stands in the settings of `target` and in what its stack recorded, so that
    a walk that was broken off goes on where it was.

    Raises:
        Failure: it has not been served in `source`, not within its objectives, or cannot be moved.
    """
    refuse_without_reason(unmeasured)
    refuse_one_environment(source, target)
    folder = project.root()
    before, after = standing(folder, source, model), standing(folder, target, model)
    wanted, role = wanted_of(before)
    gate = _Gate(steps, metrics, unmeasured)
    found = Proposal("done", f"{model} {named(wanted)} is all in {target}", model, target, wanted)
    if not (same(after.stable, wanted) and after.candidate is None):
        _refuse_another(after, wanted)
        _refuse_another_owner(after)
        # What gets no request yet can be measured where it comes from alone.
        if after.candidate is None or not after.settings.canary_percent:
            resources = state.resources(folder, source)
            record = record_of(before, wanted, role, was_served(resources, model, role))
            objectives = asked(resources, model, role, str(record["version"]), metrics)
            if any(each.verdict == "missed" for each in objectives):
                refuse_misses(source, model, record, objectives, unmeasured)
            found = _on(found, gate, record, 0, objectives)
        else:
            found = _in_target(found, gate, after, wanted)
        found = _edited(found, source)
    return propose(folder, found, dry_run=dry_run, yes=yes, as_json=as_json)


def steps_of(text: str) -> list[int]:
    """`5,25,50`: shares in percent before all of them, each above the one before.

    Raises:
        Failure: they are not.
    """
    try:
        found = [int(each) for each in text.split(",") if each.strip()]
    except ValueError:
        found = [0]
    if not all(1 <= each <= _MOST for each in found) or found != sorted(set(found)):
        raise Failure(
            f"--steps: got {text!r}\n"
            f"  allowed: whole numbers from 1 to {_MOST}, each above the one before: 5,25,50"
        )
    return found


def _refuse_another(after: Standing, wanted: Record) -> None:
    if after.candidate is not None and not same(after.candidate, wanted):
        raise Failure(
            f"{after.environment} has another candidate of {after.model!r}, "
            f"{named(after.candidate)}, and {named(wanted)} is to come\n"
            f"  fix: `serving rollback {after.model} {after.environment}` takes it away, or let it "
            "go its way first"
        )


def _refuse_another_owner(after: Standing) -> None:
    if after.settings.rollout.owner is ShareOwner.ROLLOUT:
        raise Failure(
            f"{after.model!r} in {after.environment} has rollout.owner: rollout, so that no update "
            "moves its share\n"
            "  fix: leave it to that rollout, or take rollout.owner away"
        )


def _in_target(found: Proposal, gate: _Gate, after: Standing, wanted: Record) -> Proposal:
    """The next step of what has a share already: the gate is asked there."""
    model, target, share = after.model, after.environment, after.settings.canary_percent
    resources = state.resources(project.root(), target)
    recorded = was_served(resources, model, "candidate")
    record = next((each for each in recorded if is_of(each, wanted) and each.get("live")), None)
    if record is None or float(record.get("percent", 0)) < share:
        says = f"{model} {named(wanted)} waits at {share} % in {target}"
        return replace(found, step="wait", says=says, percent=share, why="not deployed yet")
    objectives = asked(resources, model, "candidate", str(record["version"]), gate.metrics)
    missed = [each for each in objectives if each.verdict == "missed"]
    if missed:
        return replace(
            found,
            step="back",
            says=f"{model} {record['version']} back from {target}",
            version=record,
            why=", ".join(f"it misses {each.objective}" for each in missed),
            objectives=objectives,
        )
    return _on(found, gate, record, share, objectives)


def _on(
    found: Proposal, gate: _Gate, record: Record, share: int, objectives: Sequence[Objective]
) -> Proposal:
    """The next share, where its objectives are kept or somebody says why nobody measures them."""
    model, target, name = found.model, found.environment, record["version"]
    kept = bool(objectives) and all(each.verdict == "kept" for each in objectives)
    if not kept and gate.unmeasured is None:
        return replace(
            found,
            step="wait",
            says=f"{model} {named(record)} waits at {share} % in {target}",
            version=record,
            percent=share,
            why="its objectives are not measured",
            objectives=objectives,
        )
    why = "" if kept else f"not measured, because: {gate.unmeasured}"
    after = next((each for each in gate.steps if each > share), None)
    found = replace(found, version=record, why=why, objectives=objectives)
    if after is None:
        return replace(found, step="full", says=f"{model} {name} in {target}, all of the requests")
    says = f"{model} {name} in {target}, {after} % of the requests"
    return replace(found, step="canary", says=says, percent=after)


def _edited(found: Proposal, source: str) -> Proposal:
    """With the lines of the step."""
    folder, model, target = project.root(), found.model, found.environment
    where, reached = layers(folder, model), [target]
    if found.step == "canary":
        version, share = written_as(dict(found.version)), found.percent or 0
        changes = candidate_lines(where, model, target, version, share)
    elif found.step == "full":
        changes = lines(where, model, target, written_as(dict(found.version)), source)
        reached = affected(where, target, source) or reached
    elif found.step == "back":
        stable = standing(folder, target, model).stable
        changes = lines(where, model, target, stable, None)
        reached = affected(where, target, None) or reached
    else:
        return found
    edits = edit(folder, changes)
    checked(folder, edits, model, reached)
    return replace(found, edits=edits)
