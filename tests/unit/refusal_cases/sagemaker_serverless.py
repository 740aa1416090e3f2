"""What serverless inference cannot do: the refusal, what is refused, the nearest that works."""

from typing import Any

from tests.unit.settings_project import ASYNC, CANDIDATE, SAGEMAKER, SERVERLESS, changed

_NETWORK = {"sagemaker": {"subnet_ids": ["subnet-0a1"], "security_group_ids": ["sg-0a1"]}}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "sagemaker_serverless/accelerator",
        changed(SERVERLESS, resources={"accelerator": "nvidia-l4"}),
        changed(ASYNC, resources={"accelerator": "nvidia-l4"}, instance_type="ml.g6.xlarge"),
    ),
    (
        "sagemaker_serverless/instance_type",
        changed(SERVERLESS, instance_type="ml.g5.xlarge"),
        changed(SERVERLESS, resources={"memory_mib": 6144}),
    ),
    (
        "sagemaker_serverless/memory",
        changed(SERVERLESS, resources={"memory_mib": 1500}),
        changed(SERVERLESS, resources={"memory_mib": 2048}),
    ),
    (
        "sagemaker_serverless/memory",
        changed(SERVERLESS, resources={"memory_mib": 6145}),
        changed(SERVERLESS, resources={"memory_mib": 6144}),
    ),
    (
        "sagemaker_serverless/cpu",
        changed(SERVERLESS, resources={"cpu": 1}),
        changed(SERVERLESS, resources={"memory_mib": 4096}),
    ),
    (
        "sagemaker_serverless/candidate",
        changed(SERVERLESS, candidate=CANDIDATE),
        changed(SAGEMAKER, candidate=CANDIDATE),
    ),
    (
        "sagemaker_serverless/capture",
        changed(SERVERLESS, capture={"uri": "s3://data/captured"}),
        changed(SAGEMAKER, capture={"uri": "s3://data/captured"}),
    ),
    (
        "sagemaker_serverless/concurrency",
        changed(SERVERLESS, max_replicas=201),
        changed(SERVERLESS, max_replicas=200),
    ),
    (
        "sagemaker_serverless/scaling",
        changed(SERVERLESS, min_replicas=1, scaling={"metric": "cpu"}),
        changed(SERVERLESS, min_replicas=1, scaling={"metric": "concurrency", "target": 60}),
    ),
    (
        "sagemaker_serverless/scaling",
        changed(SERVERLESS, scaling={"target": 60}),
        changed(SERVERLESS, min_replicas=4, scaling={"target": 60}),
    ),
    (
        "sagemaker_serverless/scaling",
        changed(SERVERLESS, min_replicas=1, scaling={"target": 101}),
        changed(SERVERLESS, min_replicas=1, scaling={"target": 100}),
    ),
    (
        "sagemaker_serverless/many_models",
        changed(SERVERLESS, many_models=True),
        SERVERLESS,
    ),
]
# What the environment says counts here.
NETWORK_CASE = ("sagemaker_serverless/network", _NETWORK, SERVERLESS, changed(SAGEMAKER))
