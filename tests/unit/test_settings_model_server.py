"""A plain model server's settings beside each other: what does not fit, and what does."""

from pathlib import Path
from typing import Any

import pytest

from stacks.targets import arguments
from tests.unit.refusal_cases.model_server import BAKED, EDGE, GATEWAY, HOST, KEDA
from tests.unit.settings_project import MODEL_SERVER, changed, project

DOWNLOAD = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/storage@sha256:{'2' * 64}"

# Code, key, what does not fit, and what is just inside.
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "MS0213",
        "probes.startup.failures",
        {"load_seconds": 150, "probes": {"startup": {"failures": 14}}},
        {"load_seconds": 150, "probes": {"startup": {"failures": 15}}},
    ),
    (
        "MS0213",
        "ready_timeout_seconds",
        {"load_seconds": 60, "ready_timeout_seconds": 59},
        {"load_seconds": 60, "ready_timeout_seconds": 60},
    ),
    ("MS0215", "grpc_port", {"grpc_port": 8000}, {"grpc_port": 8001}),
    (
        "MS0215",
        "port",
        {"server": "triton", "download_image": DOWNLOAD, "port": 8002},
        {"server": "triton", "download_image": DOWNLOAD, "port": 8003},
    ),
    (
        "MS0222",
        "model.uri",
        {"server": "triton"},
        {"server": "triton", "download_image": DOWNLOAD},
    ),
    ("MS0215", "probes.by", {"probes": {"by": "grpc"}}, {"probes": {"by": "tcp"}}),
    (
        "MS0216",
        "writable_folders",
        {"writable_folders": ["/etc/model-server/cache"]},
        {"writable_folders": ["/etc/model-servers", "/var/cache"]},
    ),
    (
        "MS0216",
        "writable_folders",
        {"writable_folders": ["/var", "/var/cache"]},
        {"writable_folders": ["/var/lib/a", "/var/cache"]},
    ),
    ("MS0216", "writable_folders", {"writable_folders": ["/proc"]}, {}),
    ("MS0217", "env.2nd", {"env": {"2nd": "x"}}, {"env": {"_2ND": "x"}}),
    ("MS0217", "env.POD_NAME", {"env": {"POD_NAME": "x"}}, {"env": {"POD_NAMES": "x"}}),
    (
        "MS0217",
        "secret_env.LEVEL",
        {"env": {"LEVEL": "x"}, "secret_env": {"LEVEL": "a/b"}},
        {"env": {"LEVEL": "x"}, "secret_env": {"LEVEL_2": "a/b"}},
    ),
    (
        "MS0218",
        "min_available",
        {"min_replicas": 3, "min_available": "1", "max_unavailable": "1"},
        {"min_replicas": 3, "min_available": "1"},
    ),
    (
        "MS0218",
        "update_max_surge",
        {"update_max_surge": "0"},
        {"update_max_surge": "0", "update_max_unavailable": "1"},
    ),
    ("MS0219", "cpu_limit", {"cpu_limit": 0.5}, {"cpu_limit": 1}),
    ("MS0219", "memory_limit_mib", {"memory_limit_mib": 2047}, {"memory_limit_mib": 2048}),
    ("MS0219", "shm_mib", {"shm_mib": 2048}, {"shm_mib": 2047}),
    ("MS0220", "autoscaler", {"autoscaler": "keda"}, KEDA),
    ("MS0220", "cooldown_seconds", {"cooldown_seconds": 60}, {**KEDA, "cooldown_seconds": 60}),
    (
        "MS0220",
        "requests_per_second_target",
        {**KEDA, "requests_per_second_target": 100},
        {"requests_per_second_target": 100},
    ),
    (
        "MS0220",
        "pods_metric_name",
        {"pods_metric_name": "requests"},
        {"pods_metric_name": "requests", "requests_per_second_target": 5},
    ),
    (
        "MS0220",
        "cpu_target_percent",
        {"autoscaler": "none", "cpu_target_percent": 50},
        {"cpu_target_percent": 50},
    ),
    ("MS0221", "tls_secret_name", {"tls_secret_name": "a"}, HOST),
    (
        "MS0221",
        "ingress_class",
        {"host": "a.example.com", "ingress_class": "nginx", **GATEWAY},
        {"host": "a.example.com", **GATEWAY},
    ),
    (
        "MS0221",
        "exposure",
        {"host": "a.example.com", "exposure": "gateway"},
        {"host": "a.example.com", **GATEWAY},
    ),
    (
        "MS0221",
        "host",
        {"server": "bentoml", **HOST},
        {"server": "bentoml", "predict_paths": ["/rank"], **HOST},
    ),
    (
        "MS0221",
        "internal_load_balancer",
        {"internal_load_balancer": "gcp"},
        {"internal_load_balancer": "gcp", "load_balancer_cidrs": ["10.0.0.0/8"]},
    ),
    ("MS0202", "download_image", {"download_image": "a/b:1"}, {"download_image": DOWNLOAD}),
    (
        "MS0222",
        "model_volume_mib",
        {"max_replicas": 1, "model_volume_mib": 100},
        {"max_replicas": 1, "model_volume_mib": 100, "download_image": DOWNLOAD},
    ),
    (
        "MS0222",
        "model_volume_mib",
        {"max_replicas": 2, "model_volume_mib": 100, "download_image": DOWNLOAD},
        {"max_replicas": 1, "model_volume_mib": 100, "download_image": DOWNLOAD},
    ),
    ("MS0222", "storage_class_name", {"storage_class_name": "local-path"}, {}),
]


@pytest.mark.parametrize(
    ("code", "key", "wrong", "right"), CASES, ids=[f"{c[1]}-{i}" for i, c in enumerate(CASES)]
)
def test_beside_each_other(
    tmp_path: Path, code: str, key: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    site = project(tmp_path)
    site.model("ranker", MODEL_SERVER | wrong)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (code, key)
    assert problem.fix
    assert problem.place.file.endswith("ranker.yaml")
    site.model("ranker", MODEL_SERVER | right)
    assert site.problems() == []


def test_the_environment_brings_the_model(tmp_path: Path) -> None:
    """Its image is for artifacts that have to be brought; others it leaves alone."""
    site = project(tmp_path)
    cluster = {"context": "serving-dev", "download_image": DOWNLOAD, "image_volumes": True}
    site.environment(targets={"kubernetes": cluster})
    site.model("ranker", MODEL_SERVER)
    site.model("baked", BAKED)
    settings = site.load()
    assert arguments(tmp_path, settings, "ranker")["download_image"] == DOWNLOAD
    assert "download_image" not in arguments(tmp_path, settings, "baked")
    assert arguments(tmp_path, settings, "ranker")["image_volumes"] is True


def test_the_edge_has_no_mesh(tmp_path: Path) -> None:
    site = project(tmp_path)
    site.model("ranker", EDGE)
    site.environment(targets={"kubernetes": {"context": "k3s"}})
    assert site.problems() == []
    site.environment(targets={"kubernetes": {"context": "k3s", "mesh": "istio_sidecar"}})
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0357", "profile")


def test_a_gateway_is_for_who_asks(tmp_path: Path) -> None:
    """The environment's gateway belongs to strategies and routes, and to no Ingress."""
    site = project(tmp_path)
    gateway = {"gateway_name": "public", "gateway_namespace": "gateways"}
    site.environment(targets={"kubernetes": {"context": "serving-dev", **gateway}})
    site.model("ranker", MODEL_SERVER | HOST)
    assert "gateway_name" not in arguments(tmp_path, site.load(), "ranker")
    site.model("ranker", changed(MODEL_SERVER, host="a.example.com", exposure="gateway"))
    assert arguments(tmp_path, site.load(), "ranker")["gateway_name"] == "public"
