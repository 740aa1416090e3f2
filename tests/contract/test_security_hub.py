"""Security Hub's controls for SageMaker on what components emit; each docstring is the rule."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.cloud_arguments import FURTHER
from tests.contract.emitted_clouds import CLOUDS, arguments, of
from tests.contract.security_hub import CONTROLS, EXCEPTIONS, Control

SAGEMAKER = "aws:sagemaker/"
# Those of AWS; `test_cloud_scanners.py` holds that each has further sets of arguments.
COMPONENTS = [name for name in CLOUDS if "SageMaker" in name and name in FURTHER]
JUDGED = tuple(control for control in CONTROLS if control.right is not None)
# What Security Hub has, by number: page of 2026-11-26.
NUMBERS = range(1, 26)


def _kind(token: str) -> str:
    return token.rpartition(":")[2]


def _broken() -> Iterator[tuple[int, str, str]]:
    """Every control that a set of arguments does not meet."""
    for component in COMPONENTS:
        for label in arguments(component):
            made = [each for each in of(component, label) if each.token.startswith(SAGEMAKER)]
            for control in JUDGED:
                wrong = [
                    each
                    for each in made
                    if _kind(each.token) == control.of
                    and control.right is not None
                    and not control.right(each.inputs)
                ]
                if wrong:
                    yield control.number, component, label


def test_every_control_is_in_the_table() -> None:
    """Once, with what it is about."""
    assert sorted(control.number for control in CONTROLS) == list(NUMBERS)


def test_what_is_judged_by_no_control_is_made_by_no_component() -> None:
    """A component that makes such a thing has to meet its controls."""
    kinds = {
        _kind(each.token)
        for component in COMPONENTS
        for label in arguments(component)
        for each in of(component, label)
        if each.token.startswith(SAGEMAKER)
    }
    unjudged = {control.of for control in CONTROLS if control.right is None}
    assert kinds
    assert kinds & unjudged == set()


def test_only_what_is_listed_is_not_met() -> None:
    """Every control is met, but where an exception says why not; and each exception is needed."""
    listed = {
        (each.number, component, label)
        for each in EXCEPTIONS
        for component, labels in each.labels.items()
        for label in labels
    }
    broken = set(_broken())
    assert broken - listed == set()
    assert listed - broken == set()


def test_exceptions_have_reasons_and_pages() -> None:
    """Of components and sets of arguments that are there."""
    for each in EXCEPTIONS:
        for component, labels in each.labels.items():
            assert set(labels) <= {"MINIMAL", *FURTHER[component]}
        assert len(each.reason.split()) > 3
        assert re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+", each.page)


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [
        (
            4,
            {"productionVariants": [{"initialInstanceCount": 2}, {"variantName": "none"}]},
            {"productionVariants": [{"initialInstanceCount": 2}, {"initialInstanceCount": 1}]},
        ),
        (
            4,
            {"productionVariants": [{"initialInstanceCount": 2}]},
            {
                "productionVariants": [{"initialInstanceCount": 2}],
                "shadowProductionVariants": [{"initialInstanceCount": 1}],
            },
        ),
        (5, {"enableNetworkIsolation": True}, {"enableNetworkIsolation": False}),
        (5, {"enableNetworkIsolation": True}, dict[str, Any]()),
        (
            16,
            {"primaryContainer": {"imageConfig": {"repositoryAccessMode": "Vpc"}}},
            {"primaryContainer": {"imageConfig": {"repositoryAccessMode": "Platform"}}},
        ),
        (16, {"containers": list[Any]()}, {"primaryContainer": {"image": "x"}}),
        (
            19,
            {"containers": [{"imageConfig": {"repositoryAccessMode": "Vpc"}}]},
            {"containers": [{"imageConfig": {"repositoryAccessMode": "Vpc"}}, {"image": "x"}]},
        ),
    ],
)
def test_each_control_can_fail(number: int, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    """What is right is met, and what is wrong in one place is not."""
    control: Control = next(each for each in JUDGED if each.number == number)
    assert control.right is not None
    assert control.right(right)
    assert not control.right(wrong)
