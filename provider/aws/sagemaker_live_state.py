"""What DescribeEndpoint of SageMaker says is live."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from provider.aws.sagemaker_live_endpoint_inputs import share

__all__ = ["Live", "captured", "live_of", "names_of", "shares_of"]


@dataclass(frozen=True, slots=True)
class Live:
    """An endpoint: `shares` are percent of the requests by variant, `counts` its instances.

    `concurrency` is what serverless variants have provisioned.

    `pending_config_name` is the configuration of an update that runs, `stage` what it does now.
    `capture` is of the data that is kept now, in comparable form (`captured`). `shift_inputs` are
    this resource's inputs that tell the last deployment.
    """

    status: str
    config_name: str
    shares: dict[str, float]
    reason: str
    pending_config_name: str
    counts: dict[str, int] = field(default_factory=dict[str, int])
    concurrency: dict[str, int] = field(default_factory=dict[str, int])
    shadows: frozenset[str] = frozenset()
    stage: str = ""
    capture: tuple[float, str] | None = None
    shift_inputs: dict[str, object] = field(default_factory=dict[str, object])


def live_of(answer: Mapping[str, Any]) -> Live:
    """What DescribeEndpoint answered."""
    variants = _listed(answer, "ProductionVariants")
    weights = {
        # The one variant of an endpoint for inference components needs no weight.
        str(v["VariantName"]): float(v.get("CurrentWeight", v.get("DesiredWeight", 1)))
        for v in variants
    }
    pending = cast(dict[str, Any], answer.get("PendingDeploymentSummary") or {})
    stages = [
        str(status.get("Status", ""))
        for variant in _listed(pending, "ProductionVariants")
        for status in _listed(variant, "VariantStatus")
    ]
    return Live(
        status=str(answer["EndpointStatus"]),
        config_name=str(answer.get("EndpointConfigName", "")),
        shares=shares_of(weights),
        reason=" ".join(str(answer.get("FailureReason", "")).split()),
        pending_config_name=str(pending.get("EndpointConfigName", "")),
        counts={
            str(v["VariantName"]): int(v["DesiredInstanceCount"])
            for v in variants
            if v.get("DesiredInstanceCount") is not None
        },
        concurrency={str(v["VariantName"]): found for v in variants if (found := _concurrency(v))},
        shadows=frozenset(
            str(one["VariantName"]) for one in _listed(answer, "ShadowProductionVariants")
        ),
        stage=", ".join(dict.fromkeys(stage for stage in stages if stage)),
        capture=captured(answer.get("DataCaptureConfig"), "CurrentSamplingPercentage"),
        shift_inputs=_shift_inputs(cast(dict[str, Any], answer.get("LastDeploymentConfig") or {})),
    )


def _concurrency(variant: Mapping[str, Any]) -> int:
    """What a variant has provisioned, 0 where it has nothing."""
    config = cast(dict[str, Any], variant.get("CurrentServerlessConfig") or {})
    return int(config.get("ProvisionedConcurrency") or 0)


def captured(config: Mapping[str, Any] | None, percent_key: str) -> tuple[float, str] | None:
    """Percent of the requests that are kept, and where; None where none are.

    `config` is a configuration's DataCaptureConfig or an endpoint's summary of it.
    """
    if not config or not config.get("EnableCapture"):
        return None
    return float(config[percent_key]), str(config.get("DestinationS3Uri", "")).rstrip("/")


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Percent of the requests by variant."""
    return {variant: share(weight, weights) for variant, weight in weights.items()}


def names_of(variants: Iterable[str]) -> str:
    """As a message names them."""
    return ", ".join(sorted(variants)) or "none"


def _shift_inputs(deployment: Mapping[str, Any]) -> dict[str, object]:
    """A shift that counts instances has no percent, and is told by its kind and wait alone."""
    found: dict[str, object] = {}
    rolling = cast(dict[str, Any], deployment.get("RollingUpdatePolicy") or {})
    blue_green = cast(dict[str, Any], deployment.get("BlueGreenUpdatePolicy") or {})
    routing = cast(dict[str, Any], blue_green.get("TrafficRoutingConfiguration") or {})
    policy = rolling or routing
    if policy:
        found["shift"] = "rolling" if rolling else str(routing["Type"]).lower()
        found["shiftWaitSeconds"] = policy["WaitIntervalInSeconds"]
    for key in ("MaximumBatchSize", "CanarySize", "LinearStepSize"):
        size = cast(dict[str, Any], policy.get(key) or {})
        if size.get("Type") == "CAPACITY_PERCENT":
            found["shiftSizePercent"] = size["Value"]
    rollback = cast(dict[str, Any], deployment.get("AutoRollbackConfiguration") or {})
    alarms = [str(alarm["AlarmName"]) for alarm in _listed(rollback, "Alarms")]
    return {**found, **({"alarmNames": alarms} if alarms else {})}


def _listed(values: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", values.get(key) or [])
