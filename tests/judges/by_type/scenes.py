"""The stacks whose types are gone through: the project's own, and what it does not have.

`clouds` serves on Vertex AI, Cloud Run, Azure ML and what SageMaker has besides endpoints;
`watched` has alarms, drift, runs by the clock, a shared endpoint and a function of Azure; `parts`
has what few settings ask for: shifts, tokens and destinations of functions, secrets, callers,
machines that models share, batches by the clock of Google Cloud and Azure; `more` has host names,
slots, scripts and tables; `eks`, `gke` and `aks` make a network and a cluster with GPU nodes and a
model on them, and with `-more` what of those few ask for.
"""

import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.seed import AZURE_SUBSCRIPTION
from tests.engine.azure_ml_workspace import ARTIFACTS, REGISTRY_ID, WORKSPACE, make_workspace
from tests.judges.by_type.found import (
    make_administrator,
    make_domain,
    make_repository,
    make_secret,
    make_storage,
    make_tables,
)
from tests.judges.crashes.estate import STACK, Estate
from tests.unit.settings_project import (
    ASYNC,
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    AZURE_ML,
    AZURE_ML_BATCH,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    COMPONENT,
    DIGEST,
    MODEL_SERVER,
    SAGEMAKER,
    SERVERLESS,
    SHARED_ENDPOINT,
    TRANSFORM,
    VERTEX,
    VERTEX_BATCH,
    changed,
)

__all__ = ["SCENES"]

_GS: Final = "gs://example-models/prices/1.4.0/"
_AZURE: Final = f"{ARTIFACTS}/prices/1.4.0"
_S3: Final = "s3://example-models/fraud/1.4.0/model.tar.gz"
_IMAGE: Final = f"europe-docker.pkg.dev/example-models/models/prices@{DIGEST}"
# Beside those of the project.
_MODELS: Final[Mapping[str, dict[str, Any]]] = {
    "vertex-prices": changed(VERTEX, model__uri=_GS, resources={}),
    "vertex-scores": changed(
        VERTEX_BATCH,
        model__uri=_GS,
        model__version="1.4.0",
        input_uri="gs://example-models/customers/*.jsonl",
        output_uri="gs://example-models/scores/",
    ),
    "run-prices": changed(
        CLOUD_RUN,
        model={**CLOUD_RUN["model"], "uri": f"{_GS}model.onnx"},
        model__image=_IMAGE,
    ),
    "azure-prices": changed(AZURE_ML, model__uri=_AZURE, public_access=True),
    "azure-scores": changed(
        AZURE_ML_BATCH,
        model__uri=_AZURE,
        input_uri=f"{ARTIFACTS}/customers/",
        output_uri="https://examplemodels.blob.core.windows.net/captured/scores",
        public_nodes=True,
    ),
    "serverless-fraud": changed(SERVERLESS, model__uri=_S3),
    "async-fraud": changed(ASYNC, model__uri=_S3, output_uri="s3://example-data/results/"),
}
_TARGETS: Final[Mapping[str, Any]] = {
    **CLOUD_RUN_TARGETS,
    "gcp": {**CLOUD_RUN_TARGETS["gcp"], "monitoring": {}},
    "vertex": {"region": "europe-west4"},
    "azure": {
        "subscription_id": AZURE_SUBSCRIPTION,
        "resource_group": "models",
        "location": "westeurope",
    },
    "azure_ml": {"workspace_name": WORKSPACE, "registry_id": REGISTRY_ID},
}


_TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:serving-dev-alarms"
_LOGS: Final = (
    f"/subscriptions/{AZURE_SUBSCRIPTION}/resourceGroups/models/providers"
    "/Microsoft.OperationalInsights/workspaces/serving-logs"
)
_SLO: Final = {"latency_p95_ms": 100, "error_rate_percent": 1}
_PREFIX: Final = "s3://example-models/"
# What tells somebody, what looks for drift, what runs by the clock, and functions of Azure.
_WATCHED: Final[Mapping[str, dict[str, Any]]] = {
    "fraud": changed(
        SAGEMAKER,
        model__uri=_S3,
        slo=_SLO,
        max_replicas=3,
        capture={"uri": "s3://example-models/captured/", "percent": 50},
        drift={"baseline_uri": "s3://example-models/fraud/1.4.0/baseline"},
    ),
    "pool": changed(SHARED_ENDPOINT, artifact_prefixes=[_PREFIX]),
    "shared-fraud": {
        **{key: value for key, value in COMPONENT.items() if key != "instance_type"},
        "model": {**COMPONENT["model"], "uri": _S3},
        "server": "pool",
    },
    "nightly-fraud": changed(
        TRANSFORM,
        model__uri=_S3,
        input_uri="s3://example-models/customers/",
        output_uri="s3://example-models/scores/",
        schedule="0 3 * * *",
    ),
    "vertex-prices": changed(
        VERTEX, model__uri=_GS, resources={}, slo=_SLO, capture={"percent": 50}
    ),
    "azure-prices": changed(
        AZURE_ML, model__uri=_AZURE, public_access=True, slo=_SLO, max_replicas=3
    ),
    "functions-prices": changed(
        AZURE_FUNCTIONS,
        model__uri="https://exampleartifacts.blob.core.windows.net/models/fraud/1.4.0/model.onnx",
        slo=_SLO,
    ),
}
_ISSUER: Final = "https://issuer.example"
_DRIFT: Final = {"baseline_uri": "gs://example-models/prices/1.4.0/profile.json"}
# What few settings ask for, in as few models.
_PARTS: Final[Mapping[str, dict[str, Any]]] = {
    "iris-shifted": {
        "min_replicas": 1,
        "max_replicas": 4,
        "max_warm_replicas": 3,
        "scaling": {
            "schedules": [{"schedule": "0 7 * * *", "min_replicas": 2, "max_replicas": 3}],
        },
        "rollout": {"shift": "linear", "size_percent": 20, "wait_seconds": 120},
        "runtime_updates": "function_update",
        "function_url": True,
        "jwt_issuer": _ISSUER,
        "jwt_audience": "models",
        "on_failure_arn": "arn:aws:sqs:eu-west-1:123456789012:failed",
        "retries": 1,
    },
    "vertex-prices": changed(
        VERTEX,
        model__uri=_GS,
        model__framework="tensorflow",
        resources={},
        own_resource_pool=True,
    ),
    "vertex-scores": changed(
        VERTEX_BATCH,
        model__uri=_GS,
        model__version="1.4.0",
        input_uri="gs://example-models/customers/*.jsonl",
        output_uri="gs://example-models/scores/",
        schedule="0 3 * * *",
    ),
    "run-prices": changed(
        CLOUD_RUN,
        model__uri=f"{_GS}model.onnx",
        callers=["group:shop@example.com"],
        secret_environment_variables={"KEY": "projects/example-models/secrets/key/versions/1"},
        drift=_DRIFT,
    ),
    "azure-scores": changed(
        AZURE_ML_BATCH,
        model__uri=_AZURE,
        input_uri=f"{ARTIFACTS}/customers/",
        output_uri="https://examplemodels.blob.core.windows.net/captured/scores",
        public_nodes=True,
        on_demand=False,
        schedule="0 3 * * *",
    ),
}
# The same of what is left.
_MORE: Final[Mapping[str, dict[str, Any]]] = {
    "vertex-scores": changed(
        VERTEX_BATCH,
        model__uri=_GS,
        model__version="1.4.0",
        input_uri="bq://example-models.shop.customers",
        output_uri="bq://example-models.shop",
    ),
    "azure-prices": changed(
        AZURE_ML,
        model__uri=_AZURE,
        public_access=True,
        capture={"uri": f"{ARTIFACTS}/captured/", "percent": 50},
    ),
    "azure-scores": changed(
        AZURE_ML_BATCH,
        model__uri=_AZURE,
        model__framework=None,
        model__image=f"examplemodels.azurecr.io/scores@{DIGEST}",
        code_uri=f"{ARTIFACTS}/code/scores",
        input_uri=f"{ARTIFACTS}/customers/",
        output_uri="https://examplemodels.blob.core.windows.net/captured/scores",
        public_nodes=True,
    ),
}
_FUNCTIONS: Final = changed(
    AZURE_FUNCTIONS,
    model__uri="https://exampleartifacts.blob.core.windows.net/models/fraud/1.4.0/model.onnx",
    plan="premium",
)
_CANDIDATE: Final[dict[str, Any]] = {
    "candidate": {
        "uri": "https://exampleartifacts.blob.core.windows.net/models/fraud/1.5.0/model.onnx",
        "version": "1.5.0",
    },
    "canary_percent": 10,
}
_OWNER: Final = {"owner": "team-platform"}
# Eight H100 in a machine: what all three clouds sell.
_POOL: Final[dict[str, Any]] = {
    **_OWNER,
    "accelerator": "nvidia-h100",
    "accelerator_count": 8,
    "max_nodes": 1,
}
_CLUSTERS: Final[Mapping[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
    "eks": (
        {"aws": {"account_id": "123456789012", "region": "eu-west-1"}},
        {"zones": ["eu-west-1a", "eu-west-1b"]},
        {"deletion_protection": False},
    ),
    "gke": ({"gcp": {"project": "example-models"}}, {}, {"deletion_protection": False}),
    "aks": (
        {"azure": _TARGETS["azure"]},
        {},
        {"administrators": ["11111111-1111-1111-1111-111111111111"]},
    ),
}
_ADMINISTRATORS: Final = ["arn:aws:iam::123456789012:role/platform"]
_AZURE_IDS: Final = f"/subscriptions/{AZURE_SUBSCRIPTION}/resourceGroups/models/providers"
_CLUSTERS_MORE: Final[Mapping[str, Mapping[str, dict[str, Any]]]] = {
    "eks": {
        "cluster": {"administrators": _ADMINISTRATORS},
        "add_ons": {"karpenter": True},
        "pool": {"provisioner": "karpenter", "placement": "compact", "zones": ["eu-west-1a"]},
    },
    "gke": {
        "cluster": {
            "gke": {
                "image_repositories": [
                    "projects/example-models/locations/europe-west4/repositories/models"
                ]
            }
        },
    },
    "aks": {
        "network": {
            "aks": {
                "storage_accounts": {
                    "models": f"{_AZURE_IDS}/Microsoft.Storage/storageAccounts/examplemodels"
                },
                "flow_logs_storage_id": (
                    f"{_AZURE_IDS}/Microsoft.Storage/storageAccounts/examplemodels"
                ),
            }
        },
        "cluster": {"aks": {"deletion_lock": True}},
        "pool": {"placement": "compact", "zones": ["1"]},
        "kubernetes": {"identity": "aks"},
    },
}
_PLACES: Final[Mapping[str, dict[str, Any]]] = {"gke": {"location": "europe-west4"}}
_RANKING: Final = changed(
    MODEL_SERVER,
    model__uri="s3://example-models/ranking/1.2.0/",
    resources={"gpu_pool": "chat", "cpu": 2, "memory_mib": 4096},
    max_replicas=2,
)


def _project(_: Estate) -> None:
    """As it is."""


def _clouds(estate: Estate) -> None:
    """Models on Vertex AI, Cloud Run, Azure ML and what SageMaker has besides endpoints."""
    make_workspace(estate).close()
    _write_models(estate, _MODELS)
    _write_config(estate, lambda targets: {"targets": {**targets, **_TARGETS}})


def _watched(estate: Estate) -> None:
    """Models that are watched, run by the clock or share an endpoint; one on Azure Functions."""
    make_workspace(estate).close()
    _write_models(estate, _WATCHED)
    further: dict[str, Any] = {
        **_TARGETS,
        "azure": _TARGETS["azure"],
        "azure_functions": AZURE_FUNCTIONS_TARGETS["azure_functions"],
    }

    def asked(targets: dict[str, Any]) -> dict[str, Any]:
        watching = {"gcp": {}, "azure": {"log_workspace_id": _LOGS}}
        more = {cloud: {**further[cloud], "monitoring": each} for cloud, each in watching.items()}
        aws = {**targets["aws"], "monitoring": {"page_topic_arn": _TOPIC}}
        return {"targets": {**targets, **further, **more, "aws": aws}}

    _write_config(estate, asked)
    _write_package(estate, "azure-functions.zip")


def _parts(estate: Estate) -> None:
    """What few settings ask for."""
    make_workspace(estate).close()
    make_secret(estate)
    _write_package(estate, "cloud-run.zip")
    iris = yaml.safe_load((estate.root / "stacks" / "models" / "iris-classifier.yaml").read_text())
    _write_models(estate, {**_PARTS, "iris-shifted": {**iris, **_PARTS["iris-shifted"]}})
    _write_config(estate, lambda targets: {"targets": {**targets, **_TARGETS}})


def _more(estate: Estate) -> None:
    """Host names, scripts, tables; a slot, for which what serves has to be there first."""
    make_workspace(estate).close()
    _write_package(estate, "azure-functions.zip")
    make_tables(estate)
    iris = yaml.safe_load((estate.root / "stacks" / "models" / "iris-classifier.yaml").read_text())
    models = {**_MORE, "iris-named": {**iris, **make_domain(estate)}}
    functions = {"azure_functions": AZURE_FUNCTIONS_TARGETS["azure_functions"]}
    _write_config(estate, lambda targets: {"targets": {**targets, **_TARGETS, **functions}})
    _write_models(estate, {"functions-prices": _FUNCTIONS})
    begun = estate.serving("up")
    assert begun.code == 0, begun.said
    _write_models(estate, {**models, "functions-prices": {**_FUNCTIONS, **_CANDIDATE}})


def _cluster(estate: Estate, kind: str, *, more: bool = False) -> None:
    """A network, a cluster with GPU nodes and a model on them, all made by the stack."""
    cloud, network, cluster = _CLUSTERS[kind]
    further = _CLUSTERS_MORE[kind] if more else {}
    if more:
        _MADE_BEFORE[kind](estate)
    _write_models(estate, {"ranking": _RANKING})
    add_ons = {"keda": True, **({"cluster_autoscaler": True} if kind == "eks" else {})}
    platform = {
        "network": {**_OWNER, **network, "internet": True, **further.get("network", {})},
        "cluster": {**_OWNER, **cluster, **further.get("cluster", {})},
        "add_ons": further.get("add_ons", add_ons),
        "gpu_node_pools": {"chat": {**_POOL, **further.get("pool", {})}},
    }
    kubernetes = further.get("kubernetes", {})
    made = {kind: {"cluster_name": "gpus", **_PLACES.get(kind, {})}, "kubernetes": kubernetes}
    _write_config(estate, lambda _: {"targets": {**cloud, **made}, "platform": platform})


def _write_models(estate: Estate, models: Mapping[str, dict[str, Any]]) -> None:
    """These alone."""
    folder = estate.root / "stacks" / "models"
    for file in folder.iterdir():
        file.unlink()
    for name, settings in models.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings))


def _write_config(
    estate: Estate, asked: Callable[[dict[str, Any]], dict[str, dict[str, Any]]]
) -> None:
    """Another environment: what is asked of the targets that the project has."""
    file = estate.root / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(file.read_text())
    config = content["config"]
    for key in ("models", "platform"):
        del config[f"model-serving:{key}"]
    for key, value in asked(config["model-serving:targets"]).items():
        config[f"model-serving:{key}"] = value
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def _write_package(estate: Estate, name: str) -> None:
    """What a function runs; what is in it nobody looks at before it is deployed."""
    cache = estate.root / ".cache"
    folder = Path()
    # Folders of this estate's own, on the way to the package; beside them all is as it is.
    for own in ("", "artifacts", "without-model", "any"):
        folder /= own
        place, ours = cache / folder, (cache / folder).resolve()
        if place.is_symlink():
            place.unlink()
        place.mkdir(exist_ok=True)
        for each in ours.iterdir() if ours != place.resolve() else ():
            (place / each.name).symlink_to(each)
    package = cache / folder / name
    package.unlink(missing_ok=True)
    with zipfile.ZipFile(package, "w") as file:
        file.writestr(zipfile.ZipInfo("host.json"), '{"version": "2.0"}')


_MADE_BEFORE: Final[Mapping[str, Callable[[Estate], None]]] = {
    "eks": make_administrator,
    "gke": make_repository,
    "aks": make_storage,
}
SCENES: Final[Mapping[str, Callable[[Estate], None]]] = {
    "dev": _project,
    "clouds": _clouds,
    "watched": _watched,
    "parts": _parts,
    "more": _more,
    **{kind: partial(_cluster, kind=kind) for kind in _CLUSTERS},
    **{f"{kind}-more": partial(_cluster, kind=kind, more=True) for kind in _CLUSTERS_MORE},
}
"""How each is prepared, before anything of it is deployed."""
