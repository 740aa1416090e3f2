"""What Azure Monitor's alert rules can look back on, and what its tables tell of requests.

Log search alerts: which frequencies and windows the service takes is on no page of the vendor's; it
is what the Terraform provider's documentation and validators state of it. That a query is given two
days at most, whatever it asks for by `ago`, is the vendor's:
https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
"""

from dataclasses import dataclass, replace
from typing import Final

from facts.burn_rate import BurnRate, burn_rates
from facts.limits import Limit

__all__ = [
    "AML_FAILED_CODES",
    "AML_TRAFFIC",
    "ARRIVAL_MINUTES",
    "DESCRIPTION_LENGTH",
    "DIMENSIONS",
    "FREQUENCIES",
    "LOOK_BACK_MINUTES",
    "METRIC_DESCRIPTION_LENGTH",
    "METRIC_FREQUENCIES",
    "METRIC_WINDOWS",
    "PERIODS",
    "REQUESTS",
    "RUNBOOK_URL_LENGTH",
    "SEVERITY",
    "WINDOWS",
    "RequestTable",
    "rule_window",
    "watched_rates",
]

_PAGES: Final = "https://learn.microsoft.com/azure/azure-monitor/"
_LOG_RULES: Final = _PAGES + "alerts/alerts-create-log-alert-rule"
_SERVICE: Final = _PAGES + "service-limits"
_REGISTRY: Final = (
    "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/"
)
_RULE_V2: Final = _REGISTRY + "monitor_scheduled_query_rules_alert_v2"
_READ: Final = "2026-11-26"

# Minutes, by how Azure spells them; a rule's frequency is no longer than its window.
FREQUENCIES: Final = {
    1: "PT1M",
    5: "PT5M",
    10: "PT10M",
    15: "PT15M",
    30: "PT30M",
    45: "PT45M",
    **{60 * hours: f"PT{hours}H" for hours in range(1, 7)},
    1440: "P1D",
}
WINDOWS: Final = {**FREQUENCIES, 2880: "P2D"}
METRIC_FREQUENCIES: Final = {1: "PT1M", 5: "PT5M", 15: "PT15M", 30: "PT30M", 60: "PT1H"}
METRIC_WINDOWS: Final = {**METRIC_FREQUENCIES, 360: "PT6H", 720: "PT12H", 1440: "P1D"}

LOOK_BACK_MINUTES: Final = Limit(
    "what a log search alert looks back on", 5, 2880, "minutes", _LOG_RULES, _READ
)
PERIODS: Final = Limit("windows that a log search alert counts", 1, 6, "windows", _RULE_V2, _READ)
DIMENSIONS: Final = Limit("dimensions of a log search alert", 0, 6, "dimensions", _LOG_RULES, _READ)
DESCRIPTION_LENGTH: Final = Limit(
    "description of a log search alert", 0, 4096, "characters", _SERVICE, _READ
)
METRIC_DESCRIPTION_LENGTH: Final = Limit(
    "description of a metric alert", 0, 2048, "characters", _SERVICE, _READ
)
SEVERITY: Final = Limit(
    "severity of an alert, the lowest being the worst", 0, 4, "", _RULE_V2, _READ
)
# Ours: a description holds the link beside all else that it says.
RUNBOOK_URL_LENGTH: Final = Limit(
    "link to a runbook in a description", 1, 200, "characters", _SERVICE, _READ
)
# Ours: a short window ends so long ago, because logs are on their way for minutes, and an empty
# window would hide an outage. The vendor calls more than four minutes unusual:
# https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-troubleshoot-log
ARRIVAL_MINUTES: Final = 5


@dataclass(frozen=True, slots=True)
class RequestTable:
    """A table with a row for each request, or for several of a sample, and KQL over it."""

    name: str
    at: str
    """Column of the time by which queries are limited."""
    milliseconds: str
    """Column of how long the whole request took."""
    count: str
    """How many requests a row stands for."""
    failed: str
    """Whether the server failed, and not the caller."""
    throttled: str
    """Whether it was refused because there was no room for it; empty where none is told."""
    version: str
    """Column that says which version answered."""
    columns: tuple[tuple[str, str], ...]
    """Names and types of the columns that are read."""
    source: str
    checked: str


# Status codes: 408 is a model that took too long, 424 what a container answers other than 200, with
# the code of its own, and 429 too many requests at once.
# https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints
_TOOK_TOO_LONG: Final = 408
_OF_CONTAINER: Final = 424
_REFUSED: Final = 429
_SERVER_FAILS: Final = 500
# Those of failed requests as the metric of requests has them, whose dimension takes no class beside
# a code. The last one that is assigned is 511:
# https://www.iana.org/assignments/http-status-codes
AML_FAILED_CODES: Final = tuple(
    str(code) for code in (_TOOK_TOO_LONG, _OF_CONTAINER, *range(_SERVER_FAILS, 512))
)
_CODE: Final = "coalesce(toint(ResponseCode), 0)"
AML_TRAFFIC: Final = RequestTable(
    name="AmlOnlineEndpointTrafficLog",
    at="TimeGenerated",
    milliseconds="TotalDurationMs",
    count="1",
    failed=(
        f"{_CODE} >= {_SERVER_FAILS} or {_CODE} == {_TOOK_TOO_LONG} or ({_CODE} == {_OF_CONTAINER} "
        f"and coalesce(toint(ModelStatusCode), {_SERVER_FAILS}) >= {_SERVER_FAILS})"
    ),
    throttled=f"{_CODE} == {_REFUSED}",
    version="DeploymentName",
    columns=(
        ("TimeGenerated", "datetime"),
        ("AzureMLWorkspaceName", "string"),
        ("EndpointName", "string"),
        ("DeploymentName", "string"),
        ("ResponseCode", "int"),
        ("ModelStatusCode", "int"),
        ("TotalDurationMs", "int"),
    ),
    source=_PAGES + "reference/tables/amlonlineendpointtrafficlog",
    checked=_READ,
)
# `success` is the function's: an answer of status 500, or 400, is one that it gave successfully.
# Where there is no status, as of other triggers than HTTP, the host writes "0".
# WebJobsTelemetryInitializer of https://github.com/Azure/azure-webjobs-sdk
_STATUS: Final = "coalesce(toint(resultCode), 0)"
REQUESTS: Final = RequestTable(
    name="requests",
    at="timestamp",
    milliseconds="duration",
    count="itemCount",
    failed=f'tostring(success) =~ "false" or {_STATUS} >= {_SERVER_FAILS}',
    throttled="",
    version="cloud_RoleName",
    columns=(
        ("timestamp", "datetime"),
        ("name", "string"),
        ("success", "string"),
        ("resultCode", "string"),
        ("duration", "real"),
        ("cloud_RoleName", "string"),
        ("cloud_RoleInstance", "string"),
        ("itemCount", "int"),
    ),
    source=_PAGES + "reference/tables/apprequests",
    checked=_READ,
)


def rule_window(minutes: int) -> str | None:
    """The shortest window of a log search alert that holds so many minutes; None: there is none."""
    return next((word for most, word in sorted(WINDOWS.items()) if most >= minutes), None)


def watched_rates(window_days: int) -> tuple[BurnRate, ...]:
    """Burn rates whose windows Azure's rules can have.

    A longer window than two days becomes one of two days at the same rate: what it tells, it tells
    sooner, after a smaller share of the budget, and nothing that burns so fast is missed. A pair
    that it is always sooner than is left out.
    """
    rates = [_held(each, window_days) for each in burn_rates(window_days)]
    return tuple(each for each in rates if not any(_sooner(other, each) for other in rates))


def _sooner(one: BurnRate, other: BurnRate) -> bool:
    """Whether one pair fires before the other, however fast the budget goes."""
    waits = one.long_minutes * one.factor < other.long_minutes * other.factor
    return waits and one.factor <= other.factor and one.severity == other.severity


def _held(rate: BurnRate, window_days: int) -> BurnRate:
    most = int(LOOK_BACK_MINUTES.maximum or 0)
    if rate.long_minutes <= most:
        return rate
    share = rate.factor * most / (window_days * 1440)
    short = rate.short_minutes * most // rate.long_minutes
    return replace(rate, budget_share=share, long_minutes=most, short_minutes=short)
