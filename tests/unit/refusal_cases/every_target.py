"""What any target cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import LAMBDA, SAGEMAKER, SERVERLESS, TRANSFORM, changed

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/serve@sha256:" + "0" * 64

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "any/framework",
        changed(SAGEMAKER, model__framework="xgbost"),
        changed(SAGEMAKER, model__framework="brand-new", model__image=IMAGE),
    ),
    (
        "any/artifact",
        changed(SAGEMAKER, model__uri="gs://models/fraud/1.4.0/model.tar.gz"),
        SAGEMAKER,
    ),
    (
        "any/gpu-pool",
        changed(LAMBDA, resources={"gpu_pool": "l4"}),
        LAMBDA,
    ),
    (
        "any/drift",
        changed(TRANSFORM, drift={"baseline_uri": "s3://models/fraud/baseline"}),
        TRANSFORM,
    ),
    (
        "on_sagemaker/drift",
        changed(SERVERLESS, drift={"baseline_uri": "s3://models/fraud/baseline"}),
        changed(
            SAGEMAKER,
            drift={"baseline_uri": "s3://models/fraud/baseline"},
            capture={"uri": "s3://captured/fraud"},
        ),
    ),
    ("any/shift", changed(LAMBDA, rollout={"shift": "rolling"}), LAMBDA),
]
