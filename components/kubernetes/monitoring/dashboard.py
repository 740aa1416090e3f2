"""One model's dashboard: its objective, its requests by version, its pods."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from components.kubernetes.monitoring.indicators import (
    VERSION,
    Answering,
    Indicator,
    mean_ms,
    per_second,
    quantile,
)
from components.kubernetes.monitoring.panels import WIDTH, Panel, document
from components.kubernetes.monitoring.slo_rules import Watched
from facts.metric_shapes import Histogram, ServerMetrics
from facts.slo import Slo

__all__ = ["Shown", "dashboard", "uid"]

# https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/: at most 40 signs.
_LONGEST_UID: Final = 40


def uid(namespace: str, environment: str, model: str) -> str:
    """What a dashboard's address holds: the same for the same model."""
    readable = f"{environment}-{namespace}-{model}"
    if len(readable) <= _LONGEST_UID:
        return readable
    digest = hashlib.sha256(readable.encode()).hexdigest()[:8]
    return f"{readable[: _LONGEST_UID - 9]}-{digest}"


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


def dashboard(shown: Shown) -> str:
    """The dashboard as JSON."""
    about = shown.about
    return document(
        uid(about.namespace, about.environment, about.model),
        f"{about.model} ({about.environment})",
        f"{shown.slo}. Owner: {shown.owner}.",
        ["model-serving", about.environment, shown.owner],
        [*_objectives(shown), *_requests(shown), *_tokens(shown), *_load(shown)],
    )


def _objectives(shown: Shown) -> Iterator[Panel]:
    # Two objectives beside each other at most: less is too narrow to be read.
    columns = WIDTH // (2 * min(2, len(shown.indicators) or 1))
    days = shown.slo.window_days
    for each in shown.indicators:
        own = _own(shown, each.word)
        yield Panel(
            f"Error budget left: {each.word}",
            {each.word: f"model:slo_budget_left:ratio{own}"},
            "percentunit",
            f"{each.says}, over {days} days. Below 0 the objective is missed.",
            kind="stat",
            columns=columns,
            more={"min": 0, "max": 1, "low_is_bad": True},
        )
        yield Panel(
            f"Burn rate: {each.word}",
            {
                window: f"model:slo_errors:ratio_rate{window}{own} / {each.budget:g}"
                for window in ("5m", "1h", "6h")
            },
            "none",
            f"1 spends the budget in just {days} days.",
            limit=1,
            columns=columns,
        )


def _requests(shown: Shown) -> Iterator[Panel]:
    metrics, selector, slo = shown.metrics, shown.selector, shown.slo
    by_version = f"{{{{{VERSION}}}}}"
    if metrics.errors is not None:
        yield Panel(
            "Requests per second, by version",
            {by_version: per_second(metrics.errors.requests, selector, VERSION)},
            "reqps",
        )
    for each in shown.indicators:
        if each.word == "errors":
            yield Panel(
                "Failed requests, by version",
                {by_version: f"model_version:slo_errors:ratio_rate5m{_own(shown, each.word)}"},
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
        )
        yield Panel(
            "p95 of the latency, by version",
            {by_version: quantile(metrics.duration, 0.95, selector, VERSION)},
            "ms",
            limit=slo.latency_p95_ms,
        )
    elif metrics.mean is not None:
        yield Panel(
            "Mean latency, by version",
            {by_version: mean_ms(metrics.mean, selector, VERSION)},
            "ms",
            "Of its percentiles nothing is known.",
        )
    yield Panel(
        "Pods that answer, by version",
        {by_version: shown.answering.pods(VERSION)},
        "none",
        f"At most {shown.max_replicas} of a version.",
        limit=shown.max_replicas,
    )


def _tokens(shown: Shown) -> Iterator[Panel]:
    tokens, slo = shown.tokens, shown.slo
    for title, histogram, bound in (
        ("Time to the first token", tokens.first_token, slo.first_token_p95_ms),
        ("Time per further token", tokens.output_token, slo.output_token_p95_ms),
        ("Time in the queue", tokens.queue, slo.queue_p95_ms),
    ):
        if histogram is not None:
            yield Panel(title, _quantiles(histogram, shown), "ms", limit=bound)


def _load(shown: Shown) -> Iterator[Panel]:
    tokens, selector = shown.tokens, shown.selector
    gauges = {
        legend: f"sum({name}{{{selector}}})"
        for legend, name in (("in work", tokens.running), ("waiting", tokens.waiting))
        if name
    }
    if gauges:
        yield Panel("Requests in work and waiting", gauges, "none")
    if tokens.cache_used:
        yield Panel(
            "KV cache in use",
            {"{{pod}}": f"{tokens.cache_used}{{{selector}}}"},
            "percentunit",
            limit=0.9,
        )


def _quantiles(histogram: Histogram, shown: Shown) -> dict[str, str]:
    """Of what callers are answered, by the legend."""
    selector = f"{shown.selector},{shown.counted}" if shown.counted else shown.selector
    return {
        f"p{share * 100:g}": quantile(histogram, share, selector) for share in (0.5, 0.95, 0.99)
    }


def _own(shown: Shown, slo: str) -> str:
    """Matchers of what is recorded of one objective."""
    about = shown.about
    place = f'namespace="{about.namespace}",environment="{about.environment}"'
    return f'{{model="{about.model}",{place},slo="{slo}"}}'
