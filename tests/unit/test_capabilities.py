"""Asks that a target cannot honour: each refusal by a passing and a failing case."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.aws.lambda_.lambda_endpoint import LambdaEndpointArgs
from facts import limits
from facts.capabilities import REFUSALS, TARGETS
from facts.capabilities.lambda_function import CODEDEPLOY_LAMBDA
from stacks.settings.models import MODEL_CLASSES
from stacks.settings.validate import UNKNOWN_KEY
from stacks.targets import arguments
from tests.unit.refusal_cases import CASES
from tests.unit.refusal_cases.kserve import CLUSTER_CASES
from tests.unit.refusal_cases.lambda_function import REGION_CASE
from tests.unit.refusal_cases.sagemaker_serverless import NETWORK_CASE
from tests.unit.settings_project import (
    AZURE_FUNCTIONS_TARGETS,
    AZURE_ML_TARGETS,
    CLOUD_RUN_TARGETS,
    KSERVE,
    LAMBDA,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)
from tests.unit.settings_project import TARGETS as PLACES

K_CANDIDATE = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}


def _word_of(name: str) -> bool:
    """Whether a refusal is called as a key could be that its target has not."""
    target, _, word = name.removesuffix("-beside-candidate").partition("/")
    return target in MODEL_CLASSES and word not in MODEL_CLASSES[target].model_fields


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize(
    ("name", "refused", "works"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)]
)
def test_refused_with_a_reason_and_the_nearest_thing_works(
    site: Project, name: str, refused: dict[str, Any], works: dict[str, Any]
) -> None:
    _ask(site, refused)
    problems = [p for p in site.problems() if p.code == REFUSALS[name].code]
    assert len(problems) == 1, [p.lines() for p in site.problems()]
    assert REFUSALS[name].reason in problems[0].message
    assert problems[0].fix == REFUSALS[name].nearest
    assert problems[0].source.startswith("https://")
    assert problems[0].place.line > 0
    _ask(site, works)
    assert site.problems() == []


def _ask(site: Project, asked: dict[str, Any]) -> None:
    """Write the model; `@cluster` and its likes are what the environment says of them."""
    cluster = {"context": "serving-dev", **asked.get("@cluster", {})}
    vertex = {**VERTEX_TARGETS["vertex"], **asked.get("@vertex", {})}
    azure_ml = {**AZURE_ML_TARGETS["azure_ml"], **asked.get("@azure_ml", {})}
    cloud_run = {**CLOUD_RUN_TARGETS["cloud_run"], **asked.get("@cloud_run", {})}
    further = {"kubernetes": cluster, "vertex": vertex, "azure_ml": azure_ml}
    further["azure_functions"] = AZURE_FUNCTIONS_TARGETS["azure_functions"]
    further["cloud_run"] = cloud_run
    site.environment(targets={**PLACES, **VERTEX_TARGETS, **AZURE_ML_TARGETS, **further})
    for other in (site.root / "stacks" / "models").glob("*.yaml"):
        other.unlink()
    name = asked.get("@name", "fraud")
    site.model(name, {key: value for key, value in asked.items() if not key.startswith("@")})


@pytest.mark.parametrize(
    ("name", "refused", "works"),
    CLUSTER_CASES,
    ids=[f"{i}-{case[0]}" for i, case in enumerate(CLUSTER_CASES)],
)
def test_the_cluster_counts(
    site: Project,
    name: str,
    refused: tuple[dict[str, Any], dict[str, Any]],
    works: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for cluster, asked in (refused, works):
        site.environment(targets={"kubernetes": cluster})
        site.model("fraud", asked)
        problems = site.problems()
        if asked is refused[1] and cluster is refused[0]:
            (problem,) = problems
            assert problem.code == REFUSALS[name].code
            assert problem.fix == REFUSALS[name].nearest
        else:
            assert problems == []


def test_the_mode_of_the_cluster_counts(site: Project) -> None:
    site.model("churn", changed(KSERVE, candidate=K_CANDIDATE, canary_percent=10))
    site.environment(targets={"kubernetes": {"context": "c", "deployment_mode": "standard"}})
    (problem,) = site.problems()
    assert problem.code == REFUSALS["kserve/share-in-standard-mode"].code


def test_the_environments_network_counts(site: Project) -> None:
    name, network, refused, works = NETWORK_CASE
    site.environment(targets={**PLACES, **network})
    site.model("fraud", refused)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (REFUSALS[name].code, "target")
    site.model("fraud", works)
    assert site.problems() == []


def test_the_environments_region_counts(site: Project) -> None:
    name, refused, works = REGION_CASE
    for region in ("ap-southeast-6", "ap-east-2"):
        site.environment(targets={**PLACES, "aws": {**PLACES["aws"], "region": region}})
        site.model("iris", refused)
        (problem,) = site.problems()
        assert (problem.code, problem.key) == (REFUSALS[name].code, "cold_start.mode")
        site.model("iris", works)
        assert site.problems() == []
    site.environment(targets=PLACES)
    site.model("iris", refused)
    assert site.problems() == []


def test_every_refusal_has_a_case() -> None:
    cases = (*CASES, *CLUSTER_CASES, NETWORK_CASE, REGION_CASE)
    assert {case[0] for case in cases} == set(REFUSALS)


@pytest.mark.parametrize("name", [name for name in REFUSALS if _word_of(name)])
def test_a_key_that_a_target_lacks_is_no_value(site: Project, name: str) -> None:
    """What is wrong with a value is not said of a key that happens to have the refusal's name."""
    target, _, key = name.removesuffix("-beside-candidate").partition("/")
    candidate: dict[str, Any] = (
        {"candidate": {}} if key != "candidate" and name.endswith("-candidate") else {}
    )
    site.model("prices", {"target": target, **candidate, key: "anything"})
    said = [problem.code for problem in site.problems() if problem.key == key]
    assert said == [REFUSALS[name].code if REFUSALS[name].of_key else UNKNOWN_KEY]


def test_codes_are_unique() -> None:
    assert len({refusal.code for refusal in REFUSALS.values()}) == len(REFUSALS)


def test_every_target_of_the_settings_has_its_capabilities() -> None:
    assert set(TARGETS) == set(MODEL_CLASSES)


@pytest.mark.parametrize(
    ("shift", "wait"), [("canary", 300), ("canary", 1800), ("linear", 60), ("linear", 600)]
)
def test_a_lambdas_shift_is_one_that_the_component_knows(
    site: Project, shift: str, wait: int
) -> None:
    site.model("iris", changed(LAMBDA, rollout={"shift": shift, "wait_seconds": wait}))
    given = arguments(site.root, site.load(), "iris")
    assert (given["shift"], given["shift_wait_seconds"]) == (shift, wait)
    assert given.keys() <= LambdaEndpointArgs.__annotations__.keys()
    assert (10, wait) in CODEDEPLOY_LAMBDA[shift]


def test_what_was_looked_up_says_when() -> None:
    stated = [*REFUSALS.values(), *TARGETS.values()]
    stated += [v for v in vars(limits).values() if isinstance(v, limits.Limit)]
    for item in stated:
        assert item.checked is None or (item.source and date.fromisoformat(item.checked))
