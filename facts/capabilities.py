"""What each serving target can honour, and why it cannot do the rest.

An ask outside of this is refused before anything is registered, with the reason, the nearest thing
that works, and the page that says so. `checked` is the day on which the statement was looked up in
a stored copy of the page (what is said of KServe 0.20, in its source); without it the statement is
as generally known, and was not read again.
"""

from dataclasses import dataclass
from typing import Final

from facts.limits import (
    HTTP_API_TIMEOUT_SECONDS,
    LAMBDA_MEMORY_MIB,
    LAMBDA_MIB_PER_VCPU,
    SAGEMAKER_INVOCATION_SECONDS,
)

_KSERVE: Final = "https://kserve.github.io/website/docs/"
_SAGEMAKER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_SAGEMAKER_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"
_CODEDEPLOY: Final = (
    "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What one target takes. Shifts are the vendor's own, when the stable model changes."""

    name: str
    title: str
    uri_schemes: tuple[str, ...]
    frameworks: tuple[str, ...]
    shifts: tuple[str, ...]
    source: str
    checked: str | None = None


TARGETS: Final[dict[str, Target]] = {
    t.name: t
    for t in (
        Target(
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
        ),
        Target(
            "sagemaker",
            "SageMaker",
            ("s3",),
            ("sklearn", "xgboost"),
            ("all_at_once", "canary", "linear", "rolling"),
            _SAGEMAKER + "deployment-guardrails.html",
        ),
        Target(
            "lambda",
            "Lambda",
            ("file",),
            ("onnx",),
            ("all_at_once", "canary", "linear"),
            _CODEDEPLOY,
        ),
    )
}

# CodeDeploy's predefined configurations: percent and seconds between steps.
# Custom ones exist, but cost an own resource; these cover the usual asks.
CODEDEPLOY_LAMBDA: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "canary": ((10, 300), (10, 600), (10, 900), (10, 1800)),
    "linear": ((10, 60), (10, 120), (10, 180), (10, 600)),
}
CODEDEPLOY_SOURCE: Final = _CODEDEPLOY


@dataclass(frozen=True, slots=True)
class Refusal:
    """One ask that a target cannot honour."""

    code: str
    name: str
    reason: str
    nearest: str
    source: str
    checked: str | None = None


REFUSALS: Final[dict[str, Refusal]] = {
    r.name: r
    for r in (
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
        Refusal(
            "MS0304",
            "sagemaker/zero",
            "a real-time endpoint with variants keeps at least one instance; zero needs inference "
            "components or an asynchronous endpoint",
            "min_replicas: 1; or target: lambda, or kserve in knative mode, which scale to zero",
            _SAGEMAKER + "endpoint-auto-scaling-zero-instances.html",
            "2026-11-21",
        ),
        Refusal(
            "MS0305",
            "sagemaker/shadow-beside-candidate",
            "a shadow beside a candidate cannot be: an endpoint has one production and one shadow "
            "variant, or several production variants",
            "the candidate alone, with canary_percent: 0 to deploy it without requests",
            _SAGEMAKER_API + "API_CreateEndpointConfig.html",
            "2026-11-21",
        ),
        Refusal(
            "MS0306",
            "sagemaker/shadow",
            "not offered yet: SageMaker has shadow variants, the SageMakerEndpoint component does "
            "not make them",
            "a candidate with a small canary_percent, whose answers callers do get",
            _SAGEMAKER_API + "API_CreateEndpointConfig.html",
            "2026-11-21",
        ),
        Refusal(
            "MS0307",
            "sagemaker/shift-size",
            "outside of what a blue/green or rolling update takes",
            "a size within the range",
            # Each limit has its own.
            "",
        ),
        Refusal(
            "MS0308",
            "sagemaker/rolling-with-candidate",
            "a rolling update excludes endpoints with several variants",
            "shift: canary or linear while there is a candidate",
            _SAGEMAKER + "deployment-guardrails-exclusions.html",
            "2026-11-21",
        ),
        Refusal(
            "MS0309",
            "sagemaker/cpu-and-memory",
            "a real-time endpoint's CPU, memory and GPU are those of its instance type",
            "instance_type, and no `resources`",
            "https://aws.amazon.com/sagemaker/pricing/",
        ),
        Refusal(
            "MS0310",
            "sagemaker/accelerator",
            "the instance type does not carry that accelerator",
            "an instance type with it",
            "https://aws.amazon.com/ec2/instance-types/",
        ),
        Refusal(
            "MS0311",
            "lambda/accelerator",
            "Lambda functions have no GPU",
            "target: kserve with the same accelerator, or target: sagemaker with "
            "instance_type: ml.g6.xlarge",
            _LAMBDA + "gettingstarted-limits.html",
        ),
        Refusal(
            "MS0312",
            "lambda/memory",
            f"a function has {LAMBDA_MEMORY_MIB}",
            "a size within the range; larger models fit target: sagemaker or kserve",
            LAMBDA_MEMORY_MIB.source,
            "2026-11-21",
        ),
        Refusal(
            "MS0313",
            "lambda/cpu",
            f"a function's CPU follows its memory: one vCPU for each {LAMBDA_MIB_PER_VCPU:,} MiB",
            "resources.memory_mib",
            _LAMBDA + "configuration-memory.html",
            "2026-11-21",
        ),
        Refusal(
            "MS0314",
            "lambda/behind-http-api",
            f"an HTTP API answers within {HTTP_API_TIMEOUT_SECONDS.maximum:g} seconds; a function "
            "that runs longer fails for the caller and is still paid for",
            "timeout_seconds: 29 or less; slower models fit target: sagemaker "
            f"({SAGEMAKER_INVOCATION_SECONDS.maximum:g} s) or kserve",
            HTTP_API_TIMEOUT_SECONDS.source,
            "2026-11-21",
        ),
        Refusal(
            "MS0315",
            "lambda/snap_start",
            "not offered yet: Lambda has SnapStart, the LambdaEndpoint component does not turn it "
            "on",
            "min_replicas: 1, which keeps an instance warm",
            _LAMBDA + "snapstart.html",
        ),
        Refusal(
            "MS0317",
            "lambda/warm-with-candidate",
            "an alias with weights cannot have provisioned concurrency",
            "min_replicas: 0 while there is a candidate with a share",
            "https://github.com/hashicorp/terraform/issues/24957",
            "2026-11-21",
        ),
        Refusal(
            "MS0318",
            "lambda/shift",
            "CodeDeploy shifts functions by its predefined steps",
            "size_percent 10 with wait_seconds 300, 600, 900 or 1800 (canary), or 60, 120, 180 or "
            "600 (linear)",
            _CODEDEPLOY,
        ),
        Refusal(
            "MS0319",
            "any/framework",
            "the target has no server for that framework",
            "one that it has, or `model.image` with a server of your own",
            "",
        ),
        Refusal(
            "MS0320",
            "any/artifact",
            "the target cannot read artifacts from there",
            "the artifact copied to where it can",
            "",
        ),
        Refusal(
            "MS0321",
            "any/shift",
            "the target has no such shift",
            "one that it has, or a candidate with canary_percent",
            "",
        ),
        Refusal(
            "MS0322",
            "lambda/image-with-candidate",
            "a function's image holds its model, and a candidate has no image of its own",
            "`model.framework: onnx`, which is packed per version; or the new image in `model`",
            _LAMBDA + "images-create.html",
        ),
    )
}
