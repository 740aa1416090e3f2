"""What KServe can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target

_KSERVE: Final = "https://kserve.github.io/website/docs/"

TARGET: Final = Target(
    "kserve",
    "KServe",
    ("s3", "gs", "hf", "oci", "pvc", "https"),
    (
        "huggingface",
        "lightgbm",
        "mlflow",
        "onnx",
        "paddle",
        "pmml",
        "pytorch",
        "sklearn",
        "tensorflow",
        "triton",
        "xgboost",
    ),
    ("rolling", "all_at_once"),
    _KSERVE + "model-serving/predictive-inference/frameworks/overview",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0301",
        "kserve/candidate-in-standard-mode",
        "not offered yet: KServe 0.20 has `spec.canary` for standard mode, with a fixed number "
        "of replicas, and the InferenceService component does not make it; "
        "canaryTrafficPercent counts in Knative mode only, and all requests would go to the "
        "candidate",
        "deployment_mode: knative; or no candidate, and the new version under `model`, which "
        "standard mode rolls out pod by pod",
        _KSERVE + "model-serving/predictive-inference/rollout-strategies/canary",
        "2026-11-21",
    ),
    Refusal(
        "MS0302",
        "kserve/zero-in-standard-mode",
        "standard mode scales by a HorizontalPodAutoscaler, which keeps at least one pod",
        "min_replicas: 1; or deployment_mode: knative, which scales to zero",
        "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
    ),
    Refusal(
        "MS0303",
        "kserve/shift",
        "KServe has no timed shift of its own",
        "a candidate with canary_percent, raised step by step",
        _KSERVE + "model-serving/predictive-inference/rollout-strategies/canary",
        "2026-11-21",
    ),
)
