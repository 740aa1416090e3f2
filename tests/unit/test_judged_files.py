"""Files of models in stores: what is listed, how it is judged, what the program says of it."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from components.model_files import Judged
from facts.model_files import judged_as
from provider.clients import Clients
from provider.mirror.protocol import BrokenOffError, SourceFile
from provider.mirror.s3 import S3Source
from provider.registries import judge_files
from sandbox.store import Fault, Row, Store
from stacks import model_files
from stacks.settings.problems import SettingsError
from tests.unit.model_copies import Copies, copies, sha256
from tests.unit.settings_project import (
    KSERVE,
    MODEL_SERVER,
    SAGEMAKER,
    Project,
    changed,
    project,
)
from tests.unit.test_model_content import HIDDEN
from tests.unit.test_model_registries import Registries, registries

__all__ = ["copies", "registries"]

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
    version = "?versionId=1" if scheme == "s3" else "#1"
    assert _judge((f"{of}/1/model.onnx{version}", False))[0]["verdict"] == "safe"
    # Of a version that nobody can read the name alone is known.
    answer = _judge((f"{of}/9/model.onnx{version}", False))[0]
    assert answer["verdict"] == "unlisted"
    assert "by their names they may be loaded" in answer["said"]


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


# What lies below a path, and whether pickles are loaded; what is said of it.
CONTENT: Final[dict[str, tuple[dict[str, bytes], bool, str]]] = {
    "a pickle that is called so": (
        {"config.json": b"{}", "model.safetensors": HIDDEN["pickle 4"][1]},
        False,
        "model.safetensors is a pickle, which runs code",
    ),
    "classes to import": (
        {"config.json": b'{"auto_map": {"A": "m.A"}}', "model.safetensors": b""},
        False,
        "config.json: it names classes to import (auto_map)",
    ),
    "two of them": (
        {"a.onnx": HIDDEN["pickle 2"][1], "b.onnx": HIDDEN["joblib, gzip"][1]},
        False,
        "; b.onnx is a pickle, which runs code when it is loaded, compressed by gzip",
    ),
    "a program beside a pickle that is loaded": (
        {"helper": b"\x7fELF\x02", "model.joblib": HIDDEN["pickle 4"][1]},
        True,
        "helper is a program",
    ),
    "weights that are passed by": (
        {"model.safetensors": b"", "training_args.bin": HIDDEN["pickle 4"][1]},
        False,
        "",
    ),
}


@pytest.mark.parametrize("scheme", TOKENS)
def test_what_is_in_the_files(copies: Copies, scheme: str) -> None:
    for number, (files, _, _) in enumerate(CONTENT.values()):
        for name, content in files.items():
            copies.put(scheme, "our-models", f"{number}/{name}", content)
    asked = [
        (f"{scheme}://our-models/{number}/", pickles)
        for number, (_, pickles, _) in enumerate(CONTENT.values())
    ]
    for (files, _, said), answer in zip(CONTENT.values(), _judge(*asked), strict=True):
        assert answer["verdict"] == ("unsafe" if said else "safe")
        assert said in answer["said"]
        lines = "".join(
            f"{hashlib.sha256(content).hexdigest()}  {name}\n"
            for name, content in sorted(files.items())
        )
        assert answer["digest"] == (sha256(lines.encode()) if said else "")


@pytest.mark.parametrize("scheme", TOKENS)
def test_what_leads_out_of_an_archive(copies: Copies, scheme: str) -> None:
    """Whatever loads it; code in it may be meant."""
    for kind in ("tar slip, gzip", "a link out", "code, packed"):
        copies.put(scheme, "our-models", f"{len(kind)}/model.tar.gz", HIDDEN[kind][1])
    copies.put(scheme, "our-models", "zip/model.zip", HIDDEN["zip slip"][1])
    places = [f"{scheme}://our-models/{name}" for name in ("14", "10", "12", "zip")]
    names = ("model.tar.gz", "model.tar.gz", "model.tar.gz", "model.zip")
    answers = _judge(*((f"{p}/{name}", False) for p, name in zip(places, names, strict=True)))
    assert [each["verdict"] for each in answers] == ["unsafe", "unsafe", "safe", "unsafe"]
    assert answers[0]["digest"] == sha256(HIDDEN["tar slip, gzip"][1])


def test_what_nobody_may_read(copies: Copies) -> None:
    """The names are known; what they say stands."""
    copies.put("s3", "our-models", "1/model.onnx", b"")
    copies.put("s3", "our-models", "2/model.pkl", b"a pickle")
    store = Store(copies.registries.path)
    store.add_fault(Fault("s3:Object", "GetObject", "fail", code="AccessDenied", count=-1))
    store.add_fault(Fault("s3:Object", "HeadObject", "fail", code="AccessDenied", count=-1))
    store.close()
    found = _judge(("s3://our-models/1/model.onnx", False), ("s3://our-models/2/", False))
    assert [each["verdict"] for each in found] == ["unlisted", "unsafe"]
    assert "not more: S3, bucket our-models: " in found[0]["said"]
    assert found[1]["digest"] == ""


def test_a_connection_that_breaks_is_asked_again(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.put("s3", "our-models", "1/model.onnx", HIDDEN["pickle 4"][1])
    read, broken = S3Source.opened, [True]

    def opened(self: S3Source, file: SourceFile, offset: int) -> Any:  # noqa: ANN401 - a stream
        if broken.pop() if broken else False:
            raise BrokenOffError("gone")
        return read(self, file, offset)

    monkeypatch.setattr(S3Source, "opened", opened)
    assert _judge(("s3://our-models/1/model.onnx", False))[0]["verdict"] == "unsafe"


def test_before_a_copy_is_made_its_source_is_looked_into(copies: Copies) -> None:
    for scheme, content in (("s3", HIDDEN["pickle 4"][1]), ("gs", b"weights")):
        copies.put(scheme, "our-models", "1/model.onnx", content)
    asked = [
        {
            "source": f"{scheme}://our-models/1/model.onnx",
            "uri": "s3://our-models/mirror/a/model.onnx",
            "pickles": False,
            "judged": judged,
        }
        for scheme, judged in (("s3", True), ("s3", False), ("gs", True))
    ]
    refused, unjudged, fine = copies.look(*asked)
    assert refused["problem"] == "unsafe"
    assert "model.onnx is a pickle" in refused["said"]
    assert refused["digest"] == sha256(HIDDEN["pickle 4"][1])
    assert (unjudged["there"], fine["there"]) == (False, False)


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
    assert asked == [
        ("s3://models/churn/2.1.0/", True),
        ("s3://models/fraud/1.4.0/model.tar.gz", False),
        ("s3://b/t/1/", False),
    ]


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


DIGEST: Final = f"sha256:{'5' * 64}"


@pytest.mark.parametrize("expires", ["2099-12-31", "2020-01-01"])
def test_what_is_allowed_by_its_digest(
    site: Project, monkeypatch: pytest.MonkeyPatch, expires: str
) -> None:
    """For a time, and never without a word."""
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)

    def answer(artifacts: list[tuple[str, bool]], _: object) -> list[Judged]:
        return [Judged(uri, "unsafe", "S3", "it has pickles", DIGEST) for uri, _ in artifacts]

    monkeypatch.setattr(model_files, "judge_model_files", answer)
    site.model("churn", KSERVE)
    site.environment(verify_references=True)
    with pytest.raises(SettingsError) as refused:
        model_files.judge(site.load(), _provider)
    assert f"name digest {DIGEST}, reason, owner and expires" in refused.value.problems[0].fix
    entry = {"digest": DIGEST, "reason": "Legacy", "owner": "team-risk", "expires": expires}
    site.environment(verify_references=True, allow_code=[entry])
    if expires.startswith("2099"):
        model_files.judge(site.load(), _provider)
        (line,) = warned
        assert "loaded although it has pickles; allowed until 2099-12-31, by team-risk" in line
    else:
        with pytest.raises(SettingsError, match="what allowed it ended on 2020-01-01"):
            model_files.judge(site.load(), _provider)
        assert warned == []


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
