"""Requests and answers that KServe's logger sends on: only where that is asked for."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from facts.kserve import kserve_version
from stacks.targets import arguments
from tests.unit.component_mocks import record
from tests.unit.kserve_manifests import PINNED, judge, made, new_cluster
from tests.unit.settings_project import KSERVE, TARGETS, Project, changed, project
from tests.unit.test_inference_service import MINIMAL

COLLECTOR = "http://collector.logging"
STORE = "s3://captured/all"
CAPTURE: dict[str, Any] = {"capture_percent": 100, "capture_uri": COLLECTOR}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made_ = project(tmp_path)
    made_.environment(targets=TARGETS)
    return made_


def test_nothing_is_sent_unless_it_is_asked_for() -> None:
    manifest = made()
    assert "logger" not in manifest["spec"]["predictor"]
    assert "model-serving/payloads" not in manifest["metadata"]["labels"]


@pytest.mark.parametrize(
    ("payload", "mode"),
    [
        (None, "all"),
        (["request", "response"], "all"),
        (["request"], "request"),
        (["response"], "response"),
    ],
)
def test_the_logger_is_told_what_and_where(payload: list[str] | None, mode: str) -> None:
    manifest = made(**CAPTURE, capture_payload=payload)
    assert manifest["spec"]["predictor"]["logger"] == {"mode": mode, "url": COLLECTOR}
    assert manifest["metadata"]["labels"]["model-serving/payloads"] == "kept"


def test_kserves_own_definition_takes_it(tmp_path: Path) -> None:
    with new_cluster(tmp_path) as cluster:
        for mode in ("knative", "standard"):
            judge(cluster, made(**CAPTURE, deployment_mode=mode), kserve_version(PINNED))


@pytest.mark.parametrize("uri", [STORE, "gs://captured/all"])
def test_the_logger_stores_what_it_captures(uri: str, tmp_path: Path) -> None:
    manifest = made(**{**CAPTURE, "capture_uri": uri}, capture_payload=["request"])
    assert manifest["spec"]["predictor"]["logger"] == {
        "mode": "request",
        "url": uri,
        "storage": {"path": "captured", "parameters": {"format": "json"}, "key": "credentials"},
        "batchSize": 100,
        "batchInterval": "60s",
    }
    assert manifest["metadata"]["labels"]["model-serving/payloads"] == "kept"
    with new_cluster(tmp_path) as cluster:
        judge(cluster, manifest, kserve_version(PINNED))


def test_a_release_that_stores_each_alone_is_not_asked_for_more() -> None:
    manifest = made(**{**CAPTURE, "capture_uri": STORE}, kserve_version="0.16.0")
    assert manifest["spec"]["predictor"]["logger"].keys() == {"mode", "url", "storage"}


@pytest.mark.parametrize(
    ("arguments_", "problem"),
    [
        ({"capture_percent": 10}, "0 or 100: KServe's logger has no share"),
        ({"capture_percent": 100, "capture_uri": None}, "an HTTP address"),
        ({"capture_uri": "s3://captured"}, "an HTTP address, .*s3://bucket/prefix"),
        ({"capture_uri": STORE, "kserve_version": "0.15.2"}, "KServe 0.16.0 or newer"),
        ({"capture_payload": ["headers"]}, "request or response"),
        ({"framework": "onnx", "protocol": "grpc-v2"}, "KServe's logger reads HTTP"),
        ({"capture_percent": 0}, "it with capture_percent"),
    ],
)
def test_what_it_cannot_do_is_refused(arguments_: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError, match=problem):
        made(**{**CAPTURE, **arguments_})


def test_a_file_asks_for_it_and_the_way_is_opened(site: Project) -> None:
    capture = {"uri": COLLECTOR, "payload": ["request"]}
    site.model("churn", changed(KSERVE, capture=capture))
    asked = arguments(site.root, site.load(), "churn")
    assert asked["capture_percent"] == 100
    assert asked["capture_uri"] == COLLECTOR
    assert asked["capture_payload"] == ["request"]
    assert asked["egress"] == ["logging:80"]


@pytest.mark.parametrize(
    ("capture", "key", "says"),
    [
        ({"percent": 10, "uri": COLLECTOR}, "capture.percent", "all requests"),
        ({"percent": 100}, "capture.uri", "no uri"),
        ({"uri": "abfs://captured/churn"}, "capture.uri", "HTTP address"),
    ],
)
def test_a_file_is_told_what_it_cannot_do(
    site: Project, capture: dict[str, Any], key: str, says: str
) -> None:
    site.model("churn", changed(KSERVE, capture=capture))
    site.has_one_problem_of_model("churn", "MS0667", key, says)


@pytest.mark.parametrize("capture", [{"percent": 10, "uri": "s3://captured/all"}, {"percent": 10}])
def test_a_default_for_all_models_that_is_another_targets_is_left_out(
    site: Project, capture: dict[str, Any]
) -> None:
    site.environment(targets=TARGETS, defaults={"capture": capture})
    site.model("churn", KSERVE)
    asked = arguments(site.root, site.load(), "churn")
    assert not {key for key in asked if key.startswith("capture")}
    assert asked.get("egress") is None


@pytest.mark.parametrize(("uri", "ports"), [(STORE, {53, 443}), (COLLECTOR, {53})])
def test_a_store_is_reached_by_https_whatever_the_model_is_fetched_by(
    uri: str, ports: set[int]
) -> None:
    args = {**MINIMAL, **CAPTURE, "capture_uri": uri, "model_uri": "pvc://models/churn"}
    policy = record(InferenceService, "churn", args).inputs["churn-network-policy"]["spec"]
    found = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert found & {53, 443} == ports
