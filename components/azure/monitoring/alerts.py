"""Alert rules of Azure Monitor over logs and metrics, and what all of a model's have in common.

https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.monitoring.indicators import VALUE
from facts.azure_monitor import FREQUENCIES, METRIC_WINDOWS, rule_window

__all__ = [
    "PAGE",
    "TICKET",
    "About",
    "AlertScope",
    "LogAlert",
    "MetricUse",
    "log_alert",
    "log_rule",
    "metric_alert",
]

# Of Azure's five severities: 1 is an error, 2 a warning.
PAGE: Final = 1
TICKET: Final = 2
# Logs come within minutes; who can wait is asked for more seldom, which costs less.
_FREQUENCY: Final = {PAGE: 5, TICKET: 15}
_METRIC_FREQUENCY: Final = 5


@dataclass(frozen=True, slots=True)
class About:
    """What every alert of a model says beside its own."""

    model: str
    environment: str
    owner: str
    runbook_url: str
    """With `{alert}` for what the alert means; empty where there is none."""
    workbook_url: pulumi.Output[str] | None
    rollout: str
    """Which versions there are, while there are two."""

    def said(self, alert: str, description: str) -> pulumi.Output[str]:
        """A description with all of it."""
        lines: list[pulumi.Input[str]] = [f"{alert}. {description}"]
        if self.rollout:
            lines.append(self.rollout)
        lines.append(f"Owner: {self.owner}")
        if self.runbook_url:
            lines.append(f"Runbook: {self.runbook(alert)}")
        if self.workbook_url is not None:
            lines.append(pulumi.Output.concat("Workbook: ", self.workbook_url))
        return pulumi.Output.all(*lines).apply("\n".join)

    def properties(self, alert: str) -> dict[str, pulumi.Input[str]]:
        """The same as properties, which whoever is told reads out of the message."""
        found: dict[str, pulumi.Input[str]] = {
            "alert": alert,
            "model": self.model,
            "environment": self.environment,
            "owner": self.owner,
        }
        if self.rollout:
            found["rollout"] = self.rollout
        if self.runbook_url:
            found["runbook_url"] = self.runbook(alert)
        if self.workbook_url is not None:
            found["workbook_url"] = self.workbook_url
        return found

    def runbook(self, alert: str) -> str:
        """Where it is said what to do."""
        return self.runbook_url.replace("{alert}", alert)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertScope:
    """Where alerts belong: whose name they begin with, whom they tell, what they are tagged."""

    name: str
    resource_group: pulumi.Input[str]
    location: pulumi.Input[str]
    tags: Mapping[str, str]
    action_group_id: pulumi.Input[str] | None
    page_action_group_id: pulumi.Input[str] | None
    """Whom pages tell; None: those that tickets tell."""
    about: About | None
    """None: descriptions say what the alert watches, and no more."""
    opts: pulumi.ResourceOptions

    def described(self, alert: str, description: str) -> pulumi.Input[str]:
        """The description of an alert that means `alert`."""
        return self.about.said(alert, description) if self.about is not None else description

    def log_actions(self, alert: str, severity: int) -> azure.monitor.ActionsArgs | None:
        """Whom an alert over logs tells, and what."""
        group = self._group(severity)
        if group is None and self.about is None:
            return None
        return azure.monitor.ActionsArgs(
            action_groups=[group] if group is not None else None,
            custom_properties=self.about.properties(alert) if self.about is not None else None,
        )

    def metric_actions(
        self, alert: str, severity: int
    ) -> list[azure.monitor.MetricAlertActionArgs] | None:
        """The same of an alert over metrics, whose properties are its action group's."""
        group = self._group(severity)
        if group is None:
            return None
        return [
            azure.monitor.MetricAlertActionArgs(
                action_group_id=group,
                web_hook_properties=(
                    self.about.properties(alert) if self.about is not None else None
                ),
            )
        ]

    def _group(self, severity: int) -> pulumi.Input[str] | None:
        if severity <= PAGE and self.page_action_group_id is not None:
            return self.page_action_group_id
        return self.action_group_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAlert:
    """A query whose only row has the value that is above the threshold, or at it."""

    role: str
    alert: str
    says: str
    """What it means that it fires, for people."""
    query: pulumi.Input[str]
    threshold: float
    minutes: int
    """What the query looks back on."""
    severity: int = TICKET
    every_minutes: int | None = None
    """How often it is asked; None: as often as its severity needs."""
    at_threshold: bool = False
    """Whether the threshold itself is too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricUse:
    """One thing that can be full, and from where on it is."""

    role: str
    alert: str
    says: str
    resource_id: pulumi.Input[str]
    namespace: str
    metric: str
    title: str
    """What the workbook calls it."""
    threshold: float
    minutes: int
    at_threshold: bool = False
    category: str = ""
    """By which a workbook knows the metric, beside namespace and name."""


def log_alert(
    scope: AlertScope, of: str, asked: LogAlert, scope_id: pulumi.Input[str]
) -> azure.monitor.ScheduledQueryRule:
    """The rule of a model's alert, which says whose it is."""
    return log_rule(scope, replace(asked, says=f"{of}: {asked.says}"), scope_id)


def log_rule(
    scope: AlertScope, asked: LogAlert, scope_id: pulumi.Input[str]
) -> azure.monitor.ScheduledQueryRule:
    """One rule over the logs of `scope_id`, whose window is the shortest that holds the query's."""
    window = rule_window(asked.minutes)
    every = asked.every_minutes or _FREQUENCY[asked.severity]
    operators = azure.monitor.ConditionOperator
    return azure.monitor.ScheduledQueryRule(
        f"{scope.name}-{asked.role}",
        resource_group_name=scope.resource_group,
        location=scope.location,
        kind=azure.monitor.Kind.LOG_ALERT,
        description=scope.described(asked.alert, asked.says),
        severity=asked.severity,
        enabled=True,
        auto_mitigate=True,
        evaluation_frequency=FREQUENCIES[every],
        window_size=window,
        scopes=[scope_id],
        criteria=azure.monitor.ScheduledQueryRuleCriteriaArgs(
            all_of=[
                azure.monitor.ConditionArgs(
                    query=asked.query,
                    metric_measure_column=VALUE,
                    time_aggregation=azure.monitor.TimeAggregation.MAXIMUM,
                    operator=(
                        operators.GREATER_THAN_OR_EQUAL
                        if asked.at_threshold
                        else operators.GREATER_THAN
                    ),
                    threshold=asked.threshold,
                    failing_periods=azure.monitor.ConditionFailingPeriodsArgs(
                        number_of_evaluation_periods=1, min_failing_periods_to_alert=1
                    ),
                )
            ]
        ),
        actions=scope.log_actions(asked.alert, asked.severity),
        tags=dict(scope.tags),
        opts=scope.opts,
    )


def metric_alert(scope: AlertScope, of: str, use: MetricUse) -> azure.monitor.MetricAlert:
    """One rule over the average of a metric of the platform's, which can wait."""
    operators = azure.monitor.Operator
    return azure.monitor.MetricAlert(
        f"{scope.name}-{use.role}",
        resource_group_name=scope.resource_group,
        location="global",
        scopes=[use.resource_id],
        description=scope.described(use.alert, f"{of}: {use.says}"),
        severity=TICKET,
        enabled=True,
        evaluation_frequency=METRIC_WINDOWS[_METRIC_FREQUENCY],
        window_size=METRIC_WINDOWS[use.minutes],
        auto_mitigate=True,
        criteria=azure.monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
            odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
            all_of=[
                azure.monitor.MetricCriteriaArgs(
                    name="used",
                    criterion_type="StaticThresholdCriterion",
                    metric_namespace=use.namespace,
                    metric_name=use.metric,
                    time_aggregation=azure.monitor.AggregationTypeEnum.AVERAGE,
                    operator=(
                        operators.GREATER_THAN_OR_EQUAL
                        if use.at_threshold
                        else operators.GREATER_THAN
                    ),
                    threshold=use.threshold,
                )
            ],
        ),
        actions=scope.metric_actions(use.alert, TICKET),
        tags=dict(scope.tags),
        opts=scope.opts,
    )
