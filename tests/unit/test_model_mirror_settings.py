"""Where an environment keeps its models: what is copied there, and what the settings say to it."""

import fnmatch
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.model_mirror import LookedUp, RefusedCopy
from components.model_reference import Resolved
from delivery.only import only_flags
from facts.model_mirror import copied, copy_uri
from stacks import model_mirror
from stacks.references import asked_and_resolved
from stacks.settings.load import Settings
from stacks.settings.model_mirror import COPY_TYPE, copies, copy_name, in_mirror
from stacks.settings.problems import SettingsError
from tests.unit.settings_project import (
    AKS_TARGETS,
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    AZURE_ML,
    AZURE_ML_TARGETS,
    BATCH,
    CANDIDATE,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    GKE_TARGETS,
    KSERVE,
    LAMBDA,
    MODEL_SERVER,
    SAGEMAKER,
    SELDON,
    SERVERLESS,
    TARGETS,
    TRANSFORM,
    VERTEX,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)

S3, GS = "s3://our-models/mirror/", "gs://our-models/mirror/"
BLOB = "https://ourmodels.blob.core.windows.net/models/mirror/"
COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775"
DIGEST = "sha256:" + "0c1d2e3f" * 8
HUB: dict[str, Any] = {
    "uri": f"hf://owner/model@{COMMIT}",
    "framework": "huggingface",
    "version": None,
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def named(settings: dict[str, Any], uri: str, **more: object) -> dict[str, Any]:
    """The settings with another artifact; None takes a key away."""
    artifact = {**settings["model"], "uri": uri, **more}
    kept = {key: value for key, value in artifact.items() if value is not None}
    return {**settings, "model": kept}


def places(site: Project, settings: dict[str, Any], mirror: object, **more: object) -> list[str]:
    """Where the copies of a model are."""
    site.environment(model_mirror=mirror, **more)
    site.model("model", settings)
    loaded = site.load()
    return [each.uri for each in copies(loaded.models["model"], "model", loaded.site)]


def below(mirror: str, uri: str, version: str, digest: str | None = None) -> str:
    source = copied(uri, digest)
    assert source is not None
    return copy_uri(mirror, "model", version, source, digest)


# Each kind of file, its environment, and the mirror that it is copied to.
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "sagemaker": (SAGEMAKER, TARGETS, S3),
    "serverless": (SERVERLESS, TARGETS, S3),
    "transform": (TRANSFORM, TARGETS, S3),
    "vertex": (VERTEX, VERTEX_TARGETS, GS),
    "cloud run": (CLOUD_RUN, CLOUD_RUN_TARGETS, GS),
    "kserve": (KSERVE, TARGETS, S3),
    "seldon": (SELDON, TARGETS, S3),
    "batch": (BATCH, TARGETS, S3),
    "gke": (
        named(KSERVE, "gs://models/churn/2.1.0/"),
        {**GKE_TARGETS, "kubernetes": {"context": "serving-dev", "identity": "gke"}},
        GS,
    ),
    "azure ml": (AZURE_ML, AZURE_ML_TARGETS, BLOB),
    "azure functions": (AZURE_FUNCTIONS, AZURE_FUNCTIONS_TARGETS, BLOB),
    "aks": (
        named(KSERVE, "https://models.blob.core.windows.net/churn/2.1.0/"),
        {
            **AKS_TARGETS,
            "azure": {**AKS_TARGETS["azure"], "oidc_issuer_url": "https://oidc.example.com/"},
            "kubernetes": {"context": "serving-dev", "identity": "aks"},
        },
        BLOB,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_target_reads_the_mirror_of_its_cloud(site: Project, kind: str) -> None:
    settings, targets, mirror = KINDS[kind]
    uri, version = settings["model"]["uri"], settings["model"]["version"]
    expected = [below(mirror, uri, version)]
    assert places(site, settings, [S3, GS, BLOB], targets=targets) == expected
    assert places(site, settings, mirror, targets=targets) == expected
    assert places(site, settings, [], targets=targets) == []


PASSED_ON = {
    "a file of this project": LAMBDA,
    "a version of SageMaker's registry": named(
        SAGEMAKER,
        "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/4",
        version=None,
        framework=None,
    ),
    "an image": named(KSERVE, f"oci://registry.example.com/a/b@{DIGEST}", version=None),
    "what is in the mirror": named(KSERVE, f"{S3}churn/2.1.0-1a2b3c4d/2.1.0/"),
    "many models": changed(
        SAGEMAKER,
        many_models=True,
        model__uri="s3://models/fraud/1.4.0/",
        model__framework=None,
        model__image=f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/a@{DIGEST}",
    ),
}


@pytest.mark.parametrize("kind", PASSED_ON)
def test_what_is_passed_on_as_it_is(site: Project, kind: str) -> None:
    assert places(site, PASSED_ON[kind], S3) == []


def test_the_candidate_and_each_part_are_copied(site: Project) -> None:
    found = places(site, changed(SAGEMAKER, candidate=CANDIDATE), S3)
    assert found == [
        below(S3, SAGEMAKER["model"]["uri"], "1.4.0"),
        below(S3, CANDIDATE["uri"], "1.5.0"),
    ]
    names = [copy_name("a", path) for path in (("model", "uri"), ("candidate", "uri"))]
    names += [copy_name("a", ("parts", "b", key)) for key in ("uri", "candidate_uri")]
    names.append(copy_name("a", ("containers", 0, "uri")))
    assert names == [
        "a.copy",
        "a.copy.candidate",
        "a.copy.parts.b",
        "a.copy.parts.b.candidate",
        "a.copy.containers.0",
    ]


def test_one_model_alone_reaches_its_copies_and_no_other_ones(site: Project) -> None:
    """By a pattern, which the engine takes where nothing has such a name, as of an alias."""
    site.environment(model_mirror=S3)
    site.model("model", KSERVE)
    flags = only_flags(site.root, "dev", site.load(), "model", ())
    (pattern,) = (each.rpartition("::")[2] for each in flags if COPY_TYPE in each)
    names = [copy_name("model", path) for path in (("model", "uri"), ("candidate", "uri"))]
    assert fnmatch.filter([*names, copy_name("model-2", ("model", "uri"))], pattern) == names
    site.environment()
    assert COPY_TYPE not in str(only_flags(site.root, "dev", site.load(), "model", ()))


def test_a_mirror_that_the_target_does_not_read(site: Project) -> None:
    for settings, targets, mirror, allowed in (
        (VERTEX, VERTEX_TARGETS, S3, "gs://…"),
        (SAGEMAKER, TARGETS, GS, "s3://…"),
        (
            AZURE_FUNCTIONS,
            AZURE_FUNCTIONS_TARGETS,
            S3,
            "https://<account>.blob.core.windows.net/<container>/…",
        ),
    ):
        site.environment(model_mirror=mirror, targets=targets)
        site.model("model", settings)
        said = f"`model-serving:model_mirror: [{mirror}, {allowed}]`"
        site.has_one_problem_of_model("model", "MS0567", "model.uri", said)


@pytest.mark.parametrize(
    "mirror",
    [
        "s3://",
        "https://example.com/a",
        "s3://our-models/a b",
        "s3://our-models/a?",
        "s3://our-models/../a",
        "https://ourmodels.blob.core.windows.net/models/../others/",
        "our-models",
        7,
    ],
)
def test_what_is_no_mirror(site: Project, mirror: object) -> None:
    site.environment(model_mirror=mirror)
    site.model("model", KSERVE)
    (problem,) = site.problems()
    assert problem.key.startswith("model-serving:model_mirror")


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (SAGEMAKER, "many_models"),
        (SAGEMAKER, "model__digest"),
        (SAGEMAKER, "model__version"),
        (KSERVE, "service_account_name"),
        (MODEL_SERVER, "server"),
    ],
)
def test_what_is_wrong_beside_the_artifact_is_told(
    site: Project, settings: dict[str, Any], path: str
) -> None:
    """Whether that is copied is not known then, and nothing falls over it."""
    site.environment(model_mirror=S3)
    site.model("model", changed(settings, **{path: "A B"}))
    assert {each.key for each in site.problems()} == {path.replace("__", ".")}


def test_rules_speak_of_what_is_served(site: Project) -> None:
    hub = named(KSERVE, **HUB)
    cut_off = {**TARGETS, "kubernetes": {"context": "serving-dev", "internet": False}}
    here = {"targets": cut_off, "artifact_prefixes": [S3]}
    site.model("model", hub)
    site.environment(**here)
    assert {each.code for each in site.problems()} == {"MS0248", "MS0251"}
    site.environment(**here, model_mirror=S3)
    assert site.problems() == []
    # What the target cannot serve, a copy is not either.
    site.model("model", named(LAMBDA, **{**HUB, "framework": "onnx"}, digest=None))
    (problem,) = site.problems()
    assert problem.key == "model.uri"
    assert S3 in problem.message


def test_what_is_copied_is_pinned_too(site: Project) -> None:
    site.environment(model_mirror=S3)
    site.model("model", named(KSERVE, "s3://models/churn/latest/"))
    site.has_one_problem_of_model("model", "MS0202", "model.uri", "which can change")


def test_one_version_of_an_object_is_copied_for_any_server(site: Project) -> None:
    uri = "s3://models/fraud/model.tar.gz?versionId=abc1"
    site.model("model", named(SAGEMAKER, uri, version=None))
    site.has_one_problem_of_model("model", "MS0565", "model.uri", "model_mirror")
    (place,) = places(site, named(SAGEMAKER, uri, version=None), S3)
    assert place.endswith("/model.tar.gz")
    # One that is in the mirror is served as it is, by whatever is there.
    site.model("model", named(SAGEMAKER, f"{S3}fraud/model.tar.gz?versionId=abc1", version=None))
    site.has_one_problem_of_model("model", "MS0565", "model.uri", "below a path of its own")


def test_a_copy_with_pickles_is_not_found_by_what_must_load_none(site: Project) -> None:
    """Of the Hub, where what is copied is judged; of a store all is copied, whatever serves it."""
    sklearn = {**HUB, "framework": "sklearn"}
    (with_pickles,) = places(site, named(KSERVE, **sklearn), S3)
    (without,) = places(site, named(KSERVE, **HUB), S3)
    assert with_pickles != without == below(S3, str(HUB["uri"]), COMMIT)
    uri = "s3://models/churn/2.1.0/"
    (first,) = places(site, named(KSERVE, uri, framework="sklearn"), S3)
    assert places(site, named(KSERVE, uri, framework="huggingface"), S3) == [first]


def test_what_a_registry_answers_is_copied(site: Project) -> None:
    site.environment(model_mirror=S3, follow_aliases=True, artifact_prefixes=[S3])
    alias = "hf://owner/model@main"
    site.model("model", named(KSERVE, alias, framework="huggingface", version=None))
    loaded = site.load()
    assert copies(loaded.models["model"], "model", loaded.site) == []
    # Who copies it may read a gated one; the servers read the copy.
    answer = Resolved(alias, str(HUB["uri"]), COMMIT, details={"gated": "manual"})
    settings, _ = asked_and_resolved(site.root, loaded, {("model", ("model", "uri")): answer})
    (copy,) = copies(settings.models["model"], "model", settings.site)
    assert copy.source == HUB["uri"]
    made: Any = in_mirror(settings.models["model"], "model", settings.site)
    assert made.model.uri == copy.uri == below(S3, str(HUB["uri"]), COMMIT)


# ---- looked for before anything is registered ----


def looked_up(
    site: Project, monkeypatch: pytest.MonkeyPatch, answer: object
) -> tuple[Settings, model_mirror.Copies]:
    site.environment(model_mirror=S3)
    site.model("model", named(KSERVE, **HUB))

    def answers(asked: Sequence[object], _: object) -> list[Any]:
        if isinstance(answer, Exception):
            raise answer
        return [answer for _ in asked]

    monkeypatch.setattr(model_mirror, "look_up_copies", answers)
    provider: Any = object()
    return model_mirror.mirrored(site.load(), lambda: provider)


def test_what_is_served_is_the_copy(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    found = LookedUp(there=False, file_count=3, size_bytes=1)
    settings, made = looked_up(site, monkeypatch, found)
    model: Any = settings.models["model"]
    (copy,) = made["model"]
    assert model.model.uri == copy.uri
    assert model.model.version == COMMIT
    assert model_mirror.outputs(made, "model") == {
        "copies": {"model.uri": {"from": HUB["uri"], "to": copy.uri}}
    }
    assert model_mirror.outputs(made, "another") == {}


@pytest.mark.parametrize(("unsafe", "code"), [(False, "MS0568"), (True, "MS0564")])
def test_a_copy_that_cannot_be_made(
    site: Project,
    monkeypatch: pytest.MonkeyPatch,
    unsafe: bool,  # noqa: FBT001 - a case
    code: str,
) -> None:
    refused = RefusedCopy("the Hub", "it is gated", "Set HF_TOKEN", unsafe=unsafe)
    with pytest.raises(SettingsError) as error:
        looked_up(site, monkeypatch, refused)
    (problem,) = error.value.problems
    assert (problem.code, problem.key) == (code, "model.uri")
    assert problem.place.file == "stacks/models/model.yaml"
    said = "\n".join(problem.lines())
    assert f"to be copied to {S3}model/{COMMIT}-" in said
    assert "the Hub said: it is gated" in said
    assert "fix: set HF_TOKEN" in said


def test_a_provider_that_does_not_answer(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match="no copy of a model can be looked for: broken"):
        looked_up(site, monkeypatch, Exception("broken"))


def test_without_a_mirror_nobody_is_asked(site: Project) -> None:
    site.model("model", KSERVE)

    def provider() -> Any:  # noqa: ANN401
        raise AssertionError

    settings = site.load()
    assert model_mirror.mirrored(settings, provider) == (settings, {})
    # Nor by the stack of the platform.
    site.environment(model_mirror=S3, layer="platform")
    settings = site.load()
    assert model_mirror.mirrored(settings, provider) == (settings, {})


def test_a_part_of_a_server_has_a_copy_by_its_name(
    site: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "s3://models/tokenizer/1.2.0/"
    image = f"registry.example.com/tokenizer@{DIGEST}"
    part = {"uri": uri, "image": image, "candidate_uri": uri}
    site.environment(model_mirror=S3)
    candidate = {"uri": "s3://models/ranker/2.2.0/", "version": "2.2.0", "image": image}
    more: dict[str, Any] = {"strategy": "blue_green", "candidate": candidate}
    site.model("model", changed(MODEL_SERVER, parts={"tokenizer": part}, **more))
    loaded = site.load()
    asked = copies(loaded.models["model"], "model", loaded.site)
    found = {each.path: each.uri for each in asked}
    assert found["parts", "tokenizer", "uri"] == below(S3, uri, "tokenizer")
    # The candidate's is the same, and one place is written by one.
    assert found["parts", "tokenizer", "candidate_uri"] == below(S3, uri, "tokenizer")
    made: dict[str, str] = {}

    def record(name: str, *, uri: str, **_: object) -> object:
        made[uri] = name
        return name

    monkeypatch.setattr(model_mirror, "ModelCopy", record)
    provider: Any = object()
    resources = model_mirror.make("model", {"model": asked}, lambda: provider)
    assert sorted(map(str, resources)) == sorted(made.values())
    assert set(made) == set(found.values())
    assert made[below(S3, uri, "tokenizer")] == "model.copy.parts.tokenizer"
