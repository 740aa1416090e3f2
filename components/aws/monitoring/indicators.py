"""Service-level indicators of one model in CloudWatch's metric math: which share was bad.

Percentiles cannot be added up, so latency is the share of requests above the bound: PR(:x) is the
percentage of values up to x. An alarm takes it, where it takes absolute bounds of TC not:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pulumi

from components.aws.metric_alarm import Signal
from facts.cloudwatch_namespaces import API_GATEWAY, LAMBDA, SAGEMAKER
from facts.slo import SLOW_BUDGET, Slo

__all__ = [
    "Dimensions",
    "Indicator",
    "async_indicators",
    "function_indicators",
    "http_api_indicators",
    "sagemaker_indicators",
]

Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One objective of an SLO, and what it is measured by."""

    word: str
    """errors or latency."""
    says: str
    """The objective, for people."""
    budget: float
    """Share of requests that may be bad, 0 to 1."""
    signals: Mapping[str, Signal]
    bad_percent: str
    """Metric math: bad requests in % of all, 0 to 100; 0 where there are none."""


def sagemaker_indicators(slo: Slo, of: Sequence[Dimensions]) -> list[Indicator]:
    """Errors, and the model's latency; of all variants together, or of an inference component.

    SageMaker's overhead is a metric of its own, and the share of a sum of two does not follow from
    theirs: with it more requests are slow than are counted, never fewer.
    """
    return [
        _errors(
            slo,
            [_signal("Invocation5XXErrors", each) for each in of],
            [_signal("Invocations", each) for each in of],
        ),
        _model_latency(slo, of),
    ]


def async_indicators(slo: Slo, of: Sequence[Dimensions]) -> list[Indicator]:
    """The same of an asynchronous endpoint's variants, without the time in the queue.

    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """
    failed = [_signal("InvocationFailures", each) for each in of]
    processed = [_signal("InvocationsProcessed", each) for each in of]
    signals = {**_named("bad", failed), **_named("requests", processed)}
    bad, requests = _sum("bad", failed), _sum("requests", processed)
    errors = Indicator(
        "errors",
        slo.errors_said,
        slo.error_rate_percent / 100,
        signals,
        # Where all fail there may be none that was processed.
        f"IF({bad} > {requests}, 100, IF({requests} > 0, 100 * {bad} / {requests}, 0))",
    )
    return [errors, _model_latency(slo, of)]


def http_api_indicators(slo: Slo, api_id: pulumi.Input[str]) -> list[Indicator]:
    """Errors and latency of an HTTP API: what its callers see, in ms."""
    dimensions = {"ApiId": api_id}

    def signal(metric: str, stat: str) -> Signal:
        return Signal(API_GATEWAY, metric, stat, dimensions)

    latency = Indicator(
        "latency",
        slo.latency_said(),
        SLOW_BUDGET,
        {"fast": signal("Latency", _up_to(slo.latency_p95_ms))},
        _SLOW,
    )
    return [_errors(slo, [signal("5xx", "Sum")], [signal("Count", "Sum")]), latency]


def function_indicators(
    slo: Slo,
    function_name: pulumi.Input[str],
    alias: str,
    version: pulumi.Input[str] | None = None,
) -> list[Indicator]:
    """Errors and duration (ms) of a Lambda function by its alias: an API knows no versions.

    `version` is one of the two that the alias shares its requests out to.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
    """
    of: dict[str, pulumi.Input[str]] = {
        "FunctionName": function_name,
        "Resource": pulumi.Output.concat(function_name, ":", alias),
    }
    if version is not None:
        of["ExecutedVersion"] = version

    def signal(metric: str, stat: str = "Sum") -> Signal:
        return Signal(LAMBDA, metric, stat, of)

    latency = Indicator(
        "latency",
        slo.latency_said("requests are worked on"),
        SLOW_BUDGET,
        {"fast": signal("Duration", _up_to(slo.latency_p95_ms))},
        _SLOW,
    )
    return [_errors(slo, [signal("Errors")], [signal("Invocations")]), latency]


# Without requests no value is up to the bound either, and none is missed.
_SLOW: Final = "100 - FILL(fast, 100)"


def _errors(slo: Slo, failed: Sequence[Signal], invoked: Sequence[Signal]) -> Indicator:
    bad, requests = _sum("bad", failed), _sum("requests", invoked)
    return Indicator(
        "errors",
        slo.errors_said,
        slo.error_rate_percent / 100,
        {**_named("bad", failed), **_named("requests", invoked)},
        f"IF({requests} > 0, 100 * {bad} / {requests}, 0)",
    )


def _model_latency(slo: Slo, of: Sequence[Dimensions]) -> Indicator:
    """In µs, SageMaker's unit; a share of two variants is one by their requests."""
    fast = [_signal("ModelLatency", each, _up_to(slo.latency_p95_us)) for each in of]
    says = slo.latency_said("requests are worked on")
    if len(fast) == 1:
        return Indicator("latency", says, SLOW_BUDGET, {"fast": fast[0]}, _SLOW)
    requests = [_signal("ModelLatency", each, "SampleCount") for each in of]
    total = _sum("requests", requests)
    slow = " + ".join(
        f"FILL(requests{number}, 0) * (100 - FILL(fast{number}, 100))"
        for number in range(len(fast))
    )
    signals = {**_named("fast", fast), **_named("requests", requests)}
    return Indicator(
        "latency", says, SLOW_BUDGET, signals, f"IF({total} > 0, ({slow}) / {total}, 0)"
    )


def _signal(metric: str, dimensions: Dimensions, stat: str = "Sum") -> Signal:
    return Signal(SAGEMAKER, metric, stat, dimensions)


def _named(word: str, signals: Sequence[Signal]) -> dict[str, Signal]:
    if len(signals) == 1:
        return {word: signals[0]}
    return {f"{word}{number}": each for number, each in enumerate(signals)}


def _sum(word: str, signals: Sequence[Signal]) -> str:
    """What is not there counts nothing."""
    names = _named(word, signals)
    text = " + ".join(f"FILL({name}, 0)" for name in names)
    return text if len(names) == 1 else f"({text})"


def _up_to(bound: float) -> str:
    # Without an exponent, which no statistic has.
    return f"PR(:{Decimal(str(bound)).normalize():f})"
