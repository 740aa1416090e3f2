"""Does all that a namespace's models can grow to fit into its quota, and is their cloud named."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.settings.demand import Demand, demand, total
from stacks.settings.environment import KubernetesTarget
from stacks.settings.kserve import KServeModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from tests.unit.settings_project import (
    CANDIDATE,
    KSERVE,
    MODEL_SERVER,
    TARGETS,
    Project,
    changed,
    project,
)

_CLUSTER = {"context": "serving-dev"}
_GPU = {"cpu": 3, "memory_mib": 12_288, "accelerator": "nvidia-l4", "accelerator_count": 2}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _kserve(**changes: object) -> AnySettings:
    return KServeModel.model_validate(changed(KSERVE, **changes))


def _server(**changes: object) -> AnySettings:
    return ModelServerModel.model_validate(changed(MODEL_SERVER, **changes))


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
