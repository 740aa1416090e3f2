"""One model's dashboard: its objective, its requests by version, its pods."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Final

from components.kubernetes.monitoring.firing import fired, firing
from components.kubernetes.monitoring.indicators import (
    VERSION,
    Answering,
    Indicator,
    Unmeasured,
    mean_ms,
    per_second,
    quantile,
)
from components.kubernetes.monitoring.panels import WIDTH, Mark, Panel, document
from components.kubernetes.monitoring.pod_monitor import spelled
from components.kubernetes.monitoring.slo_rules import BUDGET_LEFT, BY_VERSION, spent
from components.kubernetes.monitoring.watched import Watched, uid
from facts.burn_rate import burn_rates
from facts.metric_shapes import Histogram, ServerMetrics
from facts.slo import Slo

__all__ = ["Shown", "dashboard"]

_VERSION: Final = f"{{{{{VERSION}}}}}"
_QUARTER: Final = WIDTH // 4
_NOW: Final = 6
# Signs of a text in a line of the grid's whole width, on a small screen.
_LINE: Final = 140
_ASLEEP: Final = "no requests in this time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a model's dashboard is made of."""

    about: Watched
    owner: str
    metrics: ServerMetrics
    tokens: ServerMetrics
    """What tells of tokens: the same, or the server behind it."""
    slo: Slo
    indicators: Sequence[Indicator]
    selector: str
    """Matchers of PromQL that select the model's series."""
    counted: str
    """Matchers of the versions that spend the budget, "" where all do."""
    answering: Answering
    max_replicas: int
    drift: Panel | None = None
    """Where drift is looked at."""
    unmeasured: Sequence[Unmeasured] = ()
    """Objectives that nothing tells."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """By role, where they are known: stable and candidate."""


def dashboard(shown: Shown) -> str:
    """The dashboard as JSON."""
    about = shown.about
    panels = [
        *_now(shown),
        *_objectives(shown),
        *_requests(shown),
        *_tokens(shown),
        *_load(shown),
        *([shown.drift] if shown.drift is not None else []),
    ]
    return document(
        uid(about.namespace, about.environment, about.model),
        f"{about.model} ({about.environment})",
        f"{shown.slo}. Owner: {shown.owner}.",
        ["model-serving", about.environment, shown.owner],
        panels,
        list(_marks(shown)),
    )


def _now(shown: Shown) -> Iterator[Panel]:
    """What is wrong since when, how much budget is left, how fast it goes, which versions."""
    about = shown.about
    yield _heading(shown)
    yield firing(about.matchers, about.alerts.places, WIDTH // 3)
    if shown.indicators:
        yield from _budgets(shown)
    yield Panel(
        *_shares(shown),
        kind="stat",
        columns=WIDTH // 6,
        rows=_NOW,
        by_name=True,
        colors=_colors(shown),
        empty="no requests",
        more={"decimals": 0},
    )


def _budgets(shown: Shown) -> Iterator[Panel]:
    about, days = shown.about, shown.slo.window_days
    yield Panel(
        f"Error budget left, of {days} days",
        {each.word: f"{BUDGET_LEFT}{_own(about, each.word)}" for each in shown.indicators},
        "percentunit",
        "Below 0 the objective is missed.",
        kind="stat",
        columns=_QUARTER,
        rows=_NOW,
        below="red",
        steps={0: "orange", 0.25: "green"},
        empty="nothing recorded yet",
        more={"decimals": 0},
    )
    yield Panel(
        "Burn rate of the last 5 minutes",
        {each.word: spent(about, each, days)["5m"] for each in shown.indicators},
        "suffix:×",
        f"So many times too fast does the budget go; at 1 it lasts just {days} days.",
        kind="stat",
        columns=_QUARTER,
        rows=_NOW,
        steps={1: "orange", **_page_factor(shown)},
        empty="no requests",
        more={"decimals": 1},
    )


def _heading(shown: Shown) -> Panel:
    says = "; ".join(each.says for each in shown.indicators)
    objectives = (
        f"Over {shown.slo.window_days} days {says}." if says else "No objective is measured."
    )
    lines = [f"{objectives} Owner: {shown.owner}."]
    if rollout := shown.about.alerts.annotations.get("rollout"):
        lines.append(f"Rollout: {rollout}.")
    lines += [f"Not measured: {each.word}, because {each.reason}." for each in shown.unmeasured]
    rows = max(2, sum(ceil(len(line) / _LINE) for line in lines))
    return Panel("", {}, "", kind="text", columns=WIDTH, rows=rows, text="  \n".join(lines))


def _shares(shown: Shown) -> tuple[str, dict[str, str], str]:
    """Title, query and unit: of requests where they are counted, else of pods."""
    by_version = {_VERSION: shown.answering.pods(VERSION)}
    if shown.metrics.errors is None:
        return "Pods, by version", by_version, "none"
    counted = shown.metrics.errors.requests
    each = per_second(counted, shown.selector, VERSION)
    every = per_second(counted, shown.selector)
    share = f"({each})\n/ on () group_left ()\n(({every}) > 0)"
    return "Share of requests, by version", {_VERSION: share}, "percentunit"


def _colors(shown: Shown) -> dict[str, str]:
    """Of versions that are beside each other; red is for what is wrong."""
    return {
        spelled(version): color
        for role, color in (("stable", "blue"), ("candidate", "orange"))
        if (version := shown.versions.get(role))
    }


def _page_factor(shown: Shown) -> dict[float, str]:
    """From where on somebody is woken."""
    rates = burn_rates(shown.slo.window_days)
    pages = [each.factor for each in rates if each.severity == "page"]
    return {min(pages): "red"} if pages else {}


def _objectives(shown: Shown) -> Iterator[Panel]:
    days = shown.slo.window_days
    for each in shown.indicators:
        yield Panel(
            f"Burn rate: {each.word}",
            spent(shown.about, each, days),
            "suffix:×",
            f"{each.says}. At 1 the budget lasts just {days} days; red is where somebody is woken.",
            columns=WIDTH // min(3, len(shown.indicators)),
            steps={1: "orange", **_page_factor(shown)},
            empty="no requests",
        )


def _marks(shown: Shown) -> Iterator[Mark]:
    answers = f"group by ({VERSION}) (up{{{shown.selector}}}"
    yield Mark(
        "New versions", f"{answers}) unless {answers} offset 5m)", f"{_VERSION} answers", "blue"
    )
    yield from fired(shown.about.matchers)


def _requests(shown: Shown) -> Iterator[Panel]:
    metrics, selector, slo = shown.metrics, shown.selector, shown.slo
    by_version = partial(Panel, by_name=True, colors=_colors(shown), empty=_ASLEEP)
    if metrics.errors is not None:
        yield by_version(
            "Requests per second, by version",
            {_VERSION: per_second(metrics.errors.requests, selector, VERSION)},
            "reqps",
        )
    for each in shown.indicators:
        if each.word == "errors":
            yield by_version(
                "Failed requests, by version",
                {_VERSION: f"{BY_VERSION}{_own(shown.about, each.word)}"},
                "percentunit",
                each.says,
                limit=each.budget,
            )
    if metrics.duration is not None:
        yield Panel(
            "Latency",
            _quantiles(metrics.duration, shown),
            "ms",
            f"p95 is to be at most {slo.latency_p95_ms:g} ms.",
            limit=slo.latency_p95_ms,
            empty=_ASLEEP,
        )
        yield by_version(
            "p95 of the latency, by version",
            {_VERSION: quantile(metrics.duration, 0.95, selector, VERSION)},
            "ms",
            limit=slo.latency_p95_ms,
        )
    elif metrics.mean is not None:
        yield by_version(
            "Mean latency, by version",
            {_VERSION: mean_ms(metrics.mean, selector, VERSION)},
            "ms",
            "Of its percentiles nothing is known.",
        )
    yield by_version(
        "Pods that answer, by version",
        {_VERSION: shown.answering.pods(VERSION)},
        "none",
        f"At most {shown.max_replicas} of a version.",
        limit=shown.max_replicas,
        empty="no pod",
        more={"decimals": 0},
    )


def _tokens(shown: Shown) -> Iterator[Panel]:
    tokens, slo = shown.tokens, shown.slo
    for title, histogram, bound in (
        ("Time to the first token", tokens.first_token, slo.first_token_p95_ms),
        ("Time per further token", tokens.output_token, slo.output_token_p95_ms),
        ("Time in the queue", tokens.queue, slo.queue_p95_ms),
    ):
        if histogram is not None:
            quantiles = _quantiles(histogram, shown)
            yield Panel(title, quantiles, "ms", limit=bound, empty=_ASLEEP)


def _load(shown: Shown) -> Iterator[Panel]:
    tokens, selector = shown.tokens, shown.selector
    gauges = {
        legend: f"sum({name}{{{selector}}})"
        for legend, name in (("in work", tokens.running), ("waiting", tokens.waiting))
        if name
    }
    if gauges:
        yield Panel("Requests in work and waiting", gauges, "none", empty="no pod")
    if tokens.cache_used:
        yield Panel(
            "KV cache in use",
            {"{{pod}}": f"{tokens.cache_used}{{{selector}}}"},
            "percentunit",
            limit=0.9,
            empty="no pod",
            more={"max": 1},
        )


def _quantiles(histogram: Histogram, shown: Shown) -> dict[str, str]:
    """Of what callers are answered, by the legend."""
    selector = f"{shown.selector},{shown.counted}" if shown.counted else shown.selector
    return {
        f"p{share * 100:g}": quantile(histogram, share, selector) for share in (0.5, 0.95, 0.99)
    }


def _own(about: Watched, slo: str) -> str:
    """Matchers of what is recorded of one objective."""
    return f'{{{about.matchers},slo="{slo}"}}'
