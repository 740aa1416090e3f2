"""What SageMaker can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target

_SAGEMAKER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_SAGEMAKER_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"

TARGET: Final = Target(
    "sagemaker",
    "SageMaker",
    ("s3",),
    ("sklearn", "xgboost"),
    ("all_at_once", "canary", "linear", "rolling"),
    _SAGEMAKER + "deployment-guardrails.html",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
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
)
