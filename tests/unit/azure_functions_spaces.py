"""Values of settings for Azure Functions, right by themselves or nearly so, about its bounds."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.unit.settings_project import AZURE_FUNCTIONS, DIGEST, Project

__all__ = ["SPACES", "make_packages"]

_MODELS = "https://examplemodels.blob.core.windows.net/models/fraud"
SPACES: Mapping[str, tuple[dict[str, Any], Mapping[str, Sequence[Any]]]] = {
    "azure_functions": (
        AZURE_FUNCTIONS,
        {
            "tags": [{"a": "b"}, {"cost:centre": "x"}, {"k" * 63: "v"}],
            "slo": [
                {"latency_p95_ms": 1.5, "error_rate_percent": 0.001},
                {"latency_p95_ms": 30000},
            ],
            "plan": ["flex", "premium"],
            "instance_type": ["EP1", "EP3", "P1v3"],
            "min_replicas": [0, 1, 20, 101],
            "max_replicas": [1, 20, 100, 101, 1000],
            "resources": [
                *({"memory_mib": size} for size in (512, 1024, 2048, 4096, 8192)),
                {"cpu": 1},
                {"accelerator": "nvidia-t4"},
            ],
            "candidate": [
                {"uri": f"{_MODELS}/1.5.0/model.onnx", "version": "1.5.0"},
                {"uri": f"{_MODELS}/1.5.0/model.onnx", "version": "1.5.0", "digest": DIGEST},
                {"uri": "s3://models/fraud/1.5.0/model.onnx", "version": "1.5.0"},
            ],
            "canary_percent": [0, 10, 100],
            "model__digest": [DIGEST],
            "model__uri": ["https://example.com/1.4.0/model.onnx", "gs://models/1.4.0/model.onnx"],
            "model__framework": ["onnx", "sklearn"],
            "model__image": [f"examples.azurecr.io/x@{DIGEST}"],
            "concurrency": [0, 1, 1000, 1001],
            "timeout_seconds": [1, 30, 230, 231],
            "cold_start": [
                {"budget_ms": 500},
                {"budget_ms": 500, "mode": "none"},
                {"mode": "provisioned"},
                {"mode": "snap_start"},
            ],
            "environment_variables": [
                {"WORDS": "on", "MODEL_SERVING_MAX_ROWS": "10"},
                {"AzureFunctionsJobHost__logging__logLevel__default": "Warning"},
                {"DB_PASSWORD": "hunter2"},
                {"DB_PASSWORD": "@Microsoft.KeyVault(SecretUri=https://a/)"},
                {"WEBSITE_RUN_FROM_PACKAGE": "1"},
                {"FUNCTIONS_WORKER_RUNTIME": "python"},
                {"AWS_SECRET_ACCESS_KEY": "a"},
                {"a b": "c"},
            ],
            "callers": [["00000000-0000-0000-0000-0000000000cc"], ["everybody"]],
            "public_access": [True, False],
            "rollout": [
                {"shift": "rolling"},
                {"shift": "rolling", "size_percent": 10},
                {"shift": "all_at_once"},
                {"shift": "linear", "size_percent": 10, "wait_seconds": 60},
            ],
        },
    )
}


def make_packages(site: Project) -> None:
    """The package without a model, where set-up makes it."""
    cache = Path(os.environ.get("MODEL_SERVING_CACHE") or site.root / ".cache").resolve()
    path = cache / "artifacts" / "without-model" / "any" / "azure-functions.zip"
    if not path.is_file():
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("host.json", "{}")
