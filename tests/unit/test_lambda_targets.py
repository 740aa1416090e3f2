"""Settings of Lambda models as arguments, with the sizes of what is on this machine."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from facts.capabilities import REFUSALS
from stacks import artifacts, targets
from stacks.settings.problems import Problem, SettingsError
from tests.unit.settings_project import DIGEST, LAMBDA, TARGETS, Project, changed, project

_MIB = 1024 * 1024
_CANDIDATE = {"uri": "file:iris/1.1.0/model.onnx", "version": "1.1.0", "digest": DIGEST}
_PULLED = {"uri": "s3://models/iris/1.0.0/model.onnx", "version": "1.0.0", "framework": "onnx"}
_ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris@sha256:"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    return project(tmp_path)


def _file(site: Project, name: str, mib: float = 1) -> Path:
    """An artifact of this size, which takes no room on the disk."""
    path = artifacts.folder(site.root) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, int(mib * _MIB))
    return path


def _arguments(site: Project, settings: dict[str, Any]) -> dict[str, Any]:
    site.model("iris", settings)
    return targets.arguments(site.root, site.load(), "iris")


def _problems(site: Project, settings: dict[str, Any]) -> list[Problem]:
    site.model("iris", settings)
    try:
        targets.check_artifacts(site.root, site.load())
    except SettingsError as error:
        return list(error.problems)
    return []


def test_the_newest_version_is_what_the_function_gets(site: Project) -> None:
    asked = _arguments(site, changed(LAMBDA, candidate=_CANDIDATE, canary_percent=10))
    assert asked["code_path"].endswith("/iris/1.1.0/lambda-arm64.zip")
    assert (asked["model_version"], asked["candidate_version"]) == ("1.0.0", "1.1.0")
    assert (asked["model_digest"], asked["candidate_digest"]) == (DIGEST, DIGEST)
    assert "pull_model" not in asked


def test_pulled_models_share_one_package(site: Project) -> None:
    asked = _arguments(site, changed(LAMBDA, model=_PULLED, architecture="x86_64"))
    assert asked["code_path"].endswith("/artifacts/without-model/any/lambda-x86_64.zip")
    assert asked["pull_model"] is True
    (problem,) = _problems(site, changed(LAMBDA, model=_PULLED))
    assert problem.code == "MS0209"
    assert problem.fix.endswith("--architecture arm64 --without-model`")
    _file(site, "without-model/any/lambda-arm64.zip")
    assert _problems(site, changed(LAMBDA, model=_PULLED)) == []


def test_an_image_is_the_newest_versions(site: Project) -> None:
    stable = {**LAMBDA["model"], "image": _ECR + "0" * 64}
    assert _arguments(site, changed(LAMBDA, model=stable))["image"] == stable["image"]
    candidate = _CANDIDATE | {"image": _ECR + "1" * 64}
    asked = _arguments(site, changed(LAMBDA, model=stable, candidate=candidate))
    assert asked["image"] == candidate["image"]
    assert "code_path" not in asked
    # One image pulls both.
    pulled = _PULLED | {"uri": "s3://models/iris/1.1.0/model.onnx", "version": "1.1.0"}
    del pulled["framework"]
    both = changed(LAMBDA, model=_PULLED | {"image": stable["image"]}, candidate=pulled)
    asked = _arguments(site, both)
    assert (asked["image"], asked["pull_model"]) == (stable["image"], True)


@pytest.mark.parametrize(
    ("cold_start", "more", "expected"),
    [
        ({}, {}, {}),
        ({}, {"min_replicas": 2}, {"min_replicas": 2}),
        ({"mode": "snap_start"}, {}, {"snap_start": True}),
        ({"mode": "provisioned"}, {}, {"provisioned_concurrency": 1}),
        (
            {"mode": "provisioned"},
            {"min_replicas": 2, "max_warm_replicas": 4},
            {"min_replicas": 2, "max_provisioned_concurrency": 4},
        ),
        ({"budget_ms": 5000}, {}, {}),
        ({"budget_ms": 600}, {}, {"snap_start": True}),
        ({"budget_ms": 200}, {}, {"provisioned_concurrency": 1}),
        ({"budget_ms": 600}, {"ephemeral_storage_mib": 1024}, {"provisioned_concurrency": 1}),
    ],
)
def test_a_budget_chooses_what_keeps_it(
    site: Project, cold_start: dict[str, Any], more: dict[str, Any], expected: dict[str, Any]
) -> None:
    _file(site, "iris/1.0.0/lambda-arm64.zip", 33)
    _file(site, "iris/1.0.0/model.onnx", 1)
    asked = _arguments(site, changed(LAMBDA, cold_start=cold_start, **more))
    ways = ("snap_start", "provisioned_concurrency", "max_provisioned_concurrency")
    found = {key: asked[key] for key in ways if key in asked}
    if asked["min_replicas"]:
        found["min_replicas"] = asked["min_replicas"]
    assert found == expected


def test_the_packages_size_counts(site: Project) -> None:
    """What the rules over settings cannot know; the same budget with a small package is kept."""
    model = _file(site, "iris/1.0.0/model.onnx", 200)
    digest = "sha256:" + hashlib.sha256(model.read_bytes()).hexdigest()
    settings = changed(LAMBDA, model__digest=digest, cold_start={"mode": "none", "budget_ms": 2000})
    _file(site, "iris/1.0.0/lambda-arm64.zip", 200)
    (problem,) = _problems(site, settings)
    assert problem.code == REFUSALS["lambda/cold-start-budget"].code
    assert problem.allowed == "at least 3460 with mode none"
    assert problem.key == "cold_start.budget_ms"
    _file(site, "iris/1.0.0/lambda-arm64.zip", 30)
    assert _problems(site, settings) == []


def test_a_budget_that_needs_warm_instances_excludes_a_share(site: Project) -> None:
    for version in ("1.0.0", "1.1.0"):
        _file(site, f"iris/{version}/lambda-arm64.zip")
        model = _file(site, f"iris/{version}/model.onnx")
        digest = "sha256:" + hashlib.sha256(model.read_bytes()).hexdigest()
    settings = changed(
        LAMBDA,
        model__digest=digest,
        candidate=_CANDIDATE | {"digest": digest},
        cold_start={"budget_ms": 150},
        canary_percent=10,
    )
    (problem,) = _problems(site, settings)
    assert problem.code == REFUSALS["lambda/warm-with-candidate"].code
    assert _problems(site, changed(settings, canary_percent=0)) == []


def test_what_the_environment_shares(site: Project) -> None:
    shared = {
        "package_bucket": "packages",
        "subnet_ids": ["subnet-1"],
        "security_group_ids": ["sg-1"],
        "key_arn": "arn:aws:kms:eu-west-1:123456789012:key/a",
        "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:on-call",
    }
    site.environment(targets={**TARGETS, "lambda_function": shared})
    asked = _arguments(site, LAMBDA)
    assert {key: asked[key] for key in shared} == shared


@pytest.mark.parametrize(
    ("shared", "key", "code"),
    [
        ({"subnet_ids": ["subnet-1"]}, "security_group_ids", "MS0102"),
        (
            {"key_arn": "arn:aws:kms:eu-west-2:123456789012:key/a"},
            "key_arn",
            "MS0106",
        ),
    ],
)
def test_what_the_environment_gets_wrong(
    site: Project, shared: dict[str, Any], key: str, code: str
) -> None:
    site.environment(targets={**TARGETS, "lambda_function": shared})
    site.model("iris", LAMBDA)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (code, f"model-serving:targets.lambda_function.{key}")
