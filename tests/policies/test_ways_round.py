"""Nobody gets past a rule by saying the same resource in another way."""

from datetime import date
from typing import Any

import pytest

from policies import ConfigurationError, evaluate
from policies.configuration import from_json
from policies.pack import RULES
from tests.policies.cases import CASES
from tests.policies.cases.table import Case, resource
from tests.policies.ways_round import WAYS, Way

FAILING = [case for case in CASES if case.faults]
# At least so many resources can be said so, that a way is never tried on nothing.
LEAST = 5


def speaks(case: Case, said: tuple[str, dict[str, Any]]) -> bool:
    """Whether the rule stops the update with the resource said so."""
    every = [case.resource(said[1], said[0]), *case.others]
    found = evaluate(every, case.config(), preview=False)
    return any(one.rule == case.rule and one.blocks for one in found)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_fault_said_in_another_way_is_found(way: Way) -> None:
    tried = [(case, said) for case in FAILING if (said := way(case)) is not None]
    assert len(tried) >= LEAST
    assert [case.id for case, said in tried if not speaks(case, said)] == []


# ---- exemptions ----

KMS = "security/endpoint-kms"
ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
NO_KEY = {"productionVariants": [{"instanceType": "ml.m5.large"}]}
TODAY = date(2030, 1, 1)
TYPE = "x:y/z:Z"


def blocked(name: str, exempted: str, **more: str) -> bool:
    granted = {
        "rule": KMS,
        "urn": exempted,
        "reason": "moving",
        "owner": "team-risk",
        "expires": "2030-01-01",
    } | more
    config = {"all": "disabled", KMS: "mandatory", "exemptions": {"granted": [granted]}}
    found = evaluate([resource(name, ENDPOINT, NO_KEY)], config, preview=False, today=TODAY)
    return any(one.rule == KMS and one.blocks for one in found)


@pytest.mark.parametrize(
    ("name", "exempted"),
    [
        ("fraud", "*::fraud"),
        ("fraud", "*::fra*"),
        ("fraud", f"*::{TYPE}::fraud"),
        ("fraud", f"urn:pulumi:dev::model-serving::{TYPE}::fraud"),
        ("fraud", "urn:pulumi:*::*::*::fraud"),
        ("fraud", "*::*z:Z::*"),
    ],
)
def test_an_exemption_is_for_what_it_names(name: str, exempted: str) -> None:
    assert not blocked(name, exempted)


@pytest.mark.parametrize(
    ("name", "exempted"),
    [
        # A name that ends as another's URN does.
        ("evil::fraud", "*::fraud"),
        (f"evil::{TYPE}::fraud", f"*::{TYPE}::fraud"),
        # The stack, the project and the type are not the name.
        ("fraud", "*::model-*"),
        ("fraud", "*dev*"),
        ("fraud", "*::x:y*"),
        ("fraud", "urn:pulumi:dev::other::*::fraud"),
        ("fraud", "*::Fraud"),
        ("fraud", "*::frau"),
    ],
)
def test_an_exemption_is_for_nothing_else(name: str, exempted: str) -> None:
    assert blocked(name, exempted)


def test_an_exemption_of_another_rule_or_day_is_none() -> None:
    assert blocked("fraud", "*::fraud", rule="security/kms-rotation")
    assert blocked("fraud", "*::fraud", expires="2029-12-31")


@pytest.mark.parametrize(
    "everything",
    [
        *("*", "**", "*::*", "?*", "urn:*", "urn:pulumi:*", "urn:pulumi:dev::*::*::*"),
        *("*dev::model-serving::*::*", "*::[!x]*", "*::[a-z]*"),
    ],
)
def test_an_exemption_for_everything_is_refused(everything: str) -> None:
    granted = {"rule": KMS, "urn": everything, "reason": "r", "owner": "o", "expires": "2030-01-01"}
    with pytest.raises(ConfigurationError, match="exempts everything"):
        from_json({"exemptions": {"granted": [granted]}}, RULES)
