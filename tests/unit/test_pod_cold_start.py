"""First answers of models that go to sleep: the arithmetic, and who holds it against a budget."""

from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from components.kubernetes.kserve.llm_inference_service import LLMInferenceService
from components.kubernetes.server.model_server import ModelServer
from facts.pod_cold_start import POD_MS, PodStart, fetched_mib
from stacks import targets
from tests.unit.component_mocks import record
from tests.unit.settings_project import KSERVE, KSERVE_LLM, MODEL_SERVER, Project, project

_KINDS: Final = {
    "kserve": InferenceService,
    "kserve_llm": LLMInferenceService,
    "kubernetes": ModelServer,
}
# 810 MiB of image and 405 of model at 81 MiB/s, beside the pod's 5 s and the server's 2.
_SIZES: Final = {"image_mib": 810, "model_mib": 405, "server_start_ms": 2000}
_TAKES: Final = 5000 + 10_000 + 5000 + 2000


def test_what_is_known_is_added_up() -> None:
    start = PodStart(810, 405, 2000)
    assert start.least_ms == pytest.approx(_TAKES)
    assert start.unknown == []
    assert str(start) == (
        "5000 (pod) + 10000 (image: 810 MiB at 81 MiB/s) + 5000 (model: 405 MiB at 81 MiB/s)"
        " + 2000 (server) = 22000 ms"
    )


def test_the_page_adds_up_likewise() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "monitoring.md").read_text()
    words = ("model_mib", "image_mib", "server_start_ms")
    model, image, server = (float(page.partition(f"  {word}: ")[2].split()[0]) for word in words)
    assert f"{PodStart(image, model, server).least_ms:.0f} ms, more than" in page


def test_what_is_not_known_is_said_and_counts_nothing() -> None:
    start = PodStart(None, None, None)
    assert start.least_ms == POD_MS
    assert str(start).endswith(
        "= 5000 ms, without image_mib, model_mib, server_start_ms, not known"
    )


@pytest.mark.parametrize(
    ("uri", "cached", "expected"),
    [
        ("s3://models/churn/2/", False, True),
        ("s3://models/churn/2/", True, False),
        # The kubelet pulls it.
        ("oci://registry.corp/churn@sha256:0", False, True),
        ("pvc://models/churn", False, False),
        ("image:/models", False, False),
        # Known at the deployment alone.
        (object(), False, True),
    ],
)
def test_what_a_pod_fetches(uri: object, *, cached: bool, expected: bool) -> None:
    assert fetched_mib(405, 15, uri, cached=cached) == (405 if expected else 0)
    assert fetched_mib(None, 15.5, uri, cached=cached) == (15_872 if expected else 0)
    assert fetched_mib(None, None, uri, cached=cached) == (None if expected else 0)


def _asleep(cold_start: dict[str, Any], **more: object) -> dict[str, Any]:
    return KSERVE | {"min_replicas": 0, "cold_start": cold_start} | more


def _site(tmp_path: Path, model: dict[str, Any]) -> Project:
    site = project(tmp_path)
    site.model("churn", model)
    return site


def _component(site: Project) -> list[str]:
    """What the component says to the same settings, past those who judge the settings."""
    loaded = site.load()
    target = loaded.models["churn"].target
    asked = targets.arguments(site.root, loaded, "churn")
    try:
        record(_KINDS[target], "churn", asked)
    except pulumi.RunError as refused:
        return str(refused).splitlines()
    return []


@pytest.mark.parametrize(
    ("cold_start", "more", "allowed"),
    [
        ({**_SIZES, "budget_ms": _TAKES}, {}, None),
        ({**_SIZES, "budget_ms": _TAKES - 1}, {}, 22_000),
        # One's own network, and images that are there.
        ({**_SIZES, "budget_ms": 13_500, "fetch_mib_per_second": 186.93}, {}, None),
        ({**_SIZES, "budget_ms": 12_000, "image_mib": 0}, {}, None),
        ({**_SIZES, "budget_ms": 11_999, "image_mib": 0}, {}, 12_000),
        # Without a budget of its own the latency is it, where anything is said.
        ({"image_mib": 0}, {"slo": {"latency_p95_ms": 5000}}, None),
        ({"image_mib": 0}, {"slo": {"latency_p95_ms": 4999}}, 5000),
        ({}, {"slo": {"latency_p95_ms": 100}}, None),
        # A model that never sleeps.
        ({**_SIZES, "budget_ms": 1}, {"min_replicas": 1}, None),
    ],
)
def test_a_budget_has_two_sides(
    cold_start: dict[str, Any], more: dict[str, Any], allowed: int | None, tmp_path: Path
) -> None:
    site = _site(tmp_path, _asleep(cold_start, **more))
    found = [problem for problem in site.problems() if problem.code == "MS0602"]
    assert [problem.allowed for problem in found] == ([f"at least {allowed}"] if allowed else [])
    if found:
        assert f"= {allowed} ms" in found[0].message
        assert found[0].key == (
            "cold_start.budget_ms" if "budget_ms" in cold_start else "slo.latency_p95_ms"
        )
        assert "min_replicas: 1" in found[0].fix


@pytest.mark.parametrize(
    "model",
    [
        KSERVE,
        KSERVE_LLM
        | {
            "resources": {"accelerator": "nvidia-l4", "memory_mib": 32768},
            "prometheus_url": "http://prometheus.monitoring:9090",
            "activation_query": "sum(rate(waiting[1m]))",
            "weights_gib": 15.2,
        },
        MODEL_SERVER
        | {
            "autoscaler": "keda",
            "prometheus_url": "http://prometheus.monitoring:9090",
            "prometheus_query": "sum(rate(waiting[1m]))",
            "prometheus_target": 2,
        },
    ],
    ids=lambda model: str(model["target"]),
)
def test_settings_and_components_agree(
    model: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asleep = {**model, "min_replicas": 0}
    kept = _site(tmp_path / "kept", {**asleep, "cold_start": {"budget_ms": 3_600_000}})
    assert kept.problems() == []
    assert _component(kept) == []
    # Its image has no size, which is no secret.
    assert "without image_mib" in caplog.text
    model_mib = None if "weights_gib" in model else 405
    cold = {"budget_ms": 9000, **({"model_mib": model_mib} if model_mib else {})}
    broken = _site(tmp_path / "broken", {**asleep, "cold_start": cold})
    (problem,) = broken.problems()
    arithmetic = problem.message.partition("takes longer: ")[2]
    assert arithmetic
    asked = targets.arguments(kept.root, kept.load(), "churn")
    with pytest.raises(pulumi.RunError) as refused:
        record(
            _KINDS[model["target"]],
            "churn",
            asked | {f"cold_start_{key}": value for key, value in cold.items()},
        )
    assert "cold_start_budget_ms: got 9000" in str(refused.value)
    assert arithmetic in str(refused.value)
