"""From an environment's `monitoring` and a model's `slo` to what watches it."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import pytest

from components.kubernetes.monitoring.gpu_monitoring import GpuMonitoring
from components.kubernetes.monitoring.indicators import indicators
from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from delivery.only import only_flags
from facts.model_servers import MODEL_SERVERS
from facts.server_metrics import SERVER_METRICS
from facts.slo import Slo
from stacks import targets
from tests.unit.component_mocks import record
from tests.unit.settings_project import (
    DIGEST,
    GKE_TARGETS,
    KSERVE,
    MODEL_SERVER,
    TARGETS,
    project,
)
from tests.unit.watched_models import MONITORING, asked_of_monitoring, in_mesh, monitored


def test_a_plain_server_is_watched_by_its_own_metrics(tmp_path: Path) -> None:
    slo = {"latency_p95_ms": 120, "error_rate_percent": 0.5, "window_days": 7}
    asked = asked_of_monitoring(monitored(tmp_path, MODEL_SERVER | {"slo": slo}))
    assert asked is not None
    assert (
        asked.items()
        >= {
            **slo,
            "pod_labels": {
                "app.kubernetes.io/name": "ranker",
                "app.kubernetes.io/component": "server",
            },
            "metrics": "reference",
            "metrics_port": 8000,
            "metrics_path": "/metrics",
            "namespace": "models",
            "owner": "team-search",
            **MONITORING,
        }.items()
    )


@pytest.mark.parametrize(("strategy", "shadow"), [("canary", None), ("shadow", True)])
def test_a_shadow_is_watched_as_one(strategy: str, *, shadow: bool | None, tmp_path: Path) -> None:
    candidate = {"uri": "s3://models/ranker/9.0.0/", "version": "9.0.0"}
    beside = {"strategy": strategy, "canary_percent": 10, "candidate": candidate, "router": "istio"}
    site = in_mesh(monitored(tmp_path, MODEL_SERVER | beside), "istio_sidecar")
    asked = asked_of_monitoring(site)
    assert asked is not None
    assert asked["candidate_version"] == "9.0.0"
    assert asked.get("shadow") is shadow


def test_a_model_of_kserve_is_watched_by_the_queue_proxy(tmp_path: Path) -> None:
    asked = asked_of_monitoring(monitored(tmp_path, KSERVE))
    assert asked is not None
    assert asked["pod_labels"] == {
        "serving.kserve.io/inferenceservice": "ranker",
        "component": "predictor",
    }
    assert (asked["metrics"], asked["metrics_port"]) == ("knative", 9091)


@pytest.mark.parametrize("version", ["0.15.2", "0.16.0", "0.17.0", "0.20.0"])
def test_every_release_of_kserve_has_a_queue_proxy_that_is_known(
    version: str, tmp_path: Path
) -> None:
    site = monitored(tmp_path, KSERVE)
    kubernetes = TARGETS["kubernetes"] | {"kserve_version": version, "monitoring": MONITORING}
    site.environment(targets=TARGETS | {"kubernetes": kubernetes})
    asked = asked_of_monitoring(site)
    assert asked is not None
    assert SERVER_METRICS[asked["metrics"]].errors is not None


@pytest.mark.parametrize(
    ("framework", "metrics", "port"),
    [("sklearn", "kserve", 8080), ("triton", "triton", 8002)],
)
def test_without_knative_servers_tell_it_themselves(
    framework: str, metrics: str, port: int, tmp_path: Path
) -> None:
    model = KSERVE["model"] | {"framework": framework}
    asked = asked_of_monitoring(
        monitored(tmp_path, KSERVE | {"deployment_mode": "standard", "model": model})
    )
    assert asked is not None
    assert (asked["metrics"], asked["metrics_port"]) == (metrics, port)


@pytest.mark.parametrize(
    ("framework", "argument", "path"),
    [
        (
            "tensorflow",
            "--monitoring_config_file=/mnt/models/monitoring.config",
            "/monitoring/prometheus/metrics",
        ),
        ("openvino", "--metrics_enable", "/metrics"),
    ],
)
def test_a_server_that_tells_only_when_it_is_told_to(
    framework: str, argument: str, path: str, tmp_path: Path
) -> None:
    """A page for metrics that are not there would never end."""
    model = KSERVE["model"] | {"framework": framework}
    asked = KSERVE | {"deployment_mode": "standard", "model": model}
    if framework == "openvino":
        # It is not among those that KServe installs.
        asked |= {"runtime": "kserve-openvino"}
    assert asked_of_monitoring(monitored(tmp_path, asked)) is None
    watched = asked_of_monitoring(monitored(tmp_path / "told", asked | {"arguments": [argument]}))
    assert watched is not None
    assert (watched["metrics_port"], watched["metrics_path"]) == (8080, path)


@pytest.mark.parametrize(
    ("mesh", "place"),
    # A sidecar wants mutual TLS on the server's port, and shows the metrics beside it.
    [("istio_sidecar", (15020, "/stats/prometheus")), ("istio_ambient", (8000, "/metrics"))],
)
def test_in_a_mesh_metrics_are_read_where_they_can_be(
    mesh: str, place: tuple[int, str], tmp_path: Path
) -> None:
    asked = asked_of_monitoring(in_mesh(monitored(tmp_path, MODEL_SERVER), mesh))
    assert asked is not None
    assert (asked["metrics_port"], asked["metrics_path"]) == place


@pytest.mark.parametrize(
    ("model", "metrics"),
    [
        (KSERVE, "istio-knative"),
        (KSERVE | {"deployment_mode": "standard"}, "istio"),
        # The annotations are by what the sidecar knows of the server's metrics.
        (MODEL_SERVER | {"prometheus_annotations": False}, "istio"),
    ],
)
def test_what_sidecars_hide_they_measure_themselves(
    model: dict[str, Any], metrics: str, tmp_path: Path
) -> None:
    asked = asked_of_monitoring(in_mesh(monitored(tmp_path, model), "istio_sidecar"))
    assert asked is not None
    assert (asked["metrics"], asked["metrics_port"], asked["metrics_path"]) == (
        metrics,
        15020,
        "/stats/prometheus",
    )
    _, missing = indicators(SERVER_METRICS[metrics], Slo(), "")
    assert missing == []


def test_what_is_not_known_is_not_watched(tmp_path: Path) -> None:
    image = {"framework": None, "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/x@{DIGEST}"}
    model = {key: value for key, value in (KSERVE["model"] | image).items() if value is not None}
    asked = KSERVE | {"deployment_mode": "standard", "model": model}
    assert asked_of_monitoring(monitored(tmp_path, asked)) is None


def test_nothing_watches_unasked(tmp_path: Path) -> None:
    assert asked_of_monitoring(monitored(tmp_path, MODEL_SERVER, monitoring=None)) is None


def test_servers_that_are_watched_are_model_servers() -> None:
    """A plain server is watched by its kind's name: such a name means the same in both."""
    assert {"reference", "vllm"} <= SERVER_METRICS.keys() & MODEL_SERVERS.keys()


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"runbook_url": None}, "targets.kubernetes.monitoring.runbook_url"),
        ({"runbook_url": "https://wiki.corp/{name}"}, "targets.kubernetes.monitoring.runbook_url"),
        ({"grafana_url": "https://grafana.corp/"}, "targets.kubernetes.monitoring.grafana_url"),
        ({"scrape_seconds": 61}, "targets.kubernetes.monitoring.scrape_seconds"),
        ({"alert_labels": {"a-b": "c"}}, "targets.kubernetes.monitoring.alert_labels"),
        ({"runbok_url": "https://wiki.corp"}, "targets.kubernetes.monitoring.runbok_url"),
    ],
)
def test_what_is_refused_has_its_place(changes: dict[str, Any], where: str, tmp_path: Path) -> None:
    asked = {key: value for key, value in {**MONITORING, **changes}.items() if value is not None}
    problems = monitored(tmp_path, MODEL_SERVER, asked).problems()
    assert any(where in str(problem) for problem in problems), problems


_TOKENS: Final = {"first_token_p95_ms": 800, "output_token_p95_ms": 60, "queue_p95_ms": 300}
_LANGUAGE: Final[dict[str, Any]] = {
    "target": "kserve",
    "owner": "team-assistant",
    "model": {
        "uri": "hf://Qwen/Qwen2.5-0.5B-Instruct:" + "7" * 40,
        "version": "2.5",
        "framework": "huggingface",
    },
    "resources": {"cpu": 3, "memory_mib": 12288, "accelerator": "nvidia-l4"},
    "max_model_length": 8192,
}


@pytest.mark.parametrize("mode", ["knative", "standard"])
def test_objectives_of_a_language_model_are_measured_by_vllm(mode: str, tmp_path: Path) -> None:
    asked = asked_of_monitoring(
        monitored(tmp_path, {**_LANGUAGE, "deployment_mode": mode, "slo": _TOKENS})
    )
    assert asked is not None
    assert asked.items() >= _TOKENS.items()
    tokens = {key: asked.get(key) for key in ("metrics", "token_metrics", "token_metrics_port")}
    expected = {
        "knative": ("knative", "vllm-0.11", 8080),
        "standard": ("vllm-0.11", None, None),
    }
    assert tuple(tokens.values()) == expected[mode]
    rules = record(ModelMonitoring, "ranker", asked).inputs["ranker-rules"]["spec"]["groups"]
    told = {rule["labels"]["slo"] for group in rules for rule in group["rules"] if "record" in rule}
    assert told >= {"first-token", "output-token", "queue"}


def test_so_are_those_of_kserves_image_of_vllm(tmp_path: Path) -> None:
    model = _LANGUAGE["model"] | {"framework": "vLLM"}
    asked = asked_of_monitoring(monitored(tmp_path, _LANGUAGE | {"model": model, "slo": _TOKENS}))
    assert asked is not None
    assert asked.items() >= {**_TOKENS, "token_metrics_port": 8080}.items()


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (MODEL_SERVER | {"slo": {"first_token_p95_ms": 500}}, "slo.first_token_p95_ms"),
        (KSERVE | {"slo": {"queue_p95_ms": 500}}, "slo.queue_p95_ms"),
    ],
)
def test_what_nothing_tells_is_refused(model: dict[str, Any], key: str, tmp_path: Path) -> None:
    site = monitored(tmp_path, model)
    site.has_one_problem_of_model("ranker", "MS0600", key, "nothing there tells it")


@pytest.mark.parametrize(("percent", "refused"), [(99.9, False), (100, True)])
def test_an_objective_of_which_no_alert_could_fire(
    percent: float, *, refused: bool, tmp_path: Path
) -> None:
    site = monitored(tmp_path, MODEL_SERVER | {"slo": {"error_rate_percent": percent}})
    if refused:
        site.has_one_problem_of_model("ranker", "MS0601", "slo.error_rate_percent", "1 x 100 %")
    else:
        assert site.problems() == []


@pytest.mark.parametrize(
    ("pools", "told"),
    [
        ([(0, 3)], [3]),
        # All of its nodes are always there.
        ([(3, 3)], None),
        # The nodes are counted together.
        ([(3, 3), (0, 1)], [3, 1]),
    ],
)
def test_pools_that_cannot_grow_are_not_told_to_be_at_their_maximum(
    pools: list[tuple[int, int]], told: list[int] | None, tmp_path: Path
) -> None:
    site = project(tmp_path)
    asked = {
        f"pool-{index}": {
            "owner": "team-platform",
            "accelerator": "nvidia-l4",
            "min_nodes": least,
            "max_nodes": most,
        }
        for index, (least, most) in enumerate(pools)
    }
    site.environment(
        platform={"gpu_node_pools": asked},
        targets=GKE_TARGETS
        | {"kubernetes": GKE_TARGETS["kubernetes"] | {"monitoring": MONITORING}},
    )
    found = targets.gpu_monitoring_arguments(site.load())
    assert found is not None
    record(GpuMonitoring, "gpus", found)
    sizes = found.get("pool_sizes")
    assert (sizes and [each["max_nodes"] for each in sizes]) == told


def test_only_takes_what_watches_along_and_nobody_elses(tmp_path: Path) -> None:
    site = monitored(tmp_path, MODEL_SERVER)
    site.model("ranker-next", MODEL_SERVER)
    flags = only_flags(site.root, "dev", site.load(), "ranker", known=())
    (pattern,) = (each for each in flags if "ModelMonitor" in each)
    prefix = "urn:pulumi:dev::model-serving::"
    assert fnmatchcase(f"{prefix}{targets.MONITORING_TYPE}::ranker", pattern)
    assert not fnmatchcase(f"{prefix}{targets.MONITORING_TYPE}::ranker-next", pattern)
