"""References where a file names artifacts beside the model's: parts of a server, containers."""

from pathlib import Path
from typing import Any

import pytest

from components.model_reference import Refused, Resolved
from stacks import targets
from stacks.references import asked_and_resolved, outputs, resolved
from stacks.settings.artifacts import artifacts
from stacks.settings.load import Settings
from stacks.settings.problems import Problem, SettingsError
from stacks.settings.yaml_source import KeyPath
from tests.unit.settings_project import (
    CANDIDATE,
    DIGEST,
    MODEL_SERVER,
    SAGEMAKER,
    Project,
    changed,
    project,
)

IMAGE = MODEL_SERVER["model"]["image"]
COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775"
ALIAS = "models:/words@champion"
AT = "s3://models/mlflow/4/0badcafe/artifacts/model"
SERVER = changed(
    MODEL_SERVER,
    strategy="blue_green",
    candidate={"uri": "s3://models/ranker/1.3.0/", "version": "1.3.0"},
    parts={"tokenizer": {"image": IMAGE}},
)
CONTAINERS = changed(
    SAGEMAKER,
    candidate=CANDIDATE,
    model__image=IMAGE,
    model__framework=None,
    containers=[{"hostname": "encoder", "image": IMAGE}],
)
Answers = dict[tuple[str, KeyPath], Resolved | Refused]


def _server(**part: str) -> dict[str, Any]:
    return changed(SERVER, parts__tokenizer={"image": IMAGE, **part})


def _containers(**container: str) -> dict[str, Any]:
    of = {"hostname": "encoder", "image": IMAGE, **container}
    return changed(CONTAINERS, containers=[of])


# A file with one more artifact, by its key; and the path of that.
PLACES: dict[str, tuple[Any, KeyPath, str]] = {
    "part": (_server, ("parts", "tokenizer"), "parts.tokenizer"),
    "container": (_containers, ("containers", 0), "containers[0]"),
}
KEYS = ("uri", "candidate_uri")


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def told(site: Project, settings: Settings, answers: Answers) -> list[Problem]:
    with pytest.raises(SettingsError) as refused:
        asked_and_resolved(site.root, settings, answers)
    return list(refused.value.problems)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", PLACES)
def test_what_moves_needs_leave_there_too(site: Project, place: str, key: str) -> None:
    write, _, dotted = PLACES[place]
    for uri in (ALIAS, "hf://owner/words@v1.0", "hf://owner/words", "oci://registry/words:1.2"):
        site.environment()
        site.model("ranker", write(**{key: uri}))
        site.has_one_problem_of_model("ranker", "MS0560", f"{dotted}.{key}", "follow_aliases: true")
        site.environment(follow_aliases=True)
        assert site.problems() == [], uri
    site.model("ranker", write(**{key: "models:/words/Production"}))
    site.has_one_problem_of_model("ranker", "MS0561", f"{dotted}.{key}", "models:/<name>@<alias>")
    site.model("ranker", write(**{key: "s3://models/words/model.tar.gz?versionId=1"}))
    site.has_one_problem_of_model("ranker", "MS0565", f"{dotted}.{key}", "whatever is there")


@pytest.mark.parametrize(
    "uri",
    [
        *("s3://models/words/1.2/", "image:/models/words", f"hf://owner/words@{COMMIT}"),
        *("https://models.example.com/words/1.2.zip", "gs://models/words/1.2/model.onnx"),
    ],
)
def test_what_is_exact_or_a_path_is_passed_on(site: Project, uri: str) -> None:
    site.model("ranker", _server(uri=uri))
    settings = site.load()
    asked: Any = None
    assert resolved(site.root, settings, asked) == (settings, {})


def test_an_image_by_its_digest_is_passed_on(site: Project) -> None:
    site.model("ranker", changed(_server(uri=f"oci://registry/words@{DIGEST}"), image_volumes=True))
    settings = site.load()
    asked: Any = None
    assert resolved(site.root, settings, asked) == (settings, {})


def test_a_path_that_floats_is_refused_as_before(site: Project) -> None:
    site.model("ranker", _server(uri="s3://models/words/latest/"))
    site.has_one_problem_of_model("ranker", "MS0202", "parts.tokenizer.uri", "can change")


def test_a_reference_hides_no_problem_of_another_part(site: Project) -> None:
    settings = changed(SERVER, parts__first={"image": IMAGE, "uri": ALIAS})
    settings = changed(settings, parts__zweite={"image": IMAGE, "uri": "s3://models/latest/"})
    site.model("ranker", settings)
    site.environment(follow_aliases=True)
    site.has_one_problem_of_model("ranker", "MS0202", "parts.zweite.uri", "can change")


@pytest.mark.parametrize("place", PLACES)
def test_the_answer_is_deployed_and_told(site: Project, place: str) -> None:
    write, path, _ = PLACES[place]
    at = f"{AT}/model.tar.gz"
    site.model("ranker", write(uri=ALIAS, candidate_uri="models:/words/7"))
    site.environment(follow_aliases=True)
    answers: Answers = {
        ("ranker", (*path, "uri")): Resolved(ALIAS, at, "6", DIGEST, {"run_id": "0badcafe"}),
        ("ranker", (*path, "candidate_uri")): Resolved("models:/words/7", f"{at}.7", "7"),
    }
    settings, found = asked_and_resolved(site.root, site.load(), answers)
    assert [each.uri for each in artifacts(settings.models["ranker"])][2:] == [at, f"{at}.7"]
    arguments = targets.arguments(site.root, settings, "ranker")
    (deployed,) = arguments["parts" if place == "part" else "containers"]
    assert (deployed["uri"], deployed["candidate_uri"]) == (at, f"{at}.7")
    name = "tokenizer" if place == "part" else "encoder"
    assert outputs(settings, found, "ranker") == {
        str(path[0]): {
            name: {
                "model": {
                    "model_uri": ALIAS,
                    "resolved_uri": at,
                    "resolved_version": "6",
                    "resolved_digest": DIGEST,
                    "run_id": "0badcafe",
                },
                "candidate": {
                    "model_uri": "models:/words/7",
                    "resolved_uri": f"{at}.7",
                    "resolved_version": "7",
                },
            }
        }
    }


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", PLACES)
def test_what_nobody_resolves_is_told_where_it_is_written(
    site: Project, place: str, key: str
) -> None:
    write, path, dotted = PLACES[place]
    site.model("ranker", write(**{key: ALIAS}))
    site.environment(follow_aliases=True, artifact_prefixes=["s3://models/"])
    settings, asked = site.load(), ("ranker", (*path, key))
    refused = Refused(ALIAS, "MLflow", "alias champion not found", "Name another")
    (problem,) = told(site, settings, {asked: refused})
    assert (problem.code, problem.key) == ("MS0563", f"{dotted}.{key}")
    lines = (site.root / "stacks" / "models" / "ranker.yaml").read_text().splitlines()
    assert lines[problem.place.line - 1].strip() == f"{key}: {ALIAS}"
    # What it leads to is judged by the rules of the place.
    elsewhere = Resolved(ALIAS, "s3://elsewhere/1/model.tar.gz", "1")
    (problem,) = told(site, settings, {asked: elsewhere})
    assert (problem.code, problem.key) == ("MS0251", f"{dotted}.{key}")
    unreadable = Resolved(ALIAS, "dbfs:/models/7/model.tar.gz", "7")
    assert {each.key for each in told(site, settings, {asked: unreadable})} == {f"{dotted}.{key}"}
    no_uri = Resolved(ALIAS, "a b", "7")
    assert [each.code for each in told(site, settings, {asked: no_uri})] == ["MS0563"]


def test_a_part_asks_for_no_pickles(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says what serves it; the model beside it may be of scikit-learn."""
    found: list[tuple[str, bool]] = []

    def answer(references: list[tuple[str, bool]], _: object) -> list[Resolved]:
        found.extend(references)
        return [Resolved(uri, AT, "7") for uri, _ in references]

    monkeypatch.setattr("stacks.references.resolve_models", answer)
    site.model("ranker", changed(_server(uri=ALIAS), model__framework="sklearn"))
    site.environment(follow_aliases=True)
    provider: Any = object()
    resolved(site.root, site.load(), lambda: provider)
    assert found == [(ALIAS, False)]
