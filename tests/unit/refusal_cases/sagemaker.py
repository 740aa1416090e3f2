"""What SageMaker cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import CANDIDATE, SAGEMAKER, changed

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("sagemaker/zero", changed(SAGEMAKER, min_replicas=0), changed(SAGEMAKER, min_replicas=1)),
    (
        "sagemaker/shadow-beside-candidate",
        changed(SAGEMAKER, candidate=CANDIDATE, shadow=CANDIDATE),
        changed(SAGEMAKER, candidate=CANDIDATE),
    ),
    ("sagemaker/shadow", changed(SAGEMAKER, shadow=CANDIDATE), SAGEMAKER),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 51}),
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 50}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 9}),
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 10}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "rolling", "size_percent": 4}),
        changed(SAGEMAKER, rollout={"shift": "rolling", "size_percent": 5}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "canary", "wait_seconds": 3601}),
        changed(SAGEMAKER, rollout={"shift": "canary", "wait_seconds": 3600}),
    ),
    (
        "sagemaker/rolling-with-candidate",
        changed(SAGEMAKER, candidate=CANDIDATE, rollout={"shift": "rolling"}),
        changed(SAGEMAKER, candidate=CANDIDATE, rollout={"shift": "canary"}),
    ),
    (
        "sagemaker/cpu-and-memory",
        changed(SAGEMAKER, resources={"memory_mib": 4096}),
        changed(SAGEMAKER, instance_type="ml.m5.xlarge"),
    ),
    (
        "sagemaker/accelerator",
        changed(SAGEMAKER, resources={"accelerator": "nvidia-l4"}),
        changed(SAGEMAKER, resources={"accelerator": "nvidia-l4"}, instance_type="ml.g6.xlarge"),
    ),
]
