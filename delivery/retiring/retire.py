"""`serving retire`: a model goes once nobody calls it, in a protected environment in two steps."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from delivery import project, state
from delivery.asking import agreed
from delivery.editing.checked import checked
from delivery.editing.edit import Append, Remove
from delivery.editing.files import Edit, diff, edit, removal, write
from delivery.editing.scalars import Value
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.one_model import settings_of
from delivery.promoting.may_go_on import refuse_without_reason
from delivery.promoting.standing import layers
from delivery.protection import protected_resources
from delivery.retiring.traffic import Traffic, traffic
from stacks.settings.deprecation import Deprecation
from stacks.settings.files import stack_file
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError, report
from stacks.settings.protection import allowed_deletions, is_protected

__all__ = ["retire"]

SCHEMA_VERSION: Final = 1
# From the step that lets a model go until the one that deletes it.
_DAYS_TO_DELETE: Final = 14


@dataclass(frozen=True, slots=True)
class _Retirement:
    model: str
    environment: str
    step: Literal["let go", "delete"]
    calls: Traffic
    live: bool
    unmeasured: str | None

    @property
    def known(self) -> str:
        """What is known of its callers, in words."""
        if not self.live:
            return "not deployed there"
        if self.calls.last is not None:
            return f"last request {_when(self.calls.last)}"
        return f"not measured, because: {self.unmeasured}"

    def as_json(self, edits: Sequence[Edit], *, written: bool) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "environment": self.environment,
            "step": self.step,
            "live": self.live,
            "last_request": self.calls.last.isoformat() if self.calls.last else None,
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
    """Write that a protected environment lets the model go, and after that update delete its files.

    Raises:
        Failure: it is called, nobody knows, its day is to come, or another environment holds it.
    """
    folder, now = project.root(), datetime.now(UTC)
    refuse_without_reason(unmeasured)
    settings = settings_of(folder, environment, model)
    _refuse_before_its_day(settings, model, now.date())
    resources = state.resources_if_any(folder, environment)
    live = _is_live(resources, model)
    calls = traffic(resources, model, metrics, now) if live else Traffic()
    if live:
        _refuse_callers(settings, model, calls, now - timedelta(days=days), unmeasured)

    lets_go = live and not _is_free(settings, model, now.date())
    found = _Retirement(
        model, environment, "let go" if lets_go else "delete", calls, live, unmeasured
    )
    if lets_go:
        edits = _lets_go(folder, settings, found, now.date())
        checked(folder, edits, model, [environment])
    else:
        _refuse_held(folder, environment, model, resources, now.date())
        edits = _deleted(folder, model)
        checked(folder, edits, None, project.environments(folder))
    if not as_json:
        print(f"{model} in {environment}: {found.known}")
        print("\n".join(diff(edits)))
    written = not dry_run and (yes or agreed("Write this?", "--yes, or --dry-run to look only"))
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
            "Written. Next, where it is deployed: serving up --env <environment>, which deletes it"
        )
    return (
        f"Written. Next: serving up --env {done.environment}, which takes the protection off while "
        f"{done.model} serves on; then this command again"
    )


def _refuse_before_its_day(settings: Settings, model: str, today: date) -> None:
    deprecation = _deprecation(settings, model)
    if deprecation is not None and today < date.fromisoformat(deprecation.date):
        raise Failure(
            f"{settings.place(model, ('deprecation', 'date'))}: {model} is kept until "
            f"{deprecation.date}\n"
            "  fix: wait for that day, or agree on an earlier one with its callers, and write that"
        )


def _refuse_callers(
    settings: Settings,
    model: str,
    calls: Traffic,
    since: datetime,
    unmeasured: str | None,
) -> None:
    where = f"{model} in {settings.environment}"
    if calls.last is not None and calls.last > since:
        heir = _heir(settings, model)
        raise Failure(
            f"{where} is still called: the last request came at {_when(calls.last)}\n"
            f"  allowed: none after {_when(since)}\n"
            f"  fix: move its callers{f' to {heir}' if heir else ''}, and wait"
        )
    if calls.last is None and unmeasured is None:
        raise Failure(
            f"whether {where} is still called is not measured: {calls.why}\n"
            '  fix: name who measures it by --metrics, or say why not: --unmeasured "reason"'
        )


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _is_live(resources: Sequence[dict[str, Any]], model: str) -> bool:
    return any(each.model == model for each in state.from_state(list(resources)))


def _is_free(settings: Settings, model: str, today: date) -> bool:
    return not is_protected(settings.environment, settings.site) or model in allowed_deletions(
        settings.site, today
    )


def _refuse_held(
    folder: Path,
    environment: str,
    model: str,
    resources: Sequence[dict[str, Any]],
    today: date,
) -> None:
    """Its files are those of all environments, and none may lose what it still protects."""
    held: list[str] = []
    for name in project.environments(folder):
        here = resources if name == environment else None
        if here is None:
            try:
                settings = load(folder, name, only=model)
            except SettingsError as error:
                raise Failure(report(error.problems)) from None
            if model not in settings.models or not is_protected(name, settings.site):
                continue
            here = state.resources_if_any(folder, name)
            if _is_live(here, model) and not _is_free(settings, model, today):
                held.append(f"  {name} is protected and serves it: `serving retire {model} {name}`")
                continue
        if any(owner == model for owner, _ in protected_resources(here)):
            held.append(
                f"  {name} lets it go, and its last update did not know: `serving up --env {name}`"
            )
    if held:
        lines = "\n".join(held)
        raise Failure(f"{model} cannot be deleted yet\n{lines}\n  fix: do that first")


def _lets_go(folder: Path, settings: Settings, found: _Retirement, today: date) -> list[Edit]:
    heir = _heir(settings, found.model)
    entry: dict[str, Value] = {
        "name": found.model,
        "reason": f"retired: {found.known}{f'; {heir} takes its place' if heir else ''}",
        "owner": settings.models[found.model].owner,
        "expires": (today + timedelta(days=_DAYS_TO_DELETE)).isoformat(),
    }
    change = Append(("config", "model-serving:allow_deletion"), entry)
    return edit(folder, {Path(stack_file(settings.environment)): [change]})


def _deprecation(settings: Settings, model: str) -> Deprecation | None:
    """Of a model that can have one."""
    return getattr(settings.models[model], "deprecation", None)


def _heir(settings: Settings, model: str) -> str | None:
    deprecation = _deprecation(settings, model)
    return deprecation.replacement if deprecation is not None else None


def _deleted(folder: Path, model: str) -> list[Edit]:
    """Its file, and what environments say of it, which nothing would be about."""
    entry = Remove(("config", "model-serving:models", model))
    files = {Path(stack_file(each)): [entry] for each in project.environments(folder)}
    return [*edit(folder, files), removal(folder, layers(folder, model).file)]
