"""A variant's autoscaling, taken away for an update that SageMaker refuses with it, and given back.

Deregistering a scalable target deletes its policies and scheduled actions. They are read before and
registered again after, also when the update is rolled back.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html; the operations
in botocore's model of Application Auto Scaling.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

from provider.aws.clients import AutoScaling
from provider.calls import call
from provider.errors import ProviderError

__all__ = [
    "TWO_STEPS",
    "Scaled",
    "concurrency_bounds",
    "give_back",
    "scaled_variants",
    "take_away",
]

TWO_STEPS: Final = "Take the scaling away first, then change this, then scale again"
_NAMESPACE: Final = "sagemaker"
_CONCURRENCY: Final = "sagemaker:variant:DesiredProvisionedConcurrency"
_TARGET: Final = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_BOUNDS: Final = ("MinCapacity", "MaxCapacity", "SuspendedState")
_POLICY: Final = (
    "PolicyName",
    "PolicyType",
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScalingPolicyConfiguration",
)
_ACTION: Final = (
    "ScheduledActionName",
    "Schedule",
    "Timezone",
    "StartTime",
    "EndTime",
    "ScalableTargetAction",
)


@dataclass(frozen=True, slots=True)
class Scaled:
    """One scalable target with all that hangs on it: the parameters that make it again."""

    variant: str
    target: dict[str, Any]
    policies: list[dict[str, Any]]
    actions: list[dict[str, Any]]


def _resource(endpoint: str, variant: str) -> str:
    return f"endpoint/{endpoint}/variant/{variant}"


def _kept(found: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) is not None}


async def _targets(
    client: AutoScaling, endpoint: str, variants: Collection[str]
) -> dict[str, dict[str, Any]]:
    resources = {_resource(endpoint, variant): variant for variant in variants}
    answer = await call(
        lambda: client.describe_scalable_targets(
            ServiceNamespace=_NAMESPACE, ResourceIds=list(resources)
        )
    )
    targets = cast("list[dict[str, Any]]", answer.get("ScalableTargets", []))
    return {resources[str(target["ResourceId"])]: target for target in targets}


async def scaled_variants(
    client: AutoScaling, endpoint: str, variants: Collection[str]
) -> set[str]:
    """Those of the variants whose instances Application Auto Scaling counts."""
    return set(await _targets(client, endpoint, variants)) if variants else set()


async def concurrency_bounds(
    client: AutoScaling, endpoint: str, variants: Collection[str]
) -> dict[str, tuple[int, int]]:
    """Bounds of those of the variants whose provisioned concurrency is scaled."""
    return {
        variant: (int(target["MinCapacity"]), int(target["MaxCapacity"]))
        for variant, target in (await _targets(client, endpoint, variants)).items()
        if target["ScalableDimension"] == _CONCURRENCY
    }


async def take_away(
    client: AutoScaling, endpoint: str, variants: Collection[str], taken: list[Scaled]
) -> None:
    """Deregister these variants; what they were is in `taken`, also where that fails halfway.

    Raises `ProviderError`, with nothing changed, where it could not be given back as it was: alarms
    of CloudWatch name a step policy by its ARN, and a new one has another.
    """
    found: list[Scaled] = []
    for variant, target in (await _targets(client, endpoint, variants)).items():
        place = _kept(target, _TARGET)
        policies = await call(lambda place=place: client.describe_scaling_policies(**place))
        actions = await call(lambda place=place: client.describe_scheduled_actions(**place))
        arn = str(target["ScalableTargetARN"])
        tags = await call(lambda arn=arn: client.list_tags_for_resource(ResourceARN=arn))
        found.append(
            Scaled(
                variant,
                {
                    **_kept(target, (*_TARGET, *_BOUNDS)),
                    **({"Tags": tags["Tags"]} if tags.get("Tags") else {}),
                },
                [
                    {**place, **_kept(one, _POLICY)}
                    for one in cast("list[dict[str, Any]]", policies.get("ScalingPolicies", []))
                ],
                [
                    {**place, **_kept(one, _ACTION)}
                    for one in cast("list[dict[str, Any]]", actions.get("ScheduledActions", []))
                ],
            )
        )
    for one in found:
        for policy in one.policies:
            if policy.get("PolicyType") == "StepScaling":
                raise ProviderError(
                    f"variant {one.variant} is scaled by the steps {policy['PolicyName']}, which "
                    "alarms name by ARN, and SageMaker refuses this change while it is scaled. "
                    f"Nothing was changed. {TWO_STEPS}"
                )
    for one in found:
        place = _kept(one.target, _TARGET)
        # Before: whether a call that failed was done nobody knows, and to register does no harm.
        taken.append(one)
        await call(lambda place=place: client.deregister_scalable_target(**place))


async def give_back(client: AutoScaling, taken: list[Scaled], variants: Collection[str]) -> None:
    """Register again those that are still there; `variants` are the endpoint's.

    Raises `ProviderError` with the way out when some are refused; all others are there again.
    """
    refused: list[str] = []
    for one in taken:
        if one.variant not in variants:
            continue
        try:
            await call(lambda one=one: client.register_scalable_target(**one.target))
            for policy in one.policies:
                await call(lambda policy=policy: client.put_scaling_policy(**policy))
            for action in one.actions:
                await call(lambda action=action: client.put_scheduled_action(**action))
        except ProviderError as error:
            refused.append(
                f"the autoscaling of variant {one.variant} was taken away for the update, and "
                f"could not be given back: {error}. `up --refresh` makes it again"
            )
    if refused:
        raise ProviderError(". And ".join(refused))
