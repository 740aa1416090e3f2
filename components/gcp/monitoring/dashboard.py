"""One model's dashboard at Cloud Monitoring: budgets, requests, latency in ms, what fills up."""

from collections.abc import Iterator, Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.monitoring.asked import Asked
from components.gcp.monitoring.indicators import Objective
from components.gcp.monitoring.measured import Measured, Watched
from components.gcp.monitoring.uses import Sign, Use
from components.gcp.monitoring.widgets import (
    COLUMNS,
    Line,
    Tile,
    chart,
    incidents,
    laid_out,
    scorecard,
    text,
)
from facts.alerts import BURNS, BURNS_FAST
from facts.burn_rate import burn_rates
from facts.cloud_monitoring import burn_rate_filter

__all__ = ["dashboard_url", "model_dashboard"]

_PERCENTILES: Final = {"p50": "50", "p95": "95", "p99": "99"}
# Minutes of the burn rates that are drawn.
_BURNING: Final = {"5 min": 5, "1 h": 60, "6 h": 360}
# A quarter of the budget.
_LOW: Final = 0.25
_PERCENT: Final = "10^2.%"


def model_dashboard(  # noqa: PLR0917 - what is shown
    name: str,
    of: str,
    owner: str,
    asked: Asked,
    found: Sequence[Objective],
    measured: Measured,
    watched: Watched,
    uses: Sequence[Use],
    project: pulumi.Input[str],
    parent: pulumi.Resource,
) -> gcp.monitoring.Dashboard:
    """The dashboard of `of`; the same settings mean the same text."""
    tiles = [
        Tile(text(_header(of, owner, asked)), COLUMNS // 2, 10),
        Tile(incidents("Open incidents", watched.type, watched.labels), COLUMNS // 2, 10),
        *_budgets(found, asked.slo.window_days),
        *_requests(asked, measured),
        *(Tile(_use(use, sign), COLUMNS // 3) for use in uses for sign in use.signs),
    ]
    body = {
        "displayName": of,
        "mosaicLayout": {"columns": COLUMNS, "tiles": list(laid_out(tiles))},
    }
    return gcp.monitoring.Dashboard(
        f"{name}-dashboard",
        project=project,
        dashboard_json=pulumi.Output.json_dumps(body, sort_keys=True),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def dashboard_url(
    dashboard: gcp.monitoring.Dashboard, project: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Where people look at it: its id is `projects/<number>/dashboards/<id>`."""
    return pulumi.Output.concat(
        "https://console.cloud.google.com/monitoring/dashboards/builder/",
        dashboard.id.apply(lambda known: known.rpartition("/")[2]),
        "?project=",
        project,
    )


def _header(of: str, owner: str, asked: Asked) -> str:
    lines = [f"# {of}", f"{asked.slo}, over {asked.slo.window_days} days.", f"Owner: {owner}"]
    if "{alert}" in asked.runbook_url:
        links = (f"[{each}]({asked.runbook_url.replace('{alert}', each)})" for each in _LINKED)
        lines.append(f"Runbooks: {', '.join(links)}")
    elif asked.runbook_url:
        lines.append(f"[Runbook]({asked.runbook_url})")
    return "\n\n".join(lines)


_LINKED: Final = (BURNS_FAST, BURNS)


def _paged(days: int) -> dict[str, float]:
    """From where on somebody is woken."""
    pages = [each.factor for each in burn_rates(days) if each.severity == "page"]
    return {"pages from here on": min(pages)} if pages else {}


def _budgets(found: Sequence[Objective], days: int) -> Iterator[Tile]:
    for objective in found:
        word = objective.indicator.word
        left = Line(
            filter=pulumi.Output.format('select_slo_budget_fraction("{0}")', objective.name),
            aligner="ALIGN_NEXT_OLDER",
            unit=_PERCENT,
        )
        yield Tile(scorecard(f"Error budget left: {word}", left, low=_LOW), COLUMNS // 4)
        burning = [
            Line(filter=_burn_rate(objective, minutes), aligner="ALIGN_MEAN", legend=legend)
            for legend, minutes in _BURNING.items()
        ]
        limits = {f"lasts just {days} days": 1.0, **_paged(days)}
        yield Tile(chart(f"Burn rate: {word}", burning, limits=limits), COLUMNS // 4)


def _burn_rate(objective: Objective, minutes: int) -> pulumi.Output[str]:
    return objective.name.apply(lambda name: burn_rate_filter(name, minutes))


def _requests(asked: Asked, measured: Measured) -> Iterator[Tile]:
    slo, version = asked.slo, measured.group_by
    # Filters say `label`, legends `labels`.
    legend = "${" + version.replace(".label.", ".labels.") + "}"

    def rate(selected: str, of: str | None = None) -> Line:
        return Line(
            filter=selected,
            of=of,
            aligner="ALIGN_RATE",
            reducer="REDUCE_SUM",
            group_by=version,
            legend=legend,
        )

    half = COLUMNS // 2
    yield Tile(chart("Requests per second, by version", [rate(measured.responses)]), half)
    yield Tile(
        chart(
            "Share of failed requests, by version",
            [rate(measured.failed, measured.responses)],
            limits={"objective": slo.error_rate_percent / 100},
        ),
        half,
    )

    def latency(percentile: str) -> Line:
        return Line(
            filter=measured.latencies,
            aligner="ALIGN_DELTA",
            reducer=f"REDUCE_PERCENTILE_{_PERCENTILES[percentile]}",
            group_by=version,
            legend=f"{percentile} {legend}",
        )

    # What the objective is of, and what is around it: all of two versions are too many lines.
    bound = {"objective": slo.latency_p95_ms}
    title = "p95 of the latency in ms, by version"
    yield Tile(chart(title, [latency("p95")], limits=bound), half)
    title = "p50 and p99 of the latency in ms, by version"
    yield Tile(chart(title, [latency("p50"), latency("p99")]), half)


def _use(use: Use, sign: Sign) -> dict[str, object]:
    line = Line(
        filter=sign.filter,
        of=sign.of,
        aligner=sign.aligner,
        reducer=sign.reducer,
        group_by=sign.group_by,
    )
    # The line says how it is; the limit, from where on that is said.
    when = _SHORT.get(use.role) or sign.says.partition(":")[0].partition(" for ")[0]
    return chart(f"Alert when {when}", [line], limits={"alert": sign.threshold})


# What is too long for a title.
_SHORT: Final = {
    "concurrency": "half of the instances are full of requests",
    "overhead": "Vertex AI adds half of the objective, in ms",
    "pending": "requests wait half of the objective, in ms",
}
