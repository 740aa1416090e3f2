"""One alarm of CloudWatch on metrics, and what all alarms of a model have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

__all__ = [
    "About",
    "AlarmScope",
    "Evaluation",
    "Signal",
    "metric_alarm",
]


@dataclass(frozen=True, slots=True)
class About:
    """What every alarm of a model says beside its own."""

    owner: str
    runbook_url: str
    """With `{alert}` for what the alarm means; empty where there is none."""
    dashboard_url: pulumi.Output[str] | None
    rollout: str
    """Which versions there are, while there are two."""

    def said(self, alert: str, description: str) -> pulumi.Output[str]:
        """A description with all of it."""
        lines: list[pulumi.Input[str]] = [f"{alert}. {description}"]
        if self.rollout:
            lines.append(self.rollout)
        lines.append(f"Owner: {self.owner}")
        if self.runbook_url:
            lines.append(f"Runbook: {self.runbook_url.replace('{alert}', alert)}")
        if self.dashboard_url is not None:
            lines.append(pulumi.Output.concat("Dashboard: ", self.dashboard_url))
        return pulumi.Output.all(*lines).apply("\n".join)


@dataclass(frozen=True, slots=True)
class AlarmScope:
    """Where alarms belong: whose name they begin with, whom they tell, what they are tagged."""

    name: str
    tags: Mapping[str, str]
    topic_arn: pulumi.Input[str] | None
    parent: pulumi.Resource
    page_topic_arn: pulumi.Input[str] | None = None
    """Whom pages tell; None: those that tickets tell."""
    about: About | None = None
    """None: descriptions say what the alarm watches, and no more."""

    @property
    def ticket_actions(self) -> list[pulumi.Input[str]] | None:
        """What an alarm does that can wait for office hours, and where it only stops a rollout."""
        return [self.topic_arn] if self.topic_arn is not None else None

    @property
    def page_actions(self) -> list[pulumi.Input[str]] | None:
        """What an alarm does that wakes somebody."""
        return [self.page_topic_arn] if self.page_topic_arn is not None else self.ticket_actions

    def described(self, alert: str, description: str) -> pulumi.Input[str]:
        """The description of an alarm that means `alert`."""
        return self.about.said(alert, description) if self.about is not None else description


@dataclass(frozen=True, slots=True)
class Signal:
    """One metric of a vendor."""

    namespace: str
    metric: str
    stat: str
    dimensions: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How many of the last periods have to breach."""

    period_seconds: int
    periods: int
    breaching: int


def metric_alarm(
    scope: AlarmScope,
    role: str,
    *,
    description: pulumi.Input[str],
    signals: Mapping[str, Signal],
    threshold: float,
    evaluation: Evaluation,
    expression: str | None = None,
    actions: list[pulumi.Input[str]] | None = None,
) -> aws.cloudwatch.MetricAlarm:
    """One alarm over a metric, or over an expression of several, that is above its threshold."""
    queries = [
        _query(query_id, signal, evaluation.period_seconds, judged=expression is None)
        for query_id, signal in signals.items()
    ]
    if expression is not None:
        judged = aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="slo", expression=expression, label=role, return_data=True
        )
        queries = [judged, *queries]
    return aws.cloudwatch.MetricAlarm(
        f"{scope.name}-{role}",
        alarm_description=description,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        evaluation_periods=evaluation.periods,
        datapoints_to_alarm=evaluation.breaching,
        # No traffic is no breach; a rollout's walker looks for missing data by itself.
        treat_missing_data="notBreaching",
        metric_queries=queries,
        alarm_actions=actions,
        ok_actions=actions,
        tags=dict(scope.tags),
        opts=pulumi.ResourceOptions(parent=scope.parent),
    )


def _query(
    query_id: str, signal: Signal, period_seconds: int, *, judged: bool
) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=query_id,
        return_data=judged,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=signal.namespace,
            metric_name=signal.metric,
            stat=signal.stat,
            period=period_seconds,
            dimensions=dict(signal.dimensions),
        ),
    )
