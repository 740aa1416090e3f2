"""What Azure ML cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import AZURE_ML, AZURE_ML_BATCH, DIGEST, changed

_BLOBS = "https://examplemodels.blob.core.windows.net"
_CANDIDATE = {"uri": f"{_BLOBS}/models/fraud/1.5.0", "version": "1.5.0"}
_SHADOW = changed(AZURE_ML, candidate=_CANDIDATE, strategy="shadow")
_T4 = {"accelerator": "nvidia-t4"}
_CLOCK = {"on_demand": False, "schedule": "30 2 * * *"}
_IMAGE = f"examples.azurecr.io/fraud@{DIGEST}"
_CAPTURED = f"{_BLOBS}/captured/fraud"


def _scaled(**scaling: object) -> dict[str, Any]:
    return changed(AZURE_ML, scaling=scaling)


def _scheduled(schedule: str, **more: object) -> dict[str, Any]:
    return _scaled(schedules=[{"schedule": schedule, "min_replicas": 2, **more}])


# (refusal, what is refused, the nearest thing that works)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("azure_ml/zero", changed(AZURE_ML, min_replicas=0), changed(AZURE_ML, min_replicas=1)),
    (
        "azure_ml/mirror",
        changed(_SHADOW, canary_percent=51),
        changed(_SHADOW, canary_percent=50),
    ),
    (
        "azure_ml/size",
        changed(AZURE_ML, instance_type="Standard_D4s_v3"),
        changed(AZURE_ML, instance_type="STANDARD_D4AS_V4"),
    ),
    (
        "azure_ml/accelerator",
        changed(AZURE_ML, resources=_T4),
        changed(AZURE_ML, resources=_T4, instance_type="Standard_NC4as_T4_v3"),
    ),
    (
        "azure_ml/accelerator",
        changed(
            AZURE_ML,
            resources={**_T4, "accelerator_count": 2},
            instance_type="Standard_NC16as_T4_v3",
        ),
        changed(
            AZURE_ML,
            resources={**_T4, "accelerator_count": 2},
            instance_type="Standard_NC64as_T4_v3",
        ),
    ),
    (
        "azure_ml/accelerator",
        changed(AZURE_ML_BATCH, resources=_T4, instance_type="Standard_E4s_v3"),
        changed(AZURE_ML_BATCH, resources=_T4, instance_type="Standard_NC4as_T4_v3"),
    ),
    (
        "azure_ml/cpu-and-memory",
        changed(AZURE_ML, resources={"cpu": 2}),
        changed(AZURE_ML, instance_type="Standard_E4s_v3"),
    ),
    (
        "azure_ml/cpu-and-memory",
        changed(AZURE_ML_BATCH, resources={"memory_mib": 2048}),
        changed(AZURE_ML_BATCH, instance_type="Standard_E4s_v3"),
    ),
    (
        "azure_ml/name",
        {**AZURE_ML, "@name": "fraud-of-cards-in-all-shops-xx"},
        {**AZURE_ML, "@name": "fraud-of-cards-in-all-shopsx"},
    ),
    ("azure_ml/name", {**AZURE_ML_BATCH, "@name": "fraud--cards"}, AZURE_ML_BATCH),
    ("azure_ml/scaling", _scaled(metric="concurrency"), _scaled(metric="latency")),
    (
        "azure_ml/scaling",
        _scaled(metric="gpu"),
        changed(AZURE_ML, scaling={"metric": "gpu"}, instance_type="Standard_NC4as_T4_v3"),
    ),
    ("azure_ml/scaling", _scaled(metric="cpu", target=101), _scaled(metric="cpu", target=100)),
    (
        "azure_ml/scaling",
        _scaled(scale_in_cooldown_seconds=59),
        _scaled(scale_in_cooldown_seconds=60),
    ),
    ("azure_ml/schedule", _scheduled("0 8 1 * *"), _scheduled("0 8 * * 1")),
    (
        "azure_ml/schedule",
        _scheduled("0 8 * * *", time_zone="Antarctica/Troll"),
        _scheduled("0 8 * * *", time_zone="Europe/Oslo"),
    ),
    (
        "azure_ml/schedule",
        changed(AZURE_ML_BATCH, **{**_CLOCK, "schedule": "@monthly"}),
        changed(AZURE_ML_BATCH, **{**_CLOCK, "schedule": "@weekly"}),
    ),
    (
        "azure_ml/capture-place",
        changed(AZURE_ML, capture={"percent": 10}),
        changed(AZURE_ML, capture={"percent": 10, "uri": _CAPTURED}),
    ),
    (
        "azure_ml/capture-place",
        changed(AZURE_ML, capture={"uri": "s3://captured/fraud/"}),
        {**changed(AZURE_ML, capture={"percent": 10}), "@azure_ml": {"capture_uri": _CAPTURED}},
    ),
    (
        "azure_ml/artifact",
        changed(AZURE_ML, model__uri="https://example.com/fraud/1.4.0"),
        changed(AZURE_ML, model__uri="azureml:fraud:1.4.0"),
    ),
    (
        "azure_ml/artifact",
        changed(AZURE_ML_BATCH, model__uri="azureml:fraud/1.4.0"),
        changed(AZURE_ML_BATCH, model__uri="azureml:fraud:1.4.0"),
    ),
    (
        "azure_ml/image",
        changed(AZURE_ML, model__image=f"quay.io/example/fraud@{DIGEST}"),
        changed(AZURE_ML, model__image=_IMAGE),
    ),
    (
        "azure_ml_batch/once",
        {key: value for key, value in AZURE_ML_BATCH.items() if key != "on_demand"},
        AZURE_ML_BATCH,
    ),
    (
        "azure_ml_batch/wait",
        changed(AZURE_ML_BATCH, wait_for_completion=True),
        changed(AZURE_ML_BATCH, wait_for_completion=False),
    ),
    (
        "azure_ml_batch/scorer",
        changed(AZURE_ML_BATCH, model__framework="sklearn"),
        changed(AZURE_ML_BATCH, model__framework="mlflow"),
    ),
    (
        "azure_ml_batch/scorer",
        changed(AZURE_ML_BATCH, model__image=_IMAGE),
        changed(AZURE_ML_BATCH, model__image=_IMAGE, code_uri=f"{_BLOBS}/code/fraud/1.4.0"),
    ),
    (
        "azure_ml_batch/registry",
        changed(
            AZURE_ML_BATCH,
            model__uri="azureml://registries/shared/models/fraud/versions/1.4.0",
        ),
        changed(AZURE_ML_BATCH, model__uri="azureml:fraud:1.4.0"),
    ),
    (
        "azure_ml_batch/data",
        changed(AZURE_ML_BATCH, output_uri="s3://data/scores/"),
        changed(AZURE_ML_BATCH, output_uri=f"{_BLOBS}/scores/all/"),
    ),
    (
        "azure_ml_batch/data",
        changed(AZURE_ML_BATCH, input_uri=f"{_BLOBS}/customers"),
        changed(AZURE_ML_BATCH, input_uri=f"{_BLOBS}/customers/all"),
    ),
    ("azure_ml_batch/candidate", changed(AZURE_ML_BATCH, candidate=_CANDIDATE), AZURE_ML_BATCH),
    ("azure_ml_batch/canary_percent", changed(AZURE_ML_BATCH, canary_percent=10), AZURE_ML_BATCH),
    (
        "azure_ml_batch/max_replicas",
        changed(AZURE_ML_BATCH, max_replicas=4),
        changed(AZURE_ML_BATCH, parallelism=4),
    ),
    (
        "azure_ml_batch/timeout_seconds",
        changed(AZURE_ML_BATCH, timeout_seconds=600),
        changed(AZURE_ML_BATCH, mini_batch_timeout_seconds=600),
    ),
]
