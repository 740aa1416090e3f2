"""What inference components cannot do: the refusal, what is refused, what works."""

from typing import Any

from tests.unit.settings_project import CANDIDATE, COMPONENT, SHARED_ENDPOINT, changed

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "sagemaker_component/candidate",
        changed(COMPONENT, candidate=CANDIDATE, canary_percent=10),
        changed(COMPONENT, rollout={"shift": "rolling"}),
    ),
    (
        "sagemaker_component/shift-size",
        changed(COMPONENT, rollout={"shift": "rolling", "size_percent": 51}),
        changed(COMPONENT, rollout={"shift": "rolling", "size_percent": 50}),
    ),
    (
        "sagemaker_component/shift-size",
        changed(COMPONENT, rollout={"shift": "rolling", "size_percent": 4}),
        changed(COMPONENT, rollout={"shift": "rolling", "size_percent": 5}),
    ),
    (
        "sagemaker_component/shift-size",
        changed(COMPONENT, rollout={"shift": "rolling", "wait_seconds": 3601}),
        changed(COMPONENT, rollout={"shift": "rolling", "wait_seconds": 3600}),
    ),
    (
        "sagemaker_component/fit",
        changed(COMPONENT, resources={"memory_mib": 8193}),
        changed(COMPONENT, resources={"memory_mib": 8192}),
    ),
    (
        "sagemaker_component/fit",
        changed(COMPONENT, max_replicas=9, max_instances=2),
        changed(COMPONENT, max_replicas=8, max_instances=2),
    ),
    (
        "sagemaker_component/fit",
        changed(COMPONENT, resources={"memory_mib": 2048, "accelerator_count": 1}),
        changed(
            COMPONENT,
            resources={"memory_mib": 2048, "accelerator": "nvidia-l4"},
            instance_type="ml.g6.xlarge",
        ),
    ),
    (
        "sagemaker_component/accelerator",
        changed(
            COMPONENT,
            resources={"memory_mib": 2048, "accelerator": "nvidia-l4"},
            instance_type="ml.g5.xlarge",
        ),
        changed(
            COMPONENT,
            resources={"memory_mib": 2048, "accelerator": "nvidia-a10g"},
            instance_type="ml.g5.xlarge",
        ),
    ),
    (
        "sagemaker_component/machine",
        changed(COMPONENT, instance_type="ml.inf2.xlarge"),
        COMPONENT,
    ),
    (
        "sagemaker_component/machine",
        changed(SHARED_ENDPOINT, instance_type="ml.trn1.2xlarge"),
        SHARED_ENDPOINT,
    ),
    (
        "sagemaker_shared_endpoint/candidate",
        changed(SHARED_ENDPOINT, candidate=CANDIDATE),
        SHARED_ENDPOINT,
    ),
]
