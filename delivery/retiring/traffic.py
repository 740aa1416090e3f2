"""Whether a model is still called: the questions of its gate, asked over days and not minutes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from delivery.promoting import cloudwatch, prometheus
from delivery.promoting.objectives import CLOUDWATCH, address_of, not_asked, queries_of

__all__ = ["LOOKED_BACK", "Traffic", "traffic"]

LOOKED_BACK: Final = timedelta(days=30)
"""By points of five minutes 8,640, of which a Prometheus gives 11,000 at once."""
_Ask = Callable[[str, str, datetime, datetime], datetime | None]


@dataclass(frozen=True, slots=True)
class Traffic:
    """When a model was last called, or why that is not known."""

    last: datetime | None = None
    why: str = ""


def traffic(
    resources: Sequence[Mapping[str, Any]], model: str, metrics: Sequence[str], now: datetime
) -> Traffic:
    """When any version of a deployed model last answered, within the last 30 days.

    Who has never heard of the model is no witness: metrics of another cluster are as silent.

    Raises:
        Failure: nobody answers there.
    """
    ways: dict[str, _Ask] = {}
    if address := address_of(metrics):
        ways["promql"] = lambda _, text, since, until: prometheus.last_answer(
            address, text, since, until
        )
    if CLOUDWATCH in metrics:
        ways["cloudwatch"] = cloudwatch.last_answer
    queries = queries_of(resources, model)
    if not queries:
        return Traffic(why="nothing there asks about this model")
    times: list[datetime] = []
    for query in queries:
        language = str(query.get("language"))
        if (ask := ways.get(language)) is None:
            return Traffic(why=not_asked(language))
        at = ask(str(query.get("at")), str(query["query"]), now - LOOKED_BACK, now)
        times += [] if at is None else [at.astimezone(UTC)]
    if not times:
        return Traffic(why=f"no request in {LOOKED_BACK.days} days: is that where it is measured?")
    return Traffic(max(times))
