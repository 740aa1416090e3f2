"""Whether a model is still called: the questions of its gate, asked over days and not minutes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from delivery.metrics import cloudwatch, prometheus
from delivery.metrics.objectives import CLOUDWATCH, address_of, not_asked, queries_of
from delivery.promoting.standing import was_served

__all__ = ["Traffic", "traffic"]

_LOOKED_BACK: Final = timedelta(days=30)
# What Google measures by itself is scraped by nobody.
_GOOGLES_OWN: Final = "monitored_resource="
_Ask = Callable[[str, str, datetime, datetime], datetime | None]


@dataclass(frozen=True, slots=True)
class Traffic:
    """When a model was last called, or why that is not known."""

    last: datetime | None = None
    why: str = ""


def traffic(
    resources: Sequence[Mapping[str, Any]],
    model: str,
    metrics: Sequence[str],
    since: datetime,
    *,
    account: str | None = None,
) -> Traffic:
    """When a deployed model last answered, within 30 days; `since` when it must have been quiet.

    Who is no witness is not believed: who has never heard of the model, did not look all the time,
    or is asked about other versions than were served meanwhile. `account` is that of the
    environment at AWS.

    Raises:
        Failure: nobody answers there.
    """
    now = datetime.now(UTC)
    ways: dict[str, _Ask] = {}
    if address := address_of(metrics):
        ways["promql"] = lambda _, text, begin, end: prometheus.last_answer(
            address, text, begin, end
        )
    if CLOUDWATCH in metrics:
        ways["cloudwatch"] = cloudwatch.last_answer
    why: list[str] = []
    times: list[datetime] = []
    queries = queries_of(resources, model)
    for query in queries:
        language = str(query.get("language"))
        if (ask := ways.get(language)) is None:
            why.append(not_asked(language))
        elif at := ask(str(query.get("at")), str(query["query"]), now - _LOOKED_BACK, now):
            times.append(at.astimezone(UTC))
    last = max(times, default=None)
    if last is not None and last > since:
        # No reason helps against it, whoever else is silent.
        return Traffic(last)
    if not queries:
        return Traffic(why="nothing there asks about this model")
    why += _no_witness(queries, address, metrics, since, account)
    if (changed := _changed(resources, model)) is not None and changed > since:
        why.append(
            f"its versions changed at {changed:%Y-%m-%d %H:%M} UTC, and of those before nobody "
            "is asked"
        )
    if last is None and not why:
        why.append(f"no request in {_LOOKED_BACK.days} days: is that where it is measured?")
    return Traffic(why="; ".join(dict.fromkeys(why))) if why else Traffic(last)


def _no_witness(
    queries: Sequence[Mapping[str, Any]],
    address: str,
    metrics: Sequence[str],
    since: datetime,
    account: str | None,
) -> list[str]:
    """Who is asked, and cannot know."""
    found: list[str] = []
    spaces = {
        str(each.get("at"))
        for each in queries
        if each.get("language") == "promql" and _GOOGLES_OWN not in str(each["query"])
    }
    for namespace in sorted(spaces) if address else ():
        gap = prometheus.gap(address, namespace, since, datetime.now(UTC))
        if gap is not None:
            found.append(
                f"{address} saw nothing that was up in namespace {namespace} after "
                f"{gap:%Y-%m-%d %H:%M} UTC"
            )
    if (
        account is not None
        and CLOUDWATCH in metrics
        and any(each.get("language") == CLOUDWATCH for each in queries)
        and (asked := cloudwatch.account()) != account
    ):
        found.append(f"the login is one of account {asked}, and the environment's is {account}")
    return found


def _changed(resources: Sequence[Mapping[str, Any]], model: str) -> datetime | None:
    """When another version was last served, or one was taken back."""
    records = [
        each for kind in ("stable", "candidate") for each in was_served(resources, model, kind)
    ]
    times = [str(each[key]) for each in records for key in ("since", "withdrawn") if key in each]
    return max((_time(each) for each in times), default=None)


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
