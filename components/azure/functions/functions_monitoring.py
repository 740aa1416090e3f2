"""What watches an app of Azure Functions where more is asked for than alerts at its bounds.

Its requests are in Application Insights anyway. How full instances are only Premium tells, as
metrics of its plan; how many of them answer follows from the requests.
https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/
microsoft-web-serverfarms-metrics
"""

from collections.abc import Iterator
from typing import Final

import pulumi

from components.azure.functions.functions_place import CANDIDATE as SLOT
from components.azure.functions.functions_settings import FunctionsSettings
from components.azure.monitoring.alerts import AlertScope, LogAlert, MetricUse
from components.azure.monitoring.asked import Workbook, read_monitoring
from components.azure.monitoring.gate import log_questions
from components.azure.monitoring.indicators import Requests, instances_query
from components.azure.monitoring.watch import watch
from components.azure.monitoring.workbook import LogSource
from components.checks import Checks
from components.gate import CANDIDATE, STABLE, GateQueries, gate_output
from components.monitoring import Asked
from components.serving import Core
from facts.alerts import AT_MAXIMUM, SATURATED
from facts.azure_functions import hides_requests
from facts.azure_monitor import ARRIVAL_MINUTES, REQUESTS

__all__ = ["gate", "read_app_monitoring", "watch_app"]

# Above it there is no room for a peak.
_FULL: Final = 90
_FULL_MINUTES: Final = 15
_AT_MAXIMUM_MINUTES: Final = 30
_PART_MINUTES: Final = 5
# The function of runtime/azure_handler.py that answers; others say that the model is loaded.
_WHERE: Final = 'name =~ "predict"'


def gate(core: Core, app_name: pulumi.Output[str], insights_id: pulumi.Input[str]) -> GateQueries:
    """What a gate asks of each version: a slot's role is named after the app and the slot.

    `AppServiceOptions` of https://github.com/Azure/azure-functions-host
    """
    versions = {STABLE: (core.model_version, app_name)}
    if core.candidate_version is not None:
        versions[CANDIDATE] = (
            core.candidate_version,
            pulumi.Output.concat(app_name, "-", SLOT),
        )
    requests = Requests(REQUESTS, _WHERE)
    return gate_output(log_questions(core.slo, REQUESTS, requests, versions, insights_id))


def read_app_monitoring(checks: Checks, core: Core, settings: FunctionsSettings) -> Asked:
    """What is asked for; a setting that leaves nothing to measure objectives by is noted."""
    asked = read_monitoring(checks, core, needs_logs=False)
    variables = settings.environment_variables
    hiding = hides_requests(variables)
    if hiding is not None and (asked.burn_rates or asked.dashboard):
        use = "Information or lower, or alarms symptoms and no dashboard: no request is told of"
        checks.problem(f"environment_variables.{hiding}", variables[hiding], use)
    return asked


def watch_app(
    scope: AlertScope,
    core: Core,
    settings: FunctionsSettings,
    asked: Asked,
    *,
    insights_id: pulumi.Input[str],
    plan_id: pulumi.Input[str],
    workbook: Workbook,
) -> None:
    """Nothing where neither alerts nor a workbook are asked for."""
    requests = Requests(REQUESTS, _WHERE)
    watch(
        scope,
        core.physical_name,
        asked,
        table=REQUESTS,
        requests=requests,
        source=LogSource("microsoft.insights/components", insights_id),
        workbook=workbook,
        uses=() if settings.flex else _uses(plan_id),
        others=list(_at_maximum(core, requests)),
    )


def _uses(plan_id: pulumi.Input[str]) -> Iterator[MetricUse]:
    for part, metric in (("cpu", "CpuPercentage"), ("memory", "MemoryPercentage")):
        yield MetricUse(
            role=f"plan-{part}",
            alert=SATURATED,
            says=f"{_FULL} % of the plan's {part} is in use for {_FULL_MINUTES} minutes",
            resource_id=plan_id,
            namespace="Microsoft.Web/serverfarms",
            metric=metric,
            title=f"Use of {part} in %",
            threshold=_FULL,
            minutes=_FULL_MINUTES,
        )


def _at_maximum(core: Core, requests: Requests) -> Iterator[LogAlert]:
    """Where there may be more instances than there always are."""
    if core.max_replicas <= max(1, core.min_replicas):
        return
    yield LogAlert(
        role="at-maximum",
        alert=AT_MAXIMUM,
        says=f"all {core.max_replicas} instances that it may have answer, "
        f"for {_AT_MAXIMUM_MINUTES} minutes",
        query=instances_query(requests, _AT_MAXIMUM_MINUTES, _PART_MINUTES),
        threshold=core.max_replicas,
        minutes=_AT_MAXIMUM_MINUTES + ARRIVAL_MINUTES + _PART_MINUTES,
        at_threshold=True,
    )
