"""What the judge `walk` draws, and what it holds against a state and an update of one model."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.store import Row
from stacks.settings.environment import NAMESPACE
from tests.judges.random_walk.estate import key, mistakes
from tests.judges.random_walk.judge import failures, figures
from tests.judges.random_walk.plan import CHANGES, MODELS, drawn
from tests.judges.random_walk.untouched import Moment, touched
from tests.judges.random_walk.walk import changed
from tests.unit.settings_project import project

ROOT = Path(__file__).parents[2]
STACK = "urn:pulumi:dev::model-serving::pulumi:pulumi:Stack::model-serving-dev"
INDEX = "urn:pulumi:dev::model-serving::model-serving:index:"
ROLE = "aws:iam/role:Role"


def test_a_seed_means_the_same_walk_again_and_all_kinds_of_steps_come() -> None:
    plans = [drawn(number) for number in range(1, 40)]
    assert plans == [drawn(number) for number in range(1, 40)]
    assert len({plan.digest for plan in plans}) == len(plans)
    assert len({type(step) for plan in plans for step in plan.steps}) == 7


@pytest.mark.parametrize("name", MODELS)
def test_no_change_makes_settings_that_are_refused(name: str, tmp_path: Path) -> None:
    site = project(tmp_path)
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    site.environment(targets=config[f"{NAMESPACE}:targets"])
    for first in CHANGES[name]:
        for second in CHANGES[name] if name == "fraud" else ({},):
            settings = changed(changed(MODELS[name], first), second)
            given = {each: value for each, value in settings.items() if value is not None}
            site.model(name, given)
            assert not site.problems(), (first, second)


def resource(urn: str, kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"urn": urn, "type": kind, "id": urn, "parent": STACK, **more}


def moment(*resources: dict[str, Any], **outputs: Any) -> Moment:  # noqa: ANN401
    """A role and an identity of each model, and objects of those in the cloud."""
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": outputs}
    rows = [Row("aws", each["type"], each["id"], live=each.get("live", {})) for each in resources]
    return Moment([stack, *resources], outputs, {key(row): row for row in rows})


def model(name: str, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    above = f"{INDEX}InferenceService::{name}"
    role = f"urn:pulumi:dev::model-serving::{ROLE}::{name}-role"
    return [
        resource(above, "model-serving:index:InferenceService"),
        resource(role, ROLE, **{"parent": above, **more}),
        resource(f"{INDEX}EksModelIdentity::{name}-identity", "model-serving:index:Identity"),
    ]


BEFORE = moment(*model("churn"), *model("churn-next"), endpoints={"churn": 1, "churn-next": 1})
NAMESPACE_OF_ALL = resource(f"{INDEX}ModelNamespace::models", "model-serving:index:ModelNamespace")
# After an update of churn alone, and a word of what is held against it.
UPDATES: list[tuple[Moment, str]] = [
    (BEFORE, ""),
    (moment(*model("churn-next"), endpoints={"churn-next": 1}), ""),
    (
        moment(
            NAMESPACE_OF_ALL,
            *model("churn", inputs={"size": 2}, live={"status": "new"}),
            *model("churn-next", modified="now"),
            endpoints={"churn": 2, "churn-next": 1},
            namespaces=["models"],
        ),
        "",
    ),
    (moment(*model("churn"), endpoints={"churn": 1, "churn-next": 1}), "gone from the state"),
    # A refresh forgets what comes of nothing, and an update writes it.
    (
        moment(
            *model("churn"),
            *model("churn-next", propertyDependencies={"name": []}),
            endpoints={"churn-next": 1},
        ),
        "",
    ),
    (
        moment(
            *model("churn"),
            *model("churn-next", propertyDependencies={"name": [STACK]}),
            endpoints={"churn-next": 1},
        ),
        "propertyDependencies is another in the state",
    ),
    (
        moment(
            *model("churn"), *model("churn-next", inputs={"size": 2}), endpoints={"churn-next": 1}
        ),
        "inputs is another in the state",
    ),
    (
        moment(*model("churn"), *model("churn-next", live={"a": 1}), endpoints={"churn-next": 1}),
        "another in the cloud: live",
    ),
    (
        moment(*model("churn"), *model("churn-next"), *model("fraud"), endpoints={"churn-next": 1}),
        "fraud-role",
    ),
    (moment(*model("churn"), *model("churn-next"), endpoints={"churn": 1}), "of churn-next"),
]


@pytest.mark.parametrize(("after", "word"), UPDATES)
def test_what_an_update_of_one_model_touches_of_others_is_found(after: Moment, word: str) -> None:
    found = list(touched(BEFORE, after, "churn"))
    assert bool(found) == bool(word), found
    assert any(word in each for each in found) == bool(word), found


def test_what_is_to_be_deleted_of_another_model_stays_as_it_was() -> None:
    old = {**model("churn-next")[1], "id": "old", "delete": True}
    before = moment(*model("churn"), *model("churn-next"), old)
    after = moment(*model("churn"), *model("churn-next"))
    assert any(
        "churn-next-role aws:iam/role:Role old" in each for each in touched(before, after, "churn")
    )
    assert not list(touched(before, before, "churn"))


SHARED_OUTPUTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"outputs": {"name": "models"}}, ""),
    ({"outputs": {}}, {"outputs": {"name": "models"}}, ""),
    ({"outputs": {"name": "old"}}, {"outputs": {"name": "models"}}, "outputs is another"),
    ({}, {"inputs": {"name": "models"}}, "inputs is another"),
]


@pytest.mark.parametrize(("first", "second", "word"), SHARED_OUTPUTS)
def test_what_models_share_may_say_what_a_kill_kept_it_from(
    first: dict[str, Any], second: dict[str, Any], word: str
) -> None:
    def shared(**more: Any) -> dict[str, Any]:  # noqa: ANN401
        kind = "model-serving:index:ModelNamespace"
        return resource(f"{INDEX}ModelNamespace::models", kind, **more)

    found = list(touched(moment(shared(**first)), moment(shared(**second)), "churn"))
    assert len(found) == bool(word)
    assert all(word in each for each in found)


A, B = "urn::a", "urn::b"
STATES: list[tuple[list[dict[str, Any]], str]] = [
    ([{"urn": A}, {"urn": B, "parent": A, "dependencies": [A]}], ""),
    ([{"urn": A}, {"urn": A, "delete": True}], ""),
    ([{"urn": A, "delete": True}, {"urn": A}], ""),
    ([{"urn": B, "parent": A}, {"urn": A}], "stands before"),
    ([{"urn": B, "propertyDependencies": {"name": [A]}}], "stands before"),
    ([{"urn": B, "deletedWith": A}], "stands before"),
    ([{"urn": B, "provider": f"{A}::id"}], "no provider"),
    ([{"urn": A}, {"urn": A}], "twice"),
]


@pytest.mark.parametrize(("resources", "word"), STATES)
def test_a_state_that_is_not_whole_is_told(resources: list[dict[str, Any]], word: str) -> None:
    found = list(mistakes({"resources": resources}))
    assert bool(found) == bool(word)
    assert all(word in each for each in found)


def test_results_add_up_the_last_of_each_seed_and_none_of_another_plan(tmp_path: Path) -> None:
    def walked(seed: int, why: str = "", plan: str = "") -> dict[str, Any]:
        digest = plan or drawn(seed).digest
        told = {"walk": str(seed), "plan": digest, "ok": not why, "why": why, "seconds": 2.0}
        told["commit"] = "1234abcd" if seed < 3 else "1234abcd+"
        log = ["serving up: 1", "change churn: {'max_replicas': 5}"]
        return told | {"log": log, "counted": {"commands": 3, "only": 1}}

    assert figures(tmp_path)["seeds walked"] == 0
    results = [
        walked(1, "a leak"),
        walked(1),
        walked(2),
        walked(4, "a lock"),
        walked(3, plan="old"),
    ]
    (tmp_path / "walks.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in results))
    found = figures(tmp_path)
    assert (found["seeds walked"], found["seeds"], found["ended well"]) == (3, "1-2, 4", 2)
    assert (found["commands"], found["of them failed"]) == (9, 3)
    assert found["updates of one model alone"] == 3
    assert found["on commits"] == {"1234abcd": 2, "1234abcd+": 1}
    assert list(failures(found)) == ["walk: 4: a lock"]
