"""What a command would change of the settings, in a sentence and as data for a pull request."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from delivery.asking import confirmed
from delivery.editing.files import Edit, diff, write
from delivery.exits import Exit
from delivery.metrics.objectives import Objective

__all__ = ["Proposal", "Step", "propose"]

SCHEMA_VERSION: Final = 1
Step: TypeAlias = Literal["release", "canary", "full", "back", "wait", "done"]
"""What is done: a new version into its first environment, a share for it in the next one, all
requests, none any more; `wait` and `done` change nothing."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of settings that is for somebody to agree to."""

    step: Step
    says: str
    """One sentence, without an end: the title of a pull request."""
    model: str
    environment: str
    version: Mapping[str, Any]
    percent: int | None = None
    """Share of the candidate; None where there is none."""
    why: str = ""
    objectives: Sequence[Objective] = ()
    edits: Sequence[Edit] = field(default=())

    def as_json(self, *, written: bool) -> dict[str, Any]:
        """As plain data."""
        keys = ("uri", "version", "digest", "image", "framework")
        return {
            "schema_version": SCHEMA_VERSION,
            "step": self.step,
            "says": self.says,
            "model": self.model,
            "environment": self.environment,
            "version": {key: self.version.get(key) for key in keys},
            "percent": self.percent,
            "why": self.why or None,
            "objectives": [each.as_json() for each in self.objectives],
            "files": [each.file.as_posix() for each in self.edits],
            "diff": diff(self.edits),
            "written": written,
        }


def propose(folder: Path, found: Proposal, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Show what would change, ask, and write it; the exit code.

    Raises:
        Failure: nobody can be asked, or a file cannot be written.
    """
    if not as_json:
        print(f"{found.says}{f' ({found.why})' if found.why else ''}")
        for each in found.objectives:
            print(f"  {each}")
        if found.edits:
            print("\n".join(diff(found.edits)))
    idle = not found.edits
    written = not idle and confirmed(dry_run=dry_run, yes=yes)
    if written:
        write(folder, found.edits)
    if as_json:
        print(json.dumps(found.as_json(written=written), indent=2))
    elif written:
        next_one = f"serving preview --env {found.environment} --only {found.model}"
        print(f"Written. Next: {next_one}", file=sys.stderr)
    return Exit.OK if written or idle or dry_run else Exit.CANCELLED
