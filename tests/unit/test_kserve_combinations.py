"""What the settings take of a KServe model the component takes, and KServe itself too."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.kubernetes.kserve.inference_service import InferenceService
from facts.kserve import kserve_version
from stacks.settings.problems import SettingsError
from stacks.targets import arguments
from tests.unit.component_mocks import record
from tests.unit.kserve_manifests import PINNED, as_json, judge, new_cluster
from tests.unit.sandbox_life import Stack
from tests.unit.settings_project import DIGEST, KSERVE, Project, changed, project

_IMAGE: Final = f"registry.example.com/features@{DIGEST}"
_COMPANIONS: Final[list[dict[str, Any]]] = [
    {"image": _IMAGE},
    {"image": _IMAGE, "env": {"PYTHONPATH": "/x"}},
    {"image": _IMAGE, "min_replicas": 0, "max_replicas": 2, "memory_mib": 128},
    {"image": _IMAGE, "min_replicas": 2, "max_replicas": 1, "cpu": 0.01},
]
# On both sides of what KServe can do; `openvino` is none of the runtimes that it installs.
_SPACE: Final[dict[str, list[Any]]] = {
    "deployment_mode": ["knative", "standard"],
    "model__framework": ["xgboost", "triton", "onnx", "tensorflow", "pytorch", "huggingface"],
    "model__image": [_IMAGE],
    "model__uri": ["pvc://claim/churn/2.1.0", f"oci+native://reg.example.com/churn@{DIGEST}"],
    "candidate": [{"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}],
    "canary_percent": [0, 10, 100],
    "candidate_replicas": [1, 2],
    "rollout": [{"owner": "rollout"}],
    "min_replicas": [0, 1, 3],
    "max_replicas": [1, 1000],
    "runtime": ["kserve-mlserver", "kserve-tritonserver", "kserve-predictiveserver"],
    "protocol": ["v1", "v2", "grpc-v1", "grpc-v2"],
    "port": [9090],
    "ready_path": ["/up"],
    "arguments": [["--model_name=other"]],
    "env": [{"A": "b"}, {"PROTOCOL": "v1"}],
    "transformer": _COMPANIONS,
    "explainer": _COMPANIONS,
    "concurrency_target": [1, 1000],
    "requests_per_second_target": [5],
    "cpu_target_percent": [1, 100],
    "memory_target_percent": [50],
    "autoscaler": ["hpa", "keda", "external"],
    "prometheus_url": ["http://prometheus.monitoring:9090"],
    "prometheus_query": ["sum(x)"],
    "prometheus_target": [0.001, 1e9],
    "scale_to_zero_retention_seconds": [0, 30],
    "host": ["churn.example.com"],
}
_CLUSTERS: Final[list[dict[str, Any]]] = [
    {},
    {"router": "gateway", "gateway_name": "public", "gateway_namespace": "gateways"},
    {"kserve_version": "0.21.0", "gateway_api": True},
    {"kserve_version": "0.15.2"},
]
_KEYS: Final = st.lists(st.sampled_from(sorted(_SPACE)), min_size=1, max_size=6, unique=True)
_ASKED: Final = _KEYS.flatmap(
    lambda keys: st.fixed_dictionaries({key: st.sampled_from(_SPACE[key]) for key in keys})
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with new_cluster(tmp_path_factory.mktemp("cluster")) as made_one:
        yield made_one


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project(tmp_path_factory.mktemp("site"))


def _taken(site: Project, cluster: Stack, asked: dict[str, Any], where: dict[str, Any]) -> bool:
    """Whether the settings take it. Raises if the component or KServe then does not."""
    site.environment(targets={"kubernetes": {"context": "serving-dev", **where}})
    model = changed(KSERVE, **asked)
    if "model__image" in asked and "model__framework" not in asked:
        del model["model"]["framework"]
    site.model("churn", model)
    try:
        loaded = site.load()
    except SettingsError:
        return False
    told = arguments(site.root, loaded, "churn")
    if "host" in told and "candidate_version" in told:
        # A share by a route of ours asks the live candidate, and there is none here.
        told["canary_percent"] = 0
    recorded = record(InferenceService, "churn", told)
    # The sandbox's webhook is that of one release.
    if where.get("kserve_version", PINNED) == PINNED:
        manifest = as_json(recorded.inputs["churn-inference-service"])
        judge(cluster, manifest, kserve_version(PINNED))
    return True


def test_each_value_by_itself(site: Project, cluster: Stack) -> None:
    alone = [{key: value} for key, values in _SPACE.items() for value in values]
    answers = [_taken(site, cluster, asked, {}) for asked in alone]
    # Something is refused and something taken, else nothing is asked here.
    assert 0 < sum(answers) < len(answers)
    assert _taken(site, cluster, {}, {})


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ASKED, st.sampled_from(_CLUSTERS))
def test_several_together(
    site: Project, cluster: Stack, asked: dict[str, Any], where: dict[str, Any]
) -> None:
    _taken(site, cluster, asked, where)


def test_every_scaling_of_both_modes(site: Project, cluster: Stack) -> None:
    """The keys that meet most: who scales, on what, from which minimum, beside a candidate."""
    space = (
        [{"deployment_mode": mode} for mode in ("knative", "standard")],
        [{}, *({"autoscaler": each} for each in ("hpa", "keda", "external"))],
        [{}, {"cpu_target_percent": 70}, {"concurrency_target": 5}],
        [{"min_replicas": 0}, {"min_replicas": 2}],
        [{}, {"candidate": _SPACE["candidate"][0], "candidate_replicas": 2}],
    )
    answers: list[bool] = []
    for parts in itertools.product(*space):
        asked: dict[str, Any] = {}
        for part in parts:
            asked |= part
        answers.append(_taken(site, cluster, asked, {}))
    assert 0 < sum(answers) < len(answers)
