"""Service-level indicators of one model at Cloud Monitoring, and the objectives made of them.

Requests are counted, not averaged: of latency those within the bound, of errors those that fail.
https://cloud.google.com/monitoring/api/ref_v3/rest/v3/services.serviceLevelObjectives
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.gcp.monitoring.measured import Measured
from facts.cloud_monitoring import goal
from facts.slo import SLOW_BUDGET, Slo

__all__ = ["Indicator", "Objective", "indicators", "objectives"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One objective of an SLO, and what it is measured by."""

    word: str
    """errors or latency."""
    says: str
    """The objective, for people."""
    budget: float
    """Share of requests that may be bad, 0 to 1."""
    measures: gcp.monitoring.SloRequestBasedSliArgsDict


@dataclass(frozen=True, slots=True)
class Objective:
    """An indicator whose objective is there; `name` is the vendor's, whole."""

    indicator: Indicator
    name: pulumi.Output[str]


def indicators(slo: Slo, measured: Measured) -> list[Indicator]:
    """Errors and latency, of all versions together."""
    return [
        Indicator(
            "errors",
            slo.errors_said,
            slo.error_rate_percent / 100,
            {
                "good_total_ratio": {
                    "bad_service_filter": measured.failed,
                    "total_service_filter": measured.responses,
                }
            },
        ),
        Indicator(
            "latency",
            slo.latency_said(),
            SLOW_BUDGET,
            {
                "distribution_cut": {
                    "distribution_filter": measured.latencies,
                    "range": {"max": slo.latency_p95_ms},
                }
            },
        ),
    ]


def objectives(  # noqa: PLR0917 - what they belong to
    name: str,
    service_id: str,
    of: str,
    found: Sequence[Indicator],
    window_days: int,
    project: pulumi.Input[str],
    labels: dict[str, str],
    parent: pulumi.Resource,
) -> list[Objective]:
    """A service, and an objective for each indicator.

    Args:
        name: the component's.
        service_id: what the service is called, in the project.
        of: what is watched, as people know it.
        found: the indicators.
        window_days: days over which they hold.
        project: where.
        labels: what they are labelled.
        parent: the component.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    service = gcp.monitoring.CustomService(
        f"{name}-service-level",
        project=project,
        service_id=service_id,
        display_name=of,
        user_labels=labels,
        opts=opts,
    )
    return [
        Objective(
            each,
            gcp.monitoring.Slo(
                f"{name}-{each.word}-objective",
                project=project,
                service=service.service_id,
                slo_id=each.word,
                display_name=each.says,
                goal=goal(100 * each.budget),
                rolling_period_days=window_days,
                request_based_sli=each.measures,
                user_labels=labels,
                opts=opts,
            ).name,
        )
        for each in found
    ]
