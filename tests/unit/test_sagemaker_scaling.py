"""Autoscaling that SageMaker refuses an update with: taken away, given back, or said."""

import asyncio
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from pulumi.provider.experimental.provider import ReadRequest

from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from sandbox.store import Fault, Store
from tests.unit.sagemaker_live_endpoint import (
    ASKED,
    QUICK,
    TOKEN,
    URN,
    calls,
    configure,
    counts,
    move,
    put,
    scaled,
    store,
)

__all__ = ["store"]

UPDATE = "sagemaker:UpdateEndpoint"
SCALABLE = "aws:appautoscaling/target:Target"


def scale_by(store: Store, *, steps: bool = False) -> None:
    """A policy and a scheduled action of the stable variant."""
    place = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/fraud/variant/stable",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    session: Any = boto3.Session(region_name="eu-west-1")
    scaling = session.client("application-autoscaling")
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    tracking = {"TargetValue": 600.0, "PredefinedMetricSpecification": metric}
    adjustment = {"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}
    one = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [adjustment]}
    by: dict[str, Any] = (
        {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": one}
        if steps
        else {
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": tracking,
        }
    )
    scaling.put_scaling_policy(**place, PolicyName="by-requests", **by)
    scaling.put_scheduled_action(
        **place,
        ScheduledActionName="mornings",
        Schedule="cron(0 8 * * ? *)",
        ScalableTargetAction={"MinCapacity": 4},
    )
    assert len(store.list("aws", "aws:appautoscaling/policy:Policy")) == 1


def scales(store: Store) -> list[str]:
    """Target, policy and action of the variants, by what each is."""
    found = [row for row in store.list("aws") if row.token.startswith("aws:appautoscaling")]
    return sorted(row.token.rpartition(":")[2] for row in found)


def test_what_autoscaling_forbids_is_said_before_anything_is_changed(store: Store) -> None:
    put(store, config="fraud-1")
    configure(store, "fraud-1")
    configure(store, "fraud-2", instance_type="ml.c6i.large")
    scaled(store, "stable")
    with pytest.raises(ProviderError, match="stable goes from ml") as caught:
        move()
    assert "Name the variant in `scaledVariants`" in str(caught.value)
    assert calls(store, UPDATE) == []
    assert scales(store) == ["Target"]


@pytest.mark.parametrize("rolls_back", [False, True])
def test_scaling_is_taken_away_for_other_machines_and_given_back(
    store: Store, *, rolls_back: bool
) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2", instance_type="ml.c6i.large")
    scaled(store, "stable")
    scale_by(store)
    if rolls_back:
        store.add_fault(Fault(TOKEN, "UpdateEndpoint", "silent_rollback"))
        with pytest.raises(ProviderError, match="SageMaker rolled the update back"):
            move(known=["stable"], scaledVariants=["stable"])
    else:
        move(known=["stable"], scaledVariants=["stable"])
    assert scales(store) == ["Policy", "ScheduledAction", "Target"]
    (target,) = store.list("aws", "aws:appautoscaling/target:Target")
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (1, 9)
    (policy,) = store.list("aws", "aws:appautoscaling/policy:Policy")
    assert policy.name == "by-requests"
    configuration = policy.inputs["targetTrackingScalingPolicyConfiguration"]
    assert configuration["targetValue"] == 600
    assert counts(store) == {"stable": 3, "candidate": 3}


def test_steps_that_alarms_name_are_not_taken_away(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2", instance_type="ml.c6i.large")
    scaled(store, "stable")
    scale_by(store, steps=True)
    with pytest.raises(ProviderError, match="steps by-requests, which alarms name by ARN"):
        move(known=["stable"], scaledVariants=["stable"])
    assert scales(store) == ["Policy", "ScheduledAction", "Target"]
    assert calls(store, UPDATE) == []


def test_scaling_that_the_program_gives_up_is_there_until_the_engine_deletes_it(
    store: Store,
) -> None:
    """The state has it until then, also where the update fails before and is taken back."""
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2", instance_type="ml.c6i.large")
    scaled(store, "stable")
    store.add_fault(Fault(SCALABLE, "RegisterScalableTarget", "fail", skip=1, count=20))
    move(known=["stable"])
    assert scales(store) == ["Target"]
    # One that cannot be registered any more is nothing that the program wants.
    configure(store, "fraud-3", instance_type="ml.m5.large")
    move(known=["stable"], endpointConfigName="fraud-3")
    assert scales(store) == []


def test_all_is_given_back_that_can_be_also_where_it_was_taken_away_halfway(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2", instance_type="ml.c6i.large")
    both = ["candidate", "stable"]
    for variant in both:
        scaled(store, variant)
    store.add_fault(Fault(SCALABLE, "DeregisterScalableTarget", "fail", skip=1, count=20))
    with pytest.raises(ProviderError, match="DeregisterScalableTarget"):
        move(known=both, scaledVariants=both)
    assert scales(store) == ["Target", "Target"]
    store.clear_faults()
    store.add_fault(Fault(SCALABLE, "RegisterScalableTarget", "fail", count=7))
    with pytest.raises(ProviderError, match="could not be given back"):
        move(known=both, scaledVariants=both)
    assert scales(store) == ["Target"]


def read(inputs: dict[str, object]) -> dict[str, object]:
    request = ReadRequest(URN, "fraud", {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    return plain_map(response.inputs)


def test_what_is_scaled_is_read(store: Store) -> None:
    put(store)
    scaled(store, "stable")
    assert read({})["scaledVariants"] == ["stable"]
    asked: dict[str, object] = {**ASKED, "scaledVariants": ["stable"]}
    assert read(asked) == {**asked, "weights": {"stable": 100, "candidate": 0}}
    # Gone: the next preview shows it, and the next run does not miss it.
    store.remove(store.list("aws", "aws:appautoscaling/target:Target")[0])
    assert read(asked)["scaledVariants"] == []
    assert "scaledVariants" not in read({})
    # Who does not say that it is scaled is not told.
    assert "scaledVariants" not in read(dict(ASKED))


def test_scaling_that_a_killed_run_took_away_is_said(store: Store) -> None:
    put(store, config="fraud-2", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2", instance_type="ml.c6i.large")
    with pytest.raises(ProviderError, match=r"stable is no longer scaled: .*`up --refresh`"):
        move(known=["stable"], scaledVariants=["stable"])
    # What is about to be scaled by the program is not missed yet.
    assert move(scaledVariants=["stable"])["liveEndpointConfigName"] == "fraud-2"
