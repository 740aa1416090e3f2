"""Whether what an app is asked still looks like its model's training.

Each worker counts its rows by the bins of a profile, and writes the largest population stability
index to its log each thousand rows, which is a trace in Application Insights. A rule looks at the
average of all of them.
https://learn.microsoft.com/azure/azure-functions/functions-monitoring
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.azure.monitoring.alerts import TICKET, AlertScope, LogAlert, log_alert
from components.azure.monitoring.indicators import VALUE
from components.checks import Checks
from components.drift import Drifting, read_profiled_drift
from components.serving import Core
from facts.alerts import DATA_DRIFTS
from facts.drift import drift_times
from facts.drift_profiles import LEAST_ROWS, PSI_METRIC, PSI_THRESHOLD
from facts.stores import STORES

__all__ = ["drift_alert", "read_functions_drift"]

_BLOB: Final = STORES["blob"]
_HOUR: Final = 60


def read_functions_drift(checks: Checks, args: Mapping[str, Any]) -> Drifting | None:
    """`drift_…`."""
    return read_profiled_drift(
        checks, args, pattern=_BLOB.pattern, use=f"a profile, as {_BLOB.shape}"
    )


def drift_alert(
    core: Core, drifting: Drifting, scope: AlertScope, insights_id: pulumi.Input[str]
) -> None:
    """The rule, over the version that has drifted furthest."""
    limit = PSI_THRESHOLD if drifting.threshold is None else drifting.threshold
    hours = drift_times(drifting.schedule).every
    # `ago`, for Azure has no window of eight or twelve hours. What the host adds before a worker's
    # line is not the line's.
    query = (
        f"traces | where timestamp > ago({hours}h) and message has '\"{PSI_METRIC}\"' | "
        "extend told = parse_json(extract(@'(\\{.*\\})', 1, message)) | "
        'where told.message == "drift" | '
        f"summarize drift = avg(todouble(told.{PSI_METRIC})) by tostring(told.model_version) | "
        f"summarize {VALUE} = max(drift)"
    )
    alert = LogAlert(
        role="drift",
        alert=DATA_DRIFTS,
        says=f"over {hours} h the population stability index of what instances were asked "
        f"({LEAST_ROWS} rows of each and more) is above {limit:g} on average; traces with the "
        "message drift say of which column",
        query=query,
        threshold=limit,
        minutes=hours * _HOUR,
        severity=TICKET,
    )
    log_alert(scope, core.physical_name, alert, insights_id)
