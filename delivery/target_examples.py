"""The least model file of each target, and an environment in which each of them may be deployed."""

import copy
from typing import Any, Final

__all__ = ["EXAMPLES", "SHARED", "SITE", "with_candidate", "with_image"]

_OWNER: Final = "team-search"
_DIGEST: Final = "sha256:" + "0" * 64
_ECR: Final = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/model@{_DIGEST}"
_ARTIFACT_REGISTRY: Final = f"europe-docker.pkg.dev/example-models/models/model@{_DIGEST}"
_VERSION: Final = "1.0.0"
_NEXT: Final = "1.1.0"
_AZURE_REGISTRY: Final = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
    "/Microsoft.ContainerRegistry/registries/examples"
)


def _model(uri: str, **more: str) -> dict[str, str]:
    return {"uri": uri, "version": _VERSION, **more}


# Where a cloud's own serving pulls images from; all others do from this one of AWS.
_IMAGES: Final = {
    "vertex": _ARTIFACT_REGISTRY,
    "cloud": _ARTIFACT_REGISTRY,
    "azure": f"examples.azurecr.io/model@{_DIGEST}",
}
_S3: Final = "s3://example-models/prices/1.0.0/"
_GS: Final = "gs://example-models/prices/1.0.0/"
_ARCHIVE: Final = _S3 + "model.tar.gz"
_BLOB: Final = "https://examplemodels.blob.core.windows.net/models/prices/1.0.0"

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    target: {"target": target, "owner": _OWNER, **settings}
    for target, settings in {
        "kserve": {"model": _model(_S3, framework="sklearn")},
        "kserve_llm": {
            "model": _model(f"hf://example/prices-1.0.0@{'7' * 40}", framework="huggingface")
        },
        "kserve_graph": {
            "nodes": {"root": {"steps": [{"url": "http://a.shop.svc.cluster.local/score"}]}},
            "egress": ["shop:8080"],
        },
        "kserve_shared_server": {},
        "kserve_trained_model": {
            "server": "shared",
            "model": _model(_S3, framework="onnx"),
            "memory_mib": 512,
        },
        "kubernetes": {"model": _model(_S3, image=_ECR)},
        "kubernetes_batch": {
            "model": _model(_S3, image=_ECR),
            "input_uri": "s3://example-data/customers/",
            "output_uri": "s3://example-data/scores/",
        },
        "seldon": {"model": _model("gs://example-models/prices/1.0.0", framework="sklearn")},
        "sagemaker": {"model": _model(_ARCHIVE, framework="xgboost")},
        "sagemaker_component": {
            "model": _model(_ARCHIVE, framework="xgboost"),
            "instance_type": "ml.m5.large",
            "resources": {"memory_mib": 2048},
        },
        "sagemaker_shared_endpoint": {"artifact_prefixes": ["s3://example-models/"]},
        "sagemaker_serverless": {"model": _model(_ARCHIVE, framework="xgboost")},
        "sagemaker_async": {
            "model": _model(_ARCHIVE, framework="xgboost"),
            "output_uri": "s3://example-data/results/",
        },
        "sagemaker_batch": {
            "model": _model(_ARCHIVE, framework="xgboost"),
            "input_uri": "s3://example-data/customers/",
            "output_uri": "s3://example-data/scores/",
        },
        "vertex": {"model": _model(_GS, framework="sklearn")},
        "vertex_batch": {
            "model": _model(_GS, framework="sklearn"),
            "input_uri": "gs://example-data/customers/*.jsonl",
            "output_uri": "gs://example-data/scores/",
        },
        "cloud_run": {"model": _model(f"{_GS}model.onnx", framework="onnx")},
        "azure_ml": {"model": _model(_BLOB, framework="mlflow")},
        "azure_ml_batch": {
            "model": _model(_BLOB, framework="mlflow"),
            "input_uri": "https://examplemodels.blob.core.windows.net/customers/all/",
            "output_uri": "https://examplemodels.blob.core.windows.net/scores/prices/",
            "on_demand": True,
        },
        "azure_functions": {"model": _model(f"{_BLOB}/model.onnx", framework="onnx")},
        "lambda": {
            "model": _model("file:prices/1.0.0/model.onnx", digest=_DIGEST, framework="onnx")
        },
    }.items()
}
# Files that others refer to, by name; each has room for all that is asked.
SHARED: Final = {
    "shared": {
        **EXAMPLES["kserve_shared_server"],
        "resources": {"cpu": 16, "memory_mib": 64 * 1024},
    },
}
# An environment that has everything there is to ask for.
SITE: Final[dict[str, Any]] = {
    "targets": {
        "aws": {"account_id": "123456789012", "region": "eu-west-1"},
        "gcp": {"project": "example-models"},
        "vertex": {"region": "europe-west4"},
        "cloud_run": {"region": "europe-west4", "bucket": "example-models"},
        "azure": {
            "subscription_id": "00000000-0000-0000-0000-000000000001",
            "resource_group": "models",
            "location": "westeurope",
        },
        "azure_ml": {"workspace_name": "serving", "registry_id": _AZURE_REGISTRY},
        "azure_functions": {
            "jwt_issuer": "https://login.microsoftonline.com/"
            "00000000-0000-0000-0000-0000000000aa/v2.0",
            "jwt_audience": "00000000-0000-0000-0000-0000000000bb",
        },
        "kubernetes": {
            "context": "cluster",
            "region": "eu-west-1",
            "router": "istio",
            "gateway_name": "gateway",
            "gateway_namespace": "istio-system",
            "gateway_api": True,
            "mesh": "istio_sidecar",
            "download_image": _ECR,
        },
    },
}


def with_candidate(example: dict[str, Any]) -> dict[str, Any]:
    """The file with the next version beside the one that it has, where it has one."""
    made = copy.deepcopy(example)
    if "model" in made:
        stable = made["model"]
        made["candidate"] = {
            "uri": stable["uri"].replace(_VERSION, _NEXT),
            "version": _NEXT,
            **({"digest": "sha256:" + "1" * 64} if "digest" in stable else {}),
        }
    return made


def with_image(example: dict[str, Any]) -> dict[str, Any]:
    """The file with an image of one's own, where it has a model."""
    made = copy.deepcopy(example)
    if "model" in made:
        cloud = made["target"].partition("_")[0]
        made["model"] = {**made["model"], "image": _IMAGES.get(cloud, _ECR)}
        if made["target"] == "azure_ml_batch":
            made["code_uri"] = _BLOB
    return made
