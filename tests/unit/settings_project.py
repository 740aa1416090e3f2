"""A project in a temporary folder, for tests of settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stacks.settings.load import Settings, load
from stacks.settings.problems import Problem, SettingsError

DIGEST = "sha256:" + "0" * 64

SAGEMAKER: dict[str, Any] = {
    "target": "sagemaker",
    "owner": "team-risk",
    "model": {
        "uri": "s3://models/fraud/1.4.0/model.tar.gz",
        "version": "1.4.0",
        "framework": "xgboost",
    },
}
COMPONENT: dict[str, Any] = {
    "target": "sagemaker_component",
    "owner": "team-risk",
    "model": {
        "uri": "s3://models/fraud/1.4.0/model.tar.gz",
        "version": "1.4.0",
        "framework": "xgboost",
    },
    "resources": {"memory_mib": 2048},
    "instance_type": "ml.m5.large",
}
SHARED_ENDPOINT: dict[str, Any] = {
    "target": "sagemaker_shared_endpoint",
    "owner": "team-platform",
    "artifact_prefixes": ["s3://models/"],
    "max_replicas": 2,
}
SERVERLESS: dict[str, Any] = {**SAGEMAKER, "target": "sagemaker_serverless"}
ASYNC: dict[str, Any] = {
    **SAGEMAKER,
    "target": "sagemaker_async",
    "output_uri": "s3://data/results/",
}
TRANSFORM: dict[str, Any] = {
    **SAGEMAKER,
    "target": "sagemaker_batch",
    "input_uri": "s3://data/customers/",
    "output_uri": "s3://data/scores/",
}
KSERVE: dict[str, Any] = {
    "target": "kserve",
    "owner": "team-growth",
    "model": {"uri": "s3://models/churn/2.1.0/", "version": "2.1.0", "framework": "sklearn"},
}
GRAPH: dict[str, Any] = {
    "target": "kserve_graph",
    "owner": "team-risk",
    "nodes": {"root": {"steps": [{"url": "http://features.shop.svc.cluster.local/enrich"}]}},
    "egress": ["shop:8080"],
}
KSERVE_LLM: dict[str, Any] = {
    "target": "kserve_llm",
    "owner": "team-assistant",
    "model": {
        "uri": "hf://Qwen/Qwen2.5-7B-Instruct@" + "7" * 40,
        "version": "2.5",
        "framework": "huggingface",
    },
}
MODEL_SERVER: dict[str, Any] = {
    "target": "kubernetes",
    "owner": "team-search",
    "model": {
        "uri": "s3://models/ranker/1.2.0/",
        "version": "1.2.0",
        "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker@{DIGEST}",
    },
}
SERVER: dict[str, Any] = {"target": "kserve_shared_server", "owner": "team-platform"}
TRAINED: dict[str, Any] = {
    "target": "kserve_trained_model",
    "owner": "team-growth",
    "server": "shared",
    "model": {"uri": "s3://models/churn/2.1.0/", "version": "2.1.0", "framework": "onnx"},
    "memory_mib": 512,
}
SELDON: dict[str, Any] = {
    "target": "seldon",
    "owner": "team-growth",
    "model": {"uri": "gs://models/churn/2.1.0", "version": "2.1.0", "framework": "sklearn"},
}
BATCH: dict[str, Any] = {
    "target": "kubernetes_batch",
    "owner": "team-growth",
    "model": {
        "uri": "s3://models/churn/2.1.0/",
        "version": "2.1.0",
        "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/scorer@{DIGEST}",
    },
    "input_uri": "s3://data/customers/",
    "output_uri": "s3://data/scores/",
}
VERTEX: dict[str, Any] = {
    "target": "vertex",
    "owner": "team-risk",
    "model": {
        "uri": "gs://models/fraud/1.4.0/",
        "version": "1.4.0",
        "framework": "sklearn",
    },
}
VERTEX_BATCH: dict[str, Any] = {
    "target": "vertex_batch",
    "owner": "team-growth",
    "model": {"uri": "gs://models/churn/2.1.0/", "version": "2.1.0", "framework": "sklearn"},
    "input_uri": "gs://data/customers/*.jsonl",
    "output_uri": "gs://data/scores/",
}
CLOUD_RUN: dict[str, Any] = {
    "target": "cloud_run",
    "owner": "team-risk",
    "model": {
        "uri": "gs://models/fraud/1.4.0/model.onnx",
        "version": "1.4.0",
        "framework": "onnx",
    },
}
AZURE_ML: dict[str, Any] = {
    "target": "azure_ml",
    "owner": "team-risk",
    "model": {
        "uri": "https://examplemodels.blob.core.windows.net/models/fraud/1.4.0",
        "version": "1.4.0",
        "framework": "mlflow",
    },
}
AZURE_ML_BATCH: dict[str, Any] = {
    "target": "azure_ml_batch",
    "owner": "team-risk",
    "model": dict(AZURE_ML["model"]),
    "input_uri": "https://examplemodels.blob.core.windows.net/customers/all/",
    "output_uri": "https://examplemodels.blob.core.windows.net/scores/fraud/",
    "on_demand": True,
}
AZURE_FUNCTIONS: dict[str, Any] = {
    "target": "azure_functions",
    "owner": "team-risk",
    "model": {
        "uri": "https://examplemodels.blob.core.windows.net/models/fraud/1.4.0/model.onnx",
        "version": "1.4.0",
        "framework": "onnx",
    },
}
LAMBDA: dict[str, Any] = {
    "target": "lambda",
    "owner": "team-botany",
    "model": {
        "uri": "file:iris/1.0.0/model.onnx",
        "version": "1.0.0",
        "digest": DIGEST,
        "framework": "onnx",
    },
}
CANDIDATE = {"uri": "s3://models/fraud/1.5.0/model.tar.gz", "version": "1.5.0"}
TARGETS = {
    "aws": {"account_id": "123456789012", "region": "eu-west-1"},
    "kubernetes": {"context": "serving-dev"},
    "eks": {"cluster_name": "serving-dev", "subnet_ids": ["subnet-0a1"]},
}
VERTEX_TARGETS: dict[str, Any] = {
    "gcp": {"project": "example-models"},
    "vertex": {"region": "europe-west4"},
}
CLOUD_RUN_TARGETS: dict[str, Any] = {
    "gcp": {"project": "example-models"},
    "cloud_run": {"region": "europe-west4", "bucket": "example-models"},
}
GKE_TARGETS: dict[str, Any] = {
    "gcp": {"project": "example-models"},
    "kubernetes": {"context": "serving-dev"},
    "gke": {"cluster_name": "serving-dev", "location": "europe-west4"},
}
AZURE_ML_TARGETS: dict[str, Any] = {
    "azure": {
        "subscription_id": "00000000-0000-0000-0000-000000000001",
        "resource_group": "models",
        "location": "westeurope",
    },
    "azure_ml": {
        "workspace_name": "serving",
        "registry_id": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models"
        "/providers/Microsoft.ContainerRegistry/registries/examples",
    },
}
AZURE_FUNCTIONS_TARGETS: dict[str, Any] = {
    "azure": dict(AZURE_ML_TARGETS["azure"]),
    "azure_functions": {
        "jwt_issuer": "https://login.microsoftonline.com/00000000-0000-0000-0000-0000000000aa/v2.0",
        "jwt_audience": "00000000-0000-0000-0000-0000000000bb",
    },
}
AKS_TARGETS: dict[str, Any] = {
    "azure": {
        "subscription_id": "00000000-0000-0000-0000-000000000001",
        "resource_group": "models",
        "location": "westeurope",
    },
    "kubernetes": {"context": "serving-dev"},
    "aks": {"cluster_name": "serving-dev"},
}


@dataclass(frozen=True)
class Project:
    """A folder with model files and Pulumi.dev.yaml."""

    root: Path

    def model(self, name: str, settings: dict[str, Any] | str | bytes) -> Path:
        path = self.root / "stacks" / "models" / (name if "." in name else f"{name}.yaml")
        if isinstance(settings, bytes):
            path.write_bytes(settings)
        else:
            path.write_text(settings if isinstance(settings, str) else dump(settings))
        return path

    def environment(self, **keys: object) -> None:
        config = {f"model-serving:{key}": value for key, value in keys.items()}
        config.setdefault("model-serving:targets", TARGETS)
        (self.root / "Pulumi.dev.yaml").write_text(dump({"config": config}))

    def load(self, *, values: dict[str, Any] | None = None, only: str | None = None) -> Settings:
        return load(self.root, "dev", values=values, only=only)

    def problems(
        self, *, values: dict[str, Any] | None = None, only: str | None = None
    ) -> list[Problem]:
        try:
            self.load(values=values, only=only)
        except SettingsError as error:
            return list(error.problems)
        return []

    def has_one_problem(self, code: str, key: str, said: str) -> None:
        """One in all, of the environment: at a key below `model-serving:`, with these words."""
        self._has_one_problem("Pulumi.dev.yaml", code, f"model-serving:{key}", said)

    def has_one_problem_of_model(self, name: str, code: str, key: str, said: str) -> None:
        """One in all, in the model's file, with these words."""
        self._has_one_problem(f"stacks/models/{name}.yaml", code, key, said)

    def _has_one_problem(self, file: str, code: str, key: str, said: str) -> None:
        (problem,) = self.problems()
        assert (problem.code, problem.key) == (code, key)
        assert problem.place.file == file
        assert problem.place.line > 0
        assert said in "\n".join(problem.lines())


def project(root: Path) -> Project:
    (root / "stacks" / "models").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: model-serving\nruntime: python\nmain: stacks\n")
    made = Project(root)
    made.environment()
    return made


def dump(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


def changed(settings: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A copy with dotted keys set; None removes."""
    made: dict[str, Any] = yaml.safe_load(dump(settings))
    for dotted, value in changes.items():
        *path, last = dotted.split("__")
        inner = made
        for part in path:
            inner = inner.setdefault(part, {})
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return made
