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
        "lambda/snap_start",
        changed(LAMBDA, snap_start=True),
        changed(LAMBDA, min_replicas=1),
    ),
    (
        "lambda/warm-with-candidate",
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=10, min_replicas=1),
        changed(LAMBDA, candidate=L_CANDIDATE, canary_percent=10),
    ),
    (
        "lambda/image-with-candidate",
        changed(LAMBDA, model=L_IMAGE, candidate=L_CANDIDATE),
        changed(LAMBDA, model=L_IMAGE),
    ),
    (
        "lambda/shift",
        changed(LAMBDA, rollout={"shift": "canary", "size_percent": 20}),
        changed(LAMBDA, rollout={"shift": "canary", "size_percent": 10, "wait_seconds": 600}),
    ),
]
