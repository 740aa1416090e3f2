"""What asynchronous inference cannot do: the refusal, what is refused, the nearest that works."""

from typing import Any

from tests.unit.settings_project import ASYNC, CANDIDATE, changed

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "sagemaker_async/strategy",
        changed(ASYNC, candidate=CANDIDATE, strategy="shadow"),
        changed(ASYNC, candidate=CANDIDATE, canary_percent=10),
    ),
    (
        "sagemaker_async/capture",
        changed(ASYNC, capture={"uri": "s3://data/captured"}),
        changed(ASYNC, input_uri="s3://data/requests/"),
    ),
    (
        "sagemaker_async/scaling",
        changed(ASYNC, scaling={"metric": "requests"}),
        changed(ASYNC, scaling={"metric": "backlog", "target": 2}),
    ),
    (
        "sagemaker_async/scaling",
        changed(ASYNC, scaling={"target": 1_000_001}),
        changed(ASYNC, scaling={"target": 1_000_000}),
    ),
    (
        "sagemaker/instance-type",
        changed(ASYNC, instance_type="ml.m5.larg"),
        changed(ASYNC, instance_type="ml.m5.large"),
    ),
    (
        "sagemaker/shift-size",
        changed(ASYNC, rollout={"shift": "canary", "size_percent": 51}),
        changed(ASYNC, rollout={"shift": "canary", "size_percent": 50}),
    ),
    (
        "sagemaker/rolling-with-candidate",
        changed(ASYNC, candidate=CANDIDATE, rollout={"shift": "rolling"}),
        changed(ASYNC, candidate=CANDIDATE, rollout={"shift": "canary"}),
    ),
    (
        "sagemaker/cpu-and-memory",
        changed(ASYNC, resources={"memory_mib": 4096}),
        changed(ASYNC, instance_type="ml.m5.xlarge"),
    ),
    (
        "sagemaker/accelerator",
        changed(ASYNC, resources={"accelerator": "nvidia-l4"}),
        changed(ASYNC, resources={"accelerator": "nvidia-l4"}, instance_type="ml.g6.xlarge"),
    ),
]
