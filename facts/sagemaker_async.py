"""What SageMaker's asynchronous inference takes, each with the page that says so."""

from typing import Final

from facts.limits import Limit

__all__ = [
    "AUTOSCALING",
    "GUARDRAILS",
    "INVOCATION_SECONDS",
    "INVOKE",
    "OUTPUT_URI_LENGTH",
    "PAYLOAD_GB",
    "PER_INSTANCE",
    "SHADOW_EXCLUSIONS",
]

_DG: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"

AUTOSCALING: Final = _DG + "async-inference-autoscale.html"
# "Deployment guardrails only apply to asynchronous and real-time endpoints": read 2026-11-26.
GUARDRAILS: Final = _DG + "deployment-guardrails.html"
SHADOW_EXCLUSIONS: Final = _DG + "shadow-tests-exclusions.html"
INVOKE: Final = _API + "API_runtime_InvokeEndpointAsync.html"
PER_INSTANCE: Final = Limit(
    "MaxConcurrentInvocationsPerInstance",
    1,
    1000,
    "requests at once",
    _API + "API_AsyncInferenceClientConfig.html",
    "2026-11-26",
)
INVOCATION_SECONDS: Final = Limit(
    "asynchronous invocation",
    None,
    3600,
    "seconds",
    _DG + "async-inference-invoke-endpoint.html",
    "2026-11-26",
)
PAYLOAD_GB: Final = Limit(
    "payload of an asynchronous invocation",
    None,
    1,
    "GB",
    _DG + "async-inference.html",
    "2026-11-26",
)
OUTPUT_URI_LENGTH: Final = Limit(
    "S3OutputPath",
    None,
    512,
    "characters",
    _API + "API_AsyncInferenceOutputConfig.html",
    "2026-11-26",
)
