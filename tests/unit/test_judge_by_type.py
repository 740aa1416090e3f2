"""How the judges of each type choose what fails, read what was printed, and count."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Row
from sandbox.wire import ASSET, SIGNATURE
from tests.judges.by_type import judge
from tests.judges.by_type.calls import blocks
from tests.judges.by_type.changed import is_about, places, told_apart
from tests.judges.by_type.deployed import Deployed, batches
from tests.judges.by_type.judge import (
    calls_failures,
    changed_failures,
    gone_failures,
    with_kept,
)
from tests.judges.by_type.made import made_types

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
    assert not [*changed_failures({"dev": {"wrong": []}})]
    assert [*changed_failures({"dev": {"wrong": ["a"]}})] == ["changed: dev: 1 wrong"]


def test_places_of_inputs_are_written_as_the_engine_writes_them() -> None:
    known = {
        "__defaults": ["a"],
        "metadata": {"name": "x"},
        "tags": {"model-serving/x": "y", "a_b": "", "owner": "team"},
        "list": [{"a": 1}],
        "none": None,
        "off": False,
    }
    assert dict(places(known)) == {
        'tags["model-serving/x"]': "y",
        "tags.owner": "team",
        "list": [{"a": 1}],
        "off": False,
    }


def test_what_is_in_a_file_is_no_input() -> None:
    file = {SIGNATURE: ASSET, "hash": "x"}
    assert dict(places({"code": file, "files": [file], "size": 1})) == {"size": 1}


@pytest.mark.parametrize(
    ("anew", "unlike", "newer"),
    [
        # A newer version of a launch template: the program names it, and it is there.
        (["version"], [], ["version"]),
        # It names it, and what is there is another.
        (["version"], ["version"], []),
        # Nothing else is asked for than before.
        ([], [], []),
    ],
)
def test_what_is_other_than_it_was_is_wrong_unless_it_is_as_asked(
    anew: list[str], unlike: list[str], newer: list[str]
) -> None:
    found = told_apart(["version"], anew, unlike)
    assert found == (newer, [] if newer else ["version"])


@pytest.mark.parametrize(
    ("path", "said", "alike"),
    [
        ("tags.owner", "tags.owner", True),
        ("list", "list[0].a", True),
        ("properties.scale", "properties", True),
        ("tags", "tagsAll", False),
        ("tags.owner", "tags.own", False),
    ],
)
def test_what_is_told_is_about_what_was_changed(path: str, said: str, alike: bool) -> None:  # noqa: FBT001
    assert is_about(path, said) == alike


def test_a_scene_that_is_judged_alone_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = tmp_path / "figures.json"
    kept = {"date": "2020-01-01", "sources": "old", "seed": 1, "dev": {"types": 2}}
    figures.write_text(json.dumps({"gone": kept}))
    monkeypatch.setattr(judge.report, "FIGURES", figures)
    clouds = with_kept("gone", {"clouds": {"types": 3}})
    # The part as a whole is as old as the stack that everybody judges.
    assert (clouds["sources"], clouds["dev"]) == ("old", {"types": 2})
    assert clouds["clouds"]["types"] == 3
    assert clouds["clouds"]["sources"] not in {"", "old"}
    dev = with_kept("gone", {"dev": {"types": 5}})
    assert "sources" not in dev
    assert dev["dev"]["types"] == 5


def test_types_are_read_from_the_components() -> None:
    found = made_types()
    assert {
        "aws:lambda/function:Function",
        "gcp:projects/iAMMember:IAMMember",
        "azure-native:web:WebApp",
    } <= found
    assert len(found) > 120
    assert not [each for each in found if each.endswith("Args") or ":get" in each]
