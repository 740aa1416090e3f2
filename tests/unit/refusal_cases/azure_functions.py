"""What Azure Functions cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import AZURE_FUNCTIONS, DIGEST, changed

_MODELS = "https://examplemodels.blob.core.windows.net/models/fraud"
_CANDIDATE = {"uri": f"{_MODELS}/1.5.0/model.onnx", "version": "1.5.0"}
_PREMIUM = changed(AZURE_FUNCTIONS, plan="premium")
_TRIED = changed(_PREMIUM, candidate=_CANDIDATE)
_COLD = {"budget_ms": 500}


def _model(**more: object) -> dict[str, Any]:
    return changed(AZURE_FUNCTIONS, model={**AZURE_FUNCTIONS["model"], **more})


def _rolling(**more: object) -> dict[str, Any]:
    return changed(AZURE_FUNCTIONS, rollout={"shift": "rolling", **more})


# (refusal, what is refused, the nearest thing that works)
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("azure_functions/candidate", changed(AZURE_FUNCTIONS, candidate=_CANDIDATE), _TRIED),
    (
        "azure_functions/candidate",
        changed(AZURE_FUNCTIONS, candidate=_CANDIDATE, canary_percent=10),
        changed(_TRIED, canary_percent=10),
    ),
    (
        "azure_functions/accelerator",
        changed(AZURE_FUNCTIONS, resources={"accelerator": "nvidia-t4"}),
        AZURE_FUNCTIONS,
    ),
    (
        "azure_functions/memory",
        changed(AZURE_FUNCTIONS, resources={"memory_mib": 1024}),
        changed(AZURE_FUNCTIONS, resources={"memory_mib": 512}),
    ),
    (
        "azure_functions/memory",
        changed(_PREMIUM, resources={"memory_mib": 2048}),
        changed(_PREMIUM, instance_type="EP3"),
    ),
    (
        "azure_functions/cpu",
        changed(AZURE_FUNCTIONS, resources={"cpu": 1}),
        changed(AZURE_FUNCTIONS, resources={"memory_mib": 4096}),
    ),
    (
        "azure_functions/timeout",
        changed(AZURE_FUNCTIONS, timeout_seconds=231),
        changed(AZURE_FUNCTIONS, timeout_seconds=230),
    ),
    (
        "azure_functions/zero",
        changed(_PREMIUM, min_replicas=0),
        changed(_PREMIUM, min_replicas=1),
    ),
    (
        "azure_functions/instances",
        changed(_PREMIUM, max_replicas=101),
        changed(_PREMIUM, max_replicas=100),
    ),
    (
        "azure_functions/instance-type",
        changed(AZURE_FUNCTIONS, instance_type="EP2"),
        changed(_PREMIUM, instance_type="EP2"),
    ),
    (
        "azure_functions/image",
        _model(image=f"examples.azurecr.io/fraud@{DIGEST}"),
        AZURE_FUNCTIONS,
    ),
    ("azure_functions/rolling", _rolling(size_percent=10), _rolling()),
    ("azure_functions/rolling", _rolling(wait_seconds=60), _rolling()),
    ("azure_functions/rolling", changed(_rolling(), plan="premium"), _PREMIUM),
    (
        "azure_functions/snap-start",
        changed(AZURE_FUNCTIONS, cold_start={"mode": "snap_start"}),
        changed(AZURE_FUNCTIONS, cold_start={"mode": "provisioned"}),
    ),
    (
        "azure_functions/cold-start",
        changed(AZURE_FUNCTIONS, cold_start={**_COLD, "mode": "none"}),
        changed(AZURE_FUNCTIONS, cold_start={**_COLD, "mode": "none"}, min_replicas=1),
    ),
    (
        "azure_functions/strategy",
        changed(_TRIED, strategy="shadow"),
        changed(_TRIED, canary_percent=0),
    ),
    (
        "azure_functions/artifact",
        _model(uri="https://example.com/fraud/1.4.0/model.onnx"),
        AZURE_FUNCTIONS,
    ),
    (
        "azure_functions/scaling",
        changed(AZURE_FUNCTIONS, scaling={"metric": "cpu"}),
        changed(AZURE_FUNCTIONS, concurrency=4),
    ),
]
