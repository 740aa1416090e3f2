"""What Cloud Monitoring takes: objectives, windows of burn rates, alert policies, dashboards.

Read 2026-11-26 in the API's discovery documents of google-api-python-client (`monitoring.v3`,
`monitoring.v1`) and in stored copies of Google's pages; where only somebody else quotes a page, it
says so.
"""

import re
from typing import Final

from facts.limits import Limit
from facts.machines.choose import named

__all__ = [
    "ALIGNMENT_SECONDS",
    "AUTO_CLOSE_SECONDS",
    "CONDITIONS",
    "DASHBOARD_COLUMNS",
    "DISPLAY_NAME_LENGTH",
    "DOCUMENTATION_LENGTH",
    "DURATION_SECONDS",
    "ERROR_PERCENT",
    "FILTER_LENGTH",
    "LINKS",
    "LOOKBACK_MINUTES",
    "OBJECTIVES",
    "POLICIES",
    "RUNBOOK_URL_LENGTH",
    "WINDOW_DAYS",
    "burn_rate_filter",
    "goal",
    "vcpus",
]

_API: Final = "https://cloud.google.com/monitoring/api/ref_v3/rest/v3/"
_POLICY: Final = f"{_API}projects.alertPolicies"
_SLO: Final = f"{_API}services.serviceLevelObjectives"
_SLO_DOCS: Final = "https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/"
_READ: Final = "2026-11-26"

# `goal` is above 0 and at most 0.9999: what may fail is at least 0.01 %, and never all. The text of
# Terraform's provider still has an older 0.999.
ERROR_PERCENT: Final = Limit("errors that an objective leaves", 0.01, None, "%", _SLO, _READ)
WINDOW_DAYS: Final = Limit("rolling period of an objective", 1, 30, "days", _SLO, _READ)
OBJECTIVES: Final = Limit(
    "objectives of a service", None, 500, "objectives", f"{_SLO_DOCS}ui/create-slo", _READ
)
# As https://github.com/elastic/kibana/issues/144721 quotes it; the page could be had in part.
LOOKBACK_MINUTES: Final = Limit(
    "what an alert on a burn rate looks back on",
    1,
    1440,
    "minutes",
    f"{_SLO_DOCS}alerting-on-budget-burn-rate",
)
CONDITIONS: Final = Limit("conditions of an alert policy", 1, 6, "conditions", _POLICY, _READ)
# A quota, as that page says it; a page of 2021 had 500.
POLICIES: Final = Limit(
    "alert policies of a metrics scope",
    None,
    2000,
    "policies",
    f"{_SLO_DOCS}ui/create-alert",
    _READ,
)
ALIGNMENT_SECONDS: Final = Limit(
    "alignment period of a condition", 60, 90_000, "seconds", f"{_POLICY}#Aggregation", _READ
)
# As https://cloud.google.com/apigee/docs quotes the page of quotas: 23 hours 30 minutes.
DURATION_SECONDS: Final = Limit(
    "how long a condition has to hold",
    0,
    84_600,
    "seconds",
    "https://cloud.google.com/monitoring/quotas",
)
# Not looked up: half an hour to seven days, as is generally known.
AUTO_CLOSE_SECONDS: Final = Limit(
    "time without data that closes an incident", 1800, 604_800, "seconds", _POLICY
)
FILTER_LENGTH: Final = Limit("filter of a condition", 1, 2048, "characters", _POLICY, _READ)
DISPLAY_NAME_LENGTH: Final = Limit("name of a policy", 1, 512, "characters", _POLICY, _READ)
DOCUMENTATION_LENGTH: Final = Limit(
    "text of a policy", None, 8192, "characters", f"{_POLICY}#Documentation", _READ
)
LINKS: Final = Limit("links of a policy", None, 3, "links", f"{_POLICY}#Link", _READ)
RUNBOOK_URL_LENGTH: Final = Limit(
    "link of a policy", 1, 2083, "characters", f"{_POLICY}#Link", _READ
)
DASHBOARD_COLUMNS: Final = Limit(
    "columns of a dashboard's mosaic",
    1,
    48,
    "columns",
    "https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards",
    _READ,
)
# Of general-purpose machines; those that carry GPUs are in facts/machines.
_GENERAL: Final = re.compile(r"[a-z]\d+[a-z]?-[a-z]+-(?P<vcpus>\d+)")


def goal(bad_percent: float) -> float:
    """The share that has to be good, as an objective says it: 0.99 where 1 % may be bad."""
    return round(1 - bad_percent / 100, 6)


def burn_rate_filter(slo: str, minutes: int) -> str:
    """The selector of an objective's burn rate over a window.

    https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/api/timeseries-selectors
    """
    return f'select_slo_burn_rate("{slo}", "{minutes * 60}s")'


def vcpus(machine_type: str) -> int | None:
    """How many vCPUs a machine type of Compute Engine has; None where its name does not say."""
    known = named("gcp", machine_type)
    if known:
        return known[0].vcpu
    found = _GENERAL.fullmatch(machine_type)
    return int(found["vcpus"]) if found else None
