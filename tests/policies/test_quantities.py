"""Kubernetes' quantities, as the documentation spells them and beside the sandbox's own reading."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.quantities import is_accelerator, is_extended, quantity
from policies.view import View, views
from sandbox.clouds.kubernetes import formats
from tests.policies.cases.table import UNKNOWN, resource

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
SPELT = {
    "0": "0",
    "2": "2",
    "0.5": "0.5",
    "1n": "0.000000001",
    "1u": "0.000001",
    "500m": "0.5",
    "1k": "1000",
    "1M": "1000000",
    "1G": "1000000000",
    "1T": "1000000000000",
    "1P": "1000000000000000",
    "1E": "1000000000000000000",
    "1Ki": "1024",
    "1Mi": "1048576",
    "1Gi": "1073741824",
    "1Ti": "1099511627776",
    "1Pi": "1125899906842624",
    "1Ei": "1152921504606846976",
    "1e3": "1000",
}
SUFFIXES = ("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def read(value: object) -> Decimal | None:
    pod: View = views(resource("pod", "kubernetes:core/v1:Pod", {"amount": value}))[0]
    return quantity(pod.get("amount"))


@pytest.mark.parametrize(("text", "amount"), SPELT.items())
def test_each_suffix(text: str, amount: str) -> None:
    assert read(text) == Decimal(amount)


@pytest.mark.parametrize("value", [3, 0.25])
def test_a_number_is_one_too(value: float) -> None:
    assert read(value) == Decimal(str(value))


@pytest.mark.parametrize("value", [UNKNOWN, None])
def test_what_is_not_there_is_none(value: object) -> None:
    assert read(value) is None


@given(
    st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False),
    st.sampled_from(SUFFIXES),
)
def test_as_the_sandbox_reads_it(number: Decimal, suffix: str) -> None:
    text = f"{number.normalize():f}{suffix}"
    assert read(text) == formats.quantity(text)


@pytest.mark.parametrize(
    ("name", "extended", "accelerator"),
    [
        ("cpu", False, False),
        ("kubernetes.io/batch-cpu", False, False),
        ("example.kubernetes.io/disk", False, False),
        ("example.com/fpga", True, False),
        ("nvidia.com/gpu", True, True),
        ("nvidia.com/mig-1g.10gb", True, True),
        ("amd.com/gpu", True, True),
        ("habana.ai/gaudi", True, True),
        ("gpu.intel.com/i915", True, True),
        ("google.com/tpu", True, True),
        ("google.com/disk", True, False),
        ("example.com/tpu", True, False),
        ("aws.amazon.com/neuron", True, True),
    ],
)
def test_devices(name: str, extended: bool, accelerator: bool) -> None:  # noqa: FBT001 - a table.
    assert (is_extended(name), is_accelerator(name)) == (extended, accelerator)
