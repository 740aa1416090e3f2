"""Settings of models on Vertex AI: what is taken, what is told, and what the components get."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from stacks.settings.problems import SettingsError
from tests.unit.settings_project import (
    DIGEST,
    VERTEX,
    VERTEX_BATCH,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)
from tests.unit.settings_to_component import arguments_taken

IMAGE = f"europe-docker.pkg.dev/example-models/models/fraud@{DIGEST}"
CANDIDATE = {"uri": "gs://models/fraud/1.5.0/", "version": "1.5.0"}
REGISTERED = "vertex://projects/example-models/locations/europe-west4/models/fraud@3"
KEY = "projects/example-models/locations/europe-west4/keyRings/models/cryptoKeys/all"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=VERTEX_TARGETS)
    return made


def of_vertex(site: Project, **more: object) -> None:
    """What the environment says of Vertex AI."""
    vertex = {**VERTEX_TARGETS["vertex"], **more}
    site.environment(targets={**VERTEX_TARGETS, "vertex": vertex})


def arguments(site: Project, settings: dict[str, Any]) -> dict[str, Any]:
    """What the component gets, after it has taken it."""
    site.model("fraud", settings)
    return arguments_taken(site, "fraud")


def test_the_least(site: Project) -> None:
    given = arguments(site, VERTEX)
    assert (given["project"], given["region"]) == ("example-models", "europe-west4")
    assert (given["framework"], given["endpoint_type"]) == ("sklearn", "dedicated")
    assert (given["min_replicas"], given["max_replicas"]) == (1, 2)
    assert {"spot", "capture_percent", "key", "image"}.isdisjoint(given)


def test_all_of_it(site: Project) -> None:
    of_vertex(
        site,
        endpoint_type="private_service_connect",
        allowed_projects=["example-shop"],
        consumer_networks=["projects/example-shop/global/networks/shop"],
        key=KEY,
        capture_uri="bq://example-logs.captured",
        notification_channels=["projects/example-models/notificationChannels/1"],
        service_perimeter=True,
    )
    settings = changed(
        VERTEX,
        description="Scores payments.",
        model__image=IMAGE,
        candidate={**CANDIDATE, "image": IMAGE},
        canary_percent=10,
        machine_type="g2-standard-4",
        resources={"accelerator": "nvidia-l4", "accelerator_count": 1},
        spot=True,
        scaling={"metric": "requests", "target": 300},
        payload_mb=8,
        capture={"percent": 5},
        access_logs=True,
        port=9000,
        predict_route="/score",
        health_route="/ready",
        arguments=["--workers=2"],
        env={"LOG_LEVEL": "info"},
        service_account="fraud@example-models.iam.gserviceaccount.com",
        ready_timeout_seconds=1200,
        max_replicas=6,
    )
    given = arguments(site, settings)
    assert given["allowed_projects"] == ["example-shop"]
    assert given["candidate_image"] == IMAGE
    assert "framework" not in given
    assert (given["capture_percent"], given["capture_uri"]) == (
        5,
        "bq://example-logs.captured.fraud_dev",
    )
    assert (given["scaling_metric"], given["scaling_target"]) == ("requests", 300)
    assert (given["key"], given["spot"], given["port"]) == (KEY, True, 9000)


def test_a_pool_has_its_own_bounds(site: Project) -> None:
    given = arguments(site, changed(VERTEX, model__framework="pytorch", resource_pool="shared"))
    assert {"min_replicas", "max_replicas"}.isdisjoint(given)
    arguments(site, changed(VERTEX, model__framework="pytorch", own_resource_pool=True))


def test_a_pools_bounds_are_not_the_models_to_say(site: Project) -> None:
    """What a default for all models says is not of the pool; what the model says is refused."""
    pooled = changed(VERTEX, model__framework="pytorch", resource_pool="shared")
    defaults = {"min_replicas": 0, "max_replicas": 4}
    site.environment(targets=VERTEX_TARGETS, defaults=defaults)
    assert {"min_replicas", "max_replicas"}.isdisjoint(arguments(site, pooled))

    site.environment(
        targets=VERTEX_TARGETS, defaults=defaults, models={"fraud": {"max_replicas": 4}}
    )
    site.model("fraud", {**pooled, "min_replicas": 2})
    in_entry, in_file = site.problems()
    for problem, key, file in (
        (in_entry, "max_replicas", "Pulumi.dev.yaml"),
        (in_file, "min_replicas", "stacks/models/fraud.yaml"),
    ):
        assert (problem.code, problem.key, problem.place.file) == ("MS0492", key, file)
        line = (site.root / file).read_text().splitlines()[problem.place.line - 1]
        assert line.strip().startswith(f"{key}:")
        assert "where the pool is made" in problem.fix

    # A layer above may take the value away.
    site.environment(targets=VERTEX_TARGETS, models={"fraud": {"min_replicas": None}})
    assert "min_replicas" not in arguments(site, {**pooled, "min_replicas": 2})


def test_registered_versions_need_no_framework(site: Project) -> None:
    given = arguments(site, changed(VERTEX, model={"uri": REGISTERED, "version": "3"}))
    assert "framework" not in given
    both = changed(VERTEX, candidate={"uri": REGISTERED, "version": "3"})
    assert arguments(site, both)["framework"] == "sklearn"


def test_peered(site: Project) -> None:
    of_vertex(site, network="projects/210987654321/global/networks/serving")
    given = arguments(site, changed(VERTEX, endpoint_type="peered"))
    assert given["network"].endswith("/serving")
    # Another kind of endpoint is in no network.
    assert "network" not in arguments(site, VERTEX)


@pytest.mark.parametrize(
    ("settings", "code", "key", "said"),
    [
        (
            changed(VERTEX, model__uri="gs://models/fraud/1.4.0/model.joblib"),
            "MS0106",
            "model.uri",
            "write gs://models/fraud/1.4.0/",
        ),
        (
            changed(VERTEX, model={"uri": REGISTERED.replace("west4", "west1"), "version": "3"}),
            "MS0106",
            "model.uri",
            "copy the version to that region",
        ),
        (
            changed(VERTEX, model__image=f"docker.io/x@{DIGEST}"),
            "MS0106",
            "model.image",
            "Artifact Registry alone",
        ),
        (changed(VERTEX, port=9000), "MS0214", "port", "no image of one's own"),
        (
            changed(VERTEX, model__image=IMAGE, env={"AIP_MODE": "x"}),
            "MS0217",
            "env.AIP_MODE",
            "without AIP_ first",
        ),
        (
            changed(VERTEX, model__image=IMAGE, env={"API_TOKEN": "abcdefgh12345678"}),
            "MS0107",
            "env.API_TOKEN",
            "Secret Manager",
        ),
        (
            changed(VERTEX, resources={"accelerator": "nvidia-l4"}),
            "MS0214",
            "resources.accelerator",
            "uses no GPU",
        ),
        (
            changed(VERTEX, scaling={"metric": "requests"}),
            "MS0220",
            "scaling.metric",
            "in a minute",
        ),
        (
            changed(VERTEX, endpoint_type="peered"),
            "MS0208",
            "endpoint_type",
            "model-serving:targets.vertex.network",
        ),
        (
            changed(VERTEX, endpoint_type="private_service_connect"),
            "MS0208",
            "endpoint_type",
            "allowed_projects",
        ),
        (changed(VERTEX, machine_type="c3"), "MS0106", "machine_type", "such as n1-standard-4"),
        (
            changed(VERTEX, rollout={"shift": "canary", "size_percent": 10}),
            "MS0321",
            "rollout.shift",
            "all_at_once",
        ),
        (changed(VERTEX, model__framework="onnx"), "MS0319", "model.framework", "sklearn"),
        (changed(VERTEX, model__uri="s3://m/1.4.0/"), "MS0320", "model.uri", "gs:, vertex:"),
        (changed(VERTEX, rollout={"owner": "rollout"}), "MS0214", "rollout.owner", "each `up`"),
        (changed(VERTEX, model__framework=None), "MS0205", "model.framework", "nothing says"),
        (
            changed(VERTEX_BATCH, model__framework=None),
            "MS0205",
            "model.framework",
            "nothing says what scores",
        ),
        (changed(VERTEX_BATCH, model__framework="onnx"), "MS0319", "model.framework", "sklearn"),
        (
            changed(VERTEX_BATCH, schedule="@every 6h"),
            "MS0227",
            "schedule",
            "which Cloud Scheduler does not read",
        ),
        (changed(VERTEX_BATCH, retries=1), "MS0228", "retries", "there is no schedule"),
        (
            changed(VERTEX_BATCH, schedule="@daily", timeout_seconds=60),
            "MS0228",
            "timeout_seconds",
            "runs come by a schedule",
        ),
        (
            changed(VERTEX_BATCH, input_format="bigquery"),
            "MS0214",
            "input_format",
            "bigquery with bq://",
        ),
        (
            changed(VERTEX_BATCH, resources={"accelerator_count": 2}),
            "MS0207",
            "resources.accelerator_count",
            "accelerator",
        ),
    ],
)
def test_one_problem_at_its_place(
    site: Project, settings: dict[str, Any], code: str, key: str, said: str
) -> None:
    site.model("fraud", settings)
    site.has_one_problem_of_model("fraud", code, key, said)


def test_the_environment_has_to_name_project_and_region(site: Project) -> None:
    site.model("fraud", VERTEX)
    site.environment(targets={})
    assert {(p.code, p.key) for p in site.problems()} == {
        ("MS0208", "model-serving:targets.gcp"),
        ("MS0208", "model-serving:targets.vertex"),
    }


@pytest.mark.parametrize(
    ("more", "code", "key", "said"),
    [
        ({"key": KEY.replace("west4", "west1")}, "MS0106", "key", "a key of europe-west4"),
        (
            {
                "allowed_projects": ["example-shop"],
                "consumer_networks": ["projects/example-web/global/networks/web"],
            },
            "MS0214",
            "consumer_networks[0]",
            "add example-web to allowed_projects",
        ),
    ],
)
def test_what_the_environment_says_fits_together(
    site: Project, more: dict[str, Any], code: str, key: str, said: str
) -> None:
    of_vertex(site, **more)
    site.has_one_problem(code, f"targets.vertex.{key}", said)


def test_residency_is_the_regions(site: Project) -> None:
    site.model("fraud", changed(VERTEX, data_classification="restricted"))
    site.environment(targets=VERTEX_TARGETS, residency={"restricted": ["europe-west1"]})
    (problem,) = site.problems()
    assert problem.code == "MS0247"
    assert "europe-west4" in problem.message


# Values that are right by themselves, or nearly so, on both sides of what Vertex AI can do.
SPACE: dict[str, list[Any]] = {
    "min_replicas": [0, 1, 3],
    "max_replicas": [1, 4],
    "slo": [{"latency_p95_ms": 1.5, "error_rate_percent": 0.001}],
    "tags": [{"a": "b"}, {"cost:centre": "x"}],
    "machine_type": ["n1-standard-4", "g2-standard-8", "e2-highcpu-2", "a3-highgpu-8g"],
    "spot": [True],
    "resources": [
        {"accelerator": "nvidia-l4"},
        {"accelerator": "nvidia-t4", "accelerator_count": 4},
        {"accelerator": "nvidia-h100", "accelerator_count": 8},
        {"accelerator": "nvidia-gb300"},
    ],
    "scaling": [{"metric": "cpu", "target": 1}, {"metric": "gpu"}, {"target": 12.5}],
    "endpoint_type": ["public", "peered", "private_service_connect"],
    "capture": [{"percent": 1}, {"uri": "bq://a-project.b.c"}, {"uri": "bq://b.c"}],
    "resource_pool": ["shared"],
    "own_resource_pool": [True],
    "model__framework": ["tensorflow", "pytorch", "onnx"],
    "model__image": [IMAGE],
    "candidate": [CANDIDATE, {**CANDIDATE, "image": IMAGE}, {"uri": REGISTERED, "version": "3"}],
    "canary_percent": [10, 100],
    "strategy": ["ab"],
    "port": [9000],
    "predict_route": ["/score"],
    "env": [{"A": "1"}, {"AIP_A": "1"}],
    "access_logs": [True],
    "ready_timeout_seconds": [60, 7200],
    "service_account": ["a@b-project.iam.gserviceaccount.com"],
}
ALONE = [{key: value} for key, values in SPACE.items() for value in values]
PAIRS = [
    {one: SPACE[one][-1], other: SPACE[other][0]}
    for one, other in itertools.combinations(sorted(SPACE), 2)
]


def test_what_the_check_takes_the_component_takes(site: Project) -> None:
    """One ask or two: refused by the settings, or taken by the component as well."""
    of_vertex(
        site,
        network="projects/210987654321/global/networks/serving",
        allowed_projects=["example-shop"],
    )
    taken = 0
    for changes in (*ALONE, *PAIRS):
        try:
            arguments(site, changed(VERTEX, **changes))
        except SettingsError:
            continue
        taken += 1
    assert 0 < taken < len(ALONE) + len(PAIRS)
