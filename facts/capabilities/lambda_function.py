"""What Lambda can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.limits import (
    HTTP_API_TIMEOUT_SECONDS,
    LAMBDA_MEMORY_MIB,
    LAMBDA_MIB_PER_VCPU,
    SAGEMAKER_INVOCATION_SECONDS,
)

_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"
_CODEDEPLOY: Final = (
    "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"
)

# CodeDeploy's predefined configurations: percent and seconds between steps.
# Custom ones exist, but cost an own resource; these cover the usual asks.
CODEDEPLOY_LAMBDA: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "canary": ((10, 300), (10, 600), (10, 900), (10, 1800)),
    "linear": ((10, 60), (10, 120), (10, 180), (10, 600)),
}
CODEDEPLOY_SOURCE: Final = _CODEDEPLOY

TARGET: Final = Target(
    "lambda",
    "Lambda",
    ("file",),
    ("onnx",),
    ("all_at_once", "canary", "linear"),
    _CODEDEPLOY,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0311",
        "lambda/accelerator",
        "Lambda functions have no GPU",
        "target: kserve with the same accelerator, or target: sagemaker with "
        "instance_type: ml.g6.xlarge",
        _LAMBDA + "gettingstarted-limits.html",
        of_key=True,
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
        "not offered yet: Lambda has SnapStart, the LambdaEndpoint component does not turn it on",
        "min_replicas: 1, which keeps an instance warm",
        _LAMBDA + "snapstart.html",
        of_key=True,
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
        "MS0322",
        "lambda/image-with-candidate",
        "a function's image holds its model, and a candidate has none of its own there",
        "`model.framework: onnx`, which is packed per version; or the new image in `model`",
        _LAMBDA + "images-create.html",
    ),
)
