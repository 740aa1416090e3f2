"""What fills up, and what an autoscaler cannot add any more: one policy each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi_gcp as gcp

from components.gcp.monitoring.policies import Condition, PolicyScope, alert_policy

__all__ = ["FULL", "Sign", "Use", "use_policies"]

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
