"""Mistakes in a model's file and its name, each by its code, place, key and way out."""

import math
from pathlib import Path
from typing import Any

import pytest

from stacks.settings.codes import CODES
from tests.unit.settings_project import (
    CANDIDATE,
    KSERVE,
    LAMBDA,
    SAGEMAKER,
    Project,
    changed,
    project,
)


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


# (case, settings of stacks/models/fraud.yaml, code, key, line, word that the report must hold)
MODEL_CASES: list[tuple[str, dict[str, Any] | str | bytes, str, str, int, str]] = [
    ("misspelt key", changed(SAGEMAKER, ownr="x"), "MS0101", "ownr", 7, "did you mean: owner?"),
    (
        "misspelt inner key",
        changed(SAGEMAKER, model__vresion="1"),
        "MS0101",
        "model.vresion",
        7,
        "did you mean: version?",
    ),
    (
        "a synonym",
        changed(SAGEMAKER, replicas=2),
        "MS0101",
        "replicas",
        7,
        "did you mean: min_replicas?",
    ),
    (
        "a key that belongs one level below",
        changed(SAGEMAKER, wait_seconds=60),
        "MS0101",
        "wait_seconds",
        7,
        "did you mean: rollout.wait_seconds?",
    ),
    (
        "a synonym of one that belongs there",
        changed(SAGEMAKER, memory=2048),
        "MS0101",
        "memory",
        7,
        "did you mean: resources.memory_mib?",
    ),
    (
        "a key of another target",
        changed(SAGEMAKER, namespace="models"),
        "MS0101",
        "namespace",
        7,
        "remove the line",
    ),
    ("missing owner", changed(SAGEMAKER, owner=None), "MS0102", "owner", 1, "add `owner: …`"),
    ("empty owner", changed(SAGEMAKER, owner=""), "MS0106", "owner", 2, "one line of letters"),
    ("owner of two lines", changed(SAGEMAKER, owner="a\nb"), "MS0106", "owner", 2, "one line"),
    (
        "number as text",
        changed(SAGEMAKER, min_replicas="two"),
        "MS0103",
        "min_replicas",
        7,
        'got "two"',
    ),
    (
        "truth value as number",
        changed(SAGEMAKER, min_replicas=True),
        "MS0103",
        "min_replicas",
        7,
        "got true",
    ),
    (
        "a list for a number",
        changed(SAGEMAKER, min_replicas=[1]),
        "MS0103",
        "min_replicas",
        8,
        "got a list",
    ),
    (
        "a fraction for a whole number",
        changed(SAGEMAKER, canary_percent=12.5),
        "MS0103",
        "canary_percent",
        7,
        "a whole number from 0 to 100",
    ),
    (
        "canary of 130",
        changed(SAGEMAKER, canary_percent=130),
        "MS0104",
        "canary_percent",
        7,
        "a whole number from 0 to 100",
    ),
    (
        "not a number",
        changed(SAGEMAKER, slo__latency_p95_ms=math.nan),
        "MS0104",
        "slo.latency_p95_ms",
        8,
        "got nan",
    ),
    (
        "huge",
        changed(SAGEMAKER, canary_percent=10**300),
        "MS0104",
        "canary_percent",
        7,
        "got a huge number",
    ),
    (
        "version without quotes",
        changed(SAGEMAKER, model__version=1.4),
        "MS0103",
        "model.version",
        5,
        'put it in quotes: version: "1.4"',
    ),
    (
        "unknown target",
        changed(SAGEMAKER, target="sagemker"),
        "MS0105",
        "target",
        1,
        "did you mean: sagemaker?",
    ),
    ("no target", changed(SAGEMAKER, target=None), "MS0102", "target", 1, "add `target: …`"),
    ("target is a list", changed(SAGEMAKER, target=["lambda"]), "MS0105", "target", 2, "a list"),
    (
        "unknown choice",
        changed(SAGEMAKER, data_classification="confidental"),
        "MS0105",
        "data_classification",
        7,
        "did you mean: confidential?",
    ),
    (
        "min above max",
        changed(SAGEMAKER, min_replicas=5, max_replicas=2),
        "MS0201",
        "min_replicas",
        7,
        "above max_replicas 2 (stacks/models/fraud.yaml:8:15)",
    ),
    (
        "latest",
        changed(SAGEMAKER, model__version="latest", model__uri="s3://models/fraud/latest/m"),
        "MS0202",
        "model.version",
        5,
        "no `latest`",
    ),
    (
        "unpinned URI",
        changed(SAGEMAKER, model__uri="s3://models/fraud/model.tar.gz"),
        "MS0202",
        "model.uri",
        4,
        "can change under the same settings",
    ),
    (
        "version inside another",
        changed(SAGEMAKER, model__uri="s3://models/fraud/11.4.0/m"),
        "MS0202",
        "model.uri",
        4,
        "1.4.0",
    ),
    (
        "image by tag",
        changed(SAGEMAKER, model__image="example.com/serve:1.0"),
        "MS0202",
        "model.image",
        7,
        "a tag that can move",
    ),
    (
        "share without candidate",
        changed(SAGEMAKER, canary_percent=10),
        "MS0203",
        "canary_percent",
        7,
        "no candidate",
    ),
    (
        "candidate is the stable one",
        changed(SAGEMAKER, candidate={**CANDIDATE, "version": "1.4.0", "uri": "s3://m/1.4.0/m"}),
        "MS0204",
        "candidate.version",
        9,
        "the stable model's",
    ),
    (
        "nothing serves",
        changed(SAGEMAKER, model__framework=None),
        "MS0205",
        "model.framework",
        3,
        "framework: xgboost",
    ),
    (
        "steps without shift",
        changed(SAGEMAKER, rollout__size_percent=10),
        "MS0206",
        "rollout.size_percent",
        8,
        "no steps",
    ),
    (
        "count without accelerator",
        changed(KSERVE, resources__accelerator_count=2),
        "MS0207",
        "resources.accelerator_count",
        8,
        "no accelerator",
    ),
    (
        "bad tag",
        changed(SAGEMAKER, tags={"a": "b\x07"}),
        "MS0106",
        "tags.a",
        8,
        "letters, digits",
    ),
    (
        "out of the artifacts' folder",
        changed(LAMBDA, model__uri="file:iris/1.0.0/../../../../etc/passwd"),
        "MS0106",
        "model.uri",
        4,
        "leads out of",
    ),
    (
        "owner that no tag can hold",
        changed(SAGEMAKER, owner="a<b>"),
        "MS0106",
        "owner",
        2,
        "letters",
    ),
    ("not YAML", "target: [sagemaker\nowner: x\n", "MS0001", "", 2, "not YAML"),
    ("tab", "target: sagemaker\nmodel:\n\turi: x\n", "MS0001", "", 3, "refuses tabs"),
    ("two documents", "target: a\n---\ntarget: b\n", "MS0001", "", 2, "document"),
    ("a list", "- target\n", "MS0003", "", 1, "got a list"),
    ("a word", "sagemaker\n", "MS0003", "", 1, '"sagemaker"'),
    ("empty", "", "MS0003", "", 0, "empty"),
    ("only a comment", "# nothing\n", "MS0003", "", 0, "empty"),
    ("not UTF-8", b"target: sagemaker\nowner: \xff\n", "MS0002", "", 2, "not UTF-8"),
    ("key twice", "target: kserve\nowner: a\nowner: b\n", "MS0004", "owner", 3, "line 2"),
    ("a mapping as key", "? {a: b}\n: c\n", "MS0003", "", 1, "a key is a word"),
    ("aliases of themselves", "a: &a [*a]\n", "MS0002", "a", 1, "nested too deep"),
    ("deeply nested", "a: " + "[" * 30_000, "MS0002", "", 0, "nested too deep"),
    ("too large", "a: " + "x" * 300_000, "MS0002", "", 0, "at most 262144"),
]


@pytest.mark.parametrize(
    ("settings", "code", "key", "line", "word"),
    [case[1:] for case in MODEL_CASES],
    ids=[case[0] for case in MODEL_CASES],
)
def test_mistake_in_a_model_file(  # noqa: PLR0917 - the columns of the table
    site: Project,
    settings: dict[str, Any] | str | bytes,
    code: str,
    key: str,
    line: int,
    word: str,
) -> None:
    site.model("fraud", settings)
    found = [problem for problem in site.problems() if problem.code == code]
    assert found, [problem.lines() for problem in site.problems()]
    said = "\n".join("\n".join(problem.lines()) for problem in found)
    assert word in said
    problem = next(p for p in found if p.key.startswith(key))
    assert problem.place.file == "stacks/models/fraud.yaml"
    assert problem.place.line == line, said


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Fraud", "MS0006"),
        ("fraud_model", "MS0006"),
        ("fräud", "MS0006"),
        ("1st", "MS0006"),
        ("-x", "MS0006"),
        ("x" * 41, "MS0006"),
        ("a.b.yaml", "MS0006"),
    ],
)
def test_bad_model_name(site: Project, name: str, code: str) -> None:
    site.model(name, SAGEMAKER)
    (problem,) = site.problems()
    assert problem.code == code
    assert "rename it, for example to " in problem.fix


def test_two_files_for_one_model(site: Project) -> None:
    site.model("fraud.yaml", SAGEMAKER)
    site.model("fraud.yml", SAGEMAKER)
    (problem,) = site.problems()
    assert (problem.code, problem.place.file) == ("MS0005", "stacks/models/fraud.yml")


def test_every_code_that_is_reported_is_explained() -> None:
    assert {case[2] for case in MODEL_CASES} <= set(CODES)


def test_a_link_to_nowhere_is_not_a_model(site: Project) -> None:
    (site.root / "stacks" / "models" / "fraud.yaml").symlink_to(site.root / "nowhere")
    site.model("churn", KSERVE)
    assert sorted(site.load().models) == ["churn"]
