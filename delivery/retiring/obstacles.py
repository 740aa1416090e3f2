"""What keeps a model: who calls it, its day, and who protects it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.protection import protected_resources, taken_away, told
from delivery.retiring.place import Place
from delivery.retiring.traffic import Traffic, traffic
from stacks.settings.load import Settings

__all__ = ["held", "looked", "refuse_losses"]


def looked(
    places: Sequence[Place], metrics: Sequence[str], since: datetime, unmeasured: str | None
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


def _before_its_day(place: Place, today: date) -> Iterator[str]:
    asked = place.deprecation
    if asked is not None and today < date.fromisoformat(asked.date):
        where = place.settings.place(place.model, ("deprecation", "date"))
        yield (
            f"  {place.name}: it is kept until {asked.date} ({where})\n"
            "    fix: wait for that day, or agree on an earlier one with its callers, and write it"
        )


def held(places: Sequence[Place], named: Place, today: date) -> Iterator[str]:
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


def refuse_losses(after: Mapping[str, Settings], places: Sequence[Place]) -> None:
    """What the next update would refuse is refused before anything is written.

    Raises:
        Failure: an environment protects what would go with the model.
    """
    for each in places:
        losses = taken_away(after[each.name], each.resources or ())
        if lost := [one for one in losses if not one.allowed]:
            raise Failure(told(each.name, lost), Exit.POLICY)


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
