"""One model's dashboard: its objective, its requests by version, its pods."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from components.kubernetes.monitoring.indicators import (
    VERSION,
    Indicator,
    answering_pods,
    per_second,
    quantile,
)
from components.kubernetes.monitoring.panels import WIDTH, Panel, document
from components.kubernetes.monitoring.slo_rules import Alerting
from facts.metric_shapes import ServerMetrics
from facts.slo import Slo

__all__ = ["dashboard", "uid"]

# https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/: at most 40 signs.
_LONGEST_UID: Final = 40


def uid(namespace: str, environment: str, model: str) -> str:
    """What a dashboard's address holds: the same for the same model."""
    readable = f"{environment}-{namespace}-{model}"
    if len(readable) <= _LONGEST_UID:
        return readable
    digest = hashlib.sha256(readable.encode()).hexdigest()[:8]
    return f"{readable[: _LONGEST_UID - 9]}-{digest}"


def dashboard(  # noqa: PLR0917 - what is shown
    about: Alerting,
    metrics: ServerMetrics,
    tokens: ServerMetrics | None,
    slo: Slo,
    indicators: Sequence[Indicator],
    selector: str,
    seen: str,
    max_replicas: int,
) -> str:
    """The dashboard as JSON; `seen` are matchers of the versions whose answers reach a caller."""
    panels = list(_panels(about, metrics, tokens, slo, indicators, selector, seen, max_replicas))
    return document(
        uid(about.namespace, about.environment, about.model),
        f"{about.model} ({about.environment})",
        f"{slo}. Owner: {about.owner}.",
        ["model-serving", about.environment, about.owner],
        panels,
    )


def _panels(  # noqa: PLR0917 - what is shown
    about: Alerting,
    metrics: ServerMetrics,
    tokens: ServerMetrics | None,
    slo: Slo,
    indicators: Sequence[Indicator],
    selector: str,
    seen: str,
    max_replicas: int,
) -> Iterator[Panel]:
    answered = f"{selector},{seen}" if seen else selector
    # Two objectives beside each other at most: less is too narrow to be read.
    columns = WIDTH // (2 * min(2, len(indicators) or 1))
    own = f'model="{about.model}",namespace="{about.namespace}",environment="{about.environment}"'
    for each in indicators:
        yield Panel(
            f"Error budget left: {each.word}",
            {each.word: f'model:slo_budget_left:ratio{{{own},slo="{each.word}"}}'},
            "percentunit",
            f"{each.says}, over {slo.window_days} days. Below 0 the objective is missed.",
            kind="stat",
            columns=columns,
            more={"min": 0, "max": 1, "low_is_bad": True},
        )
        yield Panel(
            f"Burn rate: {each.word}",
            {
                window: f'model:slo_errors:ratio_rate{window}{{{own},slo="{each.word}"}}'
                f" / {each.budget:g}"
                for window in ("5m", "1h", "6h")
            },
            "none",
            f"1 spends the budget in just {slo.window_days} days.",
            limit=1,
            columns=columns,
        )
    if metrics.errors is not None:
        yield Panel(
            "Requests per second, by version",
            {f"{{{{{VERSION}}}}}": per_second(metrics.errors.requests, selector, VERSION)},
            "reqps",
        )
    of_errors = f'{own},slo="errors"'
    for each in indicators:
        if each.word == "errors":
            yield Panel(
                "Failed requests, by version",
                {f"{{{{{VERSION}}}}}": f"model_version:slo_errors:ratio_rate5m{{{of_errors}}}"},
                "percentunit",
                each.says,
                limit=each.budget,
            )
    if metrics.duration is not None:
        yield Panel(
            "Latency",
            {
                f"p{share * 100:g}": quantile(metrics.duration, share, answered)
                for share in (0.5, 0.95, 0.99)
            },
            "ms",
            f"p95 is to be at most {slo.latency_p95_ms:g} ms.",
            limit=slo.latency_p95_ms,
        )
        yield Panel(
            "p95 of the latency, by version",
            {f"{{{{{VERSION}}}}}": quantile(metrics.duration, 0.95, selector, VERSION)},
            "ms",
            limit=slo.latency_p95_ms,
        )
    yield Panel(
        "Pods that answer, by version",
        {f"{{{{{VERSION}}}}}": answering_pods(selector, VERSION)},
        "none",
        f"At most {max_replicas} of a version.",
        limit=max_replicas,
    )
    yield from _tokens(tokens or metrics, slo, answered)
    yield from _load(tokens or metrics, selector)


def _tokens(metrics: ServerMetrics, slo: Slo, selector: str) -> Iterator[Panel]:
    for title, histogram, bound in (
        ("Time to the first token", metrics.first_token, slo.first_token_p95_ms),
        ("Time per further token", metrics.output_token, slo.output_token_p95_ms),
        ("Time in the queue", metrics.queue, slo.queue_p95_ms),
    ):
        if histogram is not None:
            yield Panel(
                title,
                {
                    f"p{share * 100:g}": quantile(histogram, share, selector)
                    for share in (0.5, 0.95, 0.99)
                },
                "ms",
                limit=bound,
            )


def _load(metrics: ServerMetrics, selector: str) -> Iterator[Panel]:
    gauges = {
        legend: f"sum({name}{{{selector}}})"
        for legend, name in (("in work", metrics.running), ("waiting", metrics.waiting))
        if name
    }
    if gauges:
        yield Panel("Requests in work and waiting", gauges, "none")
    if metrics.cache_used:
        yield Panel(
            "KV cache in use",
            {"{{pod}}": f"{metrics.cache_used}{{{selector}}}"},
            "percentunit",
            limit=0.9,
        )
