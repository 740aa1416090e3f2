"""What `serving check` takes, the component takes: no second report in the middle of an update."""

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facts.resource_bounds import BOUNDS
from stacks import targets
from stacks.settings.problems import SettingsError
from tests.unit import (
    azure_functions_spaces,
    azure_ml_spaces,
    lambda_spaces,
    sagemaker_kinds_spaces,
)
from tests.unit.settings_project import (
    AZURE_FUNCTIONS_TARGETS,
    AZURE_ML_TARGETS,
    COMPONENT,
    DIGEST,
    GRAPH,
    KSERVE_LLM,
    SAGEMAKER,
    SELDON,
    SERVER,
    SHARED_ENDPOINT,
    TRAINED,
    Project,
    changed,
    project,
)
from tests.unit.settings_to_component import arguments_taken

Values = Mapping[str, Sequence[Any]]

IMAGE = f"registry.example.com/x@{DIGEST}"
ECR = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/x@{DIGEST}"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/m/7"
COMMIT = "8" * 40
# Values that are right by themselves, or nearly so, on both sides of what targets can do.
ANYWHERE: Values = {
    "tags": [{"a": "b"}, {"a/b/c": "x"}, {"cost:centre": "x"}, {"k" * 63: "v"}],
    "ready_timeout_seconds": [30, 7200],
    "slo": [{"latency_p95_ms": 1.5, "error_rate_percent": 0.001}],
}
RANGE: Values = {"min_replicas": [0, 1, 3], "max_replicas": [1, 4]}
ACCESS: Values = {
    "callers": [[{"namespace": "web"}], [{"namespace": "web", "service_account": "shop"}]],
    "egress": [["shop:8080"], ["10.0.0.0/8:443"], ["shop:99999"], ["10.0.0.0:443"]],
    "service_account_name": ["reader"],
}
RESOURCES: Values = {
    "resources": [
        {"cpu": 0.01},
        {"cpu": 256},
        {"memory_mib": 64},
        {"memory_mib": 4 * 1024 * 1024},
        {"accelerator": "nvidia-l4"},
        {"accelerator": "nvidia-l4", "accelerator_count": 2},
        {"accelerator": "nvidia-l4", "accelerator_count": 2, "memory_mib": 65536},
        {"accelerator": "nvidia-h100", "accelerator_count": 16, "memory_mib": 65536},
    ]
}
LANGUAGE_MODEL: Values = {
    "served_model_name": ["org/x", "a b", "-x"],
    "tensor_parallel": [1, 2, 4],
    "pipeline_parallel": [1, 2],
    "max_model_length": [4096],
    "dtype": ["float16"],
    "quantization": ["awq"],
    "gpu_memory_utilization": [0.5],
    "weights_gib": [15.2],
    "shared_memory_mib": [64, 2048, 20_000],
    "token_secret_name": ["hf-token"],
    "cache": [
        {"kind": "local", "size_gib": 20, "node_groups": ["l4"]},
        {"kind": "local", "size_gib": 20},
        {"kind": "volume", "size_gib": 20, "download_image": IMAGE, "storage_class": "shared"},
    ],
    "load_metric": ["queue_depth", "kv_cache_use"],
    "load_target": [0.5, 5, 5000],
    "activation_query": ["sum(waiting)"],
    "cooldown_seconds": [0],
    "prometheus_url": ["http://prometheus:9090"],
    "autoscaler": ["keda", "none", "wva"],
    "env": [{"A": "1"}, {"VLLM_ADDITIONAL_ARGS": "x"}, {"HF_TOKEN": "hf_abcdefgh"}],
    "arguments": [["--max-num-seqs=8"], ["--x=a b"], ["--trust-remote-code"], ["--api-key=abcdef"]],
    "candidate": [
        {"uri": f"hf://Qwen/Qwen3-8B@{COMMIT}", "version": "3"},
        {"uri": f"hf://Qwen/Qwen3-8B@{COMMIT}", "version": "2-5"},
    ],
    "canary_percent": [0, 10, 100],
    "candidate_replicas": [1, 3],
}
STEPS = [
    {"service": "a"},
    {"node": "other"},
    {"url": "http://x.shop/y"},
    {"url": "https://x.example.com/y", "condition": "a.b"},
    {"service": "b", "data": "$response"},
    {"service": "b", "weight": 100},
    {"service": "b", "map_predictions_to_instances": True},
]
SPACES: dict[str, tuple[dict[str, Any], Values]] = {
    "kserve": (
        changed(KSERVE_LLM, target="kserve"),
        {
            **ANYWHERE,
            **RANGE,
            **ACCESS,
            **RESOURCES,
            **LANGUAGE_MODEL,
            "deployment_mode": ["standard"],
            "model__framework": ["vLLM", "sklearn"],
        },
    ),
    "kserve_llm": (
        KSERVE_LLM,
        {
            **ANYWHERE,
            **RANGE,
            **ACCESS,
            **RESOURCES,
            **LANGUAGE_MODEL,
            "data_parallel": [1, 2, 3],
            "data_parallel_local": [1, 2],
            "expert_parallel": [True],
            "prefill_replicas": [0, 2],
            "scheduler": [False],
            "gateway_name": ["shared"],
            "gateway_namespace": ["gateways"],
            "base_refs": [["a", "b"]],
            "model__uri": ["s3://m/2.5/", "pvc://v/2.5", "gs://m/2.5"],
            "model__image": [IMAGE],
        },
    ),
    "kserve_graph": (
        GRAPH,
        {
            **ANYWHERE,
            **RANGE,
            **ACCESS,
            **RESOURCES,
            "nodes": [
                {
                    "root": {"router": router, "steps": list(steps)},
                    "other": {"steps": [{"service": "c"}]},
                }
                for router in ("sequence", "switch", "ensemble", "splitter")
                for steps in itertools.combinations(STEPS, 2)
            ],
            "deployment_mode": ["standard"],
            "scale_metric": ["concurrency", "cpu"],
            "scale_target": [1, 101],
            "timeout_seconds": [60],
            "write_timeout_seconds": [10, 3600],
            "step_timeout_seconds": [10, 61],
            "node_selector": [{"disk": "fast"}],
            "spread_over_nodes": [True],
        },
    ),
    "kserve_shared_server": (
        SERVER,
        {
            **ANYWHERE,
            **RANGE,
            **ACCESS,
            **RESOURCES,
            "deployment_mode": ["standard"],
            "arguments": [["--log-verbose=1"], ["--model-control-mode=none"]],
        },
    ),
    "kserve_trained_model": (
        TRAINED,
        {
            **ANYWHERE,
            "memory_mib": [1, 4096, 4097],
            "model__framework": ["triton", "sklearn"],
            "model__uri": ["https://m/2.1.0", "pvc://m/2.1.0"],
        },
    ),
    "seldon": (
        SELDON,
        {
            **ANYWHERE,
            **RANGE,
            **RESOURCES,
            "candidate": [{"uri": "gs://models/churn/2.2.0", "version": "2.2.0"}],
            "canary_percent": [10, 100],
            "mirror_percent": [1, 100],
            "requirements": [["sklearn", "alibi"]],
            "server_name": ["mlserver"],
            "dedicated": [True],
            "model__framework": ["python", "huggingface", "lightgbm"],
        },
    ),
}
SPACES["sagemaker"] = (
    SAGEMAKER,
    {
        **ANYWHERE,
        **RANGE,
        "model__uri": ["s3://models/1.4.0/", "s3://models/1.4.0/m.onnx", PACKAGE, PACKAGE[:-2]],
        "model__image": [ECR, IMAGE],
        "candidate": [
            {"uri": "s3://models/1.5.0/model.tar.gz", "version": "1.5.0"},
            {"uri": PACKAGE, "version": "1.5.0"},
            {"uri": "s3://models/1.5.0/", "version": "1.5.0", "image": ECR},
        ],
        "canary_percent": [0, 10, 100],
        "strategy": ["ab", "shadow"],
        "candidate_replicas": [1, 3],
        "instance_type": ["ml.c6i.xlarge", "ml.g5.xlarge", "ml.g6.xlarge", "ml.inf1.xlarge"],
        "disk_gib": [1, 512],
        "startup_timeout_seconds": [60, 3600],
        "env": [{"A": "1"}, {"API_TOKEN": "abcdefgh"}],
        "many_models": [True],
        "model_cache": [False],
        "containers": [
            [{"hostname": "a", "image": ECR, "first": True}],
            [{"hostname": "model", "image": ECR}],
            [{"hostname": "a", "image": ECR, "uri": "s3://models/1/"}],
            [{"hostname": "a", "image": IMAGE}],
        ],
        "container_call": ["serial", "direct"],
        "scaling": [
            {"metric": "concurrency"},
            {"metric": "cpu", "target": 100},
            {"metric": "gpu"},
            {"metric": "A/B", "target": 0.001},
            {"target": 1_000_001},
            {"scale_in_cooldown_seconds": 0},
            {"schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2}]},
            {"schedules": [{"schedule": "0 8 1 * 1", "min_replicas": 2}]},
            {"schedules": [{"schedule": "0 8 * * *", "min_replicas": 0}]},
        ],
        "capture": [
            {"uri": "s3://captured/m"},
            {"percent": 1},
            {"uri": "gs://captured/m"},
            {"uri": "s3://captured/m", "payload": ["response"]},
            {"uri": "s3://captured/m", "retention_days": 7},
        ],
        "drift": [
            {"baseline_uri": "s3://models/m/baseline"},
            {"baseline_uri": "s3://models/m/baseline", "features": ["a"], "threshold": 0.1},
            {"baseline_uri": "s3://models/m/baseline", "threshold": 10},
            {"baseline_uri": "gs://models/m/train.csv", "schedule": "0 3/6 * * *"},
        ],
        "rollout": [
            {"shift": "canary"},
            {"shift": "rolling", "size_percent": 5},
            {"shift": "linear", "size_percent": 10, "wait_seconds": 2521},
            {"shift": "canary", "size_percent": 50, "wait_seconds": 3600},
        ],
        "log_retention_days": [1, 3653],
    },
)
SPACES["sagemaker_component"] = (
    COMPONENT,
    {
        **ANYWHERE,
        **RANGE,
        "model__uri": ["s3://models/1.4.0/", "s3://models/", PACKAGE],
        "model__image": [ECR, IMAGE],
        "model__framework": ["sklearn", "onnx"],
        "resources": [
            {"memory_mib": 128},
            {"memory_mib": 127},
            {"memory_mib": 2048, "cpu": 0.25},
            {"memory_mib": 2048, "cpu": 0.2},
            {"memory_mib": 4096, "accelerator": "nvidia-a10g"},
            {"memory_mib": 4096, "accelerator_count": 2},
            {"cpu": 1},
        ],
        "instance_type": ["ml.g5.xlarge", "ml.g5.12xlarge", "ml.inf2.xlarge", "ml.m5.tiny"],
        "min_instances": [0, 2],
        "max_instances": [1, 3],
        "server": ["pool", "none"],
        "env": [{"A": "1"}, {"API_TOKEN": "abcdefgh"}],
        "download_timeout_seconds": [60, 3600],
        "rollout": [
            {"shift": "rolling", "size_percent": 5},
            {"shift": "rolling", "size_percent": 51},
            {"shift": "canary"},
            {"wait_seconds": 3601},
        ],
        "scaling": [
            {"metric": "concurrency"},
            {"metric": "gpu"},
            {"metric": "A/B"},
            {"metric": "cpu", "target": 101},
            {"schedules": [{"schedule": "0 8 * * *", "min_replicas": 0}]},
        ],
        "log_retention_days": [1, 3653],
    },
)
SPACES["sagemaker_shared_endpoint"] = (
    SHARED_ENDPOINT,
    {
        **RANGE,
        "slo": ANYWHERE["slo"],
        "tags": ANYWHERE["tags"],
        "instance_type": ["ml.g5.xlarge", "ml.trn1.2xlarge", "ml.m5.tiny"],
        "artifact_prefixes": [["s3://models/a/"], ["s3://models/a"], []],
        "images": [[ECR], [IMAGE]],
        "ready_timeout_seconds": [60, 28_800],
    },
)
SPACES.update(sagemaker_kinds_spaces.SPACES)
SPACES.update(azure_ml_spaces.SPACES)
SPACES.update(azure_functions_spaces.SPACES)
SPACES.update(lambda_spaces.SPACES)
CLUSTERS = [
    {"kserve_version": version, "mesh": mesh, "create_namespaces": mesh == "none"}
    for version in ("0.20.0", "0.19.0", "0.17.0", "0.15.2")
    for mesh in ("none", "istio_sidecar")
]


def taken(site: Project, target: str, changes: Mapping[str, Any], cluster: dict[str, Any]) -> bool:
    """Whether the settings are taken; if so the component has to take them too, or it raises."""
    base, _ = SPACES[target]
    aws = {"account_id": "123456789012", "region": "eu-west-1"}
    places = {"aws": aws, "kubernetes": {"context": "serving-dev", **cluster}}
    site.environment(targets={**AZURE_ML_TARGETS, **AZURE_FUNCTIONS_TARGETS, **places})
    site.model("m", changed(base, **changes))
    if target == "kserve_trained_model":
        site.model("shared", SERVER)
    if target == "sagemaker_component":
        site.model("pool", SHARED_ENDPOINT)
    if target == "lambda":
        lambda_spaces.make_packages(site)
    if target == "azure_functions":
        azure_functions_spaces.make_packages(site)
    try:
        arguments_taken(site, "m")
    except SettingsError:
        return False
    return True


@pytest.mark.parametrize("target", SPACES)
def test_each_value_by_itself(tmp_path: Path, target: str) -> None:
    site = project(tmp_path)
    _, space = SPACES[target]
    alone = [{}, *({key: value} for key, values in space.items() for value in values)]
    answers = [taken(site, target, each, CLUSTERS[0]) for each in alone]
    assert answers[0]
    # Something is refused and something taken, else nothing is asked here.
    assert 0 < sum(answers) < len(answers)


@pytest.mark.parametrize("target", SPACES)
def test_several_together(target: str) -> None:
    _, space = SPACES[target]
    some = st.lists(st.sampled_from(sorted(space)), min_size=2, max_size=4, unique=True)

    @settings(max_examples=80)
    @given(
        some.flatmap(
            lambda keys: st.fixed_dictionaries({k: st.sampled_from(space[k]) for k in keys})
        ),
        st.sampled_from(CLUSTERS),
    )
    def holds(changes: dict[str, Any], cluster: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            taken(project(Path(folder)), target, changes, cluster)

    holds()


@pytest.mark.parametrize("target", BOUNDS)
def test_bounds_leave_room(target: str) -> None:
    bounds = BOUNDS[target]
    assert target in targets.TARGETS
    assert bounds.cpu[0] < bounds.cpu[1]
    assert bounds.memory_mib[0] < bounds.memory_mib[1]
