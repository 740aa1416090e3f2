"""What a model file says of drift: taken by components, or refused with what would work."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings_project import (
    ASYNC,
    AZURE_ML,
    AZURE_ML_BATCH,
    AZURE_ML_TARGETS,
    SAGEMAKER,
    SERVERLESS,
    SHARED_ENDPOINT,
    TARGETS,
    TRANSFORM,
    VERTEX,
    VERTEX_BATCH,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)
from tests.unit.settings_to_component import arguments_taken

_S3: dict[str, Any] = {"baseline_uri": "s3://models/fraud/1.4.0/baseline"}
_BQ: dict[str, Any] = {
    "baseline_uri": "bq://example-models.training.fraud",
    "label_column": "is_fraud",
}
_ASSET: dict[str, Any] = {"baseline_uri": "azureml:fraud-training:3"}
_IN_S3: dict[str, Any] = {"uri": "s3://captured/fraud"}
_IN_BLOBS: dict[str, Any] = {"uri": "https://examplemodels.blob.core.windows.net/captured/fraud"}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=_targets())
    return made


def _targets(**more: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {**TARGETS, **VERTEX_TARGETS, **AZURE_ML_TARGETS}
    return {**whole, **{key: {**whole.get(key, {}), **value} for key, value in more.items()}}


def _alone(site: Project, asked: dict[str, Any]) -> None:
    for other in (site.root / "stacks" / "models").glob("*.yaml"):
        other.unlink()
    site.model("fraud", asked)


@pytest.mark.parametrize(
    ("asked", "more", "expected"),
    [
        (
            changed(
                SAGEMAKER,
                capture=_IN_S3,
                drift={**_S3, "threshold": 0.2, "features": ["amount"], "schedule": "hourly"},
            ),
            {},
            {
                "drift_baseline_uri": "s3://models/fraud/1.4.0/baseline",
                "drift_threshold": 0.2,
                "drift_features": ["amount"],
                "drift_schedule": "hourly",
            },
        ),
        (
            changed(VERTEX, drift={**_BQ, "sample_percent": 10, "retention_days": 7}),
            {},
            {
                "drift_label_column": "is_fraud",
                "drift_sample_percent": 10,
                "drift_retention_days": 7,
                "drift_schedule": "daily",
            },
        ),
        (changed(VERTEX, capture={"retention_days": 7}), {}, {"capture_days": 7}),
        (
            changed(AZURE_ML, capture=_IN_BLOBS, drift={**_ASSET, "schedule": "0 3/6 * * *"}),
            {"azure_ml": {"drift_emails": ["team@example.com"]}},
            {"drift_emails": ["team@example.com"], "drift_schedule": "0 3/6 * * *"},
        ),
    ],
)
def test_what_components_take(
    site: Project, asked: dict[str, Any], more: dict[str, Any], expected: dict[str, Any]
) -> None:
    site.environment(targets=_targets(**more))
    _alone(site, asked)
    assert site.problems() == []
    given = arguments_taken(site, "fraud")
    assert {key: given[key] for key in expected} == expected


@pytest.mark.parametrize("asked", [SAGEMAKER, VERTEX, AZURE_ML])
def test_who_asks_for_nothing_gets_nothing(site: Project, asked: dict[str, Any]) -> None:
    site.environment(targets=_targets(azure_ml={"drift_emails": ["team@example.com"]}))
    _alone(site, asked)
    given = arguments_taken(site, "fraud")
    assert not [key for key, value in given.items() if "drift" in key and value is not None]


_CASES: list[tuple[dict[str, Any], dict[str, tuple[str, str]]]] = [
    (changed(SAGEMAKER, drift=_S3), {"drift": ("MS0641", "nothing is captured")}),
    (
        changed(SAGEMAKER, capture={**_IN_S3, "payload": ["response"]}, drift=_S3),
        {"capture.payload": ("MS0641", "drift is of requests")},
    ),
    (
        changed(SAGEMAKER, capture=_IN_S3, drift=_BQ),
        {
            "drift.baseline_uri": ("MS0642", "which sagemaker does not read"),
            "drift.label_column": ("MS0643", "sagemaker has nothing for it"),
        },
    ),
    (
        changed(
            SAGEMAKER,
            capture=_IN_S3,
            drift={**_S3, "threshold": 0.2, "sample_percent": 10, "retention_days": 3},
        ),
        {
            "drift.threshold": ("MS0643", "without `features`"),
            "drift.sample_percent": ("MS0643", "got 10, and sagemaker has nothing"),
            "drift.retention_days": ("MS0643", "got 3, and sagemaker has nothing"),
        },
    ),
    (
        changed(SAGEMAKER, capture={**_IN_S3, "retention_days": 7}),
        {"capture.retention_days": ("MS0644", "is somebody else's")},
    ),
    (changed(VERTEX, drift=_S3), {"drift.baseline_uri": ("MS0642", ""), "drift": ("MS0643", "")}),
    (
        changed(VERTEX, drift={**_BQ, "schedule": "0 3 * * *", "threshold": 1.1}),
        {
            "drift.schedule": ("MS0643", "counts hours from when the job is made"),
            "drift.threshold": ("MS0643", "no distance is above 1"),
        },
    ),
    (changed(VERTEX, capture={}, drift=_BQ), {"drift": ("MS0643", "both are logged in one table")}),
    (
        changed(VERTEX, capture={"uri": "bq://a-project.d.t", "retention_days": 7}),
        {"capture.retention_days": ("MS0644", "is somebody else's")},
    ),
    (changed(AZURE_ML, drift=_ASSET), {"drift": ("MS0641", "nothing is captured")}),
    (
        changed(AZURE_ML, capture={**_IN_BLOBS, "retention_days": 7}, drift=_S3),
        {
            "drift.baseline_uri": ("MS0642", "which azure_ml does not read"),
            "capture.retention_days": ("MS0644", "is somebody else's"),
        },
    ),
    (
        changed(SAGEMAKER, capture=_IN_S3, drift={**_S3, "schedule": "weekly"}),
        {"drift.schedule": ("MS0106", "")},
    ),
]


@pytest.mark.parametrize(("asked", "expected"), _CASES)
def test_refused(
    site: Project, asked: dict[str, Any], expected: dict[str, tuple[str, str]]
) -> None:
    _alone(site, asked)
    found = {problem.key: problem for problem in site.problems()}
    assert {key: problem.code for key, problem in found.items()} == {
        key: code for key, (code, _) in expected.items()
    }
    for key, (_, text) in expected.items():
        assert text in found[key].message
        assert found[key].place.line > 0
        assert found[key].fix or found[key].allowed


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (SERVERLESS, "MS0645"),
        (ASYNC, "MS0645"),
        (SHARED_ENDPOINT, "MS0645"),
        (TRANSFORM, "MS0640"),
        (VERTEX_BATCH, "MS0640"),
        (AZURE_ML_BATCH, "MS0640"),
    ],
)
def test_a_target_without_it_says_what_works(
    site: Project, asked: dict[str, Any], code: str
) -> None:
    _alone(site, changed(asked, drift=_S3))
    (problem,) = [each for each in site.problems() if each.key == "drift"]
    assert problem.code == code
    assert problem.source.startswith("https://")


def test_the_environments_region_and_endpoints_count(site: Project) -> None:
    _alone(site, changed(SAGEMAKER, capture=_IN_S3, drift=_S3))
    for region, codes in (("eu-south-2", ["MS0643"]), ("eu-west-1", [])):
        site.environment(targets=_targets(aws={"region": region}))
        assert [p.code for p in site.problems() if p.key == "drift"] == codes
    _alone(site, changed(VERTEX, drift=_BQ))
    peered = {
        "endpoint_type": "peered",
        "network": "projects/210987654321/global/networks/serving",
    }
    site.environment(targets=_targets(vertex=peered))
    assert [p.code for p in site.problems() if p.key == "drift"] == ["MS0643"]
