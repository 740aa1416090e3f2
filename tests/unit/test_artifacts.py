"""Artifacts that set-up makes: missing ones and other bytes than meant, before anything starts."""

import hashlib
import pickle
from pathlib import Path

import pytest

from stacks.settings.problems import Problem, SettingsError
from stacks.targets import check_artifacts
from tests.unit.settings_project import KSERVE, LAMBDA, SAGEMAKER, Project, changed, project


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    return project(tmp_path)


def problems(site: Project) -> list[Problem]:
    try:
        check_artifacts(site.root, site.load())
    except SettingsError as error:
        return list(error.problems)
    return []


def made(site: Project, content: bytes) -> str:
    folder = site.root / "cache" / "artifacts" / "iris" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    return "sha256:" + hashlib.sha256(content).hexdigest()


def test_not_made_yet(site: Project) -> None:
    site.model("iris", LAMBDA)
    (problem,) = problems(site)
    assert problem.code == "MS0209"
    assert "artifacts/iris/1.0.0/model.onnx is not in the cache" in problem.message
    assert "make up" in problem.fix
    assert problem.place.line == 4


def test_model_without_package(site: Project) -> None:
    site.model("iris", changed(LAMBDA, model__digest=made(site, b"model")))
    (problem,) = problems(site)
    assert "artifacts/iris/1.0.0/lambda-arm64.zip is not in the cache" in problem.message


def test_as_meant(site: Project) -> None:
    site.model("iris", changed(LAMBDA, model__digest=made(site, b"model")))
    (site.root / "cache/artifacts/iris/1.0.0/lambda-arm64.zip").write_bytes(b"zip")
    assert problems(site) == []


def test_other_bytes_than_meant(site: Project) -> None:
    site.model("iris", changed(LAMBDA, model__digest=made(site, b"model")))
    (site.root / "cache/artifacts/iris/1.0.0/lambda-arm64.zip").write_bytes(b"zip")
    (site.root / "cache/artifacts/iris/1.0.0/model.onnx").write_bytes(b"tampered")
    (problem,) = problems(site)
    assert problem.code == "MS0211"
    assert hashlib.sha256(b"tampered").hexdigest() in problem.message


def test_a_model_that_runs_code(site: Project) -> None:
    """Its digest says who made it, and not what it is."""
    site.model("iris", changed(LAMBDA, model__digest=made(site, pickle.dumps([Path]))))
    (site.root / "cache/artifacts/iris/1.0.0/lambda-arm64.zip").write_bytes(b"zip")
    (problem,) = problems(site)
    assert (problem.code, problem.key, problem.place.line) == ("MS0564", "model.uri", 4)
    assert "model.onnx is a pickle, which runs code" in problem.message
    assert "convert the model" in problem.fix


def test_other_targets_need_no_artifact_here(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    site.model("churn", KSERVE)
    assert problems(site) == []
