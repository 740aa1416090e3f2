"""`serving retire`: a model goes once nobody calls it, in a protected environment in two steps."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
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
from delivery.protection import protected_resources, taken_away, told
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
class _Place:
    """An environment, as far as the model is concerned."""

    settings: Settings
    model: str
    resources: Sequence[dict[str, Any]] | None
    """None where there is no stack of it on this backend."""

    @property
    def name(self) -> str:
        return self.settings.environment

    @property
    def live(self) -> bool:
        """Whether its last update left the model, or a part of it, in the state."""
        ours = f"::{self.model}"
        return any(
            str(each["urn"]).endswith(ours) and str(each["type"]).startswith(state.COMPONENT)
            for each in self.resources or ()
        )

    @property
    def protected(self) -> bool:
        return is_protected(self.name, self.settings.site)

    def lets_go(self, today: date) -> bool:
        """Whether its file allows the deletion."""
        return not self.protected or self.model in allowed_deletions(self.settings.site, today)

    @property
    def deprecation(self) -> Deprecation | None:
        """What is said there of the model's end."""
        return getattr(self.settings.models.get(self.model), "deprecation", None)

    @property
    def replacement(self) -> str | None:
        """What callers use instead."""
        return self.deprecation.replacement if self.deprecation is not None else None


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
    places = [_place(folder, each, model) for each in project.environments(folder)]
    named = next(each for each in places if each.name == environment)
    today = now.date()
    allow = named.live and not named.lets_go(today)
    # The file is one of all: nobody who protects it is passed over.
    asked = [named] if allow else [each for each in places if each is named or each.protected]
    known, last, wrong = _looked(asked, metrics, now - timedelta(days=days), unmeasured)
    wrong += [] if allow else _held(asked, named, today)
    if wrong:
        raise Failure("\n".join([f"{model} cannot be retired yet", *wrong]))

    step: Literal["allow", "delete"] = "allow" if allow else "delete"
    found = _Retirement(model, environment, step, known, last, unmeasured)
    if allow:
        edits = _allowed(folder, named, known[environment], today)
        checked(folder, edits, model, [environment])
    else:
        edits = _deleted(folder, model)
        after = checked(folder, edits, None, project.environments(folder))
        _refuse_losses(after, asked)
    if not as_json:
        for name, said in known.items():
            print(f"{model} in {name}: {said}")
        for each in places:
            if each.live and each not in asked and not allow:
                print(f"{model} in {each.name}: live, not protected; nobody was asked")
        print("\n".join(diff(edits)))
    written = not dry_run and (yes or agreed("Write this?", "--yes, or --dry-run to look only"))
    if written:
        write(folder, edits)
    if as_json:
        print(json.dumps(found.as_json(edits, written=written), indent=2))
    elif written:
        print(_next(found), file=sys.stderr)
    return Exit.OK if written or dry_run else Exit.CANCELLED


def _place(folder: Path, environment: str, model: str) -> _Place:
    try:
        settings = load(folder, environment, only=model)
    except SettingsError as error:
        raise Failure(report(error.problems)) from None
    try:
        resources = state.resources(folder, environment)
    except Failure as failure:
        if failure.code is not Exit.NO_STACK:
            raise
        resources = None
    return _Place(settings, model, resources)


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


def _looked(
    places: Sequence[_Place], metrics: Sequence[str], since: datetime, unmeasured: str | None
) -> tuple[dict[str, str], datetime | None, list[str]]:
    """What is known of the callers of each, the last request of all, and what is in the way."""
    known: dict[str, str] = {}
    today = datetime.now(UTC).date()
    times: list[datetime] = []
    wrong: list[str] = []
    for each in places:
        wrong += _before_its_day(each, today)
        if each.resources is None:
            calls = Traffic(why="there is no stack of it on this backend")
        elif not each.live:
            known[each.name] = "not deployed there"
            continue
        else:
            at_aws = each.settings.site.targets.aws
            account = at_aws.account_id if at_aws is not None else None
            calls = traffic(each.resources, each.model, metrics, since, account=account)
        times += [calls.last] if calls.last is not None else []
        if calls.last is not None and calls.last > since:
            to = f" to {each.replacement}" if each.replacement else ""
            wrong.append(
                f"  {each.name}: it is still called, the last time at {_when(calls.last)}; "
                f"allowed: no request after {_when(since)}\n"
                f"    fix: move its callers{to}, and wait"
            )
        elif calls.last is not None:
            known[each.name] = f"last request {_when(calls.last)}"
        elif unmeasured is not None:
            known[each.name] = f"not measured, because: {unmeasured}"
        else:
            wrong.append(
                f"  {each.name}: whether it is still called is not measured: {calls.why}\n"
                '    fix: name who measures it by --metrics, or say why not: --unmeasured "reason"'
            )
    return known, max(times, default=None), wrong


def _before_its_day(place: _Place, today: date) -> Iterator[str]:
    asked = place.deprecation
    if asked is not None and today < date.fromisoformat(asked.date):
        where = place.settings.place(place.model, ("deprecation", "date"))
        yield (
            f"  {place.name}: it is kept until {asked.date} ({where})\n"
            "    fix: wait for that day, or agree on an earlier one with its callers, and write it"
        )


def _held(places: Sequence[_Place], named: _Place, today: date) -> Iterator[str]:
    """Who still protects it, by file or by state."""
    for each in places:
        if each.live and not each.lets_go(today):
            yield (
                f"  {each.name}: it is protected there\n"
                f"    fix: `serving retire {each.model} {each.name}` first"
            )
        elif any(owner == named.model for owner, _ in protected_resources(each.resources or ())):
            yield (
                f"  {each.name}: the deletion is allowed, and its last update did not know\n"
                f"    fix: `serving up --env {each.name}`, which takes the protection off"
            )


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _allowed(folder: Path, place: _Place, known: str, today: date) -> list[Edit]:
    """An entry for the model, and for the namespace that would go with it."""
    file = stack_file(place.name)
    for each in place.settings.site.allow_deletion:
        if each.name == place.model:
            raise Failure(
                f"{file}: allow_deletion has an entry for {place.model} that ended on "
                f"{each.expires}\n  fix: take it out, or write a later `expires`"
            )
    instead = f"; {place.replacement} takes its place" if place.replacement else ""
    gone = _deleted(folder, place.model)
    after = checked(folder, gone, None, [place.name])[place.name]
    losses = taken_away(after, place.resources or (), today=today)
    names = [place.model, *(each.name for each in losses if not each.allowed)]
    entries: list[dict[str, Value]] = [
        {
            "name": name,
            "reason": f"retired: {known}{instead}",
            "owner": place.settings.models[place.model].owner,
            "expires": (today + timedelta(days=_DAYS_TO_DELETE)).isoformat(),
        }
        for name in dict.fromkeys(names)
    ]
    path = ("config", "model-serving:allow_deletion")
    return edit(folder, {Path(file): [Append(path, each) for each in entries]})


def _deleted(folder: Path, model: str) -> list[Edit]:
    """Its file, and its entry in each environment, which would be about nothing."""
    entry = Remove(("config", "model-serving:models", model))
    files = {Path(stack_file(each)): [entry] for each in project.environments(folder)}
    return [*edit(folder, files), removal(folder, layers(folder, model).file)]


def _refuse_losses(after: Mapping[str, Settings], places: Sequence[_Place]) -> None:
    """What the next update would refuse is refused before anything is written.

    Raises:
        Failure: an environment protects what would go with the model.
    """
    for each in places:
        losses = taken_away(after[each.name], each.resources or ())
        if lost := [one for one in losses if not one.allowed]:
            raise Failure(told(each.name, lost), Exit.POLICY)
