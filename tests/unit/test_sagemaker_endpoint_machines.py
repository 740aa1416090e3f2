"""Disks, times and the network of a SageMaker endpoint's machines."""

from typing import Any

import pytest

from facts.sagemaker import has_local_disks
from tests.unit.sagemaker_endpoints import KINDS, made, refused, statements
from tests.unit.test_sagemaker_endpoint import CANDIDATE


def test_disk_and_times() -> None:
    recorded = made(
        disk_gib=128, download_timeout_seconds=600, startup_timeout_seconds=900, **CANDIDATE
    )
    variants = recorded.inputs["fraud-configuration"]["productionVariants"]
    assert len(variants) == 2
    for variant in variants:
        assert variant["volumeSizeInGb"] == 128
        assert variant["modelDataDownloadTimeoutInSeconds"] == 600
        assert variant["containerStartupHealthCheckTimeoutInSeconds"] == 900


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("disk_gib", 1, 512),
        ("download_timeout_seconds", 60, 3600),
        ("startup_timeout_seconds", 60, 3600),
    ],
)
def test_ends_of_what_a_variant_takes(key: str, low: int, high: int) -> None:
    for value in (low, high):
        made(**{key: value})
    for value in (low - 1, high + 1):
        refused(f"{key}: got {value}; use a whole number from {low} to {high}", **{key: value})


@pytest.mark.parametrize("kind", KINDS)
def test_types_with_disks_of_their_own(kind: str) -> None:
    """They refuse a volume key and a size; the others get a key."""
    recorded = made(instance_type=kind)
    local = has_local_disks(kind)
    assert ("fraud-key" in recorded.inputs) != local
    assert ("kmsKeyArn" in recorded.inputs["fraud-configuration"]) != local
    assert ("Decrypt" in statements(recorded)) != local
    if local:
        refused(f"use none: {kind} has disks of its own", instance_type=kind, disk_gib=100)
    else:
        made(instance_type=kind, disk_gib=100)


NETWORK: dict[str, Any] = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}


@pytest.mark.parametrize(
    ("change", "isolated"),
    [
        ({}, True),
        (NETWORK, False),
        (NETWORK | {"isolated": True}, True),
        ({"isolated": True}, True),
    ],
)
def test_containers_without_a_network(change: dict[str, Any], *, isolated: bool) -> None:
    """Isolated ones may have subnets, through which SageMaker alone fetches."""
    model = made(**change).inputs["fraud-stable-model"]
    assert model["enableNetworkIsolation"] == isolated
    assert ("vpcConfig" in model) == ("subnet_ids" in change)


def test_no_container_reaches_the_whole_internet() -> None:
    refused("isolated: got False; use true, or subnet_ids", isolated=False)
