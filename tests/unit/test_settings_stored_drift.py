"""A KServe model with `capture` to a bucket and `drift`: what looks at it, and what is refused."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.drift.drift_job import DriftJob
from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from components.kubernetes.monitoring.scraping import Scraping
from delivery.only import only_flags
from stacks import targets
from tests.unit.component_mocks import record
from tests.unit.settings_project import KSERVE, TARGETS, Project, changed, project
from tests.unit.settings_to_component import arguments_taken

IMAGE = f"registry.example/serving-cpu@sha256:{'1' * 64}"
PROFILE = "s3://models/churn/2.1.0/profile.json"
STORED: dict[str, Any] = changed(
    KSERVE,
    service_account_name="churn-identity",
    capture={"uri": "s3://captured/all", "payload": ["request"]},
    drift={"baseline_uri": PROFILE},
)
MONITORING = {"runbook_url": "https://wiki.corp/{alert}", "grafana_url": "https://grafana.corp"}


def site_of(folder: Path, **cluster: Any) -> Project:  # noqa: ANN401 - settings
    made = project(folder)
    kubernetes = {**TARGETS["kubernetes"], "drift_image": IMAGE, **cluster}
    made.environment(targets={**TARGETS, "kubernetes": kubernetes})
    for other in (made.root / "stacks" / "models").glob("*.yaml"):
        other.unlink()
    return made


def job(site: Project, model: dict[str, Any]) -> dict[str, Any] | None:
    site.model("churn", model)
    return targets.drift_job_arguments(site.load(), "churn")


def test_a_job_looks_at_what_the_logger_stores(tmp_path: Path) -> None:
    site = site_of(tmp_path, monitoring=MONITORING)
    found = job(site, changed(STORED, drift__threshold=0.3, drift__schedule="0 3/6 * * *"))
    assert found is not None
    assert found == {
        "environment": "dev",
        "owner": "team-growth",
        "data_classification": "internal",
        "tags": {},
        "service_account_name": "churn-identity",
        "namespace": "models",
        "image": IMAGE,
        "captured_uri": "s3://captured/all/models/churn/predictor/captured",
        "baseline_uri": PROFILE,
        "threshold": 0.3,
        "schedule": "0 3,9,15,21 * * *",
        "window_hours": 6,
        **MONITORING,
    }
    record(DriftJob, "churn", found)
    given = arguments_taken(site, "churn")
    assert given["capture_uri"] == "s3://captured/all"
    # The job's own way, and nothing of the server's.
    assert not [key for key in given if "drift" in key]


@pytest.mark.parametrize(
    ("schedule", "cron", "hours"),
    [
        ("daily", "0 0 * * *", 24),
        ("0 3 * * *", "0 3 * * *", 24),
        ("hourly", f"0 {','.join(map(str, range(24)))} * * *", 1),
        # Of the last to the first of the next day are four hours, and five between the others.
        ("0 0/5 * * *", "0 0,5,10,15,20 * * *", 5),
        ("0 20/3 * * *", "0 20,23 * * *", 21),
    ],
)
def test_it_looks_back_to_the_last_look(
    tmp_path: Path, schedule: str, cron: str, hours: int
) -> None:
    found = job(site_of(tmp_path), changed(STORED, drift__schedule=schedule))
    assert found is not None
    assert (found["schedule"], found["window_hours"]) == (cron, hours)
    # Nothing watches the cluster: the job fails, and nobody is told.
    assert "runbook_url" not in found


def test_its_image_is_from_the_mirror(tmp_path: Path) -> None:
    found = job(site_of(tmp_path, image_mirror="mirror.corp/hub"), STORED)
    assert found is not None
    assert found["image"] == f"mirror.corp/hub/{IMAGE}"


def test_what_watches_the_server_is_told_nothing_of_drift(tmp_path: Path) -> None:
    """It tells none, and the job has alerts of its own."""
    site = site_of(tmp_path, monitoring=MONITORING)
    site.model("churn", STORED)
    scraping = Scraping({"app": "churn"}, "knative", 9091)
    found = targets.monitoring_arguments(site.load(), "churn", scraping)
    assert found is not None
    assert not [key for key in found if key.startswith("drift")]
    record(ModelMonitoring, "churn", found)


def test_a_model_without_drift_has_no_job(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    assert job(site, changed(STORED, drift=None)) is None
    assert job(site, KSERVE) is None


def test_pods_and_job_share_an_identity_of_this_models_requests_alone(tmp_path: Path) -> None:
    site = site_of(tmp_path, identity="eks_pod_identity")
    found = job(site, changed(STORED, service_account_name=None))
    assert found is not None
    assert found["service_account_name"] == "churn-identity"
    assert "169.254.170.23/32:80" in found["egress"]
    made = targets.identity(site.load(), "churn")
    assert made is not None
    own = "s3://captured/all/models/churn/predictor/captured/"
    assert made.arguments["output_uris"] == [own]
    assert made.arguments["artifact_uris"] == ["s3://models/churn/2.1.0/", own, PROFILE]
    record(made.component(), made.name, made.arguments)
    # Who only captures reads nothing of it.
    site.model("churn", changed(STORED, service_account_name=None, drift=None))
    made = targets.identity(site.load(), "churn")
    assert made is not None
    assert made.arguments["artifact_uris"] == ["s3://models/churn/2.1.0/"]


_NO_CAPTURE = changed(STORED, capture=None)


@pytest.mark.parametrize(
    ("model", "cluster", "code", "key"),
    [
        (_NO_CAPTURE, {}, "MS0655", "drift"),
        (changed(STORED, capture={"uri": "http://collector.logging"}), {}, "MS0655", "drift"),
        (changed(STORED, capture__payload=["response"]), {}, "MS0655", "capture.payload"),
        (STORED, {"drift_image": None}, "MS0656", "drift"),
        (STORED, {"kserve_version": "0.15.2"}, "MS0657", "capture.uri"),
        (changed(STORED, service_account_name=None), {}, "MS0657", "capture.uri"),
        (
            changed(STORED, service_account_name=None, capture__uri="gs://captured/all"),
            {"identity": "eks_irsa"},
            "MS0657",
            "capture.uri",
        ),
        (changed(STORED, capture__retention_days=7), {}, "MS0657", "capture.retention_days"),
        (changed(STORED, drift__baseline_uri="azureml:a:1"), {}, "MS0652", "drift.baseline_uri"),
        (changed(STORED, drift__baseline_uri="s3://models/a/"), {}, "MS0652", "drift.baseline_uri"),
        (changed(STORED, drift__sample_percent=50), {}, "MS0654", "drift.sample_percent"),
        (changed(STORED, drift__features=["age"]), {}, "MS0654", "drift.features"),
        (changed(STORED, capture__percent=10), {}, "MS0667", "capture.percent"),
    ],
)
def test_what_is_refused_has_its_place_and_a_way_out(
    tmp_path: Path, model: dict[str, Any], cluster: dict[str, Any], code: str, key: str
) -> None:
    site = site_of(tmp_path, **cluster)
    site.model("churn", model)
    (found,) = site.problems()
    assert (found.code, found.key) == (code, key)
    assert found.fix
    assert found.place.line >= 1


def test_cloud_storage_needs_an_account_of_ones_own(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    site.model("churn", changed(STORED, capture__uri="gs://captured/all"))
    assert site.problems() == []


def test_defaults_for_all_models_ask_for_no_job_and_are_no_problem(tmp_path: Path) -> None:
    """Of SageMaker's models both may be so; KServe stores nothing unless its model says it."""
    site = site_of(tmp_path)
    capture = {"percent": 100, "uri": "s3://captured/all"}
    drift = {"baseline_uri": "s3://models/baselines/", "features": ["age"]}
    site.environment(targets=TARGETS, defaults={"capture": capture, "drift": drift})
    assert job(site, KSERVE) is None
    assert not [key for key in arguments_taken(site, "churn") if key.startswith("capture")]
    # What the model says itself of a default's place is not passed over in silence.
    site.model("churn", changed(KSERVE, capture={"payload": ["request"]}))
    (found,) = site.problems()
    assert (found.code, found.key) == ("MS0667", "capture.uri")
    assert "model's own file" in found.fix


def test_only_takes_the_job_along_and_nobody_elses(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    site.model("churn", STORED)
    site.model("churn-next", STORED)
    flags = only_flags(site.root, "dev", site.load(), "churn", known=())
    (pattern,) = (each for each in flags if ":Drift" in each)
    prefix = "urn:pulumi:dev::model-serving::"
    assert fnmatchcase(f"{prefix}{targets.DRIFT_JOB_TYPE}::churn", pattern)
    assert not fnmatchcase(f"{prefix}{targets.DRIFT_JOB_TYPE}::churn-next", pattern)
