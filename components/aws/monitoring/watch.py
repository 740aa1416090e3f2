"""All that watches one model beside the alarms of its rollout."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import AlarmScope, Signal
from components.aws.monitoring.burn_rate_alarms import burn_rate_alarms
from components.aws.monitoring.dashboard import Traffic, model_dashboard
from components.aws.monitoring.indicators import Dimensions, Indicator
from components.aws.monitoring.uses import Use, use_alarms
from components.monitoring import Asked
from components.serving import window_word
from facts import tags
from facts.cloudwatch_namespaces import API_GATEWAY, SAGEMAKER

__all__ = ["api_traffic", "sagemaker_traffic", "watch"]


def watch(
    scope: AlarmScope,
    of: str,
    asked: Asked,
    *,
    indicators: Sequence[Indicator],
    uses: Iterable[Use],
    traffic: Traffic,
    symptoms: Sequence[aws.cloudwatch.MetricAlarm],
) -> None:
    """Alarms on burn rates and on what fills up, and a dashboard: what is asked for of them.

    Args:
        scope: where they belong.
        of: name of what is watched, which no other model's alarms and dashboard have.
        asked: which of them.
        indicators: how objectives are measured.
        uses: what fills up.
        traffic: what the dashboard shows of requests.
        symptoms: alarms that there are anyway.
    """
    full = list(uses)
    joined: list[aws.cloudwatch.CompositeAlarm] = []
    if asked.burn_rates:
        burning = replace(scope, tags={**scope.tags, **tags.aws(window_word(asked.slo))})
        joined = burn_rate_alarms(burning, of, indicators, asked.slo.window_days)
        use_alarms(scope, of, full)
    if asked.dashboard:
        shown = [*joined, *symptoms]
        model_dashboard(scope, of, asked, indicators, full, traffic, shown)


def sagemaker_traffic(
    of: Mapping[str, Dimensions],
    *,
    requests: str = "Invocations",
    failed: str = "Invocation5XXErrors",
    overhead: bool = True,
) -> Traffic:
    """Requests of variants or of an inference component, by their names; latency is in µs."""

    def signals(metric: str, word: str = "") -> dict[str, Signal]:
        return {
            f"{name}{word}": Signal(SAGEMAKER, metric, "Sum", dimensions)
            for name, dimensions in of.items()
        }

    return Traffic(
        requests=signals(requests),
        failed=signals(failed),
        latency={
            **signals("ModelLatency", ", model"),
            **(signals("OverheadLatency", ", overhead") if overhead else {}),
        },
        units_per_ms=1000,
    )


def api_traffic(api_id: pulumi.Input[str]) -> Traffic:
    """Requests of an HTTP API; latency is in ms, of the whole way and of the function's part."""
    dimensions = {"ApiId": api_id}

    def signal(metric: str) -> Signal:
        return Signal(API_GATEWAY, metric, "Sum", dimensions)

    return Traffic(
        requests={"requests": signal("Count")},
        failed={"5xx": signal("5xx"), "4xx": signal("4xx")},
        latency={"API": signal("Latency"), "function": signal("IntegrationLatency")},
        units_per_ms=1,
    )
