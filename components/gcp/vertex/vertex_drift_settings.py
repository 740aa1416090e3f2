"""What is asked of drift on Vertex AI, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.drift import Drifting, read_drift
from facts.drift import interval_hours
from facts.vertex_drift import BASELINE, BASELINE_USE, LOGGING_PAGE

__all__ = ["VertexDrift", "read_vertex_drift"]

_DAY_HOURS: Final = 24
# Only these say nothing without a baseline that the clouds do not share.
_KEYS: Final = ("drift_label_column", "drift_retention_days")


@dataclass(frozen=True, slots=True)
class VertexDrift:
    """A baseline and how it is held against requests."""

    drifting: Drifting
    label_column: str
    interval_hours: int
    sample_percent: int
    retention_days: int


def read_vertex_drift(checks: Checks, args: Mapping[str, Any], kind: str) -> VertexDrift | None:
    """`drift_…`; `kind` is the endpoint's. None where nothing is compared."""
    found = read_drift(checks, args, pattern=BASELINE, use=BASELINE_USE)
    if found is None:
        for key in filter(checks.given, _KEYS):
            checks.problem(key, args[key], "it with drift_baseline_uri, or not at all")
        return None
    uri = args["drift_baseline_uri"]
    if args.get("capture_percent"):
        use = f"none beside captured requests: both are logged in one table ({LOGGING_PAGE})"
        checks.problem("drift_baseline_uri", uri, use)
    if kind == "peered":
        use = "none: a peered endpoint does not log requests; private_service_connect does"
        checks.problem("drift_baseline_uri", uri, use)
    hours = interval_hours(found.schedule)
    if hours is None:
        use = "hourly, daily or `0 */6 * * *`: hours are counted from when the job is made"
        checks.problem("drift_schedule", found.schedule, use)
    if found.threshold is not None and found.threshold > 1:
        checks.problem("drift_threshold", found.threshold, "at most 1, which no distance is above")
    return VertexDrift(
        found,
        checks.plain("drift_label_column"),
        hours or _DAY_HOURS,
        checks.whole("drift_sample_percent", 100, 1, 100),
        checks.whole("drift_retention_days", 30, 1, 3650),
    )
