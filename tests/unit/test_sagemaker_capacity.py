"""Provisioned concurrency that an autoscaler moved, through boto3: given back after an update."""

import asyncio
from typing import Any

import pytest

from provider.aws.sagemaker_capacity import Capacity, changed_concurrency, kept_concurrency
from provider.aws.sagemaker_live_state import Live
from provider.aws.sagemaker_update import Configuration, Variant
from provider.errors import ProviderError
from provider.serving import ServingProvider
from sandbox import eventual
from sandbox.store import Fault, Row, Store
from tests.unit.sagemaker_live_endpoint import (
    QUICK,
    TOKEN,
    calls,
    configure,
    create,
    move,
    put,
    scaled,
    store,
)

__all__ = ["store"]

WEIGHTS: dict[str, object] = {"stable": 100}
TARGET = "aws:appautoscaling/target:Target"


def serverless(concurrency: int | None, most: int = 10) -> dict[str, int]:
    found = {"memorySizeInMb": 2048, "maxConcurrency": most}
    return found | ({} if concurrency is None else {"provisionedConcurrency": concurrency})


def served(store: Store, live: int | None, config: str = "fraud-1", **more: Any) -> None:  # noqa: ANN401
    """The endpoint as it is live."""
    now = serverless(live)
    variant = {
        "name": "stable",
        "desired_weight": 1.0,
        "current_weight": 1.0,
        "desired_serverless_config": now,
        "current_serverless_config": now,
    }
    put(store, config=config, variants=[variant], **more)


def asked(store: Store, name: str, concurrency: int | None, most: int = 10) -> None:
    """A configuration of one serverless variant."""
    variant = {"variantName": "stable", "serverlessConfig": serverless(concurrency, most)}
    configure(store, name, productionVariants=[variant])


def scales(
    store: Store, dimension: str = "sagemaker:variant:DesiredProvisionedConcurrency"
) -> None:
    """The variant's provisioned concurrency is between 1 and 9."""
    scaled(store, "stable")

    def other(row: Row) -> Row:
        return row.replace(inputs={**row.inputs, "scalableDimension": dimension})

    store.update("aws", TARGET, "endpoint/fraud/variant/stable", other)


def concurrency(store: Store) -> int | None:
    row = store.get("aws", TOKEN, "fraud")
    assert row is not None
    (variant,) = eventual.settled(row).live["variants"]
    return variant["current_serverless_config"].get("provisionedConcurrency")


def changing(store: Store) -> list[str]:
    """The calls that changed the endpoint, in order."""
    return [each.partition(":")[2] for each in calls(store, "sagemaker:Update*")]


BOTH = ["UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"]


@pytest.mark.parametrize(
    ("live", "old", "new", "most", "after", "made"),
    [
        # As the configuration began it: nothing to give back.
        (2, 2, 2, 10, 2, BOTH[:1]),
        (6, 2, 2, 10, 6, BOTH),
        # A schedule let it down below.
        (1, 2, 2, 10, 1, BOTH),
        # The user raised the least: it is kept above, and not below.
        (6, 2, 4, 10, 6, BOTH),
        (3, 2, 4, 10, 4, BOTH[:1]),
        (6, 4, 2, 10, 6, BOTH),
        # The user lowered the most.
        (6, 2, 2, 5, 5, BOTH),
        (6, 2, 2, 2, 2, BOTH[:1]),
        # Beyond what Application Auto Scaling holds, which takes it back.
        (10, 2, 2, 10, 9, BOTH),
        # It comes, and it goes.
        (None, None, 2, 10, 2, BOTH[:1]),
        (6, 2, None, 10, None, BOTH[:1]),
    ],
)
def test_concurrency_that_an_autoscaler_moved_is_given_back_within_the_bounds(
    store: Store,
    live: int | None,
    old: int | None,
    new: int | None,
    *,
    most: int,
    after: int | None,
    made: list[str],
) -> None:
    served(store, live)
    asked(store, "fraud-1", old)
    asked(store, "fraud-2", new, most)
    scales(store)
    assert move(weights=WEIGHTS)["liveEndpointConfigName"] == "fraud-2"
    assert concurrency(store) == after
    assert changing(store) == made


def test_call_by_call(store: Store) -> None:
    served(store, 6)
    asked(store, "fraud-1", 2)
    asked(store, "fraud-2", 2)
    scales(store)
    move(weights=WEIGHTS)
    found = [each.partition(":")[2] for each in calls(store, "*:*")]
    assert [each for each in found if each != "DescribeEndpoint"] == [
        # Those that were asked for, which are scaled, what is live began with, and its bounds.
        "DescribeEndpointConfig",
        "DescribeEndpointConfig",
        "DescribeScalableTargets",
        "DescribeEndpointConfig",
        "DescribeScalableTargets",
        "DescribeEndpointConfig",
        *BOTH,
    ]


@pytest.mark.parametrize("dimension", [None, "sagemaker:variant:DesiredInstanceCount"])
def test_concurrency_that_nothing_scales_is_the_configurations(
    store: Store, dimension: str | None
) -> None:
    served(store, 6)
    asked(store, "fraud-1", 2)
    asked(store, "fraud-2", 2)
    if dimension:
        scales(store, dimension)
    move(weights=WEIGHTS)
    assert concurrency(store) == 2
    assert changing(store) == BOTH[:1]


def test_the_run_after_one_that_was_killed_during_the_update_gives_it_back(store: Store) -> None:
    served(store, 6, status="Updating", pending={"config": "fraud-2", "since": 0.0})
    asked(store, "fraud-1", 2)
    asked(store, "fraud-2", 2)
    scales(store)
    lines: list[str] = []

    async def log(_urn: str, message: str) -> None:
        lines.append(message)
        if len(lines) == 2:
            await asyncio.to_thread(served, store, 2, "fraud-2")

    provider = ServingProvider(log, poll=QUICK)
    move(provider, weights=WEIGHTS)
    assert concurrency(store) == 6
    assert changing(store) == BOTH[1:]
    assert "stable: from 2 to 6 units of provisioned concurrency" in lines


def test_what_nobody_saw_before_the_update_begins_at_the_configurations(store: Store) -> None:
    served(store, 2, "fraud-2")
    asked(store, "fraud-1", 2)
    asked(store, "fraud-2", 2)
    scales(store)
    move(weights=WEIGHTS)
    assert concurrency(store) == 2
    assert changing(store) == []


def test_a_busy_endpoint_is_asked_again(store: Store) -> None:
    served(store, 6)
    asked(store, "fraud-1", 2)
    asked(store, "fraud-2", 2)
    scales(store)
    message = 'ValidationException: Cannot update in-progress endpoint "arn".'
    store.add_fault(Fault(TOKEN, BOTH[1], "fail", count=2, message=message))
    move(weights=WEIGHTS)
    assert concurrency(store) == 6


def test_concurrency_that_is_not_taken_is_told(store: Store) -> None:
    served(store, 6)
    asked(store, "fraud-1", 2)
    asked(store, "fraud-2", 2)
    scales(store)
    store.add_fault(Fault(TOKEN, BOTH[1], "silent_rollback"))
    with pytest.raises(ProviderError) as caught:
        move(weights=WEIGHTS)
    text = "runs 2 units of provisioned concurrency of stable; asked: 6. FailureReason: The new"
    assert text in str(caught.value)


def test_a_configuration_that_is_gone_tells_no_change(store: Store) -> None:
    served(store, 6)
    asked(store, "fraud-2", 2)
    scales(store)
    assert create(weights=WEIGHTS)["liveEndpointConfigName"] == "fraud-2"
    assert concurrency(store) == 2


def test_instances_are_another_matter(store: Store) -> None:
    put(store, config="fraud-1", weights={"stable": 1})
    configure(store, "fraud-1", {"stable": 1})
    configure(store, "fraud-2", {"stable": 1})
    scales(store)
    move(weights=WEIGHTS)
    assert calls(store, "*:DescribeScalableTargets") == [
        "application-autoscaling:DescribeScalableTargets"
    ]
    assert changing(store) == BOTH[:1]


# ---- what is asked ----


def live(**found: int) -> Live:
    return Live("InService", "c", {"stable": 100.0}, "", "", concurrency=found)


def test_concurrency_that_somebody_moved_in_between_stays() -> None:
    size = Capacity("stable", 6, 2)
    assert size.asked == {
        "VariantName": "stable",
        "ServerlessUpdateConfig": {"ProvisionedConcurrency": 6},
    }
    assert [size.is_met(live(stable=found)) for found in (2, 4, 6, 7)] == [False, True, True, True]
    assert size.is_met(live())


def test_a_variant_that_comes_or_goes_keeps_nothing() -> None:
    def one(*names: str) -> Configuration:
        variants = {name: Variant(None, "", True, 2, 10) for name in names}  # noqa: FBT003
        return Configuration("c", variants, frozenset(), None)

    assert changed_concurrency(one("other"), live(stable=6)) == {}
    changed = changed_concurrency(one("stable"), live(stable=6))
    assert changed == {"stable": 6}
    assert kept_concurrency(one("stable"), one("other"), changed, {"stable": (1, 9)}) == []
