"""Values on both sides of what SageMaker's other kinds of inference can do, by target."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.settings_project import ASYNC, DIGEST, SERVERLESS, TRANSFORM

_ECR = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/x@{DIGEST}"
_IMAGE = f"registry.example.com/x@{DIGEST}"
_COMMON: Mapping[str, Sequence[Any]] = {
    "tags": [{"a": "b"}, {"k" * 63: "v"}],
    "model__uri": ["s3://models/1.4.0/", "s3://models/1.4.0/m.onnx", "gs://models/1.4.0/m"],
    "model__image": [_ECR, _IMAGE],
    "model__framework": ["sklearn", "onnx"],
    "env": [{"A": "1"}, {"API_TOKEN": "abcdefgh"}],
    "log_retention_days": [1, 3653],
}
_SCHEDULES: list[dict[str, Any]] = [
    {"schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2}]},
    {"schedules": [{"schedule": "0 8 1 * 1", "min_replicas": 2}]},
    {"schedules": [{"schedule": "0 8 * * *", "min_replicas": 0}]},
]
SPACES: dict[str, tuple[dict[str, Any], Mapping[str, Sequence[Any]]]] = {
    "sagemaker_serverless": (
        SERVERLESS,
        {
            **_COMMON,
            "min_replicas": [0, 1, 200, 201],
            "max_replicas": [1, 5, 200, 201],
            "slo": [{"latency_p95_ms": 1.5}, {"latency_p95_ms": 60_000}],
            "resources": [
                {"memory_mib": 1024},
                {"memory_mib": 6144},
                {"memory_mib": 1025},
                {"cpu": 1},
                {"accelerator": "nvidia-t4"},
            ],
            "candidate": [{"uri": "s3://models/1.5.0/model.tar.gz", "version": "1.5.0"}],
            "rollout": [{"shift": "all_at_once"}, {"shift": "canary"}],
            "scaling": [
                {"metric": "concurrency"},
                {"metric": "cpu"},
                {"target": 1},
                {"target": 101},
                {"scale_in_cooldown_seconds": 0},
                *_SCHEDULES,
            ],
        },
    ),
    "sagemaker_async": (
        ASYNC,
        {
            **_COMMON,
            "min_replicas": [0, 1, 3],
            "max_replicas": [1, 4],
            "slo": [{"latency_p95_ms": 3_600_000}, {"latency_p95_ms": 3_600_001}],
            "output_uri": ["s3://data/r", "gs://data/r", "s3://data/" + "x" * 493],
            "failure_uri": ["s3://data/f/", "s3://data"],
            "input_uri": ["s3://data/q/", "s3://data/q"],
            "data_key_arn": ["arn:aws:kms:eu-west-1:123456789012:key/a", "alias/a"],
            "error_topic_arn": [
                "arn:aws:sns:eu-west-1:123456789012:a",
                "arn:aws:sns:eu-west-1:123456789012:a.fifo",
            ],
            "max_requests_per_instance": [1, 1000],
            "candidate": [
                {"uri": "s3://models/1.5.0/model.tar.gz", "version": "1.5.0"},
                {"uri": "s3://models/1.5.0/", "version": "1.5.0", "image": _ECR},
            ],
            "canary_percent": [0, 10],
            "candidate_replicas": [1, 3],
            "instance_type": ["ml.g5.xlarge", "ml.inf1.xlarge", "ml.m5.tiny"],
            "scaling": [
                {"metric": "backlog"},
                {"metric": "requests"},
                {"target": 0.001},
                {"target": 1_000_001},
                *_SCHEDULES,
            ],
            "rollout": [
                {"shift": "canary"},
                {"shift": "rolling", "size_percent": 5},
                {"shift": "linear", "size_percent": 10, "wait_seconds": 2521},
            ],
        },
    ),
    "sagemaker_batch": (
        TRANSFORM,
        {
            **{key: values for key, values in _COMMON.items() if key != "log_retention_days"},
            "input_uri": ["s3://data/a", "s3://data", "gs://data/a/"],
            "output_uri": ["s3://data/b"],
            "schedule": ["@daily", "@every 90m", "0 2 1 * 1", "often", "@every 30s"],
            "time_zone": ["Europe/Berlin", "Berlin"],
            "suspended": [True],
            "late_seconds": [60, 86_400],
            "dead_letter_queue_arn": ["arn:aws:sqs:eu-west-1:123456789012:lost", "lost"],
            "timeout_seconds": [60, 604_800],
            "wait_for_completion": [False],
            "retries": [0, 3],
            "instance_type": ["ml.m5.xlarge", "ml.p5.48xlarge", "ml.trn1.2xlarge"],
            "parallelism": [1, 100],
            "content_type": ["text/csv", "csv"],
            "accept": ["application/json"],
            "split_type": ["none", "line", "tfrecord"],
            "gzip": [True],
            "batch_strategy": ["multi_record", "single_record"],
            "max_payload_mib": [0, 20, 100],
            "max_concurrent_transforms": [1, 5, 16, 17],
            "invocation_timeout_seconds": [1, 3600],
            "assemble_lines": [True],
            "join_input": [True],
            "input_filter": ["$[1:]", "[1:]"],
            "capture_uri": ["s3://data/c/", "gs://data/c/"],
            "data_key_arn": ["arn:aws:kms:eu-west-1:123456789012:key/a"],
        },
    ),
}
