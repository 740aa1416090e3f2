"""Files of models in stores: what is listed, how it is judged, what the program says of it."""

import asyncio
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.model_files import Judged
from facts.model_files import judged_as
from provider.clients import Clients
from provider.registries import judge_files
from sandbox.store import Fault, Row, Store
from stacks import model_files
from stacks.settings.problems import SettingsError
from tests.unit.settings_project import (
    KSERVE,
    MODEL_SERVER,
    SAGEMAKER,
    Project,
    changed,
    project,
)
from tests.unit.test_model_registries import Registries, registries

__all__ = ["registries"]

BUCKET = "judged-models"
TOKENS = {"s3": "s3:Object", "gs": "gcs:Object"}
STORES = {"s3": "S3", "gs": "Cloud Storage"}
# What is below a path, and whether pickles are what serves it loads; the verdict and what is said.
CASES: dict[str, tuple[tuple[str, ...], bool, str, str]] = {
    "safe": (("config.json", "model.safetensors"), False, "safe", ""),
    "of MLflow": (("MLmodel", "conda.yaml", "model.onnx"), False, "safe", ""),
    "pickled": (("MLmodel", "model.pkl"), False, "unsafe", "it has pickles, which run code"),
    "pickled for scikit-learn": (("MLmodel", "model.pkl"), True, "safe", ""),
    "code": (("code/own.py", "model.onnx"), True, "unsafe", "code of its own (code/own.py)"),
    "no weights": (("README.md",), False, "unsafe", "no file of safetensors or ONNX"),
    "packed": (("model.tar.gz", "model.pkl"), False, "unlisted", "model.tar.gz is packed"),
    "nothing": ((), False, "missing", "there is nothing"),
}


def _seed(registries: Registries, scheme: str, *keys: str) -> None:
    store = Store(registries.path)
    for key in keys:
        name = f"{BUCKET}/{key}"
        live = {"versions": [{"version_id": "1", "etag": "6805f2cf"}]}
        row = Row(provider="registries", token=TOKENS[scheme], id=name, name=name, live=live)
        store.put(row)
    store.close()


def _judge(*artifacts: tuple[str, bool]) -> list[dict[str, Any]]:
    inputs: dict[str, object] = {
        "artifacts": [{"uri": uri, "pickles": pickles} for uri, pickles in artifacts]
    }
    assert judge_files.check(inputs) == []

    async def ask() -> Any:  # noqa: ANN401 - JSON
        clients = Clients()
        worker: Any = clients.vertex
        try:
            return await judge_files.answer(clients, inputs)
        finally:
            await worker.close()

    return asyncio.run(ask())["artifacts"]


@pytest.mark.parametrize("scheme", TOKENS)
def test_what_is_below_a_path(registries: Registries, scheme: str) -> None:
    _seed(registries, scheme, "others/model.pkl", "judged", "1/", "1-old/model.pkl")
    for number, (files, _, _, _) in enumerate(CASES.values()):
        _seed(registries, scheme, *(f"{number}/model/{file}" for file in files))
    asked = [
        (f"{scheme}://{BUCKET}/{number}/model{slash}", pickles)
        for number, (_, pickles, _, _) in enumerate(CASES.values())
        for slash in ("", "/")
    ]
    answers = _judge(*asked)
    assert [each["uri"] for each in answers] == [uri for uri, _ in asked]
    for (name, (_, _, verdict, said)), first, second in zip(
        CASES.items(), answers[::2], answers[1::2], strict=True
    ):
        assert first["verdict"] == second["verdict"] == verdict, name
        assert said in first["said"], name
        assert first["store"] == f"{STORES[scheme]}, bucket {BUCKET}"


@pytest.mark.parametrize("scheme", TOKENS)
def test_a_model_that_is_one_file(registries: Registries, scheme: str) -> None:
    _seed(registries, scheme, "1/model.onnx", "1/model.onnx.bak", "2/model.pkl")
    of = f"{scheme}://{BUCKET}"
    asked = ((f"{of}/1/model.onnx", False), (f"{of}/2/model.pkl", False), (f"{of}/1/model", False))
    assert [each["verdict"] for each in _judge(*asked)] == ["safe", "unsafe", "missing"]
    # Of one version of an object the name says all.
    version = "?versionId=1" if scheme == "s3" else "#1"
    assert _judge((f"{of}/9/model.onnx{version}", False))[0]["verdict"] == "safe"


def test_all_pages_are_looked_at(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    _seed(registries, "s3", *(f"1/part-{n:04}.safetensors" for n in range(1001)), "1/z.pkl")
    (found,) = _judge((f"s3://{BUCKET}/1/", False))
    assert found["verdict"] == "unsafe"
    monkeypatch.setattr(judge_files, "_MOST", 1001)
    (found,) = _judge((f"s3://{BUCKET}/1/", False))
    assert (found["verdict"], found["said"]) == ("unlisted", "there are more than 1,001 files")


@pytest.mark.parametrize("scheme", TOKENS)
def test_what_nobody_may_list(registries: Registries, scheme: str) -> None:
    """It is told, and stops no other."""
    _seed(registries, scheme, "1/model.onnx")
    store = Store(registries.path)
    operation = "ListObjectsV2" if scheme == "s3" else "objects.list"
    store.add_fault(Fault(TOKENS[scheme], operation, "fail", code="AccessDenied", count=-1))
    store.close()
    asked = ((f"{scheme}://{BUCKET}/1/", False), (f"{scheme}://{BUCKET}/2/model.onnx#2", False))
    found = _judge(asked[0])[0]
    assert found["verdict"] == "unlisted"
    assert found["said"]


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"artifacts": "s3://a/b"}, "artifacts"),
        ({"artifacts": [{"uri": "https://example.com/x"}]}, "artifacts[0].uri"),
        ({"artifacts": [{"uri": "models:/x"}]}, "artifacts[0].uri"),
        ({"artifacts": [], "region": "x"}, "region"),
    ],
)
def test_what_is_no_question(inputs: dict[str, object], path: str) -> None:
    (problem,) = judge_files.check(inputs)
    assert problem[0] == path


def test_what_has_a_rule() -> None:
    assert (judged_as("sklearn"), judged_as("onnx"), judged_as(None, "vllm")) == (
        True,
        False,
        False,
    )
    assert {judged_as(each) for each in ("xgboost", "triton", "mlflow", None)} == {None}


# ---- the program ----


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path / "project")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What the provider is asked for; it says of each what its path is."""
    found: list[tuple[str, bool]] = []

    def answer(artifacts: list[tuple[str, bool]], _: object) -> list[Judged]:
        found.extend(artifacts)
        verdicts: list[Any] = ["unsafe", "missing", "unlisted"]
        return [
            Judged(uri, next((v for v in verdicts if v in uri), "safe"), "S3, bucket b", "so it is")
            for uri, _ in artifacts
        ]

    monkeypatch.setattr(model_files, "judge_model_files", answer)
    return found


def _provider() -> Any:  # noqa: ANN401 - nothing is asked of it here
    return object()


def test_what_is_looked_at(site: Project, asked: list[tuple[str, bool]]) -> None:
    parts = {
        "text": {"image": MODEL_SERVER["model"]["image"], "uri": "s3://b/t/1/", "server": "vllm"},
        "own": {"image": MODEL_SERVER["model"]["image"], "uri": "s3://b/o/1/"},
    }
    brought = {"download_image": MODEL_SERVER["model"]["image"], "strategy": "blue_green"}
    site.model("unit", changed(MODEL_SERVER, parts=parts, **brought))
    site.model("churn", KSERVE)
    site.model("boosted", changed(KSERVE, model__framework="xgboost"))
    site.model("packed", changed(SAGEMAKER, model__framework="sklearn"))
    site.model("hub", changed(KSERVE, model__uri=f"hf://a/b@{'7' * 40}"))
    settings = site.load()
    model_files.judge(settings, _provider)
    assert asked == []
    site.environment(verify_references=True)
    model_files.judge(site.load(), _provider)
    assert asked == [("s3://models/churn/2.1.0/", True), ("s3://b/t/1/", False)]


def test_what_is_said(
    site: Project, asked: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    for name in ("unsafe", "missing", "unlisted", "fine"):
        site.model(name, changed(KSERVE, model__uri=f"s3://models/{name}/2.1.0/"))
    site.environment(verify_references=True)
    with pytest.raises(SettingsError) as refused:
        model_files.judge(site.load(), _provider)
    problems = {each.code: each for each in refused.value.problems}
    assert problems.keys() == {"MS0563", "MS0564"}
    for code, name in (("MS0563", "missing"), ("MS0564", "unsafe")):
        problem = problems[code]
        assert problem.place.file == f"stacks/models/{name}.yaml"
        assert (problem.key, problem.place.line) == ("model.uri", 4)
        assert "S3, bucket b: so it is" in problem.message
    (line,) = warned
    assert "stacks/models/unlisted.yaml:4:" in line
    assert "were not looked at: S3, bucket b: so it is" in line
    assert len(asked) == 4


def test_what_is_copied_to_a_mirror(
    site: Project, asked: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its source is there says who copies it; of a copy that is made it may be gone."""
    monkeypatch.setattr(pulumi.log, "warn", pytest.fail)
    for name in ("missing", "unlisted"):
        site.model(name, changed(KSERVE, model__uri=f"s3://models/{name}/2.1.0/"))
    site.environment(verify_references=True, model_mirror=["s3://our-models/mirror"])
    model_files.judge(site.load(), _provider)
    assert len(asked) == 2
    site.model("unsafe", changed(KSERVE, model__uri="s3://models/unsafe/2.1.0/"))
    with pytest.raises(SettingsError) as refused:
        model_files.judge(site.load(), _provider)
    assert [each.code for each in refused.value.problems] == ["MS0564"]


def test_a_provider_that_does_not_answer(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*_: object) -> None:
        raise RuntimeError("invoke of serving:index:judgeModelFiles returned an error: it is gone")

    monkeypatch.setattr(model_files, "judge_model_files", failed)
    site.model("churn", KSERVE)
    site.environment(verify_references=True)
    with pytest.raises(pulumi.RunError, match=r"no store can be asked .* it is gone"):
        model_files.judge(site.load(), _provider)
