"""How the judges of each type choose what fails, read what was printed, and count."""

from typing import Any

import pytest

from sandbox.store import Row
from tests.judges.by_type.calls import blocks
from tests.judges.by_type.deployed import Deployed, batches
from tests.judges.by_type.judge import calls_failures, gone_failures

ROLE, MODEL, KEY = "aws:iam/role:Role", "aws:sagemaker/model:Model", "aws:kms/key:Key"
LIVE = "serving:index:SageMakerLiveEndpoint"


def resource(token: str, name: str, *needs: str) -> dict[str, Any]:
    return {
        "urn": f"urn::{name}",
        "type": token,
        "id": name,
        "custom": True,
        "inputs": {"name": name},
        "dependencies": [f"urn::{each}" for each in needs],
    }


def row(token: str, name: str, **inputs: str) -> Row:
    return Row("aws", token, name, "1", inputs={"name": name, **inputs})


RESOURCES = [
    resource(ROLE, "role"),
    resource(MODEL, "model", "role"),
    resource(LIVE, "live", "model"),
    resource(KEY, "key"),
    {"urn": "urn::pulumi", "type": "pulumi:providers:aws", "id": "1", "custom": True},
]
ROWS = [row(ROLE, "role"), row(MODEL, "model"), row(KEY, "key"), row(KEY, "another")]
DEPLOYED = Deployed(RESOURCES, ROWS)


def test_what_depends_on_something_does_so_through_others() -> None:
    assert DEPLOYED.below({"urn::role"}) == {"urn::model", "urn::live"}
    assert DEPLOYED.below({"urn::model", "urn::live"}) == set()
    assert DEPLOYED.types(with_row=True) == [ROLE, KEY, MODEL]
    assert DEPLOYED.types(with_row=False) == [ROLE, KEY, MODEL, LIVE]


def test_what_is_gone_is_what_had_an_object() -> None:
    assert DEPLOYED.gone(ROWS) == set()
    assert DEPLOYED.gone(ROWS[1:]) == {"urn::role"}
    assert DEPLOYED.urn_of(KEY, "key") == "urn::key"
    assert not DEPLOYED.urn_of(KEY, "another")


@pytest.mark.parametrize(("most", "rounds"), [(6, [["role", "key"], ["model"]]), (1, 3)])
def test_nothing_in_a_round_depends_on_another(most: int, rounds: Any) -> None:  # noqa: ANN401
    chosen = [DEPLOYED.one_of(token, "x") for token in (ROLE, MODEL, KEY)]
    found = [[each.name for each in batch] for batch in batches(DEPLOYED, chosen, most)]
    assert found == rounds if most > 1 else len(found) == rounds


SAID = """Diagnostics:
  pulumi:pulumi:Stack (model-serving-dev):
    error: update failed

  aws:iam:Role (fraud-role):
    error:   sdk-v2/provider2.go:572: creating IAM Role (x): InternalFailure
    second line

Resources:
    + 3 created
"""


def test_errors_are_read_by_the_resource_that_they_stand_below() -> None:
    found = blocks(SAID)
    assert found["fraud-role"][1] == "second line"
    assert found.keys() == {"model-serving-dev", "fraud-role"}


def test_a_type_that_fails_fails_the_judge() -> None:
    well: dict[str, Any] = {"types": 2, "well": 2, "failed": {}}
    assert not [*gone_failures({"seed": 1, "dev": well})]
    (told,) = gone_failures({"dev": {"types": 2, "well": 1, "failed": {ROLE: ["a"]}}})
    assert told == f"gone: dev: 1 of 2 types; {ROLE}"
    assert not [*calls_failures({"seed": 1, "dev": {"create": {"wrong": []}}})]
    assert [*calls_failures({"dev": {"create": {"wrong": ["a", "b"]}}})] == [
        "calls: dev create: 2 wrong"
    ]
