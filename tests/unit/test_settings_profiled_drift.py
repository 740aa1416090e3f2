"""What a model file says of drift: what the runtime and its watchers are told, what is refused."""

from pathlib import Path
from typing import Any

import pytest

from runtime import settings as runtime_settings
from stacks import targets
from tests.unit.settings_project import (
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    DIGEST,
    LAMBDA,
    MODEL_SERVER,
    TARGETS,
    Project,
    changed,
    project,
)

S3 = "s3://models/fraud/drift/profile.json"
GS = "gs://models/fraud/drift/profile.json"
BLOB = "https://examplemodels.blob.core.windows.net/models/fraud/drift/profile.json"
FUNCTIONS = {
    "lambda": (LAMBDA, S3),
    "cloud_run": (CLOUD_RUN, GS),
    "azure_functions": (AZURE_FUNCTIONS, BLOB),
}
MODELS = {**FUNCTIONS, "kubernetes": (MODEL_SERVER, S3)}
MONITORING = {"runbook_url": "https://wiki.corp/{alert}", "grafana_url": "https://grafana.corp"}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    watched = {**TARGETS, "kubernetes": {"context": "serving-dev", "monitoring": MONITORING}}
    made.environment(targets={**watched, **CLOUD_RUN_TARGETS, **AZURE_FUNCTIONS_TARGETS})
    return made


def asked(site: Project, model: dict[str, Any], **drift: Any) -> dict[str, Any]:  # noqa: ANN401
    """The component's arguments."""
    site.model("fraud", changed(model, **({"drift": drift} if drift else {})))
    return targets.arguments(site.root, site.load(), "fraud")


@pytest.mark.parametrize("target", FUNCTIONS)
def test_a_function_is_given_its_profile_and_watched(site: Project, target: str) -> None:
    model, uri = FUNCTIONS[target]
    found = asked(site, model, baseline_uri=uri, threshold=0.3, schedule="hourly")
    given = {key: value for key, value in found.items() if key.startswith("drift")}
    assert given == {
        "drift_baseline_uri": uri,
        "drift_threshold": 0.3,
        "drift_schedule": "hourly",
    }
    assert not [key for key in asked(site, model) if key.startswith("drift")]


def test_a_server_is_given_its_profile(site: Project) -> None:
    found = asked(site, MODEL_SERVER, baseline_uri=S3)
    assert runtime_settings.read(found["env"]).drift_profile_uri == S3
    assert "env" not in asked(site, MODEL_SERVER) or asked(site, MODEL_SERVER)["env"] is None
    mounted = "file:///etc/model-server/profile.json"
    found = asked(site, changed(MODEL_SERVER, config={"profile.json": "{}"}), baseline_uri=mounted)
    assert runtime_settings.read(found["env"]).drift_profile_uri == mounted


@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        ({}, {"drift_threshold": 0.2, "drift_hours": 24}),
        ({"threshold": 0.1, "schedule": "hourly"}, {"drift_threshold": 0.1, "drift_hours": 1}),
        ({"schedule": "0 0/6 * * *"}, {"drift_threshold": 0.2, "drift_hours": 6}),
    ],
)
def test_what_watches_a_server_watches_its_drift(
    site: Project, drift: dict[str, Any], expected: dict[str, Any]
) -> None:
    from components.kubernetes.monitoring.scraping import Scraping  # noqa: PLC0415 - an SDK

    scraping = Scraping({"app.kubernetes.io/name": "fraud"}, "reference", 8000)
    site.model("fraud", changed(MODEL_SERVER, drift={"baseline_uri": S3, **drift}))
    found = targets.monitoring_arguments(site.load(), "fraud", scraping) or {}
    assert {key: found[key] for key in found if key.startswith("drift")} == expected
    site.model("fraud", MODEL_SERVER)
    found = targets.monitoring_arguments(site.load(), "fraud", scraping) or {}
    assert found
    assert not [key for key in found if key.startswith("drift")]


_IMAGE = f"europe-west4-docker.pkg.dev/example-models/serving/iris@{DIGEST}"


@pytest.mark.parametrize(
    ("target", "changes", "code", "place"),
    [
        ("lambda", {"drift__baseline_uri": GS}, "MS0652", "drift.baseline_uri"),
        ("lambda", {"drift__baseline_uri": "s3://models/fraud/"}, "MS0652", "drift.baseline_uri"),
        ("cloud_run", {"drift__baseline_uri": S3}, "MS0652", "drift.baseline_uri"),
        ("azure_functions", {"drift__baseline_uri": S3}, "MS0652", "drift.baseline_uri"),
        ("kubernetes", {"drift__baseline_uri": "bq://p.d.t"}, "MS0652", "drift.baseline_uri"),
        ("kubernetes", {"server": "triton"}, "MS0651", "drift"),
        ("cloud_run", {"model__image": _IMAGE}, "MS0651", "drift"),
        ("lambda", {"drift__schedule": "0 3 * * *"}, "MS0653", "drift.schedule"),
        ("kubernetes", {"drift__schedule": "0 0/5 * * *"}, "MS0653", "drift.schedule"),
        ("kubernetes", {"drift__features": ["age"]}, "MS0654", "drift.features"),
        ("cloud_run", {"drift__sample_percent": 50}, "MS0654", "drift.sample_percent"),
        ("azure_functions", {"drift__retention_days": 7}, "MS0654", "drift.retention_days"),
    ],
)
def test_what_is_refused_has_its_place(
    site: Project, target: str, changes: dict[str, Any], code: str, place: str
) -> None:
    model, uri = MODELS[target]
    fine = changed(model, drift={"baseline_uri": uri})
    site.model("fraud", fine)
    assert [each.code for each in site.problems()] == []
    site.model("fraud", changed(fine, **changes))
    (found,) = [each for each in site.problems() if each.code.startswith("MS065")]
    assert (found.code, found.key) == (code, place)
    assert found.place.line > 1
    assert found.fix
