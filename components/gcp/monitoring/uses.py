"""What fills up, and what an autoscaler cannot add any more: one policy each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi_gcp as gcp

from components.gcp.monitoring.policies import Condition, PolicyScope, alert_policy
from components.serving import Core
from facts.alerts import SATURATED, SLOW_WAY

__all__ = ["FULL", "Sign", "Use", "filled", "slow_way", "use_policies"]

# Above it there is no room for a peak.
FULL: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A metric, and from where on it tells: above the threshold for so many minutes."""

    says: str
    """What it means that it is above the threshold, for people."""
    filter: str
    aligner: str
    reducer: str
    group_by: str | None
    """None: all series of the filter are one."""
    threshold: float
    minutes: int
    period_seconds: int = 300
    of: str | None = None
    """Filter of what it is a share of, which is aligned alike."""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that can be full; any of its signs tells."""

    role: str
    alert: str
    signs: Sequence[Sign]


def filled(
    role: str,
    what: str,
    metric: str,
    *,
    aligner: str,
    group_by: str,
    reducer: str = "REDUCE_MAX",
    threshold: float = FULL,
) -> Use:
    """Something of which more than FULL is in use; `threshold` says that in the metric's unit."""
    sign = Sign(
        says=f"{FULL:.0%} of {what} is in use for 15 minutes",
        filter=metric,
        aligner=aligner,
        reducer=reducer,
        group_by=group_by,
        threshold=threshold,
        minutes=15,
    )
    return Use(role, SATURATED, [sign])


def slow_way(core: Core, role: str, what: str, metric: str, *, group_by: str) -> Use:
    """A time in ms before or after the model's own, of which half the objective is too much."""
    half = core.slo.latency_p95_ms / 2
    sign = Sign(
        says=f"p95 of {what} is above half of the objective, {half:g} ms, for 15 minutes",
        filter=metric,
        aligner="ALIGN_PERCENTILE_95",
        reducer="REDUCE_MAX",
        group_by=group_by,
        threshold=half,
        minutes=15,
    )
    return Use(role, SLOW_WAY, [sign])


def use_policies(scope: PolicyScope, uses: Iterable[Use]) -> list[gcp.monitoring.AlertPolicy]:
    """A policy for each, which can wait for office hours."""
    return [
        alert_policy(
            scope,
            use.role,
            alert=use.alert,
            says="; or ".join(sign.says for sign in use.signs),
            severity="ticket",
            conditions=[_condition(sign) for sign in use.signs],
        )
        for use in uses
    ]


def _condition(sign: Sign) -> Condition:
    groups = [sign.group_by] if sign.group_by is not None else None
    threshold: gcp.monitoring.AlertPolicyConditionConditionThresholdArgsDict = {
        "filter": sign.filter,
        "comparison": "COMPARISON_GT",
        "threshold_value": sign.threshold,
        "duration": f"{sign.minutes * 60}s",
        "aggregations": [
            {
                "alignment_period": f"{sign.period_seconds}s",
                "per_series_aligner": sign.aligner,
                "cross_series_reducer": sign.reducer,
                "group_by_fields": groups,
            }
        ],
        "evaluation_missing_data": "EVALUATION_MISSING_DATA_INACTIVE",
    }
    if sign.of is not None:
        threshold["denominator_filter"] = sign.of
        threshold["denominator_aggregations"] = [
            {
                "alignment_period": f"{sign.period_seconds}s",
                "per_series_aligner": sign.aligner,
                "cross_series_reducer": sign.reducer,
                "group_by_fields": groups,
            }
        ]
    return {"display_name": sign.says, "condition_threshold": threshold}
