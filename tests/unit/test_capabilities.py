"""Asks that a target cannot honour: each refusal by a passing and a failing case."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.aws.lambda_endpoint import LambdaEndpointArgs
from facts import limits
from facts.capabilities import REFUSALS, TARGETS
from facts.capabilities.lambda_function import CODEDEPLOY_LAMBDA
from stacks.settings.models import MODEL_CLASSES
from stacks.targets import arguments
from tests.unit.settings_project import (
    CANDIDATE,
    DIGEST,
    KSERVE,
    LAMBDA,
    SAGEMAKER,
    Project,
    changed,
    project,
)

K_CANDIDATE = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}
L_CANDIDATE = {"uri": "file:iris/1.1.0/model.onnx", "version": "1.1.0", "digest": DIGEST}
L_IMAGE = {
    "uri": "file:iris/1.0.0/model.onnx",
    "digest": DIGEST,
    "version": "1.0.0",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris@sha256:" + "0" * 64,
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/serve@sha256:" + "0" * 64

# (refusal, what is refused, the nearest thing that works)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "kserve/candidate-in-standard-mode",
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=10, deployment_mode="standard"),
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=10, deployment_mode="knative"),
    ),
    (
        "kserve/candidate-in-standard-mode",
        changed(KSERVE, candidate=K_CANDIDATE, deployment_mode="standard"),
        changed(KSERVE, deployment_mode="standard"),
    ),
    (
        "kserve/zero-in-standard-mode",
        changed(KSERVE, min_replicas=0, deployment_mode="standard"),
        changed(KSERVE, min_replicas=0),
    ),
    (
        "kserve/shift",
        changed(KSERVE, rollout={"shift": "canary"}),
        changed(KSERVE, candidate=K_CANDIDATE, canary_percent=5),
    ),
    ("sagemaker/zero", changed(SAGEMAKER, min_replicas=0), changed(SAGEMAKER, min_replicas=1)),
    (
        "sagemaker/shadow-beside-candidate",
        changed(SAGEMAKER, candidate=CANDIDATE, shadow=CANDIDATE),
        changed(SAGEMAKER, candidate=CANDIDATE),
    ),
    ("sagemaker/shadow", changed(SAGEMAKER, shadow=CANDIDATE), SAGEMAKER),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 51}),
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 50}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 9}),
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 10}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "rolling", "size_percent": 4}),
        changed(SAGEMAKER, rollout={"shift": "rolling", "size_percent": 5}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "canary", "wait_seconds": 3601}),
        changed(SAGEMAKER, rollout={"shift": "canary", "wait_seconds": 3600}),
    ),
    (
        "sagemaker/rolling-with-candidate",
        changed(SAGEMAKER, candidate=CANDIDATE, rollout={"shift": "rolling"}),
        changed(SAGEMAKER, candidate=CANDIDATE, rollout={"shift": "canary"}),
    ),
    (
        "sagemaker/cpu-and-memory",
        changed(SAGEMAKER, resources={"memory_mib": 4096}),
        changed(SAGEMAKER, instance_type="ml.m5.xlarge"),
    ),
    (
        "sagemaker/accelerator",
        changed(SAGEMAKER, resources={"accelerator": "nvidia-l4"}),
        changed(SAGEMAKER, resources={"accelerator": "nvidia-l4"}, instance_type="ml.g6.xlarge"),
    ),
    (
        "lambda/accelerator",
        changed(LAMBDA, resources={"accelerator": "nvidia-l4"}),
        changed(KSERVE, resources={"accelerator": "nvidia-l4"}),
    ),
    (
        "lambda/memory",
        changed(LAMBDA, resources={"memory_mib": 127}),
        changed(LAMBDA, resources={"memory_mib": 128}),
    ),
    (
        "lambda/memory",
        changed(LAMBDA, resources={"memory_mib": 10241}),
        changed(LAMBDA, resources={"memory_mib": 10240}),
    ),
    (
        "lambda/cpu",
        changed(LAMBDA, resources={"cpu": 2}),
        changed(LAMBDA, resources={"memory_mib": 3538}),
    ),
    (
        "lambda/behind-http-api",
        changed(LAMBDA, timeout_seconds=30),
        changed(LAMBDA, timeout_seconds=29),
    ),
    (
        "lambda/snap_start",
        changed(LAMBDA, snap_start=True),
        changed(LAMBDA, min_replicas=1),
    ),
    (
        "lambda/warm-with-candidate",
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=10, min_replicas=1),
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=10),
    ),
    (
        "lambda/image-with-candidate",
        changed(LAMBDA, model=L_IMAGE, candidate=L_CANDIDATE),
        changed(LAMBDA, model=L_IMAGE),
    ),
    (
        "lambda/shift",
        changed(LAMBDA, rollout={"shift": "canary", "size_percent": 20}),
        changed(LAMBDA, rollout={"shift": "canary", "size_percent": 10, "wait_seconds": 600}),
    ),
    (
        "any/framework",
        changed(SAGEMAKER, model__framework="xgbost"),
        changed(SAGEMAKER, model__framework="brand-new", model__image=IMAGE),
    ),
    (
        "any/artifact",
        changed(SAGEMAKER, model__uri="gs://models/fraud/1.4.0/model.tar.gz"),
        SAGEMAKER,
    ),
    ("any/shift", changed(LAMBDA, rollout={"shift": "rolling"}), LAMBDA),
]


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize(
    ("name", "refused", "works"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)]
)
def test_refused_with_a_reason_and_the_nearest_thing_works(
    site: Project, name: str, refused: dict[str, Any], works: dict[str, Any]
) -> None:
    site.model("fraud", refused)
    problems = [p for p in site.problems() if p.code == REFUSALS[name].code]
    assert len(problems) == 1, [p.lines() for p in site.problems()]
    assert REFUSALS[name].reason in problems[0].message
    assert problems[0].fix == REFUSALS[name].nearest
    assert problems[0].source.startswith("https://")
    assert problems[0].place.line > 0
    site.model("fraud", works)
    assert site.problems() == []


def test_the_mode_of_the_cluster_counts(site: Project) -> None:
    site.model("churn", changed(KSERVE, candidate=K_CANDIDATE, canary_percent=10))
    site.environment(targets={"kubernetes": {"context": "c", "deployment_mode": "standard"}})
    (problem,) = site.problems()
    assert problem.code == REFUSALS["kserve/candidate-in-standard-mode"].code


def test_every_refusal_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(REFUSALS)


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
