"""A model against the pools of its environment: who keeps it off, and where nobody is to ask."""

from pathlib import Path
from typing import Any

import pytest

from facts.pools.offers import GPU_TAINT
from stacks.settings.model_server import ModelServerModel
from stacks.targets.gpus import gpus
from stacks.targets.translation import as_kind
from tests.unit.gpu_pool_cases import POOL
from tests.unit.settings_project import (
    GKE_TARGETS,
    MODEL_SERVER,
    TARGETS,
    Project,
    changed,
    dump,
    project,
)


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _codes(site: Project) -> list[tuple[str, str]]:
    return [(problem.code, problem.key) for problem in site.problems()]


def _asks(site: Project, pools: dict[str, Any], **model: Any) -> list[str]:  # noqa: ANN401
    """Codes of a model that asks for the pool `p`, and more."""
    site.environment(platform={"gpu_node_pools": pools})
    site.model("ranker", changed(MODEL_SERVER, **{"resources": {"gpu_pool": "p"}, **model}))
    return [code for code, _ in _codes(site)]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"platform": {"gpu_node_pools": {"other": POOL}}},
        {"layer": "serving"},
        # The pools of a stack that makes none are nobody's.
        {"layer": "serving", "platform": {"gpu_node_pools": {"p": POOL}}},
    ],
)
def test_a_pool_that_nobody_has(site: Project, environment: dict[str, Any]) -> None:
    """Without it the pods would get no GPU at all, and nobody would say so."""
    site.environment(**environment)
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    assert _codes(site) == [("MS0244", "resources.gpu_pool")]


def test_a_platform_has_no_models(site: Project) -> None:
    """Another platform of the project may have the pool."""
    site.environment(layer="platform", platform={"gpu_node_pools": {"other": POOL}})
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    assert site.problems() == []


def test_the_way_out_of_a_stack_of_models(site: Project) -> None:
    site.environment(layer="serving")
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    (problem,) = site.problems()
    assert "model-serving:platform_stack" in problem.fix
    stack = "acme/model-serving/platform-dev"
    config = {"model-serving:layer": "platform", "model-serving:targets": TARGETS}
    (site.root / "Pulumi.platform-dev.yaml").write_text(dump({"config": config}))
    site.environment(layer="serving", platform_stack=stack)
    (problem,) = site.problems()
    assert stack in problem.fix


@pytest.mark.parametrize(
    ("pool", "key"),
    [
        ({"accelerator": "nvidia-l5"}, "accelerator"),
        ({"instance_types": ["g5.xlarge"]}, "instance_types[0]"),
        ({"fallbacks": [{"name": "x", "accelerator_count": 3}]}, "fallbacks[0].accelerator_count"),
    ],
)
@pytest.mark.parametrize(
    "resources", [{"gpu_pool": "p"}, {"accelerator": "nvidia-t4"}, {"gpu_pool": "p", "cpu": 64}]
)
def test_a_wrong_pool_is_said_once(
    site: Project, pool: dict[str, Any], key: str, resources: dict[str, Any]
) -> None:
    site.environment(platform={"gpu_node_pools": {"p": {**POOL, **pool}, "q": POOL}})
    site.model("ranker", changed(MODEL_SERVER, resources=resources))
    (problem,) = site.problems()
    assert problem.key == f"model-serving:platform.gpu_node_pools.p.{key}"


def test_pods_go_on_when_a_fallback_is_added(site: Project) -> None:
    """On GKE a pool with fallbacks gets a taint, while models of other stacks run on it."""
    alone = {key: value for key, value in POOL.items() if key != "instance_types"}
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    found: list[set[str]] = []
    for fallbacks in ([], [{"name": "spot", "capacity": "spot"}]):
        pools = {"p": {**alone, "fallbacks": fallbacks}}
        site.environment(targets=GKE_TARGETS, platform={"gpu_node_pools": pools})
        settings = site.load()
        resources = as_kind(ModelServerModel, settings.models["ranker"]).resources
        found.append(set(gpus(settings, resources)["gpu_tolerations"]))
        taints = set(settings.offers["p"].taints) - {GPU_TAINT}
        # And what was made before keeps to the label that the nodes have either way.
        assert settings.offers["p"].labels["model-serving/pool-group"] == "p"
        assert found[0] >= taints
    assert found[0] == found[1]


def test_a_wrong_pool_hides_nothing_of_others(site: Project) -> None:
    pools = {"p": {**POOL, "accelerator_count": 3}, "q": POOL}
    assert "MS0244" in _asks(site, pools, resources={"gpu_pool": "r"})
    assert "MS0245" in _asks(site, pools, resources={"gpu_pool": "q", "cpu": 64})


def test_a_pool_on_one_of_two_clusters_is_said_once(site: Project) -> None:
    pool = {key: value for key, value in POOL.items() if key != "instance_types"}
    site.environment(targets={**TARGETS, **GKE_TARGETS}, platform={"gpu_node_pools": {"p": pool}})
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    assert _codes(site) == [("MS0241", "model-serving:platform.gpu_node_pools.p.cluster")]


@pytest.mark.parametrize(
    ("taint", "toleration", "fits"),
    [
        ("dedicated=chat:NoSchedule", "dedicated=chat:NoSchedule", True),
        ("dedicated=chat:NoSchedule", "dedicated=chat", True),
        ("dedicated=chat:NoSchedule", "dedicated", True),
        ("dedicated=chat:NoSchedule", "dedicated=search:NoSchedule", False),
        ("dedicated=chat:NoExecute", "dedicated=chat:NoSchedule", False),
        ("dedicated:NoSchedule", "dedicated:NoSchedule", True),
        # What all pods with GPUs tolerate is the one effect.
        ("nvidia.com/gpu=mine:NoSchedule", "other", True),
        ("nvidia.com/gpu=present:NoExecute", "other", False),
        ("nvidia.com/gpu=present:NoExecute", "nvidia.com/gpu", True),
    ],
)
def test_tolerations_are_of_a_value_and_an_effect(
    site: Project, taint: str, toleration: str, *, fits: bool
) -> None:
    pools = {"p": {**POOL, "taints": [taint]}}
    kind = {"accelerator": "nvidia-l4"}
    found = _asks(site, pools, resources=kind, tolerations=[toleration])
    assert found == ([] if fits else ["MS0245"])
    # Who asks for the pool by name means it, taints and all, and other models have no word for it.
    assert _asks(site, pools, resources={"gpu_pool": "p"}) == []


@pytest.mark.parametrize(
    ("label", "fits"),
    [
        ("topology.kubernetes.io/zone", True),
        ("node.kubernetes.io/instance-type", True),
        ("kubernetes.io/arch", True),
        ("eks.amazonaws.com/nodegroup", True),
        ("cloud.google.com/gke-nodepool", False),
        ("nvidia.com/gpu.memory", False),
        ("zone", False),
    ],
)
def test_labels_that_every_node_has_are_not_the_pools(
    site: Project, label: str, *, fits: bool
) -> None:
    found = _asks(site, {"p": POOL}, node_selector={label: "x"})
    assert found == ([] if fits else ["MS0245"])


@pytest.mark.parametrize(("memory_mib", "most"), [(4096, 8), (60_000, 6), (100_000, 2)])
def test_room_is_of_memory_too(site: Project, memory_mib: int, most: int) -> None:
    """A g6.12xlarge has four GPUs and 192 GiB: three pods of 60,000 MiB are on it, or one."""
    pool = {**POOL, "instance_types": ["g6.12xlarge"], "max_nodes": 2}
    resources = {"gpu_pool": "p", "cpu": 2, "memory_mib": memory_mib}
    assert _asks(site, {"p": pool}, resources=resources, max_replicas=most) == []
    found = _asks(site, {"p": pool}, resources=resources, max_replicas=most + 1)
    assert found == ["MS0246"]


@pytest.mark.parametrize(
    ("pool", "key"),
    [
        ({"labels": {"a b": "c"}}, "labels"),
        ({"labels": {"": "c"}}, "labels"),
        ({"labels": {"disk": "very fast"}}, "labels"),
        ({"labels": {"disk": "f" * 64}}, "labels"),
        ({"labels": {"model-serving/pool-group": "q"}}, "labels"),
        ({"labels": {"nvidia.com/gpu.product": "NVIDIA-H100"}}, "labels"),
        ({"taints": ["a/b/c=x:NoSchedule"]}, "taints[0]"),
        ({"taints": ["-x=y:NoSchedule"]}, "taints[0]"),
        ({"taints": ["x=-:NoSchedule"]}, "taints[0]"),
        ({"taints": ["x=a:NoSchedule", "x=b:NoSchedule"]}, "taints[1]"),
    ],
)
def test_what_no_node_can_have(site: Project, pool: dict[str, Any], key: str) -> None:
    site.environment(platform={"gpu_node_pools": {"p": {**POOL, **pool}}})
    assert _codes(site) == [("MS0242", f"model-serving:platform.gpu_node_pools.p.{key}")]


@pytest.mark.parametrize(
    "pool",
    [
        {"labels": {"disk": "f" * 63, "example.com/team": "a.b_c-d", "empty": ""}},
        {"taints": ["x=a:NoSchedule", "x=a:NoExecute", "example.com/x:NoSchedule"]},
    ],
)
def test_what_nodes_can_have(site: Project, pool: dict[str, Any]) -> None:
    site.environment(platform={"gpu_node_pools": {"p": {**POOL, **pool}}})
    assert _codes(site) == []


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        ({"min_replicas": 1, "max_replicas": 2}, True),
        ({"min_replicas": 2, "max_replicas": 2}, False),
        ({"min_replicas": 2, "max_replicas": 2, "update_max_unavailable": "1"}, True),
        ({"min_replicas": 2, "max_replicas": 2, "update_max_unavailable": "50%"}, True),
        # Rounded down.
        ({"min_replicas": 2, "max_replicas": 2, "update_max_unavailable": "49%"}, False),
        ({"min_replicas": 2, "max_replicas": 2, "strategy": "recreate"}, True),
    ],
)
def test_a_rolling_update_needs_room(site: Project, model: dict[str, Any], *, fits: bool) -> None:
    """A pool of two nodes with a GPU each."""
    found = _asks(site, {"p": {**POOL, "max_nodes": 2}}, **model)
    assert found == ([] if fits else ["MS0246"])


@pytest.mark.parametrize(
    ("memory_mib", "shm", "fits"),
    [(1025, {}, True), (1024, {}, False), (1024, {"shm_mib": 512}, True)],
)
def test_shared_memory_of_gpus_is_memory(
    site: Project, memory_mib: int, shm: dict[str, int], *, fits: bool
) -> None:
    resources = {"gpu_pool": "p", "memory_mib": memory_mib}
    found = _asks(site, {"p": POOL}, resources=resources, **shm)
    assert found == ([] if fits else ["MS0219"])


@pytest.mark.parametrize(
    "pool", [{"max_nodes": 0}, {"capacity": "spott"}, {"cluster": "foo"}, {"fallbacks": ["x"]}]
)
def test_a_model_is_not_judged_by_what_is_wrong(site: Project, pool: dict[str, Any]) -> None:
    """Nor by the default in its place."""
    found = _asks(site, {"p": {**POOL, **pool}}, max_replicas=4)
    assert len(found) == 1
    assert not found[0].startswith("MS024")


def test_a_fallback_of_another_kind_is_judged_itself(site: Project) -> None:
    """What its pool does not say is written nowhere else."""
    pool = {key: value for key, value in POOL.items() if key != "instance_types"}
    fallback = {"name": "small", "accelerator": "nvidia-h100", "accelerator_count": 1}
    pools = {"p": {**pool, "fallbacks": [fallback]}}
    site.environment(targets=GKE_TARGETS, platform={"gpu_node_pools": pools})
    (problem,) = site.problems()
    assert problem.key == "model-serving:platform.gpu_node_pools.p.fallbacks[0].capacity"
    # Without a number it is the cheapest that is sold on demand.
    del fallback["accelerator_count"]
    site.environment(targets=GKE_TARGETS, platform={"gpu_node_pools": pools})
    assert site.problems() == []
    assert site.load().offers["p-small"].gpus_per_node == 8
