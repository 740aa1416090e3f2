"""CloudWatch alarms at the bound of an SLO: they take rollouts back, and tell of symptoms.

Units differ by a thousand: SageMaker's latencies are in microseconds, Lambda's and API Gateway's
in milliseconds.
https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import AlarmScope, Evaluation, Signal, metric_alarm
from facts.alerts import MISSES_OBJECTIVE, THROTTLES
from facts.cloudwatch_namespaces import API_GATEWAY, LAMBDA, SAGEMAKER
from facts.slo import Slo

__all__ = [
    "component_alarms",
    "http_api_alarms",
    "lambda_alarms",
    "sagemaker_alarms",
    "sagemaker_async_alarms",
]

# Three bad minutes out of five: one slow minute pages nobody, and a rollout is stopped in five.
_SYMPTOM: Final = Evaluation(period_seconds=60, periods=5, breaching=3)


def _alarm(
    scope: AlarmScope,
    role: str,
    *,
    description: str,
    signals: Mapping[str, Signal],
    threshold: float,
    expression: str | None = None,
    alert: str = MISSES_OBJECTIVE,
) -> aws.cloudwatch.MetricAlarm:
    """One alarm over a metric, or over an expression of several, that tells the scope's topic."""
    return metric_alarm(
        scope,
        role,
        description=scope.described(alert, description),
        signals=signals,
        threshold=threshold,
        evaluation=_SYMPTOM,
        expression=expression,
        actions=scope.ticket_actions,
    )


def sagemaker_alarms(
    scope: AlarmScope, endpoint_name: str, variant: str, slo: Slo
) -> list[aws.cloudwatch.MetricAlarm]:
    """Latency and errors of one variant; all of them guard the endpoint's rollouts."""
    dimensions = {"EndpointName": endpoint_name, "VariantName": variant}
    return _invocation_alarms(scope, f"{endpoint_name}/{variant}", variant, dimensions, slo)


def component_alarms(
    scope: AlarmScope, component_name: str, slo: Slo
) -> list[aws.cloudwatch.MetricAlarm]:
    """The same of one inference component."""
    dimensions = {"InferenceComponentName": component_name}
    return _invocation_alarms(scope, component_name, "component", dimensions, slo)


def _invocation_alarms(
    scope: AlarmScope, of: str, role: str, dimensions: Mapping[str, str], slo: Slo
) -> list[aws.cloudwatch.MetricAlarm]:
    def signal(metric: str, stat: str) -> Signal:
        return Signal(SAGEMAKER, metric, stat, dimensions)

    return [
        _alarm(
            scope,
            f"{role}-latency",
            description=(
                f"{of}: p95 of model and overhead latency above "
                f"{slo.latency_p95_ms:g} ms ({slo.latency_p95_us:g} µs, SageMaker's unit)"
            ),
            expression="model + overhead",
            signals={
                "model": signal("ModelLatency", "p95"),
                "overhead": signal("OverheadLatency", "p95"),
            },
            threshold=slo.latency_p95_us,
        ),
        _alarm(
            scope,
            f"{role}-errors",
            description=(
                f"{of}: more than {slo.error_rate_percent:g} % of invocations answered 5xx"
            ),
            # Invocation5XXErrors counts 1 per failed and 0 per good invocation.
            expression="IF(invocations > 0, 100 * errors / invocations, 0)",
            signals={
                "errors": signal("Invocation5XXErrors", "Sum"),
                "invocations": signal("Invocations", "Sum"),
            },
            threshold=slo.error_rate_percent,
        ),
    ]


def sagemaker_async_alarms(
    scope: AlarmScope, endpoint_name: str, variant: str, slo: Slo
) -> list[aws.cloudwatch.MetricAlarm]:
    """Latency of the model and failed requests of one variant of an asynchronous endpoint.

    It publishes neither OverheadLatency nor Invocations:
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """
    dimensions = {"EndpointName": endpoint_name, "VariantName": variant}

    def signal(metric: str, stat: str) -> Signal:
        return Signal(SAGEMAKER, metric, stat, dimensions)

    return [
        _alarm(
            scope,
            f"{variant}-latency",
            description=(
                f"{endpoint_name}/{variant}: p95 of the model's latency above "
                f"{slo.latency_p95_ms:g} ms ({slo.latency_p95_us:g} µs, SageMaker's unit)"
            ),
            signals={"model": signal("ModelLatency", "p95")},
            threshold=slo.latency_p95_us,
        ),
        _alarm(
            scope,
            f"{variant}-errors",
            description=(
                f"{endpoint_name}/{variant}: more than {slo.error_rate_percent:g} % "
                "of requests failed"
            ),
            # A minute in which all fail may have none that was processed.
            expression="IF(FILL(processed, 0) > 0, 100 * FILL(failed, 0) / FILL(processed, 1), "
            "IF(FILL(failed, 0) > 0, 100, 0))",
            signals={
                "failed": signal("InvocationFailures", "Sum"),
                "processed": signal("InvocationsProcessed", "Sum"),
            },
            threshold=slo.error_rate_percent,
        ),
    ]


def http_api_alarms(
    scope: AlarmScope, api_id: pulumi.Input[str], slo: Slo
) -> list[aws.cloudwatch.MetricAlarm]:
    """Latency (ms, the whole way through the API) and server errors of an HTTP API."""
    dimensions = {"ApiId": api_id}
    return [
        _alarm(
            scope,
            "latency",
            description=f"{scope.name}: p95 latency of the API above {slo.latency_p95_ms:g} ms",
            signals={"latency": Signal(API_GATEWAY, "Latency", "p95", dimensions)},
            threshold=slo.latency_p95_ms,
        ),
        _alarm(
            scope,
            "errors",
            description=(
                f"{scope.name}: more than {slo.error_rate_percent:g} % of requests answered 5xx"
            ),
            expression="IF(requests > 0, 100 * errors / requests, 0)",
            signals={
                "errors": Signal(API_GATEWAY, "5xx", "Sum", dimensions),
                "requests": Signal(API_GATEWAY, "Count", "Sum", dimensions),
            },
            threshold=slo.error_rate_percent,
        ),
    ]


def lambda_alarms(
    scope: AlarmScope, function_name: pulumi.Input[str], alias: str, slo: Slo
) -> list[aws.cloudwatch.MetricAlarm]:
    """Failed and throttled invocations of one alias, in % of all."""
    resource = pulumi.Output.concat(function_name, ":", alias)
    dimensions = {"FunctionName": function_name, "Resource": resource}

    def signal(metric: str) -> Signal:
        return Signal(LAMBDA, metric, "Sum", dimensions)

    return [
        _alarm(
            scope,
            "function-errors",
            description=(
                f"{scope.name}: more than {slo.error_rate_percent:g} % of invocations failed"
            ),
            expression="IF(invocations > 0, 100 * failed / invocations, 0)",
            signals={"failed": signal("Errors"), "invocations": signal("Invocations")},
            threshold=slo.error_rate_percent,
        ),
        _alarm(
            scope,
            "function-throttles",
            description=(
                f"{scope.name}: more than {slo.error_rate_percent:g} % of requests throttled"
            ),
            # A throttled request is not counted among the invocations, and a minute in which all
            # are throttled has no invocations at all: missing data would make the alarm silent.
            expression="IF(FILL(invocations, 0) + throttles > 0, "
            "100 * throttles / (FILL(invocations, 0) + throttles), 0)",
            signals={"throttles": signal("Throttles"), "invocations": signal("Invocations")},
            threshold=slo.error_rate_percent,
            alert=THROTTLES,
        ),
    ]
