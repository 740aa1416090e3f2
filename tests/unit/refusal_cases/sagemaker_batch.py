"""What batch transform cannot do: the refusal, what is refused, the nearest that works."""

from typing import Any

from tests.unit.settings_project import CANDIDATE, TRANSFORM, changed

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "sagemaker_batch/candidate",
        changed(TRANSFORM, candidate=CANDIDATE),
        changed(TRANSFORM, output_uri="s3://data/scores-1.5.0/"),
    ),
    ("sagemaker_batch/canary_percent", changed(TRANSFORM, canary_percent=10), TRANSFORM),
    (
        "sagemaker_batch/max_replicas",
        changed(TRANSFORM, max_replicas=4),
        changed(TRANSFORM, parallelism=4),
    ),
    (
        "sagemaker_batch/slo",
        changed(TRANSFORM, slo={"latency_p95_ms": 100}),
        changed(TRANSFORM, timeout_seconds=600),
    ),
    (
        "sagemaker_batch/overlap",
        changed(TRANSFORM, schedule="0 2 * * *", overlap="forbid"),
        changed(TRANSFORM, schedule="0 2 * * *"),
    ),
    (
        "sagemaker_batch/timeout",
        changed(TRANSFORM, schedule="0 2 * * *", timeout_seconds=600),
        changed(TRANSFORM, schedule="0 2 * * *", invocation_timeout_seconds=600),
    ),
    (
        "sagemaker_batch/request",
        changed(TRANSFORM, instance_type="ml.p5.48xlarge"),
        changed(TRANSFORM, instance_type="ml.g5.xlarge"),
    ),
    (
        "sagemaker_batch/request",
        changed(TRANSFORM, max_concurrent_transforms=17),
        changed(TRANSFORM, max_concurrent_transforms=16),
    ),
    (
        "sagemaker_batch/request",
        changed(TRANSFORM, batch_strategy="multi_record"),
        changed(TRANSFORM, batch_strategy="multi_record", split_type="line"),
    ),
    (
        "sagemaker/schedule",
        changed(TRANSFORM, schedule="0 2 1 * 1"),
        changed(TRANSFORM, schedule="0 2 1 * *"),
    ),
]
