"""`serving retire`: a model goes once nobody calls it, in a protected environment in two steps."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from delivery import project
from delivery.asking import confirmed
from delivery.editing.checked import checked
from delivery.editing.files import Edit, diff, write
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.one_model import settings_of
from delivery.promoting.may_go_on import refuse_without_reason
from delivery.retiring.lines import allowed, deleted
from delivery.retiring.obstacles import held, looked, refuse_losses
from delivery.retiring.place import place_of

__all__ = ["retire"]

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class _Retirement:
    model: str
    environment: str
    step: Literal["allow", "delete"]
    known: dict[str, str]
    """By environment that was looked at: what is known of the callers there."""
    last: datetime | None
    unmeasured: str | None

    def as_json(self, edits: Sequence[Edit], *, written: bool) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "environment": self.environment,
            "step": self.step,
            "callers": self.known,
            "last_request": self.last.isoformat() if self.last else None,
            "unmeasured": self.unmeasured,
            "files": [each.file.as_posix() for each in edits],
            "diff": diff(edits),
            "written": written,
        }


def retire(
    model: str,
    environment: str,
    *,
    metrics: Sequence[str],
    days: int,
    unmeasured: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Write that a protected environment allows the deletion, and after that update delete files.

    Raises:
        Failure: it is called, nobody knows, its day is to come, or another environment protects it.
    """
    folder, now = project.root(), datetime.now(UTC)
    refuse_without_reason(unmeasured)
    settings_of(folder, environment, model)
    places = [place_of(folder, each, model) for each in project.environments(folder)]
    named = next(each for each in places if each.name == environment)
    today = now.date()
    allow = named.live and not named.lets_go(today)
    # The file is one of all: nobody who protects it is passed over.
    asked = [named] if allow else [each for each in places if each is named or each.protected]
    known, last, wrong = looked(asked, metrics, now - timedelta(days=days), unmeasured)
    wrong += [] if allow else held(asked, named, today)
    if wrong:
        raise Failure("\n".join([f"{model} cannot be retired yet", *wrong]))

    step: Literal["allow", "delete"] = "allow" if allow else "delete"
    found = _Retirement(model, environment, step, known, last, unmeasured)
    if allow:
        edits = allowed(folder, named, known[environment], today)
        checked(folder, edits, model, [environment])
    else:
        edits = deleted(folder, model)
        after = checked(folder, edits, None, project.environments(folder))
        refuse_losses(after, asked)
    if not as_json:
        for name, said in known.items():
            print(f"{model} in {name}: {said}")
        for each in places:
            if each.live and each not in asked and not allow:
                print(f"{model} in {each.name}: live, not protected; nobody was asked")
        print("\n".join(diff(edits)))
    written = confirmed(dry_run=dry_run, yes=yes)
    if written:
        write(folder, edits)
    if as_json:
        print(json.dumps(found.as_json(edits, written=written), indent=2))
    elif written:
        print(_next(found), file=sys.stderr)
    return Exit.OK if written or dry_run else Exit.CANCELLED


def _next(done: _Retirement) -> str:
    if done.step == "delete":
        return (
            "Written. Next, where it is deployed: serving up --env <environment>, which deletes "
            "it; where a controller applies the Kubernetes part, serving render and a commit"
        )
    return (
        f"Written. Next: serving up --env {done.environment}, which takes the protection off while "
        f"{done.model} serves on; then this command again"
    )
