"""What Lambda cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import DIGEST, KSERVE, LAMBDA, changed

L_CANDIDATE = {"uri": "file:iris/1.1.0/model.onnx", "version": "1.1.0", "digest": DIGEST}
L_IMAGE = {
    "uri": "file:iris/1.0.0/model.onnx",
    "digest": DIGEST,
    "version": "1.0.0",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris@sha256:" + "0" * 64,
}
L_PULLED = {
    "uri": "s3://models/iris/1.0.0/model.onnx",
    "version": "1.0.0",
    "framework": "onnx",
}


def _features(count: int) -> dict[str, Any]:
    """So many features of a store, about twenty bytes each."""
    return {
        "store": "redis",
        "url": "redis://cache.internal:6379/0",
        "entities": {"customer_id": "integer"},
        "features": [f"feature_number_{number}" for number in range(count)],
    }


def _until(most: int) -> dict[str, Any]:
    """Warm instances up to so many, from seven o'clock on."""
    schedule = {"schedule": "0 7 * * *", "time_zone": "Europe/Paris", "max_replicas": most}
    return {"schedules": [schedule]}


# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "lambda/accelerator",
        changed(LAMBDA, resources={"accelerator": "nvidia-l4"}),
        changed(KSERVE, resources={"accelerator": "nvidia-l4"}),
    ),
    (
        "lambda/memory",
        changed(LAMBDA, resources={"memory_mib": 127}),
        changed(LAMBDA, resources={"memory_mib": 128}),
    ),
    (
        "lambda/memory",
        changed(LAMBDA, resources={"memory_mib": 10241}),
        changed(LAMBDA, resources={"memory_mib": 10240}),
    ),
    (
        "lambda/cpu",
        changed(LAMBDA, resources={"cpu": 2}),
        changed(LAMBDA, resources={"memory_mib": 3538}),
    ),
    (
        "lambda/behind-http-api",
        changed(LAMBDA, timeout_seconds=30),
        changed(LAMBDA, timeout_seconds=29),
    ),
    (
        "lambda/warm-with-candidate",
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=10, min_replicas=1),
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=10),
    ),
    (
        "lambda/image-with-candidate",
        changed(LAMBDA, model=L_IMAGE, candidate=L_CANDIDATE),
        changed(LAMBDA, model=L_IMAGE, candidate=L_CANDIDATE | {"image": L_IMAGE["image"]}),
    ),
    (
        "lambda/shift",
        changed(LAMBDA, rollout={"shift": "canary", "wait_seconds": 90}),
        changed(LAMBDA, rollout={"shift": "canary", "size_percent": 20, "wait_seconds": 120}),
    ),
    (
        "lambda/shift",
        changed(LAMBDA, rollout={"shift": "linear", "size_percent": 100}),
        changed(LAMBDA, rollout={"shift": "linear", "size_percent": 99}),
    ),
    (
        "lambda/shift-with-candidate",
        changed(LAMBDA, candidate=L_CANDIDATE, rollout={"shift": "linear"}),
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=50),
    ),
    (
        "lambda/snap-start-image",
        changed(LAMBDA, model=L_IMAGE, cold_start={"mode": "snap_start"}),
        changed(LAMBDA, cold_start={"mode": "snap_start"}),
    ),
    (
        "lambda/snap-start-storage",
        changed(LAMBDA, cold_start={"mode": "snap_start"}, ephemeral_storage_mib=513),
        changed(LAMBDA, cold_start={"mode": "snap_start"}, ephemeral_storage_mib=512),
    ),
    (
        "lambda/warm-beside-mode",
        changed(LAMBDA, cold_start={"mode": "snap_start"}, min_replicas=1),
        changed(LAMBDA, cold_start={"mode": "provisioned"}, min_replicas=1),
    ),
    (
        "lambda/warm-beside-mode",
        changed(LAMBDA, cold_start={"mode": "none"}, min_replicas=1),
        changed(LAMBDA, cold_start={"mode": "none"}),
    ),
    (
        "lambda/cold-start-budget",
        changed(LAMBDA, cold_start={"mode": "none", "budget_ms": 300}),
        changed(LAMBDA, cold_start={"budget_ms": 300}),
    ),
    (
        "lambda/cold-start-budget",
        changed(LAMBDA, cold_start={"budget_ms": 50}),
        changed(LAMBDA, cold_start={"budget_ms": 100}),
    ),
    (
        "lambda/timeout-below-objective",
        changed(LAMBDA, timeout_seconds=2, slo={"latency_p95_ms": 2000}),
        changed(LAMBDA, timeout_seconds=2, slo={"latency_p95_ms": 1999}),
    ),
    (
        "lambda/capacity",
        changed(LAMBDA, throttle_rate_per_second=21, max_replicas=2),
        changed(LAMBDA, throttle_rate_per_second=20, max_replicas=2),
    ),
    (
        "lambda/capacity",
        changed(LAMBDA, throttle_rate_per_second=5, slo={"latency_p95_ms": 2500}),
        changed(LAMBDA, throttle_rate_per_second=4, slo={"latency_p95_ms": 2500}),
    ),
    (
        "lambda/package-kinds",
        changed(LAMBDA, candidate=L_CANDIDATE | {"image": L_IMAGE["image"]}),
        changed(LAMBDA, candidate=L_CANDIDATE),
    ),
    (
        "lambda/mixed-artifacts",
        changed(LAMBDA, candidate={"uri": "s3://models/iris/1.1.0/model.onnx", "version": "1.1.0"}),
        changed(
            LAMBDA,
            model=L_PULLED,
            candidate={"uri": "s3://models/iris/1.1.0/model.onnx", "version": "1.1.0"},
        ),
    ),
    (
        "lambda/pulled-file",
        changed(LAMBDA, model=L_PULLED | {"uri": "s3://models/iris/1.0.0/"}),
        changed(LAMBDA, model=L_PULLED),
    ),
    (
        "lambda/pulled-file",
        changed(LAMBDA, model=L_PULLED | {"uri": "s3://models/iris/1.0.0/*"}),
        changed(LAMBDA, model=L_PULLED),
    ),
    (
        "lambda/model-does-not-fit",
        changed(LAMBDA, model=L_PULLED, cold_start={"model_mib": 513}),
        changed(LAMBDA, model=L_PULLED, cold_start={"model_mib": 512}),
    ),
    (
        "lambda/model-does-not-fit",
        changed(LAMBDA, model=L_PULLED, cold_start={"model_mib": 1025}, ephemeral_storage_mib=2048),
        changed(
            LAMBDA,
            model=L_PULLED,
            cold_start={"model_mib": 1025},
            ephemeral_storage_mib=2048,
            resources={"memory_mib": 4096},
        ),
    ),
    (
        "lambda/image-registry",
        changed(LAMBDA, model=L_IMAGE | {"image": "example.com/iris@sha256:" + "0" * 64}),
        changed(LAMBDA, model=L_IMAGE),
    ),
    (
        "lambda/image-registry",
        changed(LAMBDA, model=L_IMAGE | {"image": L_IMAGE["image"].replace("west-1", "west-2")}),
        changed(LAMBDA, model=L_IMAGE),
    ),
    (
        "lambda/of-packages",
        changed(LAMBDA, model=L_IMAGE, runtime_updates="function_update"),
        changed(LAMBDA, runtime_updates="function_update"),
    ),
    (
        "lambda/scaling",
        changed(LAMBDA, min_replicas=1, max_warm_replicas=2, scaling={"metric": "cpu"}),
        changed(LAMBDA, min_replicas=1, max_warm_replicas=2, scaling={"target": 70}),
    ),
    (
        "lambda/scaling",
        changed(LAMBDA, min_replicas=1, max_warm_replicas=2, scaling={"target": 91}),
        changed(LAMBDA, min_replicas=1, max_warm_replicas=2, scaling={"target": 90}),
    ),
    (
        "lambda/warm-bounds",
        changed(LAMBDA, max_warm_replicas=2),
        changed(LAMBDA, max_warm_replicas=2, cold_start={"mode": "provisioned"}),
    ),
    (
        "lambda/warm-bounds",
        changed(LAMBDA, min_replicas=1, max_warm_replicas=11),
        changed(LAMBDA, min_replicas=1, max_warm_replicas=10),
    ),
    (
        "lambda/warm-bounds",
        changed(LAMBDA, min_replicas=1, scaling=_until(11)),
        changed(LAMBDA, min_replicas=1, scaling=_until(10)),
    ),
    (
        "lambda/failures",
        changed(LAMBDA, on_failure_arn="arn:aws:sqs:eu-west-1:123456789012:failed.fifo"),
        changed(LAMBDA, on_failure_arn="arn:aws:sqs:eu-west-1:123456789012:failed"),
    ),
    (
        "lambda/failures",
        changed(LAMBDA, dead_letter_arn="arn:aws:s3:::failed"),
        changed(LAMBDA, dead_letter_arn="arn:aws:sns:eu-west-1:123456789012:failed"),
    ),
    (
        "lambda/variable",
        changed(LAMBDA, environment_variables={"AWS_REGION": "eu-west-1"}),
        changed(LAMBDA, environment_variables={"REGION_NAME": "eu-west-1"}),
    ),
    (
        "lambda/variable",
        # The model's name, version and digest take 177 bytes of the 4096.
        changed(LAMBDA, environment_variables={"A1": "x" * 3912}),
        changed(LAMBDA, environment_variables={"A1": "x" * 3911}),
    ),
    (
        "lambda/variable",
        changed(LAMBDA, features=_features(300)),
        changed(LAMBDA, features=_features(100)),
    ),
    (
        "lambda/secret-in-environment",
        changed(LAMBDA, environment_variables={"API_TOKEN": "abcdefghijkl"}),
        changed(LAMBDA, environment_variables={"TOKEN_SECRET_NAME": "prices/token"}),
    ),
]
# Where SnapStart is not: what else of the environment is asked for is said in the test.
REGION_CASE = (
    "lambda/snap-start-region",
    changed(LAMBDA, cold_start={"mode": "snap_start"}),
    changed(LAMBDA, cold_start={"mode": "provisioned"}),
)
