"""`serving promote`: an environment takes the version that another one has served."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from delivery import project, state
from delivery.asking import agreed
from delivery.editing.files import Edit, diff, edit, tried, write
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.promoting.lines import affected, lines
from delivery.promoting.objectives import Objective, asked
from delivery.promoting.standing import Standing, layers, named, standing, was_served
from facts.model_references import ASKED_AT_PREVIEW, MalformedReferenceError, parse
from stacks.served import Record, same
from stacks.settings.load import load
from stacks.settings.problems import SettingsError, report

__all__ = [
    "checked",
    "is_of",
    "promote",
    "record_of",
    "refuse_misses",
    "refuse_without_reason",
    "wanted_of",
    "written_as",
]

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class _Promotion:
    """What is moved, and what is known of it."""

    model: str
    source: str
    target: str
    version: Record
    role: str
    objectives: Sequence[Objective]
    unmeasured: str | None

    def as_json(self, edits: Sequence[Edit], *, written: bool) -> dict[str, Any]:
        keys = ("uri", "version", "digest", "image", "framework", "since")
        return {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "from": self.source,
            "to": self.target,
            "version": {key: self.version.get(key) for key in keys},
            "served_as": self.role,
            "objectives": [each.as_json() for each in self.objectives],
            "unmeasured": self.unmeasured,
            "files": [each.file.as_posix() for each in edits],
            "diff": diff(edits),
            "written": written,
        }


def promote(
    model: str,
    source: str,
    target: str,
    *,
    metrics: Sequence[str],
    unmeasured: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Change the lines by which `target` serves what `source` has served, and show them.

    Raises:
        Failure: it has not been served there, not within its objectives, or cannot be moved.
    """
    folder = project.root()
    before, after = standing(folder, source, model), standing(folder, target, model)
    if source == target:
        raise Failure(
            f"{source!r} is both environments\n  fix: name where the version comes from, and then "
            "where it goes"
        )
    refuse_without_reason(unmeasured)
    wanted, role = wanted_of(before)
    if same(after.stable, wanted) and after.candidate is None:
        print(f"{target} has {model} {named(wanted)} already; nothing to change", file=sys.stderr)
        if as_json:
            found = _Promotion(model, source, target, wanted, role, (), unmeasured)
            print(json.dumps(found.as_json([], written=False), indent=2))
        return Exit.OK
    if after.candidate is not None and not same(after.candidate, wanted):
        raise Failure(
            f"{target} has another candidate of {model!r}, {named(after.candidate)}, and "
            f"{named(wanted)} would become stable under it\n"
            f"  fix: promote that one, or take `candidate` away in {target} first"
        )
    resources = state.resources(folder, source)
    record = record_of(before, wanted, role, was_served(resources, model, role))
    objectives = asked(resources, model, role, str(record["version"]), metrics)
    refuse_misses(source, model, record, objectives, unmeasured)
    promotion = _Promotion(model, source, target, record, role, objectives, unmeasured)

    found = layers(folder, model)
    changes = lines(found, model, target, written_as(record), source)
    edits = edit(folder, changes)
    checked(folder, edits, model, affected(found, target, source) or [target])
    if not as_json:
        _tell(promotion, edits)
    written = not dry_run and (yes or agreed("Write this?", "--yes, or --dry-run to look only"))
    if written:
        write(folder, edits)
    if as_json:
        print(json.dumps(promotion.as_json(edits, written=written), indent=2))
    elif written:
        print(f"Written. Next: serving preview --env {target} --only {model}", file=sys.stderr)
    return Exit.OK if written or dry_run else Exit.CANCELLED


def wanted_of(before: Standing) -> tuple[Record, str]:
    """What the source's settings say is next, and as what it is served there."""
    if before.candidate is not None:
        return before.candidate, "candidate"
    return before.stable, "stable"


def record_of(before: Standing, wanted: Record, role: str, recorded: Sequence[Record]) -> Record:
    """The record of a version that the source has served; a stable one may have been a candidate.

    Raises:
        Failure: it has not, or went back from it.
    """
    source, model = before.environment, before.model
    found = next((each for each in recorded if is_of(each, wanted)), None)
    if found is None:
        known = [named(each) for each in recorded]
        raise Failure(
            f"{source} has not served {model} {named(wanted)}\n"
            f"  got: {wanted['uri']}\n"
            f"  served there as {role}: {', '.join(known) or 'nothing'}\n"
            f"  fix: deploy it there first, `serving up --env {source} --only {model}`"
        )
    if "withdrawn" in found:
        raise Failure(
            f"{source} went back from {model} {named(wanted)} on {found['withdrawn']}\n"
            f"  fix: deploy it there again, if it is good after all"
        )
    if role == "candidate" and not found.get("percent"):
        raise Failure(
            f"{source} has deployed {model} {named(wanted)} as a candidate and sent it no request\n"
            f"  fix: raise canary_percent in {source}, `serving up`, and look at it"
        )
    return found


def is_of(record: Mapping[str, Any], wanted: Record) -> bool:
    """Whether a record is of what a file says: by what was asked, where a registry resolves it."""
    if "asked" not in record:
        return same(record, wanted)
    version = wanted["version"]
    return (
        record["asked"] == wanted["uri"]
        and version in {record["version"], ASKED_AT_PREVIEW}
        and record.get("image") == wanted.get("image")
    )


def written_as(record: Record) -> Record:
    """A version as a file names it: exactly, also where an alias led to it."""
    asked_for = str(record.get("asked", ""))
    try:
        reference = parse(asked_for) if asked_for else None
    except MalformedReferenceError:
        reference = None
    exact = reference is not None and not reference.moves
    return {**record, "uri": asked_for if exact else record["uri"]}


def refuse_without_reason(unmeasured: str | None) -> None:
    """An empty reason is none; raises `Failure`."""
    if unmeasured is not None and not unmeasured.strip():
        raise Failure("--unmeasured: got nothing; say why, in a sentence")


def refuse_misses(
    source: str,
    model: str,
    record: Record,
    objectives: Sequence[Objective],
    unmeasured: str | None,
) -> None:
    """A version that misses an objective stays; one of which nobody knows needs a reason.

    Raises:
        Failure: one of the two.
    """
    told = "\n".join(f"  {each}" for each in objectives)
    if any(each.verdict == "missed" for each in objectives):
        raise Failure(
            f"{model} {named(record)} does not keep its objectives in {source}\n{told}\n"
            f"  fix: find out why; `serving rollback {model} {source}` takes it back there"
        )
    if unmeasured is None and (
        not objectives or any(each.verdict != "kept" for each in objectives)
    ):
        raise Failure(
            f"whether {model} {named(record)} keeps its objectives in {source} is not measured\n"
            + (f"{told}\n" if told else "  nothing there asks about this model\n")
            + '  fix: name who measures it by --metrics, or say why not: --unmeasured "reason"'
        )


def checked(folder: Path, edits: Sequence[Edit], model: str, environments: Sequence[str]) -> None:
    """The settings with the changes made, before anything is written.

    Raises:
        Failure: what would be wrong with them.
    """
    with tried(folder, edits) as copy:
        for environment in environments:
            try:
                load(copy, environment, only=model)
            except SettingsError as error:
                raise Failure(
                    f"the settings would be wrong, so nothing was written: {report(error.problems)}"
                ) from None


def _tell(promotion: _Promotion, edits: Sequence[Edit]) -> None:
    version = promotion.version
    print(
        f"{promotion.model} {named(version)}: {promotion.source} → {promotion.target}; served as "
        f"{promotion.role} in {promotion.source} since {version.get('since')}"
    )
    for each in promotion.objectives:
        print(f"  {each}")
    if promotion.unmeasured:
        print(f"  not measured, because: {promotion.unmeasured}")
    print("\n".join(diff(edits)))
