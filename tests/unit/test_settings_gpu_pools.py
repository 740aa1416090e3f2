"""Pools of GPU nodes in an environment: what cannot be made, and what would never run on them."""

from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.prepulled_images import PrepulledImages
from facts.pools.offers import Offer
from stacks.settings.common import Resources
from stacks.settings.load import Settings, load
from stacks.settings.model_server import ModelServerModel
from stacks.settings.problems import SettingsError
from stacks.targets import gpu_node_pools
from stacks.targets.gpus import gpus
from stacks.targets.platform_parts import prepulled_arguments
from stacks.targets.translation import as_kind
from tests.unit.component_mocks import record
from tests.unit.gpu_pool_cases import A100, MISTAKES, POOL
from tests.unit.settings_project import (
    AKS_TARGETS,
    DIGEST,
    GKE_TARGETS,
    KSERVE,
    KSERVE_LLM,
    LAMBDA,
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


def _pools(site: Project, pools: dict[str, Any], **more: Any) -> None:  # noqa: ANN401
    platform = {"gpu_node_pools": pools, **more.pop("platform", {})}
    site.environment(platform=platform, **more)


def _resources(settings: Settings) -> Resources:
    return as_kind(ModelServerModel, settings.models["ranker"]).resources


@pytest.mark.parametrize(
    ("changes", "targets", "code", "key", "said"),
    [case[1:] for case in MISTAKES],
    ids=[case[0] for case in MISTAKES],
)
def test_mistakes(  # noqa: PLR0917 - a row of the table
    site: Project,
    changes: dict[str, Any],
    targets: dict[str, Any],
    code: str,
    key: str,
    said: str,
) -> None:
    _pools(site, {"p": {**POOL, **changes}}, targets=targets)
    site.has_one_problem(code, f"platform.gpu_node_pools.p.{key}", said)


def test_all_at_once(site: Project) -> None:
    wrong = {"capacity": "spot", "reservation": "cr-1", "mig_profile": "1g.5gb", "min_nodes": 9}
    _pools(site, {"p": {**POOL, **wrong}, "q": {**POOL, "accelerator_count": 3}})
    keys = {problem.key.rpartition("gpu_node_pools.")[2] for problem in site.problems()}
    assert keys >= {"p.reservation", "p.mig_profile", "p.min_nodes", "q.accelerator_count"}


def test_which_of_two_clusters(site: Project) -> None:
    targets = {**TARGETS, **GKE_TARGETS}
    pool = {key: value for key, value in POOL.items() if key != "instance_types"}
    _pools(site, {"p": pool}, targets=targets)
    (problem,) = site.problems()
    assert (problem.code, problem.allowed) == ("MS0241", "eks, gke")
    _pools(
        site, {"p": {**pool, "cluster": "gke"}, "q": {**pool, "cluster": "eks"}}, targets=targets
    )
    assert site.problems() == []
    made = gpu_node_pools(site.load())
    assert [kind.class_name for kind, _ in made.values()] == ["GkeGpuNodePool", "EksGpuNodePool"]
    assert made["p"][1]["location"] == "europe-west4"


@pytest.mark.parametrize(("cloud", "name"), [(GKE_TARGETS, "gcp"), (AKS_TARGETS, "azure")])
def test_a_cluster_without_its_cloud(site: Project, cloud: dict[str, Any], name: str) -> None:
    targets = {key: value for key, value in cloud.items() if key != name}
    accelerator = "nvidia-a100"
    _pools(site, {"p": {**POOL, "accelerator": accelerator, "instance_types": []}}, targets=targets)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0208", f"model-serving:targets.{name}")


def test_a_region_by_the_name_that_people_read(site: Project) -> None:
    """Azure takes it for the same."""
    azure = {**AKS_TARGETS["azure"], "location": "West Europe"}
    pool = {"owner": "team-platform", "accelerator": "nvidia-t4"}
    _pools(site, {"p": pool}, targets={**AKS_TARGETS, "azure": azure})
    assert site.problems() == []
    _pools(site, {"p": pool}, targets={**AKS_TARGETS, "azure": {**azure, "location": "Nowhere"}})
    assert [problem.code for problem in site.problems()] == ["MS0242"]


def test_one_description_on_three_clouds(site: Project) -> None:
    """Nothing but the environment's cluster differs."""
    pool: dict[str, Any] = {**POOL, "accelerator": "nvidia-a100", "instance_types": []}
    found: dict[str, dict[str, Any]] = {}
    for cluster, targets in (("eks", TARGETS), ("gke", GKE_TARGETS), ("aks", AKS_TARGETS)):
        _pools(site, {"p": pool}, targets=targets)
        settings = site.load()
        found[cluster] = gpu_node_pools(settings)["p"][1]
        assert settings.offers["p"].cluster == cluster
    shared = set(found["eks"]) & set(found["gke"]) & set(found["aks"])
    assert shared >= {"accelerator", "max_nodes", "capacity", "cluster_name", "tags"}
    assert all(found["eks"][key] == found["gke"][key] == found["aks"][key] for key in shared)


_FALLBACKS = [
    {"name": "spot", "capacity": "spot"},
    {"name": "a10g", "accelerator": "nvidia-a10g", "max_nodes": 2},
]


def test_fallbacks_are_pools_of_one_group(site: Project) -> None:
    _pools(site, {"p": {**POOL, "min_nodes": 1, "fallbacks": _FALLBACKS}})
    settings = site.load()
    made = {name: arguments for name, (_, arguments) in gpu_node_pools(settings).items()}
    assert list(made) == ["p", "p-spot", "p-a10g"]
    assert [made[name].get("pool_group") for name in made] == [None, "p", "p"]
    assert [made[name]["min_nodes"] for name in made] == [1, 0, 0]
    assert made["p-spot"]["capacity"] == "spot"
    assert made["p-spot"]["instance_types"] == ["g6.2xlarge"]
    assert "instance_types" not in made["p-a10g"]
    assert made["p-a10g"]["max_nodes"] == 2
    assert {offer.group for offer in settings.offers.values()} == {"p"}


@pytest.mark.parametrize(
    ("fallback", "key"),
    [
        ({"name": "x", "capacity": "reserved"}, "fallbacks[0].reservation"),
        ({"name": "x", "capacity": "flex_start"}, "fallbacks[0].capacity"),
        ({"name": "x", "instance_types": ["g5.xlarge"]}, "fallbacks[0].instance_types[0]"),
        ({"name": "x" * 39}, "fallbacks[0]"),
        ({"name": "other"}, "fallbacks[0].name"),
    ],
)
def test_a_fallback_is_judged_where_it_is_written(
    site: Project, fallback: dict[str, Any], key: str
) -> None:
    _pools(site, {"p": {**POOL, "fallbacks": [fallback]}, "p-other": POOL})
    (problem,) = site.problems()
    assert problem.key == f"model-serving:platform.gpu_node_pools.p.{key}"
    assert problem.place.line > 0


@pytest.mark.parametrize(("length", "fits"), [(26, True), (27, False)])
def test_names_leave_room_for_what_is_added(site: Project, length: int, fits: bool) -> None:  # noqa: FBT001
    pool = {key: value for key, value in POOL.items() if key != "instance_types"}
    _pools(site, {"p" * length: pool}, targets=GKE_TARGETS)
    assert (site.problems() == []) == fits
    _pools(site, {"p" * length: pool})
    assert site.problems() == []


def test_images_that_the_nodes_have_before_a_model_needs_them(site: Project) -> None:
    image = f"quay.io/vllm/server@{DIGEST}"
    prepulled = {"images": [image], "tools_image": f"docker.io/library/busybox@{DIGEST}"}
    pools = {"p": {**POOL, "prepulled": prepulled, "fallbacks": _FALLBACKS}}
    targets = {**TARGETS, "kubernetes": {"context": "c", "image_mirror": "m.corp"}}
    _pools(site, pools, targets=targets)
    made = prepulled_arguments(site.load())
    assert made == {
        "p-images": {
            "namespace": "kube-system",
            "images": [f"m.corp/{image}"],
            "tools_image": f"m.corp/docker.io/library/busybox@{DIGEST}",
            "node_labels": {"model-serving/pool-group": "p"},
            "pool_taints": ["nvidia.com/gpu=present:NoSchedule"],
        }
    }
    assert record(PrepulledImages, "p-images", made["p-images"]).types
    _pools(site, pools, targets={key: TARGETS[key] for key in ("aws", "eks")})
    assert "MS0208" in {problem.code for problem in site.problems()}


def test_quota(site: Project) -> None:
    """Pools at their largest, fallbacks with them, against what the account may hold."""
    pools = {"p": {**POOL, "fallbacks": [{"name": "spot", "capacity": "spot", "max_nodes": 2}]}}
    for quota, fits in ((5, False), (6, True)):
        _pools(site, pools, platform={"gpu_quotas": {"nvidia-l4": quota}})
        problems = site.problems()
        assert (problems == []) == fits
    _pools(site, pools, platform={"gpu_quotas": {"nvidia-l4": 5}})
    (problem,) = site.problems()
    assert problem.code == "MS0243"
    assert "got 5, and at their largest the pools hold 6 nvidia-l4 (p 4, p-spot 2)" in str(problem)


# Of g6.2xlarge, a node has 7.91 cores and 31,203 MiB for pods.
_LARGE = {"accelerator": "nvidia-l4", "cpu": 7.9, "memory_mib": 31_000}


@pytest.mark.parametrize(
    ("resources", "code", "key", "said"),
    [
        (_LARGE, None, "", ""),
        (
            {**_LARGE, "cpu": 8},
            "MS0245",
            "resources.accelerator",
            "did you mean: p, which has 7.91 cores on a node for pods?",
        ),
        (
            {**_LARGE, "memory_mib": 32_768},
            "MS0245",
            "resources.accelerator",
            "p, which has 31203 MiB of memory on a node for pods",
        ),
        (
            {**_LARGE, "accelerator_count": 2},
            "MS0245",
            "resources.accelerator",
            "p, which has 1 nvidia.com/gpu on a node",
        ),
        (
            {"accelerator": "nvidia-t4"},
            "MS0245",
            "resources.accelerator",
            "p, which carries nvidia-l4",
        ),
        ({"gpu_pool": "p"}, None, "", ""),
        ({"gpu_pool": "q"}, "MS0244", "resources.gpu_pool", "the environment has no such pool"),
        ({"accelerator_count": 1}, "MS0207", "resources.accelerator_count", "no accelerator"),
    ],
)
def test_fit(
    site: Project, resources: dict[str, Any], code: str | None, key: str, said: str
) -> None:
    _pools(site, {"p": POOL})
    site.model("ranker", changed(MODEL_SERVER, resources=resources))
    problems = site.problems()
    assert [problem.code for problem in problems] == ([code] if code else [])
    for problem in problems:
        assert problem.key == key
        assert problem.place.file == "stacks/models/ranker.yaml"
        assert said in "\n".join(problem.lines())


def test_nodes_that_others_make(site: Project) -> None:
    """Nobody here knows them; a pool that is named is known."""
    _pools(site, {"p": POOL}, platform={"more_gpu_nodes": True})
    site.model("ranker", changed(MODEL_SERVER, resources={"accelerator": "nvidia-t4"}))
    assert site.problems() == []
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p", "cpu": 64}))
    assert [problem.code for problem in site.problems()] == ["MS0245"]


@pytest.mark.parametrize(("most", "fits"), [(4, True), (5, False)])
def test_replicas_have_room(site: Project, most: int, fits: bool) -> None:  # noqa: FBT001
    _pools(site, {"p": POOL})
    resources = {"accelerator": "nvidia-l4"}
    site.model("ranker", changed(MODEL_SERVER, resources=resources, max_replicas=most))
    problems = site.problems()
    assert [problem.code for problem in problems] == ([] if fits else ["MS0246"])
    if problems:
        assert problems[0].key == "max_replicas"
        assert "at its most there are 5 pods" in str(problems[0])
        assert "p has room for 4 with max_nodes" in str(problems[0])


def test_taints_and_labels_keep_a_model_off(site: Project) -> None:
    taints = ["nvidia.com/gpu=present:NoSchedule", "dedicated=chat:NoSchedule"]
    _pools(site, {"p": {**POOL, "taints": taints, "labels": {"disk": "fast"}}})
    gpu = changed(MODEL_SERVER, resources={"accelerator": "nvidia-l4"})
    site.model("ranker", gpu)
    (problem,) = site.problems()
    assert "has the taint dedicated=chat:NoSchedule, which the pods do not tolerate" in str(problem)
    tolerating = changed(gpu, tolerations=["dedicated=chat:NoSchedule"])
    site.model("ranker", changed(tolerating, node_selector={"disk": "slow"}))
    (problem,) = site.problems()
    assert "has the label disk=fast" in str(problem)
    site.model("ranker", changed(tolerating, node_selector={"disk": "fast"}))
    assert site.problems() == []


def test_parts_are_asked_for_by_their_pool(site: Project) -> None:
    _pools(site, {"parts": {**A100, "mig_profile": "1g.5gb"}})
    site.model("ranker", changed(MODEL_SERVER, resources={"accelerator": "nvidia-a100"}))
    (problem,) = site.problems()
    assert "gives its GPUs in parts, so it is asked for by name, gpu_pool: parts" in str(problem)
    assert problem.allowed.startswith("parts (56 x nvidia-a100 in parts a node, ")

    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "parts"}, max_replicas=32))
    settings = site.load()
    assert gpus(settings, _resources(settings)) == {
        "accelerator": None,
        "accelerator_count": None,
        "gpu_node_labels": {
            "model-serving/pool-group": "parts",
            "nvidia.com/mig.config": "all-1g.5gb",
        },
        "gpu_resource": "nvidia.com/mig-1g.5gb",
        "gpu_tolerations": None,
    }


def test_pods_tolerate_what_the_cloud_adds(site: Project) -> None:
    """A spot node of AKS has a taint of its own; on GKE a group is a ComputeClass with one."""
    pool: dict[str, Any] = {**POOL, "accelerator": "nvidia-a100", "instance_types": []}
    model = changed(MODEL_SERVER, resources={"gpu_pool": "p"})
    site.model("ranker", model)
    found: dict[str, Any] = {}
    for cluster, targets in (("gke", GKE_TARGETS), ("aks", AKS_TARGETS), ("eks", TARGETS)):
        _pools(site, {"p": {**pool, "fallbacks": _FALLBACKS[:1]}}, targets=targets)
        settings = site.load()
        found[cluster] = gpus(settings, _resources(settings))
    assert found["aks"]["gpu_tolerations"] == [
        "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
    ]
    assert found["gke"]["gpu_tolerations"] == ["cloud.google.com/compute-class=p:NoSchedule"]
    assert found["gke"]["gpu_node_labels"] == {"cloud.google.com/compute-class": "p"}
    assert found["eks"]["gpu_tolerations"] is None
    assert found["eks"]["gpu_node_labels"] == {"model-serving/pool-group": "p"}


def test_pods_tolerate_the_taints_of_a_pool_that_they_name(site: Project) -> None:
    """Its own too: by kind a model stays off, by name it means this pool."""
    taints = ["nvidia.com/gpu=present:NoSchedule", "dedicated=chat:NoExecute", "a:PreferNoSchedule"]
    _pools(site, {"p": {**POOL, "taints": taints}})
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    settings = site.load()
    found = gpus(settings, _resources(settings))
    assert found["gpu_tolerations"] == ["dedicated=chat:NoExecute"]


def test_a_kind_beside_a_pool_keeps_other_kinds_out(site: Project) -> None:
    _pools(site, {"p": {**POOL, "fallbacks": _FALLBACKS}})
    resources = {"gpu_pool": "p", "accelerator": "nvidia-l4"}
    site.model("ranker", changed(MODEL_SERVER, resources=resources))
    settings = site.load()
    labels = gpus(settings, _resources(settings))["gpu_node_labels"]
    assert labels == {"model-serving/pool-group": "p", "nvidia.com/gpu.product": "NVIDIA-L4"}


def test_weights_have_to_fit_into_a_part(site: Project) -> None:
    _pools(site, {"parts": {**A100, "mig_profile": "1g.5gb"}})
    model = changed(KSERVE_LLM, resources={"gpu_pool": "parts"}, weights_gib=15)
    site.model("chat", model)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0245", "weights_gib")
    assert "nvidia.com/mig-1g.5gb of 5 GiB" in str(problem)


def test_targets_without_gpu_nodes(site: Project) -> None:
    _pools(site, {"p": POOL})
    site.model("iris", changed(LAMBDA, resources={"gpu_pool": "p"}))
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0390", "resources.gpu_pool")


_KUBERNETES = {"kubernetes": {"context": "serving-dev"}}
_SERVING = {"layer": "serving", "platform_stack": "acme/model-serving/platform-dev"}


def _platform_file(site: Project, pools: dict[str, Any]) -> None:
    keys = {"layer": "platform", "targets": TARGETS, "platform": {"gpu_node_pools": pools}}
    config = {f"model-serving:{key}": value for key, value in keys.items()}
    (site.root / "Pulumi.platform-dev.yaml").write_text(dump({"config": config}))


def test_a_stack_of_models_is_checked_against_the_platforms_file(site: Project) -> None:
    site.environment(targets=_KUBERNETES, **_SERVING)
    site.model("ranker", changed(MODEL_SERVER, resources={"accelerator": "nvidia-t4"}))
    # Nobody here knows what the platform has.
    assert site.problems() == []
    _platform_file(site, {"p": POOL})
    (problem,) = site.problems()
    assert (problem.code, problem.place.file) == ("MS0245", "stacks/models/ranker.yaml")
    _platform_file(site, {"p": {**POOL, "accelerator": "nvidia-t4", "instance_types": []}})
    assert site.problems() == []


def test_the_engine_asks_the_platforms_stack_itself(site: Project) -> None:
    """What is deployed counts, not what the file here says."""
    site.environment(targets=_KUBERNETES, **_SERVING)
    _platform_file(site, {"p": POOL})
    site.model("ranker", changed(MODEL_SERVER, resources={"accelerator": "nvidia-l4"}))
    assert site.problems() == []
    asked: list[str] = []

    def ask(stack: str) -> dict[str, Offer]:
        asked.append(stack)
        return {}

    load(site.root, "dev", ask_platform=ask)
    site.model("ranker", changed(MODEL_SERVER, resources={"gpu_pool": "p"}))
    with pytest.raises(SettingsError) as caught:
        load(site.root, "dev", ask_platform=ask)
    assert asked == ["acme/model-serving/platform-dev"] * 2
    assert [problem.code for problem in caught.value.problems] == ["MS0244"]


def test_no_pools_no_check(site: Project) -> None:
    """Where others make the nodes, nobody here knows them."""
    site.model("ranker", changed(MODEL_SERVER, resources={"accelerator": "nvidia-t4"}))
    site.model("churn", KSERVE)
    assert site.problems() == []


@pytest.mark.parametrize("fallbacks", [None, [], ["on_demand"]])
def test_nothing_can_be_said_of_what_is_bought_next(
    site: Project, fallbacks: list[str] | None
) -> None:
    words = {} if fallbacks is None else {"eks": {"capacity_fallbacks": fallbacks}}
    _pools(site, {"p": {**POOL, "provisioner": "karpenter", "capacity": "spot", **words}})
    arguments = gpu_node_pools(site.load())["p"][1]
    assert arguments.get("capacity_fallbacks") == fallbacks
    assert not {"security_group_ids", "node_policies"} & set(arguments)
