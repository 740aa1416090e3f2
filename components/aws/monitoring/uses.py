"""What fills up: machines, copies, concurrency, and what the autoscaler cannot add any more.

Ranges differ: SageMaker sums the use of cores and of GPUs on an instance (400 % with four cores),
normalises it for inference components (100 %), and gives concurrency as a share (1).
https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-monitoring.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.aws.metric_alarm import AlarmScope, Evaluation, Signal, metric_alarm
from components.aws.monitoring.indicators import Dimensions
from components.aws.scalable_target import Following
from components.serving import Base
from facts.alerts import AT_MAXIMUM, SATURATED, SLOW_WAY
from facts.cloudwatch_namespaces import COMPONENTS, ENDPOINTS, LAMBDA, SAGEMAKER
from facts.sagemaker import cores, gpus
from facts.slo import Slo

__all__ = [
    "Use",
    "async_at_maximum",
    "at_maximum",
    "component_uses",
    "instance_uses",
    "lambda_uses",
    "overhead_use",
    "serverless_uses",
    "use_alarms",
]

# Above it there is no room for a peak.
_FULL: Final = 0.9
_SATURATED: Final = Evaluation(period_seconds=300, periods=3, breaching=3)
# Target tracking adds after three minutes above its target, and what it adds is there within half
# an hour: what stays above it that long cannot be added.
_AT_MAXIMUM: Final = Evaluation(period_seconds=60, periods=30, breaching=30)


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that can be full, and from where on it is."""

    role: str
    alert: str
    says: str
    """What it means that it is above the threshold, for people."""
    signal: Signal
    threshold: float
    evaluation: Evaluation = _SATURATED


def use_alarms(scope: AlarmScope, of: str, uses: Sequence[Use]) -> None:
    """An alarm for each, which can wait for office hours."""
    for use in uses:
        metric_alarm(
            scope,
            use.role,
            description=scope.described(use.alert, f"{of}: {use.says}"),
            signals={"used": use.signal},
            threshold=use.threshold,
            evaluation=use.evaluation,
            actions=scope.ticket_actions,
        )


def instance_uses(role: str, dimensions: Dimensions, instance_type: str) -> Iterator[Use]:
    """CPU, memory and GPUs of a variant's instances.

    Not the GPUs' memory: a server of language models takes it up front, and it says nothing.
    """

    def use(word: str, metric: str, parts: int, of: str) -> Use:
        return Use(
            f"{role}-{word}",
            SATURATED,
            f"{_FULL:.0%} of {of} is in use for 15 minutes",
            Signal(ENDPOINTS, metric, "Average", dimensions),
            round(_FULL * 100 * parts, 3),
        )

    count, has = cores(instance_type), gpus(instance_type)
    yield use("cpu", "CPUUtilization", count, f"an instance's {count} cores")
    yield use("memory", "MemoryUtilization", 1, "an instance's memory")
    if has:
        yield use("gpu", "GPUUtilization", has, f"an instance's {has} GPUs")


def component_uses(dimensions: Dimensions, *, has_gpu: bool) -> Iterator[Use]:
    """The same of an inference component's copies, in % of what each asked for."""
    words = {"cpu": "CPUUtilizationNormalized", "memory": "MemoryUtilizationNormalized"}
    if has_gpu:
        words["gpu"] = "GPUUtilizationNormalized"
    for word, metric in words.items():
        yield Use(
            f"component-{word}",
            SATURATED,
            f"{_FULL:.0%} of a copy's {word} is in use for 15 minutes",
            Signal(COMPONENTS, metric, "Average", dimensions),
            _FULL * 100,
        )


def overhead_use(role: str, dimensions: Dimensions, slo: Slo) -> Use:
    """SageMaker's own part of the latency, in µs."""
    return Use(
        f"{role}-overhead",
        SLOW_WAY,
        "p95 of what SageMaker adds to the model's latency is above half of the objective, "
        f"{slo.latency_p95_ms / 2:g} ms, for 15 minutes",
        Signal(SAGEMAKER, "OverheadLatency", "p95", dimensions),
        slo.latency_p95_us / 2,
    )


def at_maximum(
    base: Base,
    role: str,
    dimensions: Dimensions,
    following: Following,
    *,
    metrics: Mapping[str, Signal],
    noun: str,
) -> Iterator[Use]:
    """What an autoscaler follows, and does not bring below its target any more; if there is one.

    `metrics` are those that have a word; another one is of one's own, as namespace/name.
    """
    if not following.scales(base):
        return
    namespace, _, name = following.metric.rpartition("/")
    signal = metrics.get(following.metric) or Signal(namespace, name, "Average", dimensions)
    yield Use(
        f"{role}-at-maximum",
        AT_MAXIMUM,
        f"{signal.metric} is above its target of {following.target:g} for 30 minutes: "
        f"the autoscaler adds no {noun}, for it has all or can have no more",
        signal,
        following.target,
        _AT_MAXIMUM,
    )


def async_at_maximum(
    base: Base, role: str, endpoint_name: str, following: Following
) -> Iterator[Use]:
    """The same of the queue of an asynchronous endpoint."""
    dimensions = {"EndpointName": endpoint_name}
    backlog = Signal(SAGEMAKER, "ApproximateBacklogSizePerInstance", "Average", dimensions)
    metrics = {following.metric: backlog}
    return at_maximum(base, role, dimensions, following, metrics=metrics, noun="instances")


def serverless_uses(role: str, dimensions: Dimensions, *, provisioned: bool) -> Iterator[Use]:
    """Concurrency as a share of 1, and memory."""
    yield Use(
        f"{role}-concurrency",
        SATURATED,
        f"more than {_FULL:.0%} of max_replicas were in use at once for 15 minutes: what comes "
        "beyond is throttled",
        Signal(SAGEMAKER, "ServerlessConcurrentExecutionsUtilization", "Maximum", dimensions),
        _FULL,
    )
    yield Use(
        f"{role}-memory",
        SATURATED,
        f"{_FULL:.0%} of the memory is in use for 15 minutes",
        Signal(ENDPOINTS, "MemoryUtilization", "Average", dimensions),
        _FULL * 100,
    )
    if provisioned:
        yield _spillover(
            role,
            Signal(
                SAGEMAKER,
                "ServerlessProvisionedConcurrencySpilloverInvocations",
                "Maximum",
                dimensions,
            ),
        )


def lambda_uses(
    function_name: pulumi.Input[str],
    alias: str,
    *,
    reserved_concurrency: int,
    provisioned: bool,
) -> Iterator[Use]:
    """Instances at once of a function, and those that are kept warm."""
    if reserved_concurrency > 1:
        # One is in use as soon as anybody asks.
        yield Use(
            "function-concurrency",
            SATURATED,
            f"more than {_FULL:.0%} of {reserved_concurrency} instances were in use at once for "
            "15 minutes: what comes beyond is throttled",
            Signal(LAMBDA, "ConcurrentExecutions", "Maximum", {"FunctionName": function_name}),
            round(_FULL * reserved_concurrency, 3),
        )
    if provisioned:
        dimensions = {
            "FunctionName": function_name,
            "Resource": pulumi.Output.concat(function_name, ":", alias),
        }
        signal = Signal(LAMBDA, "ProvisionedConcurrencySpilloverInvocations", "Sum", dimensions)
        yield _spillover("function", signal)


def _spillover(role: str, signal: Signal) -> Use:
    return Use(
        f"{role}-at-maximum",
        AT_MAXIMUM,
        "in each of 30 minutes requests found no warm instance: there are too few, or as many as "
        "there can be",
        signal,
        0,
        _AT_MAXIMUM,
    )
