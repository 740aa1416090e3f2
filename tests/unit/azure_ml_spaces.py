"""Values of settings for Azure ML, right by themselves or nearly so, about its bounds."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.settings_project import AZURE_ML, AZURE_ML_BATCH, DIGEST

__all__ = ["SPACES"]

_IMAGE = f"examples.azurecr.io/x@{DIGEST}"
_ELSEWHERE = f"quay.io/example/x@{DIGEST}"
_BLOBS = "https://examplemodels.blob.core.windows.net"
_TAGS = [{"a": "b"}, {"cost:centre": "x"}, {"k" * 63: "v"}]
_REGISTRY = "azureml://registries/r/models/fraud/versions/1.4.0"
_AT_EIGHT = "0 8 * * *"
_NINETEEN = [{"schedule": f"{minute} 8 * * *", "max_replicas": 4} for minute in range(19)]
SPACES: Mapping[str, tuple[dict[str, Any], Mapping[str, Sequence[Any]]]] = {
    "azure_ml": (
        AZURE_ML,
        {
            "tags": _TAGS,
            "slo": [{"latency_p95_ms": 1.5, "error_rate_percent": 0.001}],
            "min_replicas": [0, 1, 3],
            "max_replicas": [1, 4],
            "resources": [
                {"accelerator": "nvidia-t4"},
                {"accelerator": "nvidia-a100", "accelerator_count": 8},
                {"cpu": 2},
            ],
            "instance_type": [
                *("Standard_NC4as_T4_v3", "standard_f4s_v2", "Standard_D4s_v3"),
                "Standard_ND96asr_v4",
            ],
            "candidate": [
                {"uri": f"{_BLOBS}/models/fraud/1.5.0", "version": "1.5.0"},
                {"uri": f"{_BLOBS}/models/fraud/1-4-0", "version": "1-4-0"},
                {"uri": "azureml:fraud:1.5.0", "version": "1.5.0", "image": _IMAGE},
            ],
            "candidate_replicas": [1, 3],
            "canary_percent": [0, 10, 50, 51, 100],
            "strategy": ["canary", "ab", "shadow"],
            "model__image": [_IMAGE, f"mcr.microsoft.com/x@{DIGEST}", _ELSEWHERE],
            "model__framework": ["mlflow", "sklearn"],
            "model__uri": [
                *("azureml:fraud:1.4.0", _REGISTRY, "s3://models/fraud/1.4.0"),
                "https://example.com/fraud/1.4.0",
            ],
            "scaling": [
                {"metric": "cpu", "target": 70},
                {"metric": "requests"},
                {"metric": "latency", "target": 500_000},
                {"metric": "gpu"},
                {"metric": "concurrency"},
                {"target": 0.0001},
                {"scale_out_cooldown_seconds": 30},
                {"scale_in_cooldown_seconds": 86_400},
                {"schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2}]},
                {"schedules": [{"schedule": _AT_EIGHT, "min_replicas": 0}]},
                {"schedules": [{"schedule": _AT_EIGHT}]},
                {"schedules": [{"schedule": "0 8 1 * *", "max_replicas": 4}]},
                {"schedules": [{"schedule": "0 8 * *", "max_replicas": 4}]},
                {"schedules": _NINETEEN},
                {"schedules": [*_NINETEEN, {"schedule": "30 9 * * *", "max_replicas": 4}]},
                {"schedules": [{"schedule": _AT_EIGHT, "min_replicas": 5, "max_replicas": 2}]},
                {"schedules": [{"schedule": _AT_EIGHT, "time_zone": "Mars/A", "max_replicas": 4}]},
            ],
            "capture": [
                {"uri": f"{_BLOBS}/captured/fraud", "percent": 5},
                {"percent": 5},
                {"uri": "s3://captured/fraud/", "payload": ["request"]},
            ],
            "drift": [
                {"baseline_uri": "azureml:training:3"},
                {"baseline_uri": "azureml:training", "schedule": "hourly"},
                {"baseline_uri": "azureml:training:3", "features": ["a"], "threshold": 10},
            ],
            "port": [9000],
            "score_path": ["/predict"],
            "env": [{"THREADS": "4"}],
            "request_timeout_seconds": [1, 180],
            "load_seconds": [7200],
            "auth_mode": ["key"],
            "public_access": [True],
            "egress_public_access": [True],
            "app_insights": [True],
            "ready_timeout_seconds": [60],
        },
    ),
    "azure_ml_batch": (
        AZURE_ML_BATCH,
        {
            "tags": _TAGS,
            "on_demand": [False],
            "schedule": ["30 2 * * *", "@weekly", "@monthly", "0 8 1 * *", "x"],
            "time_zone": ["Europe/Berlin", "Antarctica/Troll", "Mars/Base"],
            "suspended": [True, False],
            "wait_for_completion": [True, False],
            "model__image": [_IMAGE, _ELSEWHERE],
            "model__framework": ["sklearn"],
            "model__uri": ["azureml:fraud:1.4.0", _REGISTRY, "s3://models/fraud/1.4.0"],
            "code_uri": [f"{_BLOBS}/code/fraud/1.4.0", "s3://code/fraud/"],
            "scoring_script": ["main.py"],
            "input_uri": [f"{_BLOBS}/customers/", "s3://customers/all/"],
            "output_uri": [f"{_BLOBS}/scores/fraud"],
            "compute_name": ["shared", "shared-1", "shared-1a"],
            "instance_type": ["Standard_NC4as_T4_v3", "Standard_E4s_v3"],
            "low_priority": [True],
            # Whether they may have them is the workspace's to say, which is not in the files.
            "public_nodes": [False],
            "idle_seconds": [60],
            "resources": [{"accelerator": "nvidia-t4"}, {"cpu": 1}, {"gpu_pool": "x"}],
            "parallelism": [1, 100],
            "retries": [0],
            "error_threshold": [-1],
            "output_action": ["summary_only"],
            "output_file_name": ["scores.csv"],
        },
    ),
}
