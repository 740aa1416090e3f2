"""Settings of models on Cloud Run: what is taken, what is told, and what the component gets."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from stacks.settings.problems import Problem, SettingsError
from stacks.targets import check_artifacts
from tests.unit.settings_project import (
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    DIGEST,
    Project,
    changed,
    project,
)
from tests.unit.settings_to_component import arguments_taken

IMAGE = f"europe-docker.pkg.dev/example-models/models/fraud@{DIGEST}"
SECRET = "projects/p/secrets/s/versions/3"
KEY = "projects/example-models/locations/europe-west4/keyRings/models/cryptoKeys/all"
CANDIDATE = {"uri": "gs://models/fraud/1.5.0/model.onnx", "version": "1.5.0"}
WITH_IMAGE = changed(CLOUD_RUN, model__image=IMAGE)
FILE = changed(CLOUD_RUN, model__uri="file:fraud/1.4.0/model.onnx", model__digest=DIGEST)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    made = project(tmp_path)
    made.environment(targets=CLOUD_RUN_TARGETS)
    return made


def of_cloud_run(site: Project, **more: object) -> None:
    """What the environment says of Cloud Run; None takes something away."""
    said = {**CLOUD_RUN_TARGETS["cloud_run"], **more}
    said = {key: value for key, value in said.items() if value is not None}
    site.environment(targets={**CLOUD_RUN_TARGETS, "cloud_run": said})


def arguments(site: Project, settings: dict[str, Any]) -> dict[str, Any]:
    """What the component gets, after it has taken it."""
    site.model("fraud", settings)
    return arguments_taken(site, "fraud")


def packed(site: Project, place: str = "without-model/any") -> Path:
    """A package is there, as set-up makes it."""
    path = site.root / "cache" / "artifacts" / place / "cloud-run.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"zip")
    return path


def missing(site: Project) -> list[Problem]:
    try:
        check_artifacts(site.root, site.load())
    except SettingsError as error:
        return list(error.problems)
    return []


def test_the_least(site: Project) -> None:
    package = packed(site)
    given = arguments(site, CLOUD_RUN)
    assert (given["project"], given["region"]) == ("example-models", "europe-west4")
    assert (given["code_path"], given["bucket"]) == (str(package), "example-models")
    assert (given["min_replicas"], given["max_replicas"]) == (0, 10)
    assert {"image", "public_access", "key", "callers", "cpu"}.isdisjoint(given)


def test_all_of_it(site: Project) -> None:
    of_cloud_run(
        site,
        network="serving",
        subnetwork="models",
        network_tags=["models"],
        vpc_egress="all_traffic",
        key=KEY,
        binary_authorization=True,
        notification_channels=["projects/example-models/notificationChannels/1"],
    )
    settings = changed(
        WITH_IMAGE,
        candidate={**CANDIDATE, "image": IMAGE[:-1] + "1"},
        canary_percent=10,
        min_replicas=1,
        max_replicas=4,
        cold_start={"mode": "provisioned"},
        concurrency=4,
        timeout_seconds=30,
        load_seconds=60,
        base_image="europe-west4-docker.pkg.dev/serverless-runtimes/google-22/runtimes/python313",
        port=9000,
        startup_path="/started",
        liveness_path="/alive",
        predict_route="/score",
        startup_cpu_boost=False,
        resources={"accelerator": "nvidia-l4", "cpu": 8, "memory_mib": 32_768},
        gpu_zonal_redundancy=True,
        cpu_always=True,
        environment_variables={"LOG_LEVEL": "info"},
        secret_environment_variables={"PASSWORD": SECRET},
        service_account="fraud@example-models.iam.gserviceaccount.com",
        public_access=True,
        callers=["group:shop@example.com"],
        custom_audiences=["https://scores.example"],
        deletion_protection=True,
        redeploy="2",
    )
    given = arguments(site, settings)
    assert (given["image"], given["candidate_image"]) == (IMAGE, IMAGE[:-1] + "1")
    assert (given["cpu"], given["memory_mib"], given["accelerator"]) == (8, 32_768, "nvidia-l4")
    assert (given["network"], given["vpc_egress"], given["key"]) == ("serving", "all_traffic", KEY)
    assert given["startup_cpu_boost"] is False
    assert {"code_path", "bucket"}.isdisjoint(given)


def test_each_version_has_its_package(site: Project) -> None:
    files = [packed(site, f"fraud/{version}") for version in ("1.4.0", "1.5.0")]
    candidate = {**CANDIDATE, "uri": "file:fraud/1.5.0/model.onnx", "digest": DIGEST}
    given = arguments(site, changed(FILE, candidate=candidate))
    assert [given["code_path"], given["candidate_code_path"]] == [str(file) for file in files]


@pytest.mark.parametrize(
    ("cold_start", "warm"),
    [
        ({}, 0),
        ({"mode": "provisioned"}, 1),
        ({"mode": "none"}, 0),
        ({"budget_ms": 4999}, 1),
        ({"budget_ms": 5000}, 0),
        ({"mode": "none", "budget_ms": 5000}, 0),
    ],
)
def test_a_budget_keeps_an_instance_warm(
    site: Project, cold_start: dict[str, Any], warm: int
) -> None:
    given = arguments(site, changed(WITH_IMAGE, load_seconds=5, cold_start=cold_start))
    assert given["min_replicas"] == warm


def test_few_instances_with_a_gpu_where_nothing_is_said(site: Project) -> None:
    gpu = changed(WITH_IMAGE, resources={"accelerator": "nvidia-l4"})
    assert "max_replicas" not in arguments(site, gpu)
    assert arguments(site, changed(gpu, max_replicas=5))["max_replicas"] == 5


@pytest.mark.parametrize(
    ("settings", "code", "key", "said"),
    [
        (changed(CLOUD_RUN, port=9000), "MS0214", "port", "no image of one's own"),
        (changed(CLOUD_RUN, tcp_health=True), "MS0214", "tcp_health", "no image of one's own"),
        (
            changed(WITH_IMAGE, model__image=f"quay.io/models/fraud@{DIGEST}"),
            *("MS0106", "model.image", "does not pull from there"),
        ),
        (
            changed(CLOUD_RUN, candidate={**CANDIDATE, "image": IMAGE}),
            *("MS0214", "candidate.image", "the stable model has none"),
        ),
        (
            changed(CLOUD_RUN, description="x" * 513),
            *("MS0106", "description", "at most 512"),
        ),
        (
            changed(CLOUD_RUN, model__uri="gs://models/fraud/1.4.0/"),
            *("MS0106", "model.uri", "pulls one file"),
        ),
        (
            changed(FILE, model__image=IMAGE),
            *("MS0106", "model.uri", "nothing brings it to an image"),
        ),
        (
            changed(CLOUD_RUN, timeout_seconds=1, slo={"latency_p95_ms": 1000}),
            *("MS0214", "timeout_seconds", "requests fail before they are late"),
        ),
        (
            changed(CLOUD_RUN, environment_variables={"API_TOKEN": "abcdef"}),
            *("MS0107", "environment_variables.API_TOKEN", "looks like a secret"),
        ),
        (
            changed(CLOUD_RUN, environment_variables={"K_SERVICE": "x"}),
            *("MS0217", "environment_variables.K_SERVICE", "K_SERVICE"),
        ),
        (
            changed(CLOUD_RUN, environment_variables={"MODEL_SERVING_MODEL_URI": "x"}),
            *("MS0217", "environment_variables.MODEL_SERVING_MODEL_URI", "nor what other"),
        ),
        (
            changed(CLOUD_RUN, environment_variables={"AZURE_CLIENT_CERTIFICATE_PATH": "x"}),
            *("MS0217", "environment_variables.AZURE_CLIENT_CERTIFICATE_PATH", "key of a cloud"),
        ),
        (
            changed(CLOUD_RUN, secret_environment_variables={"PORT": SECRET}),
            *("MS0217", "secret_environment_variables.PORT", "PORT"),
        ),
        (
            changed(
                CLOUD_RUN,
                environment_variables={"A": "1"},
                secret_environment_variables={"A": SECRET},
            ),
            *("MS0217", "secret_environment_variables.A", "in environment_variables too"),
        ),
    ],
)
def test_one_problem(
    site: Project, settings: dict[str, Any], code: str, key: str, said: str
) -> None:
    site.model("fraud", settings)
    site.has_one_problem_of_model("fraud", code, key, said)


@pytest.mark.parametrize(
    ("more", "code", "key", "said"),
    [
        ({"key": KEY.replace("west4", "west1")}, "MS0106", "key", "services are in europe-west4"),
        ({"network": "serving"}, "MS0102", "subnetwork", "says that there is a network"),
        ({"network_tags": ["a"]}, "MS0214", "network_tags", "no network"),
        ({"vpc_egress": "all_traffic"}, "MS0214", "vpc_egress", "no network"),
        (
            {
                "network": "serving",
                "subnetwork": "models",
                "connector": "projects/p/locations/l/connectors/c",
            },
            *("MS0214", "connector", "reached directly"),
        ),
        (
            {
                "binary_authorization": True,
                "binary_authorization_policy": "projects/p/platforms/cloudRun/strict",
            },
            *("MS0214", "binary_authorization_policy", "beside the project's own"),
        ),
    ],
)
def test_one_problem_of_the_environment(
    site: Project, more: dict[str, Any], code: str, key: str, said: str
) -> None:
    of_cloud_run(site, **more)
    site.has_one_problem(code, f"targets.cloud_run.{key}", said)


def test_a_package_needs_a_bucket(site: Project) -> None:
    of_cloud_run(site, bucket=None)
    site.model("fraud", CLOUD_RUN)
    site.has_one_problem_of_model("fraud", "MS0208", "target", "targets.cloud_run.bucket")
    site.model("fraud", WITH_IMAGE)
    assert site.problems() == []


def test_models_need_a_place(site: Project) -> None:
    site.environment(targets={"gcp": CLOUD_RUN_TARGETS["gcp"]})
    site.model("fraud", WITH_IMAGE)
    site.has_one_problem("MS0208", "targets.cloud_run", "fraud cannot go anywhere without it")


def test_where_it_runs_counts_for_residency(site: Project) -> None:
    site.environment(targets=CLOUD_RUN_TARGETS, residency={"internal": ["europe-west1"]})
    site.model("fraud", WITH_IMAGE)
    site.has_one_problem_of_model(
        "fraud", "MS0247", "data_classification", "it would run in europe-west4"
    )


def test_packages_that_are_not_there(site: Project) -> None:
    site.model("fraud", CLOUD_RUN)
    (problem,) = missing(site)
    assert (problem.code, problem.key) == ("MS0209", "model.uri")
    assert problem.fix.endswith("runtime.package --target cloud_run --without-model`")
    packed(site)
    assert missing(site) == []

    site.model("fraud", FILE)
    (problem,) = missing(site)
    assert "fraud/1.4.0/model.onnx is not in the cache" in problem.message
    package = packed(site, "fraud/1.4.0")
    package.with_name("model.onnx").write_bytes(b"model")
    (problem,) = missing(site)
    assert (problem.code, problem.key) == ("MS0211", "model.digest")
    digest = f"sha256:{hashlib.sha256(b'model').hexdigest()}"
    site.model("fraud", changed(FILE, model__digest=digest))
    assert missing(site) == []
    # An image has all that it needs.
    package.unlink()
    site.model("fraud", WITH_IMAGE)
    assert missing(site) == []
