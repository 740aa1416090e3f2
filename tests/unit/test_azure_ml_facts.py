"""Sizes, names and quotas of Azure ML."""

import pytest

from facts.accelerators import ACCELERATORS
from facts.azure_ml import (
    ENDPOINT_SIZES,
    carrying,
    endpoint_size,
    quota_cores,
    wrong_endpoint_name,
)
from facts.machines.choose import named


def test_list_is_as_long_as_the_vendors() -> None:
    """59 rows without GPUs on its page, 26 with."""
    gpus = [size for size in ENDPOINT_SIZES.values() if size.accelerator]
    assert (len(ENDPOINT_SIZES), len(gpus)) == (85, 26)


def test_sizes_with_gpus_carry_what_the_table_of_machines_says() -> None:
    known = {size: machine for size in ENDPOINT_SIZES for machine in named("azure", size)}
    assert len(known) > 10
    for name, machine in known.items():
        size = ENDPOINT_SIZES[name]
        assert (size.cores, size.accelerator, size.accelerator_count) == (
            machine.vcpu,
            machine.accelerator,
            machine.accelerator_count,
        ), name
    assert {size.accelerator for size in ENDPOINT_SIZES.values()} - {None} <= set(ACCELERATORS)


def test_case_of_a_size_means_nothing() -> None:
    assert endpoint_size("STANDARD_DS3_V2") is ENDPOINT_SIZES["Standard_DS3_v2"]
    assert endpoint_size("Standard_D4s_v3") is None


def test_whole_gpus_are_counted() -> None:
    assert carrying("nvidia-a10", 1) == [
        "Standard_NV36ads_A10_v5",
        "Standard_NV36adms_A10_v5",
        "Standard_NV72ads_A10_v5",
    ]
    assert carrying("nvidia-t4", 2) == ["Standard_NC64as_T4_v3"]
    assert carrying("nvidia-l4", 1) == []


@pytest.mark.parametrize(
    ("size", "instances", "cores"),
    [
        # The vendor's own example.
        ("Standard_DS3_v2", 10, 48),
        ("Standard_DS3_v2", 1, 8),
        ("Standard_NC24ads_A100_v4", 10, 240),
    ],
)
def test_quota_is_reserved_for_upgrades(size: str, instances: int, cores: int) -> None:
    assert quota_cores(ENDPOINT_SIZES[size], instances) == cores


@pytest.mark.parametrize(
    ("name", "is_right"),
    [
        ("abc", True),
        ("ab", False),
        ("a" * 32, True),
        ("a" * 33, False),
        ("churn-prod", True),
        ("churn--prod", False),
        ("churn-", False),
        ("1churn", False),
        ("churn_prod", False),
    ],
)
def test_names_of_endpoints(name: str, *, is_right: bool) -> None:
    assert (wrong_endpoint_name(name) == "") is is_right
