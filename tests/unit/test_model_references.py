"""References to models: their forms, what the settings say to them, what becomes of the answers."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.model_reference import Refused, Resolved
from facts.model_references import (
    ASKED_AT_PREVIEW,
    MalformedReferenceError,
    label_of_digest,
    label_of_object,
    parse,
)
from stacks.references import asked_and_resolved, outputs, resolved
from stacks.settings.artifacts import Named
from stacks.settings.common import Artifact
from stacks.settings.load import Settings
from stacks.settings.pinning import exact_version
from stacks.settings.problems import Problem, SettingsError
from stacks.settings.references import asked_reference
from stacks.settings.yaml_source import KeyPath
from tests.unit.settings_project import (
    BATCH,
    CANDIDATE,
    GRAPH,
    KSERVE,
    LAMBDA,
    SAGEMAKER,
    SERVER,
    SERVERLESS,
    TARGETS,
    TRAINED,
    TRANSFORM,
    VERTEX,
    VERTEX_BATCH,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)

COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775"
DIGEST = "sha256:" + "0c1d2e3f" * 8
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package"
VERTEX_MODEL = "vertex://projects/example-models/locations/europe-west4/models/loyalty"
AZURE_MODEL = "azureml://registries/shared/models/loyalty"
# The kind, whether it is asked, whether it moves, and the version that the form says.
FORMS: dict[str, tuple[str, bool, bool, str]] = {
    "models:/loyalty@champion": ("mlflow", True, True, ""),
    "models:/main.risk.loyalty@champion": ("mlflow", True, True, ""),
    "models:/loyalty/7": ("mlflow", True, False, "7"),
    "models:/loyalty/7/model.onnx": ("mlflow", True, False, "7"),
    "models:/loyalty@champion/onnx/model.onnx": ("mlflow", True, True, ""),
    "hf://owner/model": ("hf", True, True, ""),
    "hf://owner/model@main": ("hf", True, True, ""),
    "hf://owner/model@refs/pr/1": ("hf", True, True, ""),
    "hf://owner/model:v1.0": ("hf", True, True, ""),
    f"hf://owner/model@{COMMIT}": ("hf", False, False, COMMIT),
    f"hf://owner/model:{COMMIT}": ("hf", False, False, COMMIT),
    "oci://registry.example.com/models/loyalty": ("oci", True, True, ""),
    "oci://localhost:5000/loyalty:2.1": ("oci", True, True, ""),
    f"oci://registry.example.com/a/b@{DIGEST}": ("oci", False, False, label_of_digest(DIGEST)),
    f"oci://registry.example.com/a:1@{DIGEST}": ("oci", False, False, label_of_digest(DIGEST)),
    "s3://bucket/model.onnx": ("s3", True, True, ""),
    "s3://bucket/m?versionId=3/L4k+r": ("s3", False, False, label_of_object("3/L4k+r")),
    "s3://bucket/m?versionId=3%2FL4k%2Br": ("s3", False, False, label_of_object("3/L4k+r")),
    "gs://bucket/model.onnx": ("gs", True, True, ""),
    "gs://bucket/model.onnx#1767225600000001": ("gs", False, False, "1767225600000001"),
    f"{ARN}/fraud/4": ("sagemaker", False, False, "4"),
    f"{ARN}-group/fraud": ("sagemaker", True, True, ""),
    f"{VERTEX_MODEL}@3": ("vertex", False, False, "3"),
    f"{VERTEX_MODEL}@champion": ("vertex", True, True, ""),
    f"{AZURE_MODEL}/versions/3": ("azureml", False, False, "3"),
    f"{AZURE_MODEL}/labels/latest": ("azureml", True, True, ""),
    "dvc:models/loyalty.onnx.dvc": ("dvc", True, False, ""),
}


@pytest.mark.parametrize(("uri", "expected"), FORMS.items(), ids=FORMS)
def test_what_a_form_says(uri: str, expected: tuple[str, bool, bool, str]) -> None:
    found = parse(uri)
    assert found is not None
    assert (found.kind, found.asked, found.moves, found.version) == expected
    version = Artifact.model_validate({"uri": uri}).version
    assert version == (expected[3] or ASKED_AT_PREVIEW)
    # What the form says is exact, so that no rule asks for more.
    assert not expected[3] or exact_version(version)


@pytest.mark.parametrize(
    "uri",
    [
        *("file:flowers/1/model.onnx", "https://example.com/model.onnx", "image:/models/1"),
        *("azureml:loyalty:3", "pvc://claim/1", "hf://owner/team/model@main", "hf://model"),
        *("s3://", "arn:aws:sagemaker:eu-west-1:1:model/x", "oci+native://a/b:1", "vertex://x@1"),
    ],
)
def test_what_is_no_reference(uri: str) -> None:
    assert parse(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        *("models:/loyalty", "models:/loyalty/Production", "models:/loyalty/latest", "models:"),
        *(
            "models:/loyalty@",
            "models:/loyalty@a@b",
            "models:/loyalty/1/../2",
            "models://x/loyalty/1",
        ),
        *("dvc:/etc/model.dvc", "dvc:../model.dvc", "dvc:models/../../m.dvc", "dvc:model.onnx"),
    ],
)
def test_a_scheme_with_something_else_behind_it(uri: str) -> None:
    with pytest.raises(MalformedReferenceError) as refused:
        parse(uri)
    assert refused.value.allowed


_SCHEMES = st.sampled_from(
    [
        *("models:/", "hf://", "oci://", "s3://", "gs://", "vertex://", "azureml://", "dvc:"),
        *("arn:aws:sagemaker:", "", "x:"),
    ]
)


@given(scheme=_SCHEMES, rest=st.text(max_size=80))
def test_any_text_is_a_reference_or_none(scheme: str, rest: str) -> None:
    uri = scheme + rest
    try:
        found = parse(uri)
    except MalformedReferenceError:
        assert scheme in {"models:/", "dvc:"} or uri.startswith(("models:", "dvc:"))
        return
    if found is not None:
        assert found.uri == uri
        # What moves is asked about, and what is exact has a version.
        assert found.asked >= found.moves
        assert bool(found.version) != found.moves or found.kind == "dvc"


@given(
    name=st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True),
    alias=st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True),
)
def test_an_alias_is_read_back(name: str, alias: str) -> None:
    found = parse(f"models:/{name}@{alias}")
    assert found is not None
    assert found.parts == {"name": name, "alias": alias}


# ---- settings ----


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def following(settings: dict[str, Any], uri: str, key: str = "model") -> dict[str, Any]:
    """The settings with a reference that says its version itself."""
    made = changed(settings, **{f"{key}__uri": uri})
    made[key].pop("version", None)
    return made


@pytest.mark.parametrize(
    "uri", [uri for uri, (kind, _, moves, _) in FORMS.items() if moves and kind not in {"s3", "gs"}]
)
@pytest.mark.parametrize("key", ["model", "candidate"])
def test_what_moves_is_followed_only_where_the_environment_says_so(
    site: Project, uri: str, key: str
) -> None:
    least = changed(SAGEMAKER, candidate=CANDIDATE)
    site.model("fraud", following(least, uri, key))
    site.has_one_problem_of_model("fraud", "MS0560", f"{key}.uri", "follow_aliases: true")
    site.environment(follow_aliases=False)
    assert [each.code for each in site.problems()] == ["MS0560"]
    # Pulumi writes it anew as text, when it changes anything in the stack's file.
    for leave in (True, "true"):
        site.environment(follow_aliases=leave)
        assert site.problems() == []


@pytest.mark.parametrize("uri", ["models:/loyalty/7", "dvc:models/loyalty.onnx.dvc"])
def test_what_is_asked_and_does_not_move_needs_no_leave(site: Project, uri: str) -> None:
    site.model("fraud", following(SAGEMAKER, uri))
    assert site.problems() == []


def test_an_object_without_a_version_is_a_forgotten_version(site: Project) -> None:
    site.model("fraud", following(SAGEMAKER, "s3://models/fraud/model.tar.gz"))
    site.has_one_problem_of_model("fraud", "MS0102", "model.version", "add `version: …`")
    site.environment(follow_aliases=True)
    assert site.problems() == []


@pytest.mark.parametrize("uri", ["models:/loyalty@champion", f"{ARN}-group/fraud"])
def test_a_version_beside_what_moves(site: Project, uri: str) -> None:
    site.environment(follow_aliases=True)
    site.model("fraud", changed(SAGEMAKER, model__uri=uri))
    site.has_one_problem_of_model("fraud", "MS0562", "model.version", "remove `version`")


def test_a_malformed_reference_is_one_problem(site: Project) -> None:
    site.model("fraud", following(SAGEMAKER, "models:/fraud/Production"))
    site.has_one_problem_of_model("fraud", "MS0561", "model.uri", "models:/<name>@<alias>")


@pytest.mark.parametrize(
    ("settings", "uri"),
    [
        (SAGEMAKER, "s3://models/fraud/model.tar.gz?versionId=abc1"),
        (KSERVE, "gs://models/churn#1767225600000001"),
    ],
)
def test_one_version_of_an_object_is_for_servers_that_read_it(
    site: Project, settings: dict[str, Any], uri: str
) -> None:
    site.model("model", following(settings, uri))
    site.has_one_problem_of_model("model", "MS0565", "model.uri", "whatever is there")


# ---- answers ----


def loaded(site: Project, **environment: object) -> Settings:
    site.environment(follow_aliases=True, **environment)
    return site.load()


def told(site: Project, settings: Settings, **answers: Resolved | Refused) -> list[Problem]:
    """The problems of answers to what a model named `fraud` asks."""
    found: dict[tuple[str, KeyPath], Resolved | Refused] = {
        ("fraud", (key, "uri")): answer for key, answer in answers.items()
    }
    with pytest.raises(SettingsError) as refused:
        asked_and_resolved(site.root, settings, found)
    return list(refused.value.problems)


ALIAS = "models:/fraud@champion"
FRAUD = ("fraud", ("model", "uri"))
AT = "s3://models/mlflow/3/5d0e7c3f1b2a/artifacts/model.tar.gz"


def test_the_answer_is_what_is_deployed(site: Project) -> None:
    site.model("fraud", following(SAGEMAKER, ALIAS))
    answer = Resolved(ALIAS, AT, "7", details={"run_id": "5d0e7c3f1b2a"})
    settings, found = asked_and_resolved(site.root, loaded(site), {FRAUD: answer})
    model: Any = settings.models["fraud"]
    assert (model.model.uri, model.model.version, model.model.framework) == (AT, "7", "xgboost")
    assert outputs(settings, found, "fraud") == {
        "model": {
            "model_uri": ALIAS,
            "resolved_uri": AT,
            "resolved_version": "7",
            "run_id": "5d0e7c3f1b2a",
        }
    }
    assert outputs(settings, {}, "fraud") == {}


@pytest.mark.parametrize(
    ("settings", "at", "environment"),
    [
        (BATCH, "s3://models/churn/3/", {}),
        (TRANSFORM, "s3://models/churn/3/model.tar.gz", {}),
        (TRAINED, "s3://models/churn/3/", {}),
        (VERTEX_BATCH, "gs://models/churn/3/", {"targets": {**TARGETS, **VERTEX_TARGETS}}),
        (SERVERLESS, "s3://models/churn/3/model.tar.gz", {}),
    ],
    ids=["kubernetes_batch", "sagemaker_batch", "trained_model", "vertex_batch", "serverless"],
)
def test_every_kind_of_file_has_references(
    site: Project, settings: dict[str, Any], at: str, environment: dict[str, Any]
) -> None:
    site.model("shared", SERVER)
    site.model("churn", following(settings, ALIAS))
    site.environment(follow_aliases=True, **environment)
    loaded_ones = site.load()
    found, _ = asked_and_resolved(
        site.root, loaded_ones, {("churn", ("model", "uri")): Resolved(ALIAS, at, "3")}
    )
    model: Any = found.models["churn"]
    assert (model.model.uri, model.model.version) == (at, "3")


def test_a_version_that_is_said_stays(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, model__uri="models:/fraud/7"))
    answer = Resolved("models:/fraud/7", AT, "7", DIGEST)
    settings, _ = asked_and_resolved(site.root, loaded(site), {FRAUD: answer})
    model: Any = settings.models["fraud"]
    assert (model.model.version, model.model.digest) == ("1.4.0", DIGEST)


def test_all_rules_speak_of_the_answer(site: Project) -> None:
    site.model("fraud", following(changed(SAGEMAKER, candidate=CANDIDATE), ALIAS))
    settings = loaded(site, artifact_prefixes=["s3://models/"])
    elsewhere = Resolved(ALIAS, "s3://elsewhere/model.tar.gz", "7")
    assert [each.code for each in told(site, settings, model=elsewhere)] == ["MS0251"]
    # What the target cannot read, and two versions that are one.
    dbfs = Resolved(ALIAS, "dbfs:/models/7/model.tar.gz", "7")
    assert {each.key for each in told(site, settings, model=dbfs)} == {"model.uri"}
    same = Resolved(ALIAS, AT, CANDIDATE["version"])
    assert [each.code for each in told(site, settings, model=same)] == ["MS0204"]


def test_each_reference_that_nobody_resolves_is_told(site: Project) -> None:
    both = following(changed(SAGEMAKER, candidate=CANDIDATE), ALIAS)
    site.model("fraud", following(both, "hf://owner/model@main", "candidate"))
    refused = Refused(ALIAS, "MLflow at http://mlflow", "alias champion not found", "Name another")
    unsafe = Refused("hf://owner/model@main", "the Hub", "it has pickles", "Convert", unsafe=True)
    model, candidate = told(site, loaded(site), model=refused, candidate=unsafe)
    assert (candidate.code, candidate.key) == ("MS0564", "candidate.uri")
    assert (model.code, model.key, model.place.line) == ("MS0563", "model.uri", 4)
    assert (
        model.message
        == f'got "{ALIAS}", and MLflow at http://mlflow said: alias champion not found'
    )
    assert model.fix == "name another"


@pytest.mark.parametrize(
    ("uri", "version"), [("s3://models/a b", "7"), (AT, "7 (final)"), (AT, "7" * 64), ("x", "7")]
)
def test_what_is_no_artifact(site: Project, uri: str, version: str) -> None:
    site.model("fraud", following(SAGEMAKER, ALIAS))
    (problem,) = told(site, loaded(site), model=Resolved(ALIAS, uri, version))
    assert (problem.code, problem.key) == ("MS0563", "model.uri")
    assert "its registry named" in problem.message


def test_other_bytes_than_the_file_says(site: Project) -> None:
    digest = "sha256:" + "1" * 64
    site.model("fraud", changed(following(SAGEMAKER, ALIAS), model__digest=digest))
    (problem,) = told(site, loaded(site), model=Resolved(ALIAS, AT, "7", DIGEST))
    assert (problem.code, problem.key) == ("MS0211", "model.digest")


def test_a_gated_model_needs_a_token_where_it_is_served(site: Project) -> None:
    gated = following(changed(KSERVE, model__framework="huggingface"), "hf://owner/model@main")
    site.model("fraud", gated)
    at = f"hf://owner/model@{COMMIT}"
    answer = Resolved("hf://owner/model@main", at, COMMIT, details={"gated": "manual"})
    (problem,) = told(site, loaded(site), model=answer)
    assert (problem.code, problem.key) == ("MS0566", "model.uri")
    site.model("fraud", changed(gated, token_secret_name="hub"))
    asked_and_resolved(site.root, loaded(site), {FRAUD: answer})


def test_pinned_models_ask_nobody(site: Project) -> None:
    def nobody() -> Any:  # noqa: ANN401 - never comes back
        raise AssertionError

    site.model("churn", KSERVE)
    site.model("fraud", following(SAGEMAKER, f"{ARN}/fraud/4"))
    site.model("graph", GRAPH)
    site.model("flowers", LAMBDA)
    settings = site.load()
    assert resolved(site.root, settings, nobody) == (settings, {})


def test_a_provider_that_does_not_answer(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*_: object) -> None:
        raise RuntimeError("invoke of serving:index:resolveModels returned an error: it is gone")

    monkeypatch.setattr("stacks.references.resolve_models", failed)
    site.model("fraud", following(SAGEMAKER, ALIAS))
    provider: Any = object()
    with pytest.raises(pulumi.RunError, match="no registry of models can be asked: it is gone"):
        resolved(site.root, loaded(site), lambda: provider)


def test_each_reference_is_asked_for_once(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models with one name ask once, unless files are judged and what they load differs."""
    asked: list[tuple[str, bool]] = []

    def answer(references: list[tuple[str, bool]], _: object) -> list[Resolved]:
        asked.extend(references)
        return [Resolved(uri, AT, "7") for uri, _ in references]

    monkeypatch.setattr("stacks.references.resolve_models", answer)
    hub = "hf://owner/model@main"
    for name, uri in (("", ALIAS), ("-of-hub", hub)):
        site.model(f"fraud{name}", following(SAGEMAKER, uri))
        site.model(f"fraud-too{name}", following(SAGEMAKER, uri))
        site.model(f"churn{name}", following(KSERVE, uri))
    provider: Any = object()
    settings, found = resolved(site.root, loaded(site), lambda: provider)
    assert sorted(asked) == [(hub, False), (hub, True), (ALIAS, False)]
    assert len(found) == 6
    models: Any = settings.models
    assert {models[name].model.uri for name in found} == {AT}


def test_what_is_exact_is_asked_for_where_the_environment_says_so(site: Project) -> None:
    exact = {
        "hub": (f"hf://owner/model@{COMMIT}", True),
        "registered": (f"{ARN}/fraud/4", False),
        "stored": ("s3://models/churn/2.1.0/", False),
    }
    for name, (uri, looked_up) in exact.items():
        holder = Artifact.model_validate({"uri": uri, "version": "2.1.0"})
        artifact = Named(uri, ("model", "uri"), holder)
        assert asked_reference(artifact) is None, name
        assert (asked_reference(artifact, verify=True) is not None) == looked_up, name
    site.model("churn", changed(KSERVE, model__uri=exact["hub"][0], model__framework="huggingface"))
    site.environment(verify_references=True)

    def asked() -> Any:  # noqa: ANN401 - never comes back
        raise InterruptedError

    with pytest.raises(InterruptedError):
        resolved(site.root, site.load(), asked)


def test_one_version_of_an_object_as_the_answer(site: Project) -> None:
    site.environment(follow_aliases=True, targets=VERTEX_TARGETS)
    site.model("fraud", following(VERTEX, "gs://models/fraud/model.onnx"))
    answer = Resolved("gs://models/fraud/model.onnx", "gs://models/fraud/model.onnx#17", "17")
    assert [each.code for each in told(site, site.load(), model=answer)] == ["MS0565"]
    # This project's own runtime reads it.
    site.model("flowers", following(LAMBDA, "s3://models/flowers/model.onnx?versionId=17"))
    site.environment(follow_aliases=True)
    assert "MS0565" not in {each.code for each in site.problems() if "flowers" in each.place.file}
