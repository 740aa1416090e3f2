"""What the live endpoint takes of an endpoint that hosts inference components."""

from datetime import UTC, datetime
from typing import Any

import pytest

from provider.aws.sagemaker_live_state import live_of
from provider.aws.sagemaker_update import configuration, wished_counts


def _configuration(count: int, status: str) -> dict[str, Any]:
    variant = {
        "VariantName": "AllTraffic",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
        "ManagedInstanceScaling": {"Status": status, "MinInstanceCount": 0, "MaxInstanceCount": 4},
    }
    return {
        "EndpointConfigName": f"pool-{count}",
        "CreationTime": datetime.now(UTC),
        "ProductionVariants": [variant],
    }


@pytest.mark.parametrize(("status", "wished"), [("ENABLED", {}), ("DISABLED", {"AllTraffic": 2})])
def test_instances_that_sagemaker_manages_are_no_wish(status: str, wished: dict[str, int]) -> None:
    """A configuration says how many there are at first; copies say how many there have to be."""
    before, asked = (configuration(_configuration(count, status)) for count in (1, 2))
    assert wished_counts(before, asked, ()) == wished


def test_one_variant_without_a_weight_gets_all_requests() -> None:
    variant = {"VariantName": "AllTraffic", "DesiredInstanceCount": 0}
    live = live_of({"EndpointStatus": "InService", "ProductionVariants": [variant]})
    assert live.shares == {"AllTraffic": 100}
