"""Every kind of model on Kubernetes, from its file to what watches it, judged by Prometheus."""

from pathlib import Path
from typing import Any, Final

import pytest

from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from tests.unit import promtool
from tests.unit.component_mocks import Recorded, record
from tests.unit.grafana import lost
from tests.unit.settings_project import (
    GRAPH,
    KSERVE_LLM,
    SELDON,
    SERVER,
    TARGETS,
    TRAINED,
    Project,
)
from tests.unit.watched_models import MONITORING, asked_of_monitoring, in_mesh, monitored

FAST, MISSES, SILENT = (
    "ModelErrorBudgetBurnsFast",
    "ModelVersionMissesObjective",
    "ModelDoesNotAnswer",
)
_TOKENS: Final = {"first_token_p95_ms": 800, "output_token_p95_ms": 60, "queue_p95_ms": 300}
_GPU: Final = {"resources": {"accelerator": "nvidia-l4", "cpu": 3, "memory_mib": 12288}}
_LLM: Final[dict[str, Any]] = KSERVE_LLM | _GPU | {"slo": {**_TOKENS, "latency_p95_ms": 20_000}}
_CANDIDATE: Final[dict[str, Any]] = {
    "candidate": {"uri": "hf://Qwen/Qwen2.5-7B-Instruct@" + "8" * 40, "version": "3.0"},
    "canary_percent": 10,
}


def _made(asked: dict[str, Any] | None) -> Recorded:
    """What ModelMonitoring registers; its dashboard is one that Grafana knows."""
    assert asked is not None
    made = record(ModelMonitoring, "ranker", asked)
    (text,) = made.inputs["ranker-dashboard"]["data"].values()
    assert lost(text) == []
    return made


def _groups(made: Recorded) -> list[dict[str, Any]]:
    return made.inputs["ranker-rules"]["spec"]["groups"]


def _told(made: Recorded) -> set[str]:
    rules = [rule for group in _groups(made) for rule in group["rules"]]
    return {rule["labels"]["slo"] for rule in rules if "record" in rule}


def _pods(made: Recorded, role: str = "") -> tuple[dict[str, str], dict[str, Any]]:
    """Labels and first endpoint of a PodMonitor."""
    spec = made.inputs[f"ranker-pod-monitor{role}"]["spec"]
    return spec["selector"]["matchLabels"], spec["podMetricsEndpoints"][0]


def _constants(endpoint: dict[str, Any]) -> dict[str, str]:
    """Labels that all series of an endpoint get, whatever they are."""
    given = endpoint["relabelings"]
    return {
        each["targetLabel"]: each["replacement"]
        for each in given
        if each.keys() == {"targetLabel", "replacement"}
    }


def _with_token(site: Project) -> Project:
    monitoring = MONITORING | {"router_token_secret": "metrics-reader"}
    site.environment(
        targets=TARGETS | {"kubernetes": TARGETS["kubernetes"] | {"monitoring": monitoring}}
    )
    return site


def test_a_language_model_is_watched_by_vllm_itself(tmp_path: Path) -> None:
    made = _made(asked_of_monitoring(monitored(tmp_path, _LLM)))
    labels, endpoint = _pods(made)
    assert labels == {
        "app.kubernetes.io/name": "ranker",
        "app.kubernetes.io/part-of": "llminferenceservice",
        "kserve.io/component": "workload",
    }
    # No label of its pods says a version.
    assert _constants(endpoint) == {"serving_model": "ranker", "serving_version": "2.5"}
    assert _told(made) == {"latency", "first-token", "output-token", "queue"}
    assert set(made.outputs["unmeasured"]) == {"errors"}
    promtool.check(_groups(made), tmp_path)


def test_its_candidate_is_a_service_of_its_own(tmp_path: Path) -> None:
    made = _made(asked_of_monitoring(monitored(tmp_path, _LLM | _CANDIDATE)))
    labels, endpoint = _pods(made, "-candidate")
    assert labels["app.kubernetes.io/name"] == "ranker-candidate"
    assert _constants(endpoint) == {"serving_model": "ranker", "serving_version": "3.0"}
    # No other model can have this name.
    assert made.inputs["ranker-pod-monitor-candidate"]["metadata"]["name"] == "ranker.candidate"


def test_prompts_read_elsewhere_are_known_by_the_router_alone(tmp_path: Path) -> None:
    parted = _LLM | {"prefill_replicas": 2}
    made = _made(asked_of_monitoring(monitored(tmp_path / "a", parted)))
    assert _told(made) == {"output-token", "queue"}
    unmeasured = made.outputs["unmeasured"]
    assert set(unmeasured) == {"errors", "latency", "first-token"}
    assert "router_token_secret" in unmeasured["first-token"]
    assert not [name for name in made.inputs if name.endswith("router")]
    ports = {role: _port(_pods(made, role)[1]) for role in ("", "-prefill")}
    assert ports == {"": "8001", "-prefill": "8000"}

    made = _made(asked_of_monitoring(_with_token(monitored(tmp_path / "b", parted))))
    assert _told(made) == {"latency", "first-token", "output-token", "queue"}
    labels, endpoint = _pods(made, "-router")
    assert labels["app.kubernetes.io/component"] == "llminferenceservice-router-scheduler"
    token = {"credentials": {"name": "metrics-reader", "key": "token"}}
    assert (_port(endpoint), endpoint["authorization"]) == ("9090", token)
    assert "authorization" not in _pods(made)[1]
    # Pods that help are none of the replicas that answer.
    up = 'up{{serving_model="ranker",namespace="models",serving_version="2.5",pod="{}"{}}}'
    helps = [
        up.format("router", ',serving_role="router"'),
        up.format("p", ',serving_role="prefill"'),
    ]
    load = [group for group in _groups(made) if group["name"].endswith("-load")]
    series = dict.fromkeys(helps, "1x30")
    promtool.firing(load, series, {4: set(), 10: {(SILENT, "")}}, tmp_path)
    promtool.firing(load, {**series, up.format("d", ""): "1x30"}, {10: set()}, tmp_path)


def _port(endpoint: dict[str, Any]) -> str:
    address = [each for each in endpoint["relabelings"] if each.get("targetLabel") == "__address__"]
    return address[0]["replacement"].rpartition(":")[2]


def test_in_a_mesh_of_sidecars_istio_knows_requests_and_no_tokens(tmp_path: Path) -> None:
    asked = asked_of_monitoring(in_mesh(monitored(tmp_path, _LLM | _CANDIDATE), "istio_sidecar"))
    made = _made(asked)
    assert _told(made) == {"errors", "latency"}
    assert set(made.outputs["unmeasured"]) == {"first-token", "output-token", "queue"}
    assert {_port(_pods(made, role)[1]) for role in ("", "-candidate")} == {"15020"}


@pytest.mark.parametrize(
    ("failed", "source", "fires"),
    [
        # 10 requests in 1000 may fail, and a page comes over 60.
        (70, "gateway", True),
        (50, "gateway", False),
        # What the endpoint picker asks many times a second is no request.
        (70, "ranker-kserve-router-scheduler", False),
    ],
)
def test_istio_counts_what_a_pod_is_asked(
    failed: int, source: str, *, fires: bool, tmp_path: Path
) -> None:
    site = in_mesh(monitored(tmp_path, KSERVE_LLM | _GPU), "istio_sidecar")
    made = _made(asked_of_monitoring(site))
    labels = (
        'serving_model="ranker",serving_version="2.5",namespace="models",pod="a",'
        f'source_workload="{source}",reporter="destination"'
    )
    series = {
        f'istio_requests_total{{{labels},response_code="200"}}': f"0+{1000 - failed}x60",
        f'istio_requests_total{{{labels},response_code="503"}}': f"0+{failed}x60",
        # Its own calls of others.
        'istio_requests_total{serving_model="ranker",namespace="models",reporter="source",'
        'response_code="500"}': "0+1000x60",
    }
    rules = [group for group in _groups(made) if not group["name"].endswith("-load")]
    names: list[str] = ["ModelErrorBudgetBurns", MISSES] if source == "gateway" else []
    told = {(name, "errors") for name in [*names, *([FAST] if fires else [])]}
    promtool.firing(rules, series, {45: told}, tmp_path)


@pytest.mark.parametrize(
    ("changes", "mesh", "metrics", "port"),
    [
        ({}, "none", "knative", "9091"),
        ({}, "istio_sidecar", "istio-knative", "15020"),
        ({"deployment_mode": "standard"}, "istio_sidecar", "istio", "15020"),
    ],
)
def test_a_graph_is_watched_by_what_is_around_its_router(
    changes: dict[str, Any], mesh: str, metrics: str, port: str, tmp_path: Path
) -> None:
    asked = asked_of_monitoring(in_mesh(monitored(tmp_path, GRAPH | changes), mesh))
    made = _made(asked)
    labels, endpoint = _pods(made)
    assert labels == {"serving.kserve.io/inferencegraph": "ranker"}
    assert asked
    assert (asked["metrics"], _port(endpoint)) == (metrics, port)
    assert _told(made) == {"errors", "latency"}
    # A router has no version to be told by.
    assert "$labels.serving_version" not in str(_groups(made))
    promtool.check(_groups(made), tmp_path)


def test_a_router_that_nothing_is_around_is_not_watched(tmp_path: Path) -> None:
    site = monitored(tmp_path, GRAPH | {"deployment_mode": "standard"})
    assert asked_of_monitoring(site) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"deployment_mode": "knative"}, {"errors", "latency"}),
        ({"deployment_mode": "standard"}, {"errors"}),
        (
            {
                "deployment_mode": "standard",
                "arguments": ["--metrics-config=histogram_latencies=true"],
            },
            {"errors", "latency"},
        ),
    ],
)
def test_a_shared_server_is_watched_as_a_whole(
    changes: dict[str, Any], told: set[str], tmp_path: Path
) -> None:
    made = _made(asked_of_monitoring(monitored(tmp_path, SERVER | changes)))
    assert _told(made) == told
    promtool.check(_groups(made), tmp_path)


_HISTOGRAMS: Final = ["--metrics-config=histogram_latencies=true"]


@pytest.mark.parametrize(
    ("arguments", "told"), [([], {"errors"}), (_HISTOGRAMS, {"errors", "latency"})]
)
def test_a_model_on_it_is_told_apart(arguments: list[str], told: set[str], tmp_path: Path) -> None:
    site = monitored(tmp_path, TRAINED)
    site.model("shared", SERVER | {"arguments": arguments})
    made = _made(asked_of_monitoring(site))
    labels, endpoint = _pods(made)
    assert labels == {"serving.kserve.io/inferenceservice": "shared", "component": "predictor"}
    assert _port(endpoint) == "8002"
    keep, version = endpoint["metricRelabelings"]
    assert keep == {"sourceLabels": ["model"], "regex": "ranker", "action": "keep"}
    assert (version["targetLabel"], version["replacement"]) == ("serving_version", "2.1.0")
    assert _told(made) == told
    # It has no replicas of its own.
    alerts = {rule.get("alert") for group in _groups(made) for rule in group["rules"]}
    assert SILENT in alerts
    assert "ModelAtMaximumReplicas" not in alerts
    load = [group for group in _groups(made) if group["name"].endswith("-load")]
    # Triton has these from when a model is loaded until it is not.
    labels = 'serving_model="ranker",serving_version="2.1.0",namespace="models",pod="a"'
    loaded = f'nv_inference_request_success{{{labels},model="ranker",version="1"}}'
    promtool.firing(load, {loaded: "0x20 _x40"}, {15: set(), 40: {(SILENT, "")}}, tmp_path)


def test_a_sidecar_knows_the_server_and_not_its_models(tmp_path: Path) -> None:
    site = in_mesh(monitored(tmp_path, TRAINED), "istio_sidecar")
    site.model("shared", SERVER)
    assert asked_of_monitoring(site) is None


def test_a_model_of_seldon_is_watched_by_the_agents_of_servers(tmp_path: Path) -> None:
    candidate = {"uri": "gs://models/churn/3.0.0", "version": "3.0.0"}
    model = SELDON | {"candidate": candidate, "canary_percent": 10, "max_replicas": 2}
    made = _made(asked_of_monitoring(monitored(tmp_path, model)))
    labels, endpoint = _pods(made)
    assert labels == {"app.kubernetes.io/name": "seldon-server"}
    assert _port(endpoint) == "9006"
    keep, stable, second = endpoint["metricRelabelings"]
    assert keep["regex"] == "ranker_[0-9]+|ranker-candidate_[0-9]+"
    assert (stable["regex"], stable["replacement"]) == ("ranker_[0-9]+", "2.1.0")
    assert (second["regex"], second["replacement"]) == ("ranker-candidate_[0-9]+", "3.0.0")
    assert made.inputs["ranker-rules"]["metadata"]["namespace"] == "seldon-mesh"
    assert _told(made) == {"errors"}
    assert set(made.outputs["unmeasured"]) == {"latency"}
    assert {each["objective"] for each in made.outputs["gate_queries"]} == {"errors"}
    promtool.check(_groups(made), tmp_path)

    own = 'serving_model="ranker",namespace="seldon-mesh",server="mlserver"'
    stable_of = f'{own},serving_version="2.1.0",model_internal="ranker_1"'
    new_of = f'{own},serving_version="3.0.0",model_internal="ranker-candidate_1"'
    series = {
        f'seldon_loaded_model_gauge{{{stable_of},pod="mlserver-0"}}': "1x60",
        f'seldon_loaded_model_gauge{{{stable_of},pod="mlserver-1"}}': "1x60",
        # Taken off one of them.
        f'seldon_loaded_model_gauge{{{new_of},pod="mlserver-0"}}': "1x60",
        f'seldon_loaded_model_gauge{{{new_of},pod="mlserver-1"}}': "0x60",
        # The candidate's tenth fails: of all requests 10 %, of its own all of them.
        f'seldon_model_infer_total{{{stable_of},pod="mlserver-0",code="200"}}': "0+900x60",
        # Callers' faults.
        f'seldon_model_infer_total{{{stable_of},pod="mlserver-0",code="NotFound"}}': "0+100x60",
        f'seldon_model_infer_total{{{new_of},pod="mlserver-0",code="Unavailable"}}': "0+100x60",
    }
    burning = {(name, "errors") for name in (FAST, "ModelErrorBudgetBurns", MISSES)}
    told = burning | {("ModelAtMaximumReplicas", "")}
    promtool.firing(_groups(made), series, {45: told}, tmp_path)


def test_a_mirror_of_seldons_spends_no_budget(tmp_path: Path) -> None:
    candidate = {"uri": "gs://models/churn/3.0.0", "version": "3.0.0"}
    asked = asked_of_monitoring(
        monitored(tmp_path, SELDON | {"candidate": candidate, "mirror_percent": 50})
    )
    assert asked is not None
    assert (asked["shadow"], asked["canary_percent"]) == (True, 50)
    assert 'serving_version!="3.0.0"' in str(_groups(_made(asked)))
