"""What watches an online endpoint of Azure ML where more is asked for than alerts at its bounds.

Which share of its requests was bad is in no metric; it is in the log of its traffic, once a
diagnostic setting sends that to a Log Analytics workspace. Use is in metrics of each deployment.
https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints
https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/
microsoft-machinelearningservices-workspaces-onlineendpoints-deployments-metrics
microsoft-insights-autoscalesettings-metrics
"""

from collections.abc import Iterator, Mapping
from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.azure_ml.azure_ml_alerts import LATENCY_METRIC, NAMESPACE
from components.azure.azure_ml.azure_ml_deployment import Deployed
from components.azure.azure_ml.azure_ml_scaling import most_instances
from components.azure.azure_ml.azure_ml_settings import AzureMlSettings
from components.azure.monitoring.alerts import AlertScope, LogAlert, MetricUse
from components.azure.monitoring.asked import Workbook
from components.azure.monitoring.gate import log_questions, metric_questions
from components.azure.monitoring.indicators import Requests, throttled_query
from components.azure.monitoring.watch import watch
from components.azure.monitoring.workbook import LogSource
from components.gate import CANDIDATE, STABLE, GateQuery
from components.monitoring import Asked
from components.serving import Core
from facts.alerts import AT_MAXIMUM, SATURATED, THROTTLES
from facts.azure_ml import endpoint_size
from facts.azure_monitor import AML_TRAFFIC
from facts.strategies import slug

__all__ = ["gate", "watch_endpoint"]

# Above it there is no room for a peak.
_FULL: Final = 90
_FULL_MINUTES: Final = 15
_AT_MAXIMUM_MINUTES: Final = 30
_THROTTLED_MINUTES: Final = 15


def watch_endpoint(
    scope: AlertScope,
    core: Core,
    settings: AzureMlSettings,
    asked: Asked,
    *,
    endpoint: azure.machinelearningservices.OnlineEndpoint,
    deployed: Mapping[str, Deployed],
    workspace_name: pulumi.Input[str],
    log_workspace_id: pulumi.Input[str] | None,
    workbook: Workbook,
) -> None:
    """The log of its traffic and what reads it; nothing where neither is asked for.

    `deployed` is by version, the stable one first.
    """
    if log_workspace_id is None or not _is_logged(asked, log_workspace_id):
        return
    azure.monitor.DiagnosticSetting(
        f"{scope.name}-traffic-log",
        resource_uri=endpoint.id,
        workspace_id=log_workspace_id,
        logs=[azure.monitor.DiagnosticsLogSettingsArgs(category=AML_TRAFFIC.name, enabled=True)],
        opts=scope.opts,
    )
    shadow = None
    if settings.strategy == "shadow" and core.candidate_version is not None:
        shadow = deployed[core.candidate_version].name
    requests = pulumi.Output.all(workspace_name, shadow).apply(
        lambda known: _requests(core.physical_name, str(known[0]), known[1])
    )
    says = (
        f"more than {core.slo.error_rate_percent:g} % of requests of {_THROTTLED_MINUTES} minutes "
        "were refused, because there were more at once than instances take"
    )
    throttled = LogAlert(
        role="throttled",
        alert=THROTTLES,
        says=says,
        query=requests.apply(lambda known: throttled_query(known, _THROTTLED_MINUTES)),
        threshold=core.slo.error_rate_percent,
        minutes=_THROTTLED_MINUTES,
    )
    watch(
        scope,
        core.physical_name,
        asked,
        table=AML_TRAFFIC,
        requests=requests,
        source=LogSource("microsoft.operationalinsights/workspaces", log_workspace_id),
        workbook=workbook,
        uses=[
            use
            for version, one in deployed.items()
            for use in _uses(slug(version), version, one, core, settings)
        ],
        others=[throttled],
    )


def _is_logged(asked: Asked, log_workspace_id: pulumi.Input[str] | None) -> bool:
    """Whether there is a row for each request."""
    return log_workspace_id is not None and (asked.burn_rates or asked.dashboard)


def gate(
    core: Core,
    asked: Asked,
    *,
    endpoint_id: pulumi.Input[str],
    deployed: Mapping[str, Deployed],
    workspace_name: pulumi.Input[str],
    log_workspace_id: pulumi.Input[str] | None,
) -> list[GateQuery]:
    """What a gate asks of each version; without a log of errors nothing."""
    versions: dict[str, tuple[str, pulumi.Input[str]]] = {
        STABLE if version == core.model_version else CANDIDATE: (version, one.name)
        for version, one in deployed.items()
    }
    if log_workspace_id is None or not _is_logged(asked, log_workspace_id):
        return metric_questions(core.slo, LATENCY_METRIC, NAMESPACE, versions, endpoint_id)
    requests = pulumi.Output.from_input(workspace_name).apply(
        lambda known: _requests(core.physical_name, str(known), None)
    )
    return log_questions(core.slo, AML_TRAFFIC, requests, versions, log_workspace_id)


def _requests(endpoint_name: str, workspace_name: str, shadow: str | None) -> Requests:
    """Of an endpoint, whose name is its region's own; what only copies go to reaches no caller."""
    where = f'EndpointName =~ "{endpoint_name}" and AzureMLWorkspaceName =~ "{workspace_name}"'
    if shadow is not None:
        where += f' and DeploymentName !~ "{shadow}"'
    return Requests(AML_TRAFFIC, where)


def _uses(
    word: str, version: str, of: Deployed, core: Core, settings: AzureMlSettings
) -> Iterator[MetricUse]:
    """CPU, memory and GPUs of a version's instances, and whether it has all that it may have.

    Not the GPUs' memory: a server of language models takes it up front, and it says nothing.
    """
    parts = {"cpu": "CpuUtilizationPercentage", "memory": "CpuMemoryUtilizationPercentage"}
    size = endpoint_size(settings.instance_type)
    if size is not None and size.accelerator:
        parts["gpu"] = "GpuUtilizationPercentage"
    for part, metric in parts.items():
        yield MetricUse(
            role=f"{word}-{part}",
            alert=SATURATED,
            says=f"version {version}: {_FULL} % of {part} is in use for {_FULL_MINUTES} minutes",
            resource_id=of.deployment.id,
            namespace=f"{NAMESPACE}/deployments",
            metric=metric,
            title=f"Use of {part} in %, version {version}",
            threshold=_FULL,
            minutes=_FULL_MINUTES,
            category="Resource",
        )
    if of.scaling is None or settings.scaling is None:
        return
    most = most_instances(settings.scaling, (core.min_replicas, core.max_replicas))
    yield MetricUse(
        role=f"{word}-at-maximum",
        alert=AT_MAXIMUM,
        says=f"version {version}: all {most} instances that it may have, "
        f"for {_AT_MAXIMUM_MINUTES} minutes",
        resource_id=of.scaling.id,
        namespace="Microsoft.Insights/autoscalesettings",
        metric="ObservedCapacity",
        title=f"Instances, version {version}",
        threshold=most,
        minutes=_AT_MAXIMUM_MINUTES,
        at_threshold=True,
    )
