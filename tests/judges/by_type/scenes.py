"""The stacks whose types are gone through: the project's own, and one with every other cloud."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml

from sandbox.seed import AZURE_SUBSCRIPTION
from tests.engine.azure_ml_workspace import ARTIFACTS, REGISTRY_ID, WORKSPACE, make_workspace
from tests.judges.crashes.estate import STACK, Estate
from tests.unit.settings_project import (
    ASYNC,
    AZURE_ML,
    AZURE_ML_BATCH,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    DIGEST,
    SERVERLESS,
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


def _project(_: Estate) -> None:
    """As it is."""


def _clouds(estate: Estate) -> None:
    """Models on Vertex AI, Cloud Run, Azure ML and what SageMaker has besides endpoints."""
    make_workspace(estate).close()
    models = estate.root / "stacks" / "models"
    for file in models.iterdir():
        file.unlink()
    for name, settings in _MODELS.items():
        (models / f"{name}.yaml").write_text(yaml.safe_dump(settings))
    file = estate.root / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(file.read_text())
    config = content["config"]
    config["model-serving:targets"] |= _TARGETS
    for key in ("models", "platform"):
        del config[f"model-serving:{key}"]
    file.write_text(yaml.safe_dump(content, sort_keys=False))


SCENES: Final[Mapping[str, Callable[[Estate], None]]] = {"dev": _project, "clouds": _clouds}
"""How each is prepared, before anything of it is deployed."""
