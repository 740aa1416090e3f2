"""What SageMaker's asynchronous inference can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.sagemaker_async import AUTOSCALING, GUARDRAILS, SHADOW_EXCLUSIONS

_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "sagemaker_async",
    "SageMaker asynchronous",
    ("s3",),
    ("sklearn", "xgboost"),
    ("all_at_once", "canary", "linear", "rolling"),
    GUARDRAILS,
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0430",
        "sagemaker_async/strategy",
        "an asynchronous endpoint has no shadow, and its callers cannot choose a variant",
        "a candidate with canary_percent",
        SHADOW_EXCLUSIONS,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0431",
        "sagemaker_async/capture",
        "nothing says that asynchronous inference captures: its requests and results are in S3 "
        "anyway",
        "input_uri and output_uri, which keep what comes and goes",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html",
        of_key=True,
    ),
    Refusal(
        "MS0432",
        "sagemaker_async/scaling",
        "instances of an asynchronous endpoint follow its queue: it publishes no invocations per "
        "instance, and without an instance there is no use to be measured",
        "metric: backlog, or no metric, with a target in requests per instance",
        AUTOSCALING,
        _READ,
    ),
)
# Arguments of other components that ask for it, by the refusal.
_ARGUMENTS: Final = {
    "strategy": "sagemaker_async/strategy",
    "capture_percent": "sagemaker_async/capture",
    "capture_uri": "sagemaker_async/capture",
}
REFUSED_ARGUMENTS: Final[dict[str, str]] = {
    argument: refusal.advice
    for argument, name in _ARGUMENTS.items()
    for refusal in REFUSALS
    if refusal.name == name
}
