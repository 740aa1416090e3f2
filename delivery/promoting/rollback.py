"""`serving rollback`: the last version that was good, back in one update."""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

from delivery import project, state
from delivery.asking import confirmed
from delivery.editing.checked import checked
from delivery.editing.files import Edit, diff, edit, write
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.promoting.lines import affected, lines
from delivery.promoting.may_go_on import is_of, written_as
from delivery.promoting.standing import (
    Standing,
    layers,
    named,
    nearest_version,
    standing,
    was_served,
)
from delivery.update import update
from stacks.served import Record

__all__ = ["rollback"]

SCHEMA_VERSION: Final = 1


def rollback(
    model: str,
    environment: str,
    *,
    to: str | None,
    deploy: bool,
    break_glass: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Write the lines of the version, and deploy the model alone; the update's exit code.

    Raises:
        Failure: there is nothing to go back to, or it cannot be written.
    """
    folder = project.root()
    if as_json and deploy and not dry_run:
        raise Failure("--json is for what is written\n  fix: add --no-up or --dry-run")
    if break_glass is not None and not deploy:
        raise Failure("--break-glass is for an update, and --no-up leaves it out")
    now = standing(folder, environment, model)
    recorded = was_served(state.resources(folder, environment), model)
    version = _named_version(now, to, recorded) if to else _last_good(now, recorded)

    found = layers(folder, model)
    edits = edit(folder, lines(found, model, environment, written_as(version), None))
    checked(folder, edits, model, affected(found, environment, None) or [environment])
    if not as_json:
        print(f"{model} in {environment}: {_said(now)} → {named(version)}")
        print("\n".join(diff(edits)) or "The files say so already.")
    question = "Write and deploy this?" if deploy else "Write this?"
    wanted = confirmed(question, dry_run=dry_run, yes=yes)
    if wanted:
        write(folder, edits)
    if as_json:
        print(json.dumps(_as_json(now, version, edits, written=wanted), indent=2))
    if not wanted:
        return Exit.OK if dry_run else Exit.CANCELLED
    if not deploy:
        print(f"Next: serving up --env {environment} --only {model}", file=sys.stderr)
        return Exit.OK
    return update(
        "up",
        environment,
        only=model,
        policies=True,
        arguments=["--yes"],
        break_glass=break_glass,
    )


def _last_good(now: Standing, recorded: Sequence[Record]) -> Record:
    """Where a candidate is, the stable version under it; else the one before what the files say."""
    good = [each for each in recorded if "withdrawn" not in each]
    at = next((i for i, each in enumerate(good) if is_of(each, now.stable)), None)
    if at is None and good:
        # What the files say has never been made ready.
        return good[0]
    if at is not None and (now.candidate is not None or at):
        # Only the candidate goes; or the files were changed, and the update is still to come.
        return good[at]
    if len(good) > 1:
        return good[1]
    raise Failure(
        f"there is nothing to go back to: {now.environment} has recorded "
        f"{'no other version' if good else 'no version'} of {now.model!r}\n"
        f"  {_kept(recorded)}\n"
        f"  fix: write the version into the files, and run `serving up --env {now.environment} "
        f"--only {now.model}`"
    )


def _named_version(now: Standing, to: str, recorded: Sequence[Record]) -> Record:
    """The newest record of a version by its name, also of one that somebody went back from."""
    for each in recorded:
        if to == each["version"]:
            return each
    raise Failure(
        f"{now.environment} has not served {now.model} {to}{nearest_version(to, recorded)}\n"
        f"  {_kept(recorded)}\n"
        "  fix: name one of these"
    )


def _kept(recorded: Sequence[Record]) -> str:
    names = [f"{named(e)}{' (taken back)' if 'withdrawn' in e else ''}" for e in recorded]
    return f"served there: {', '.join(names) or 'nothing'}"


def _said(now: Standing) -> str:
    beside = f" with candidate {named(now.candidate)}" if now.candidate is not None else ""
    return f"{named(now.stable)}{beside}"


def _as_json(
    now: Standing, version: Record, edits: Sequence[Edit], *, written: bool
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "model": now.model,
        "environment": now.environment,
        "from": now.stable,
        "candidate": now.candidate,
        "to": {key: value for key, value in version.items() if key != "live"},
        "files": [each.file.as_posix() for each in edits],
        "diff": diff(edits),
        "written": written,
    }
