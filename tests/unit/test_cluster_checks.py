"""Does all that a namespace's models can grow to fit into its quota, and is their cloud named."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.settings.demand import Demand, demand, total
from stacks.settings.environment import KubernetesTarget
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.kserve_shared import SharedServer, TrainedModel
from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.seldon import SeldonModel
from tests.contract.component_table import COMPONENTS, least
from tests.unit.component_mocks import record
from tests.unit.settings_project import (
    BATCH,
    CANDIDATE,
    GRAPH,
    KSERVE,
    KSERVE_LLM,
    MODEL_SERVER,
    SELDON,
    SERVER,
    TARGETS,
    TRAINED,
    Project,
    changed,
    project,
)

_CLUSTER = {"context": "serving-dev"}
# Nothing of Knative's is in these pods.
_GRAPH = changed(GRAPH, deployment_mode="standard")
_SHARED = changed(SERVER, deployment_mode="standard")
_SMALL = {"cpu": 0.1, "memory_mib": 128}
_GPU = {"cpu": 3, "memory_mib": 12_288, "accelerator": "nvidia-l4", "accelerator_count": 2}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _kserve(**changes: object) -> AnySettings:
    return KServeModel.model_validate(changed(KSERVE, **changes))


def _server(**changes: object) -> AnySettings:
    return ModelServerModel.model_validate(changed(MODEL_SERVER, **changes))


def _llm(**changes: object) -> AnySettings:
    return KServeLlmModel.model_validate(changed(KSERVE_LLM, **changes))


def _batch(**changes: object) -> AnySettings:
    return KubernetesBatch.model_validate(changed(BATCH, **changes))


def _cluster(**keys: object) -> KubernetesTarget:
    return KubernetesTarget.model_validate(_CLUSTER | keys)


def _environment(site: Project, **keys: object) -> None:
    site.environment(targets=TARGETS | {"kubernetes": _CLUSTER | keys})


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        (_server(max_replicas=4), Demand(4, 4, 4 * 2048, 0)),
        (_server(max_replicas=2, resources=_GPU), Demand(2, 6, 2 * 12_288, 4)),
        # In place there is no second set of pods; beside the stable model there is.
        (
            _server(max_replicas=2, candidate=CANDIDATE, strategy="canary"),
            Demand(4, 4, 4 * 2048, 0),
        ),
        # Each part of a unit has pods of its own, of the candidate too.
        (
            _server(
                max_replicas=2,
                candidate=CANDIDATE,
                strategy="blue_green",
                parts={
                    "tokenizer": {"image": "a", "resources": {"cpu": 0.5, "memory_mib": 512}},
                    "reranker": {"image": "a", "max_replicas": 3},
                },
            ),
            Demand(4 + 4 + 6, 4 + 2 + 6, 4 * 2048 + 4 * 512 + 6 * 2048, 0),
        ),
        (_kserve(max_replicas=3, deployment_mode="standard"), Demand(3, 3, 3 * 2048, 0)),
        # Knative's queue proxy is in each pod; a candidate is a second revision.
        (_kserve(max_replicas=2), Demand(2, 2 * 1.025, 2 * (2048 + 64), 0)),
        (
            _kserve(max_replicas=2, candidate=CANDIDATE),
            Demand(4, 4 * 1.025, 4 * (2048 + 64), 0),
        ),
    ],
)
def test_what_a_model_asks_for_at_its_most(settings: AnySettings, asked: Demand) -> None:
    found = demand(settings, _cluster())
    assert (found.pods, found.memory_mib, found.gpus) == (
        asked.pods,
        asked.memory_mib,
        asked.gpus,
    )
    assert found.cpu == pytest.approx(asked.cpu)


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        # A pod counts with the larger of its server and its download.
        (_server(max_replicas=1, download_image="d", resources=_SMALL), Demand(1, 1, 1024, 0)),
        (
            _server(max_replicas=1, download_image="d", download_cpu=0.05, resources=_SMALL),
            Demand(1, 0.1, 1024, 0),
        ),
        (
            _server(max_replicas=1, download_image="d", download_memory_mib=64, resources=_SMALL),
            Demand(1, 1, 128, 0),
        ),
        (_server(max_replicas=1, resources=_SMALL), Demand(1, 0.1, 128, 0)),
        (_batch(parallelism=3, partitions=3), Demand(3, 3, 3 * 2048, 0)),
        (_batch(download_image="d", download_memory_mib=8192), Demand(1, 1, 8192, 0)),
        (_server(profile="edge", max_replicas=1), Demand(1, 0.5, 512, 0)),
        (KServeGraph.model_validate(_GRAPH), Demand(3, 1.5, 768, 0)),
        # The endpoint picker of KServe's preset, one for each version.
        (_llm(scheduler=False), Demand(1, 4, 16_384, 0)),
        (_llm(), Demand(2, 4 + 1.256, 16_384 + 2548, 0)),
        (
            _llm(candidate=CANDIDATE, max_replicas=4, min_replicas=2),
            Demand(8, 6 * 4 + 2 * 1.256, 6 * 16_384 + 2 * 2548, 0),
        ),
        # A replica on two nodes is two pods.
        (
            _llm(scheduler=False, data_parallel=4, data_parallel_local=2, prefill_replicas=2),
            Demand(6, 24, 6 * 16_384, 0),
        ),
    ],
)
def test_what_is_in_a_pod_or_beside_it_counts(settings: AnySettings, asked: Demand) -> None:
    found = demand(settings, _cluster())
    assert (found.pods, found.memory_mib, found.gpus) == (
        asked.pods,
        asked.memory_mib,
        asked.gpus,
    )
    assert found.cpu == pytest.approx(asked.cpu)


@pytest.mark.parametrize(
    "settings", [TrainedModel.model_validate(TRAINED), SeldonModel.model_validate(SELDON)]
)
def test_a_model_on_a_server_has_no_pods_of_its_own(settings: AnySettings) -> None:
    assert demand(settings, _cluster()) == Demand()


def test_an_older_picker_asks_for_less() -> None:
    assert demand(_llm(), _cluster(kserve_version="0.19.0")).cpu == pytest.approx(4.512)


@pytest.mark.parametrize(
    ("settings", "component"),
    [
        (_server(), "ModelServer"),
        (_batch(), "BatchInference"),
        (_kserve(deployment_mode="standard"), "InferenceService"),
        (_llm(scheduler=False), "LLMInferenceService"),
        (SharedServer.model_validate(_SHARED), "SharedModelServer"),
        (KServeGraph.model_validate(_GRAPH), "InferenceGraph"),
    ],
)
def test_where_nothing_is_said_the_components_ask_for_as_much(
    settings: AnySettings, component: str
) -> None:
    made = record(COMPONENTS[component], "churn", least(component))
    cpu, memory_mib = _first_requests(made.inputs.values())
    found = demand(settings, _cluster())
    assert found.pods
    assert found.cpu / found.pods == pytest.approx(cpu)
    assert found.memory_mib / found.pods == memory_mib


def _first_requests(values: Iterable[Any]) -> tuple[float, int]:
    """Of the first container that asks for anything."""
    for value in values:
        if not isinstance(value, dict | list):
            continue
        inner = cast("dict[str, Any] | list[Any]", value)
        if isinstance(inner, dict) and "requests" in inner:
            asked = inner["requests"]
            return float(asked["cpu"]), int(asked["memory"].removesuffix("Mi"))
        try:
            return _first_requests(inner.values() if isinstance(inner, dict) else inner)
        except LookupError:
            continue
    raise LookupError("nobody asks for anything")


def test_a_sidecar_is_in_each_pod() -> None:
    found = demand(_server(max_replicas=2), _cluster(mesh="istio_sidecar"))
    assert found.cpu == pytest.approx(2.2)
    assert found.memory_mib == 2 * (2048 + 128)


@given(st.lists(st.integers(1, 50), max_size=5))
def test_all_together_is_the_sum(replicas: list[int]) -> None:
    demands = [demand(_server(max_replicas=most), _cluster()) for most in replicas]
    assert total(demands).pods == sum(replicas)
    assert total(demands).memory_mib == sum(replicas) * 2048


@pytest.mark.parametrize(
    ("quota", "key", "said"),
    [
        ({"pods": 6}, "pods", "ask for 7 pods (ranker 4, churn 3)"),
        ({"cpu": 6.9}, "cpu", "ask for 7 cores"),
        ({"memory_mib": 14_335}, "memory_mib", "ask for 14336 MiB"),
    ],
)
def test_more_than_the_quota(site: Project, quota: dict[str, Any], key: str, said: str) -> None:
    site.model("churn", changed(KSERVE, max_replicas=3, deployment_mode="standard"))
    site.model("ranker", changed(MODEL_SERVER, max_replicas=4))
    _environment(site, quota=quota)
    (problem,) = site.problems()
    assert problem.code == "MS0223"
    assert problem.key == f"model-serving:targets.kubernetes.quota.{key}"
    assert problem.place.file == "Pulumi.dev.yaml"
    assert said in str(problem)
    # The quota that the fix names is enough.
    _environment(site, quota={"pods": 7, "cpu": 7, "memory_mib": 14_336, "gpus": 0})
    assert site.problems() == []


def test_one_problem_however_much_there_is_too_little_of(site: Project) -> None:
    site.model("churn", changed(KSERVE, max_replicas=3, deployment_mode="standard"))
    site.model("ranker", changed(MODEL_SERVER, max_replicas=4))
    _environment(site, quota={"pods": 6, "cpu": 5, "memory_mib": 14_336})
    (problem,) = site.problems()
    assert problem.key == "model-serving:targets.kubernetes.quota"
    assert "got pods 6, cpu 5" in str(problem)
    assert "7 pods (ranker 4, churn 3), 7 cores (ranker 4, churn 3)" in str(problem)
    assert "raise the quota to {pods: 7, cpu: 7}" in str(problem)


def test_gpus_and_namespaces_count_apart(site: Project) -> None:
    site.model("large", changed(MODEL_SERVER, max_replicas=2, resources=_GPU))
    site.model("other", changed(MODEL_SERVER, max_replicas=2, resources=_GPU, namespace="own"))
    _environment(site, quota={"gpus": 3})
    problems = site.problems()
    assert [problem.code for problem in problems] == ["MS0223", "MS0223"]
    assert ["namespace models" in str(p) for p in problems] == [True, False]
    _environment(site, quota={"gpus": 4})
    assert site.problems() == []


def test_one_model_alone_is_held_against_the_quota_alone(site: Project) -> None:
    site.model("churn", changed(MODEL_SERVER, max_replicas=3))
    site.model("ranker", changed(MODEL_SERVER, max_replicas=4))
    _environment(site, quota={"pods": 5})
    assert [problem.code for problem in site.problems()] == ["MS0223"]
    assert site.problems(only="ranker") == []


@pytest.mark.parametrize(
    ("identity", "missing"),
    [("eks_pod_identity", "eks"), ("eks_irsa", "aws"), ("gke", "gcp"), ("aks", "azure")],
)
def test_an_identity_needs_its_cloud(site: Project, identity: str, missing: str) -> None:
    site.model("churn", KSERVE)
    targets = {key: value for key, value in TARGETS.items() if key != missing}
    site.environment(targets=targets | {"kubernetes": _CLUSTER | {"identity": identity}})
    (problem,) = site.problems()
    assert problem.code == "MS0224"
    assert f"`model-serving:targets.{missing}` is missing" in str(problem)
