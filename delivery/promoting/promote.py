"""`serving promote`: an environment takes the version that another one has served."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from delivery import project, state
from delivery.asking import confirmed
from delivery.editing.checked import checked
from delivery.editing.files import Edit, diff, edit, write
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.metrics.objectives import Objective, asked
from delivery.promoting.lines import affected, lines
from delivery.promoting.may_go_on import (
    record_of,
    refuse_misses,
    refuse_one_environment,
    refuse_without_reason,
    wanted_of,
    written_as,
)
from delivery.promoting.standing import layers, named, standing, was_served
from stacks.served import Record, same

__all__ = ["promote"]

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
    refuse_one_environment(source, target)
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
    written = confirmed(dry_run=dry_run, yes=yes)
    if written:
        write(folder, edits)
    if as_json:
        print(json.dumps(promotion.as_json(edits, written=written), indent=2))
    elif written:
        print(f"Written. Next: serving preview --env {target} --only {model}", file=sys.stderr)
    return Exit.OK if written or dry_run else Exit.CANCELLED


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
