"""An endpoint moves to another configuration, through boto3: what is asked, what stays, the end."""

import asyncio
import time
from typing import Any

import pytest

from provider.aws.sagemaker_update import Configuration, Variant, update, wished_counts
from provider.errors import ProviderError
from provider.serving import ServingProvider
from sandbox.store import Fault, Row, Store
from tests.unit.sagemaker_live_endpoint import (
    QUICK,
    TOKEN,
    calls,
    change,
    configure,
    counts,
    create,
    move,
    put,
    scaled,
    store,
)

__all__ = ["store"]

UPDATE = "sagemaker:UpdateEndpoint"
WEIGHTS = "sagemaker:UpdateEndpointWeightsAndCapacities"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


# ---- through the API ----


def test_one_update_keeps_counts_and_weights(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2")
    outputs = move()
    assert outputs["liveEndpointConfigName"] == "fraud-2"
    assert outputs["liveWeights"] == {"stable": 90, "candidate": 10}
    assert len(calls(store, UPDATE)) == 1
    assert calls(store, WEIGHTS) == []
    # The configuration has 1 of each.
    assert counts(store) == {"stable": 3, "candidate": 3}


def test_a_candidate_that_goes_leaves_all_requests_to_the_stable_model(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 0, "candidate": 100})
    configure(store, "fraud-1")
    configure(store, "fraud-2", {"stable": 1})
    assert move(weights={"stable": 100})["liveWeights"] == {"stable": 100}
    assert calls(store, WEIGHTS) == []
    assert counts(store) == {"stable": 3}


@pytest.mark.parametrize(
    ("by_autoscaling", "live", "weight_calls"),
    [
        # The stable variant is the autoscaler's; the candidate's count is the user's wish.
        (["stable"], {"stable": 3, "candidate": 2}, 1),
        # Nobody scales: both counts of the configuration are wishes, and come with the update.
        ([], {"stable": 5, "candidate": 2}, 0),
        (["stable", "candidate"], {"stable": 3, "candidate": 3}, 0),
    ],
)
def test_a_count_that_the_user_changed_is_set_unless_an_autoscaler_has_it(
    store: Store, by_autoscaling: list[str], live: dict[str, int], weight_calls: int
) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2", {"stable": 5, "candidate": 2})
    for variant in by_autoscaling:
        scaled(store, variant)
    move()
    assert counts(store) == live
    assert len(calls(store, WEIGHTS)) == weight_calls


def test_counts_are_still_set_by_the_run_after_the_one_that_was_killed(store: Store) -> None:
    put(store, config="fraud-2", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1", {"stable": 3, "candidate": 3})
    configure(store, "fraud-2", {"stable": 3, "candidate": 4})
    move()
    assert counts(store) == {"stable": 3, "candidate": 4}
    assert calls(store, UPDATE) == []


def test_an_update_that_runs_already_is_waited_for(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2")
    change(store, status="Updating", pending={"config": "fraud-2", "since": 0.0})
    lines: list[str] = []

    async def log(_urn: str, message: str) -> None:
        lines.append(message)
        done = {"status": "InService", "endpoint_config_name": "fraud-2", "pending": None}
        if len(lines) == 2:
            await asyncio.to_thread(change, store, **done)

    outputs = create(ServingProvider(log, poll=QUICK))
    assert outputs["liveEndpointConfigName"] == "fraud-2"
    assert calls(store, UPDATE) == []
    assert lines[0].startswith("Updating (Baking), 0 s of at most 5 s")


def test_an_update_to_something_else_is_waited_out_and_then_ours_begins(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    for name in ("fraud-1", "fraud-2", "other"):
        configure(store, name)
    change(store, status="Updating", pending={"config": "other", "since": 0.0})

    async def log(_urn: str, _message: str) -> None:
        done = {"status": "InService", "endpoint_config_name": "other", "pending": None}
        if calls(store, UPDATE) == []:
            await asyncio.to_thread(change, store, **done)

    assert create(ServingProvider(log, poll=QUICK))["liveEndpointConfigName"] == "fraud-2"
    assert len(calls(store, UPDATE)) == 1


def test_a_busy_endpoint_is_asked_again(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-1")
    configure(store, "fraud-2")
    message = 'ValidationException: Cannot update in-progress endpoint "arn".'
    store.add_fault(Fault(TOKEN, "UpdateEndpoint", "fail", count=2, message=message))
    assert move()["liveEndpointConfigName"] == "fraud-2"
    assert len(calls(store, UPDATE)) == 3


def test_a_silent_rollback_fails_with_asked_live_reason_and_way_out(store: Store) -> None:
    put(store, config="fraud-1")
    configure(store, "fraud-1")
    configure(store, "fraud-2")
    store.add_fault(Fault(TOKEN, "update", "silent_rollback"))
    with pytest.raises(ProviderError) as caught:
        move()
    for part in (
        "still serves configuration fraud-1; asked: fraud-2",
        "SageMaker rolled the update back. FailureReason: The update was rolled back",
        "What served before serves on",
        "serving rollback",
        "run `up` again",
    ):
        assert part in str(caught.value)
    assert calls(store, WEIGHTS) == []
    # The next one goes on.
    assert move()["liveEndpointConfigName"] == "fraud-2"


def alarm(store: Store, name: str, state: str, at: float) -> None:
    live = {"state": state, "state_reason": f"{name}: 2 datapoints", "state_at": at}
    row = Row(provider="aws", token=ALARM, id=name, name=name, live=live)
    store.put(row.replace(account="123456789012", region="eu-west-1"))


def test_an_alarm_that_rolled_back_is_named_with_its_reason(store: Store) -> None:
    put(store, config="fraud-1")
    configure(store, "fraud-1")
    configure(store, "fraud-2")
    # It rang of this very configuration, as after a first try: another try is taken back again.
    alarm(store, "slow", "ALARM", time.time() + 1)
    alarm(store, "errors", "OK", 1.0)
    with pytest.raises(ProviderError, match=r"Alarm slow is in ALARM: slow: 2 datapoints\.") as e:
        move(alarmNames=["slow", "errors"])
    assert "errors" not in str(e.value)
    assert "alarm(s) in state ALARM: slow" in str(e.value)


def test_an_alarm_that_rings_of_what_serves_does_not_keep_it_serving(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 90, "candidate": 10})
    alarm(store, "slow", "ALARM", 1.0)
    alarm(store, "errors", "OK", 1.0)
    configure(store, "fraud-1")
    configure(store, "fraud-2")
    lines: list[str] = []

    async def log(_urn: str, message: str) -> None:
        lines.append(message)

    outputs = create(ServingProvider(log, poll=QUICK), alarmNames=["slow", "errors"])
    assert outputs["liveEndpointConfigName"] == "fraud-2"
    row = store.get("aws", TOKEN, "fraud")
    assert row is not None
    guard = row.inputs["deploymentConfig"]["autoRollbackConfiguration"]
    assert guard == {"alarms": [{"alarmName": "errors"}]}
    assert any("slow has been in ALARM since before fraud-2 was made" in each for each in lines)


def test_a_configuration_that_is_not_there_is_said(store: Store) -> None:
    put(store, config="fraud-1")
    with pytest.raises(
        ProviderError, match="endpointConfigName: there is no configuration fraud-2"
    ):
        move()
    assert calls(store, UPDATE) == []


def test_a_live_configuration_that_was_deleted_is_no_hindrance(store: Store) -> None:
    put(store, config="gone", weights={"stable": 90, "candidate": 10})
    configure(store, "fraud-2")
    assert move(was="gone")["liveEndpointConfigName"] == "fraud-2"
    assert counts(store) == {"stable": 3, "candidate": 3}


# ---- what is asked ----


def configuration(
    counts: dict[str, int | None],
    *,
    shadows: frozenset[str] = frozenset(),
    capture: dict[str, Any] | None = None,
) -> Configuration:
    variants = {
        name: Variant(count, "ml.m5.large", count is None) for name, count in counts.items()
    }
    return Configuration("c", variants, shadows, capture)


ONE = configuration({"stable": 1})
TWO = configuration({"stable": 1, "candidate": 1})
SHADOW = configuration({"stable": 1}, shadows=frozenset({"candidate"}))
CAPTURED = configuration({"stable": 1}, capture={"EnableCapture": True})
TWO_CAPTURED = configuration({"stable": 1, "candidate": 1}, capture={"EnableCapture": True})


@pytest.mark.parametrize(
    ("live", "asked", "shift", "word", "excluded"),
    [
        (ONE, ONE, "canary", "canary", []),
        (ONE, ONE, "rolling", "rolling", []),
        (TWO, TWO, "canary", "canary", []),
        # Rolling is for one variant: deployment-guardrails-exclusions.
        (TWO, TWO, "rolling", "all_at_once", []),
        # Another set of variants.
        (ONE, TWO, "canary", "all_at_once", ["DesiredWeight"]),
        (TWO, ONE, "linear", "all_at_once", ["DesiredWeight"]),
        (ONE, SHADOW, "canary", "all_at_once", ["DesiredWeight"]),
        # A shadow's share is its weight, which its configuration alone has.
        (SHADOW, SHADOW, "canary", "canary", ["DesiredWeight"]),
        # The shadow is to answer: its weight was the share of copies.
        (SHADOW, TWO, "canary", "all_at_once", ["DesiredWeight"]),
        (TWO, SHADOW, "canary", "all_at_once", ["DesiredWeight"]),
        (ONE, CAPTURED, "canary", "canary", ["DataCaptureConfig"]),
        (CAPTURED, ONE, "canary", "canary", ["DataCaptureConfig"]),
        (CAPTURED, CAPTURED, "canary", "canary", []),
    ],
)
def test_what_stays_and_how_it_moves(
    live: Configuration, asked: Configuration, shift: str, word: str, excluded: list[str]
) -> None:
    found = update(
        live,
        asked,
        names=live.variants,
        shadows=live.shadows,
        counts={"stable": 4},
        wished={},
        shift=(shift, 10, 60),
        alarms=[],
    )
    assert found.shift == word
    assert found.parameters["RetainAllVariantProperties"] is True
    types = [
        each["VariantPropertyType"] for each in found.parameters["ExcludeRetainedVariantProperties"]
    ]
    assert types == excluded


@pytest.mark.parametrize(
    ("live", "asked", "count", "wished", "retains"),
    [
        (ONE, CAPTURED, 1, {}, False),
        (CAPTURED, ONE, 1, {}, False),
        (None, ONE, 1, {}, False),
        (ONE, CAPTURED, 4, {"stable": 1}, False),
        # Somebody raised the count.
        (ONE, CAPTURED, 4, {}, True),
        # Weights of two variants are held, and not in the configuration.
        (TWO, TWO_CAPTURED, 1, {}, True),
        # They are the configuration's anyway where a variant comes.
        (ONE, TWO_CAPTURED, 1, {}, False),
        (CAPTURED, CAPTURED, 1, {}, True),
    ],
)
def test_another_capture_is_asked_for_as_documented_where_nothing_else_is_lost(
    live: Configuration | None,
    asked: Configuration,
    count: int,
    wished: dict[str, int],
    *,
    retains: bool,
) -> None:
    found = update(
        live,
        asked,
        names=live.variants if live else ["stable"],
        counts={"stable": count},
        wished=wished,
        shift=("all_at_once", 10, 60),
        alarms=[],
    ).parameters
    assert found["RetainAllVariantProperties"] is retains
    assert ("ExcludeRetainedVariantProperties" in found) is retains


def test_a_capture_that_sagemaker_retained_is_told(store: Store) -> None:
    kept = {"enableCapture": True, "initialSamplingPercentage": 20}
    options = {"captureOptions": [{"captureMode": "Input"}], "destinationS3Uri": "s3://kept/here"}
    put(store, config="fraud-2", weights={"stable": 90, "candidate": 10}, captures_as="fraud-1")
    configure(store, "fraud-1")
    configure(store, "fraud-2", dataCaptureConfig=kept | options)
    with pytest.raises(ProviderError, match="keeps no requests; asked: 20 % of the requests in "):
        move()
    change(store, captures_as=None)
    assert move()["liveEndpointConfigName"] == "fraud-2"


def test_the_vendors_deployment_configurations() -> None:
    def deployment(shift: str, alarms: list[str]) -> dict[str, Any]:
        asked = (shift, 20, 60)
        found = update(ONE, ONE, names=["stable"], counts={}, wished={}, shift=asked, alarms=alarms)
        return found.parameters["DeploymentConfig"]

    step = {"Type": "CAPACITY_PERCENT", "Value": 20}
    assert deployment("rolling", ["a"]) == {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": step,
            "WaitIntervalInSeconds": 60,
            "MaximumExecutionTimeoutInSeconds": 4200,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]},
    }
    assert deployment("linear", []) == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "LINEAR",
                "WaitIntervalInSeconds": 60,
                "LinearStepSize": step,
            },
            "TerminationWaitInSeconds": 60,
            "MaximumExecutionTimeoutInSeconds": 4200,
        }
    }
    canary = deployment("canary", [])["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert canary == {"Type": "CANARY", "WaitIntervalInSeconds": 60, "CanarySize": step}
    at_once = deployment("all_at_once", [])["BlueGreenUpdatePolicy"]
    assert at_once["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"


def test_serverless_variants_have_no_guardrails() -> None:
    serverless = configuration({"stable": None})
    found = update(
        serverless,
        serverless,
        names=["stable"],
        counts={},
        wished={},
        shift=("canary", 10, 60),
        alarms=["a"],
    )
    assert "DeploymentConfig" not in found.parameters


@pytest.mark.parametrize(
    ("before", "asked", "scaled_variants", "wished"),
    [
        (None, {"stable": 2}, [], {}),
        ({"stable": 1}, {"stable": 1}, [], {}),
        ({"stable": 1}, {"stable": 2}, [], {"stable": 2}),
        ({"stable": 1}, {"stable": 2}, ["stable"], {}),
        # A variant that comes begins with the configuration's count anyway.
        ({"stable": 1}, {"stable": 1, "candidate": 3}, [], {}),
        ({"stable": None}, {"stable": None}, [], {}),
    ],
)
def test_only_a_changed_count_is_a_wish(
    before: dict[str, int | None] | None,
    asked: dict[str, int | None],
    scaled_variants: list[str],
    wished: dict[str, int],
) -> None:
    known = configuration(before) if before is not None else None
    assert wished_counts(known, configuration(asked), scaled_variants) == wished
