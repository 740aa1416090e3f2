"""What UpdateEndpoint of SageMaker is asked: the shift, and what of the variants stays as it is.

Source: UpdateEndpoint, DescribeEndpointConfig and VariantProperty in botocore's model of the API;
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from facts.sagemaker_shift import timeout_seconds
from provider.aws.clients import SageMaker
from provider.aws.sagemaker_calls import described
from provider.errors import ProviderError

__all__ = [
    "Configuration",
    "Update",
    "Variant",
    "configuration",
    "find_configuration",
    "held_by_scaling",
    "need_configuration",
    "update",
    "wished_counts",
]

ALL_AT_ONCE: Final = "all_at_once"
ROLLING: Final = "rolling"


@dataclass(frozen=True, slots=True)
class Variant:
    """What a configuration asks of a variant; `count` is None where none is asked for.

    `concurrency` is provisioned, None where that is not; of serverless variants alone, as the most.
    """

    count: int | None
    instance_type: str
    serverless: bool = False
    concurrency: int | None = None
    most_concurrency: int = 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """An endpoint configuration, as far as an update depends on it; `made` is epoch seconds."""

    name: str
    variants: dict[str, Variant]
    shadows: frozenset[str]
    capture: Mapping[str, Any] | None
    made: float = 0.0

    @property
    def names(self) -> frozenset[str]:
        """All variants, shadows too."""
        return frozenset(self.variants) | self.shadows


@dataclass(frozen=True, slots=True)
class Update:
    """An update to be made: how traffic moves, and UpdateEndpoint's further parameters."""

    shift: str
    parameters: dict[str, Any]


def configuration(answer: Mapping[str, Any]) -> Configuration:
    """What DescribeEndpointConfig answered."""
    variants = cast("list[dict[str, Any]]", answer.get("ProductionVariants") or [])
    shadows = cast("list[dict[str, Any]]", answer.get("ShadowProductionVariants") or [])
    return Configuration(
        name=str(answer["EndpointConfigName"]),
        variants={str(one["VariantName"]): _variant(one) for one in variants},
        shadows=frozenset(str(one["VariantName"]) for one in shadows),
        capture=answer.get("DataCaptureConfig"),
        made=answer["CreationTime"].timestamp(),
    )


async def find_configuration(client: SageMaker, name: str) -> Configuration | None:
    """A configuration by its name; None when there is no such one."""
    answer = await described(
        lambda: client.describe_endpoint_config(EndpointConfigName=name),
        "Could not find endpoint configuration",
    )
    return None if answer is None else configuration(answer)


async def need_configuration(client: SageMaker, name: str) -> Configuration:
    """The same; raises `ProviderError` when there is no such one."""
    found = await find_configuration(client, name)
    if found is None:
        raise ProviderError(
            f"endpointConfigName: there is no configuration {name} in this account and region"
        )
    return found


def _variant(one: Mapping[str, Any]) -> Variant:
    serverless = cast(dict[str, Any], one.get("ServerlessConfig") or {})
    return Variant(
        count=None if _is_managed(one) else one.get("InitialInstanceCount"),
        instance_type=str(one.get("InstanceType", "")),
        serverless=bool(serverless),
        concurrency=serverless.get("ProvisionedConcurrency"),
        most_concurrency=serverless.get("MaxConcurrency", 0),
    )


def _is_managed(variant: Mapping[str, Any]) -> bool:
    """Whether SageMaker has as many instances as the variant's inference components need."""
    scaling = cast(dict[str, Any], variant.get("ManagedInstanceScaling") or {})
    return scaling.get("Status") == "ENABLED"


def wished_counts(
    before: Configuration | None, asked: Configuration, scaled: Collection[str]
) -> dict[str, int]:
    """Instance counts that the user changed: other ones in the configuration than before.

    A count that stays in the configuration is no wish: somebody may have raised what is live. One
    of a variant that Application Auto Scaling knows is never a wish.
    """
    if before is None:
        return {}
    return {
        name: variant.count
        for name, variant in asked.variants.items()
        if variant.count
        and name not in scaled
        and name in before.variants
        and before.variants[name].count != variant.count
    }


def held_by_scaling(
    live: Configuration | None, asked: Configuration, scaled: Collection[str]
) -> dict[str, str]:
    """Variants whose autoscaling is in the way of an update, and why.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
    """
    had = live.variants if live is not None else {}
    held: dict[str, str] = {}
    for name in sorted(scaled):
        variant = asked.variants.get(name)
        if variant is None:
            held[name] = f"{name} goes away"
        elif name in had and had[name].instance_type != variant.instance_type:
            held[name] = f"{name} goes from {had[name].instance_type} to {variant.instance_type}"
    return held


def update(
    live: Configuration | None,
    asked: Configuration,
    *,
    names: Collection[str],
    shadows: Collection[str] = (),
    counts: Mapping[str, int],
    wished: Mapping[str, int],
    shift: tuple[str, int, int],
    alarms: Sequence[str],
) -> Update:
    """How the endpoint gets from one configuration to another one.

    Weights and instance counts stay, but where the set of variants changes (weights of a variant
    that had none would leave the others without requests), a shadow's share changes, or every count
    that would change is wished. Of the capture of data VariantProperty says that it cannot be
    excluded yet: another one is asked for without anything retained, as that is documented, where
    this changes no weight and no count but a wished one. `names` of production variants, `shadows`
    and `counts` are the endpoint's; its configuration `live` can be gone.
    """
    # A shadow that is to answer, or the other way round, is another variant of the same name.
    same = frozenset(names) == asked.variants.keys() and frozenset(shadows) == asked.shadows
    word, size, wait = shift
    if not same or (word == ROLLING and len(asked.names) > 1):
        word = ALL_AT_ONCE
    excluded: list[str] = []
    if not same or asked.shadows:
        excluded.append("DesiredWeight")
    if wished and _only_wished(asked, counts, wished):
        excluded.append("DesiredInstanceCount")
    retains = True
    if live is None or asked.capture != live.capture:
        weights_stay = "DesiredWeight" in excluded or len(asked.names) == 1
        retains = not (weights_stay and _only_wished(asked, counts, wished))
        excluded.append("DataCaptureConfig")
    parameters: dict[str, Any] = {"RetainAllVariantProperties": retains}
    if retains:
        parameters["ExcludeRetainedVariantProperties"] = [
            {"VariantPropertyType": one} for one in excluded
        ]
    # Guardrails are for instances alone: https://docs.aws.amazon.com/sagemaker/latest/dg/
    # deployment-guardrails.html
    if not any(variant.serverless for variant in asked.variants.values()):
        parameters["DeploymentConfig"] = _deployment(word, size, wait, alarms)
    return Update(word, parameters)


def _only_wished(
    asked: Configuration, counts: Mapping[str, int], wished: Mapping[str, int]
) -> bool:
    """Whether nobody's count but a wished one would change by taking the configuration's."""
    return all(
        name in wished or counts.get(name) in (None, variant.count)
        for name, variant in asked.variants.items()
    )


def _deployment(shift: str, size: int, wait: int, alarms: Sequence[str]) -> dict[str, Any]:
    timeout = timeout_seconds(shift, size, wait)
    step: dict[str, Any] = {"Type": "CAPACITY_PERCENT", "Value": size}
    rollback: dict[str, Any] = (
        {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}}
        if alarms
        else {}
    )
    if shift == ROLLING:
        policy: dict[str, Any] = {
            "MaximumBatchSize": step,
            "WaitIntervalInSeconds": wait,
            "MaximumExecutionTimeoutInSeconds": timeout,
        }
        return {"RollingUpdatePolicy": policy, **rollback}
    sizes = {"canary": {"CanarySize": step}, "linear": {"LinearStepSize": step}}
    policy = {
        "TrafficRoutingConfiguration": {
            "Type": shift.upper(),
            "WaitIntervalInSeconds": wait,
            **sizes.get(shift, {}),
        },
        # The old fleet stays for one more interval, so that going back is instant.
        "TerminationWaitInSeconds": wait,
        "MaximumExecutionTimeoutInSeconds": timeout,
    }
    return {"BlueGreenUpdatePolicy": policy, **rollback}
