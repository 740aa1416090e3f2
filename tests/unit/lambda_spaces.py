"""Values on both sides of what Lambda can do, and the packages that its functions have."""

import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from stacks import artifacts
from tests.unit.settings_project import DIGEST, LAMBDA, Project

__all__ = ["SPACES", "make_packages"]

_ECR = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/x@{DIGEST}"
_QUEUE = "arn:aws:sqs:eu-west-1:123456789012:failed"
_CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
SPACES: dict[str, tuple[dict[str, Any], Mapping[str, Sequence[Any]]]] = {
    "lambda": (
        LAMBDA,
        {
            "tags": [{"a": "b"}, {"k" * 63: "v"}],
            "min_replicas": [0, 1, 3],
            "max_replicas": [1, 4, 20],
            "max_warm_replicas": [1, 2, 5],
            "slo": [{"latency_p95_ms": 1.5}, {"latency_p95_ms": 2000}, {"latency_p95_ms": 60_000}],
            "cold_start": [
                *({"mode": mode} for mode in ("none", "snap_start", "provisioned")),
                *({"budget_ms": budget} for budget in (50, 200, 1000, 10_000)),
                {"mode": "snap_start", "budget_ms": 1000},
            ],
            "scaling": [
                {"target": 70},
                {"target": 95},
                {"metric": "cpu"},
                {"scale_in_cooldown_seconds": 0},
                {"schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2}]},
                {"schedules": [{"schedule": "0 8 * * *", "min_replicas": 0}]},
                {"schedules": [{"schedule": "0 8 1 * 1", "max_replicas": 3}]},
            ],
            "resources": [{"memory_mib": 64}, {"memory_mib": 10_240}, {"cpu": 1}],
            "timeout_seconds": [1, 2, 29, 30],
            "ephemeral_storage_mib": [512, 513],
            "environment_variables": [
                {"A1": "1"},
                {"A": "1"},
                {"TZ": "x"},
                {"API_TOKEN": "abcdefgh"},
            ],
            "layers": [["arn:aws:lambda:eu-west-1:123456789012:layer:fonts:3"], ["fonts"]],
            "runtime_updates": ["auto", "manual"],
            "runtime_version_arn": [f"arn:aws:lambda:eu-west-1::runtime:{'7' * 64}"],
            "throttle_rate_per_second": [1, 40, 101, 0.5],
            "throttle_burst": [1, 5000, 5001],
            "log_level": ["DEBUG", "LOUD"],
            "tracing": [False],
            "on_failure_arn": [_QUEUE, f"{_QUEUE}.fifo", "arn:aws:s3:::failed"],
            "dead_letter_arn": [_QUEUE, "arn:aws:s3:::failed"],
            "retries": [0, 3],
            "max_age_seconds": [60, 59],
            "function_url": [True],
            "jwt_issuer": ["https://issuer.example"],
            "jwt_audience": ["models"],
            "cors_origins": [["https://shop.example"], ["*"]],
            "domain": ["prices.example.com", "Prices"],
            "certificate_arn": [_CERTIFICATE],
            "zone_id": ["Z0123ABC"],
            "model__uri": ["s3://models/iris/1.0.0/model.onnx", "s3://models/iris/1.0.0/"],
            "model__image": [_ECR, f"example.com/x@{DIGEST}"],
            "candidate": [
                {"uri": "file:iris/1.1.0/model.onnx", "version": "1.1.0", "digest": DIGEST},
                {
                    "uri": "file:iris/1.1.0/model.onnx",
                    "version": "1.1.0",
                    "digest": DIGEST,
                    "image": _ECR,
                },
                {"uri": "s3://models/iris/1.1.0/model.onnx", "version": "1.1.0"},
            ],
            "canary_percent": [0, 10, 100],
            "rollout": [
                {"shift": "canary"},
                {"shift": "linear", "size_percent": 20, "wait_seconds": 120},
                {"shift": "linear", "wait_seconds": 90},
                {"shift": "linear", "size_percent": 1, "wait_seconds": 7200},
            ],
        },
    )
}


def make_packages(site: Project, model: str = "iris") -> None:
    """The zips that set-up makes, empty."""
    folder = artifacts.folder(site.root)
    for name in (f"{model}/1.0.0", f"{model}/1.1.0", "without-model/any"):
        path = folder / name / "lambda-arm64.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        zipfile.ZipFile(path, "w").close()
