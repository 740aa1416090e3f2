"""Settings of language models: what they become, and what is wrong with several at once."""

from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.kserve.inference_service import InferenceServiceArgs
from components.kubernetes.kserve.llm_inference_service import LLMInferenceServiceArgs
from components.kubernetes.kserve.local_model_node_group import LocalModelNodeGroupArgs
from facts.language_models import DTYPES, QUANTIZATIONS, SCALE_METRICS
from stacks.settings.language_models import LanguageModelKeys, LoadScalingKeys
from stacks.settings.validate import allowed
from stacks.targets import arguments
from stacks.targets.model_node_groups import model_node_group_arguments
from tests.unit.settings_project import KSERVE, KSERVE_LLM, Project, changed, project

PROMETHEUS = "http://prometheus.monitoring:9090"
L4 = {"accelerator": "nvidia-l4", "accelerator_count": 2, "memory_mib": 65536}
ISVC = changed(KSERVE_LLM, target="kserve")
STANDARD = changed(ISVC, deployment_mode="standard")
DOWNLOAD = "registry.example.com/storage-initializer@sha256:" + "0" * 64
VOLUME = {
    "kind": "volume",
    "size_gib": 20,
    "storage_class": "shared",
    "download_image": DOWNLOAD,
}
LOCAL = {"kind": "local", "size_gib": 1, "node_groups": ["a"]}
EVERYTHING: dict[str, Any] = {
    "served_model_name": "qwen",
    "tensor_parallel": 1,
    "pipeline_parallel": 2,
    "max_model_length": 8192,
    "dtype": "bfloat16",
    "quantization": "fp8",
    "gpu_memory_utilization": 0.8,
    "weights_gib": 15.2,
    "shared_memory_mib": 4096,
    "token_secret_name": "hf",
    "cache": VOLUME,
    "load_metric": "kv_cache_use",
    "load_target": 0.7,
    "cooldown_seconds": 600,
    "autoscaler": "keda",
    "prometheus_url": PROMETHEUS,
    "max_replicas": 4,
    "resources": L4,
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize(
    ("base", "known"),
    [(STANDARD, InferenceServiceArgs), (KSERVE_LLM, LLMInferenceServiceArgs)],
)
def test_every_key_reaches_its_component(site: Project, base: dict[str, Any], known: type) -> None:
    site.model("chat", changed(base, **EVERYTHING))
    given = arguments(site.root, site.load(), "chat")
    assert given.keys() <= known.__annotations__.keys()
    flat = {key: value for key, value in EVERYTHING.items() if key not in {"cache", "resources"}}
    flat |= {"cache": "volume", "cache_size_gib": 20, "cache_storage_class": "shared"}
    flat["download_image"] = DOWNLOAD
    assert {key: given[key] for key in flat} == flat


def test_the_words_are_those_of_the_facts() -> None:
    for key, words in (("dtype", DTYPES), ("quantization", QUANTIZATIONS)):
        assert allowed(LanguageModelKeys.model_fields[key]) == f"one of {', '.join(words)}"
    metrics = allowed(LoadScalingKeys.model_fields["load_metric"])
    assert metrics == f"one of {', '.join(SCALE_METRICS)}"


def test_a_prometheus_for_all_is_taken_by_those_that_scale(site: Project) -> None:
    site.environment(
        targets={"kubernetes": {"context": "serving-dev"}},
        defaults={"prometheus_url": PROMETHEUS},
    )
    site.model("chat", KSERVE_LLM)
    assert "prometheus_url" not in arguments(site.root, site.load(), "chat")
    site.model("chat", changed(KSERVE_LLM, max_replicas=2))
    assert arguments(site.root, site.load(), "chat")["prometheus_url"] == PROMETHEUS


def test_disks_of_nodes_need_a_cluster(site: Project) -> None:
    disks = {"owner": "team-platform", "size_gib": 500, "accelerator": "nvidia-l4"}
    site.environment(targets={}, platform={"model_node_groups": {"l4": disks}})
    (problem,) = site.problems()
    assert problem.code == "MS0208"
    assert "l4 cannot go anywhere" in problem.message
    site.environment(
        platform={"model_node_groups": {"l4": {**disks, "node_labels": {"disk": "nvme"}}}},
        targets={"kubernetes": {"context": "serving-dev"}},
        tags={"cost-centre": "ml"},
    )
    settings = site.load()
    given = model_node_group_arguments(settings, settings.site.platform.model_node_groups["l4"])
    assert given == {
        **disks,
        "environment": "dev",
        "node_labels": {"disk": "nvme"},
        "tags": {"cost-centre": "ml"},
    }
    assert given.keys() <= LocalModelNodeGroupArgs.__annotations__.keys()


def test_several_nodes_need_a_namespace_that_admits_their_pods(site: Project) -> None:
    site.model("chat", changed(KSERVE_LLM, data_parallel=2))
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0236", "data_parallel")
    cluster = {"context": "serving-dev", "create_namespaces": False}
    site.environment(targets={"kubernetes": cluster})
    assert site.problems() == []


# Each: code and key of the problem, settings that have it, settings that have none.
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "MS0230",
        "tensor_parallel",
        changed(KSERVE_LLM, resources=L4, tensor_parallel=1),
        changed(KSERVE_LLM, resources=L4, tensor_parallel=2),
    ),
    (
        "MS0230",
        "data_parallel_local",
        changed(KSERVE_LLM, resources=L4, data_parallel_local=3),
        changed(KSERVE_LLM, resources=L4, data_parallel_local=2),
    ),
    (
        "MS0230",
        "tensor_parallel",
        changed(ISVC, resources=L4, tensor_parallel=4),
        changed(ISVC, resources=L4),
    ),
    (
        "MS0231",
        "prometheus_url",
        changed(KSERVE_LLM, max_replicas=2),
        changed(KSERVE_LLM, max_replicas=2, prometheus_url=PROMETHEUS),
    ),
    (
        "MS0231",
        "autoscaler",
        changed(KSERVE_LLM, max_replicas=2, autoscaler="none"),
        changed(KSERVE_LLM, max_replicas=2, autoscaler="wva"),
    ),
    ("MS0231", "autoscaler", changed(KSERVE_LLM, autoscaler="wva"), KSERVE_LLM),
    (
        "MS0232",
        "shared_memory_mib",
        changed(KSERVE_LLM, resources=L4, shared_memory_mib=65536),
        changed(KSERVE_LLM, resources=L4, shared_memory_mib=65535),
    ),
    (
        "MS0233",
        "cache.node_groups",
        changed(KSERVE_LLM, cache={"kind": "local", "size_gib": 1}),
        changed(KSERVE_LLM, cache=LOCAL),
    ),
    (
        "MS0233",
        "cache.node_groups",
        changed(ISVC, cache={**VOLUME, "node_groups": ["a"]}),
        changed(ISVC, cache=VOLUME),
    ),
    (
        "MS0233",
        "cache.storage_class",
        changed(KSERVE_LLM, cache={**LOCAL, "storage_class": "shared"}),
        changed(KSERVE_LLM, cache=VOLUME),
    ),
    (
        "MS0233",
        "cache.download_image",
        changed(KSERVE_LLM, cache={**LOCAL, "download_image": DOWNLOAD}),
        changed(KSERVE_LLM, cache=LOCAL),
    ),
    (
        "MS0233",
        "cache.download_image",
        changed(KSERVE_LLM, cache={"kind": "volume", "size_gib": 1}),
        changed(KSERVE_LLM, cache=VOLUME),
    ),
    (
        "MS0107",
        "arguments[0]",
        changed(KSERVE_LLM, arguments=["--hf-token=hf_abcdefghijklmnopqrstuvwxyz0123456789"]),
        changed(KSERVE_LLM, token_secret_name="hf-token"),
    ),
    (
        "MS0107",
        "arguments[1]",
        changed(ISVC, arguments=["--max-num-batched-tokens=512", "--api-key=letmein"]),
        changed(ISVC, arguments=["--max-num-batched-tokens=512", "--tokenizer-mode=slow"]),
    ),
    (
        "MS0107",
        "env.HF_TOKEN",
        changed(KSERVE_LLM, env={"HF_TOKEN": "letmein"}),
        changed(ISVC, env={"HF_HUB_OFFLINE": "1"}),
    ),
    (
        "MS0234",
        "max_model_length",
        changed(KSERVE, max_model_length=1024),
        changed(ISVC, max_model_length=1024),
    ),
    (
        "MS0235",
        "load_metric",
        changed(STANDARD, load_metric="queue_depth"),
        changed(STANDARD, load_metric="queue_depth", autoscaler="keda", prometheus_url=PROMETHEUS),
    ),
]


@pytest.mark.parametrize(("code", "key", "wrong", "right"), CASES)
def test_both_sides(
    site: Project, code: str, key: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    site.model("chat", wrong)
    (problem,) = [each for each in site.problems() if each.code == code]
    assert problem.key == key
    assert problem.fix
    assert problem.place.line > 0
    site.model("chat", right)
    assert site.problems() == []
