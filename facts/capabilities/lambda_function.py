"""What Lambda can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.lambda_serving import (
    SHIFT_SECONDS,
    SNAP_START_MISSING_REGIONS,
    SNAP_START_PAGE,
    SNAP_START_STORAGE_MIB,
    WARM_USE_PERCENT,
)
from facts.limits import (
    HTTP_API_TIMEOUT_SECONDS,
    LAMBDA_EPHEMERAL_STORAGE_MIB,
    LAMBDA_MEMORY_MIB,
    LAMBDA_MIB_PER_VCPU,
    SAGEMAKER_INVOCATION_SECONDS,
)

_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"
_CODEDEPLOY: Final = (
    "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"
)

# CodeDeploy's predefined configurations: percent and seconds between steps. Others are made, and an
# account has room for 50.
CODEDEPLOY_LAMBDA: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "canary": ((10, 300), (10, 600), (10, 900), (10, 1800)),
    "linear": ((10, 60), (10, 120), (10, 180), (10, 600)),
}
CODEDEPLOY_SOURCE: Final = _CODEDEPLOY

TARGET: Final = Target(
    "lambda",
    "Lambda",
    ("file", "s3"),
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
        "MS0317",
        "lambda/warm-with-candidate",
        "an alias with weights cannot have provisioned concurrency",
        "min_replicas: 0 while there is a candidate with a share, by an `up` of its own before; or "
        "cold_start: {mode: snap_start}",
        "https://github.com/hashicorp/terraform/issues/24957",
        "2026-11-21",
    ),
    Refusal(
        "MS0318",
        "lambda/shift",
        "CodeDeploy shifts 1 to 99 % in whole minutes, within two days",
        "wait_seconds: 300 with size_percent: 10, or any other whole minutes",
        SHIFT_SECONDS.source,
        "2026-11-26",
    ),
    Refusal(
        "MS0516",
        "lambda/shift-with-candidate",
        "CodeDeploy would move the alias that holds the candidate's share",
        "no rollout.shift while there is a candidate, whose share is canary_percent",
        _LAMBDA + "configuring-alias-routing.html",
    ),
    Refusal(
        "MS0322",
        "lambda/image-with-candidate",
        "a function's image holds its model, and a candidate has none of its own there",
        "`candidate.image`; or both models in S3, which one image pulls",
        _LAMBDA + "images-create.html",
    ),
    Refusal(
        "MS0500",
        "lambda/snap-start-image",
        "SnapStart takes no container images",
        "cold_start: {mode: provisioned} with min_replicas: 1; or no image, "
        "`model.framework: onnx` in a package",
        SNAP_START_PAGE,
        "2026-11-26",
    ),
    Refusal(
        "MS0501",
        "lambda/snap-start-storage",
        f"SnapStart takes {SNAP_START_STORAGE_MIB.maximum:g} MiB of ephemeral storage and no more",
        "ephemeral_storage_mib: 512, or cold_start: {mode: provisioned}",
        SNAP_START_PAGE,
        "2026-11-26",
    ),
    Refusal(
        "MS0502",
        "lambda/snap-start-region",
        f"SnapStart is in every commercial region but {' and '.join(SNAP_START_MISSING_REGIONS)}",
        "cold_start: {mode: provisioned}, or another region",
        SNAP_START_PAGE,
        "2026-11-26",
    ),
    Refusal(
        "MS0503",
        "lambda/warm-beside-mode",
        "min_replicas keeps instances warm, and cold_start.mode says another way: Lambda has "
        "SnapStart or provisioned concurrency, never both",
        "min_replicas: 0, or cold_start: {mode: provisioned}",
        SNAP_START_PAGE,
        "2026-11-26",
    ),
    Refusal(
        "MS0504",
        "lambda/cold-start-budget",
        "the first answer of an instance is expected to take longer",
        "a larger budget_ms; or no `mode`, which takes the cheapest one that keeps the budget",
        SNAP_START_PAGE,
        "2026-11-26",
    ),
    Refusal(
        "MS0505",
        "lambda/timeout-below-objective",
        "requests would be ended before the objective is over: it turns into errors",
        "timeout_seconds above slo.latency_p95_ms, or a shorter objective",
        _LAMBDA + "configuration-timeout.html",
    ),
    Refusal(
        "MS0506",
        "lambda/capacity",
        "the API lets more through than the instances answer, one request at a time each, and "
        "ten per second at most: the rest is throttled and fails. Each request is counted with "
        "slo.latency_p95_ms; AWS's formula has the average, which is less, and known under load",
        "a lower throttle_rate_per_second, or more max_replicas; or the latency_p95_ms that was "
        "measured",
        _LAMBDA + "lambda-concurrency.html",
    ),
    Refusal(
        "MS0507",
        "lambda/package-kinds",
        "both versions are of one function, whose code is packages or images",
        "no image for the candidate; or `model.image` first, by an `up` of its own without a "
        "candidate",
        _LAMBDA + "images-create.html",
    ),
    Refusal(
        "MS0508",
        "lambda/mixed-artifacts",
        "both versions are of one function, which pulls its model or has it in its package",
        "both models in S3, or both in `file:`",
        _LAMBDA + "configuration-versions.html",
    ),
    Refusal(
        "MS0515",
        "lambda/pulled-file",
        "an instance pulls one file",
        "the URI of the ONNX file itself: s3://bucket/prices/1.0.0/model.onnx",
        _LAMBDA + "gettingstarted-limits.html",
    ),
    Refusal(
        "MS0518",
        "lambda/model-does-not-fit",
        "a model that is pulled lies in /tmp first, and in memory then",
        "a larger ephemeral_storage_mib (512 with SnapStart) and resources.memory_mib; or an image "
        "that holds the model",
        LAMBDA_EPHEMERAL_STORAGE_MIB.source,
    ),
    Refusal(
        "MS0509",
        "lambda/image-registry",
        "Lambda pulls images of Amazon ECR in its own region",
        "a copy of the image in the region's Amazon ECR, by its digest",
        _LAMBDA + "images-create.html",
    ),
    Refusal(
        "MS0510",
        "lambda/of-packages",
        "an image brings its own libraries and its own Python",
        "leave it out, or serve a package: no `model.image`",
        _LAMBDA + "images-create.html",
    ),
    Refusal(
        "MS0511",
        "lambda/scaling",
        "the number of warm instances follows their use, in percent from 10 to 90",
        "scaling: {target: 70}, without a metric",
        WARM_USE_PERCENT.source,
    ),
    Refusal(
        "MS0512",
        "lambda/warm-bounds",
        "an alias keeps one warm instance or more, and no more than there may be instances",
        "min_replicas: 1 or more, and max_warm_replicas from there to max_replicas",
        _LAMBDA + "provisioned-concurrency.html",
    ),
    Refusal(
        "MS0513",
        "lambda/failures",
        "failed requests go to one standard queue or topic, or by on_failure_arn also to a "
        "function, an event bus or a bucket",
        "on_failure_arn with the ARN of a standard queue",
        _LAMBDA + "invocation-async-retain-records.html",
    ),
    Refusal(
        "MS0517",
        "lambda/variable",
        "Lambda keeps names of its own, and 4 KB of variables in all, those that tell the runtime "
        "its model and its features among them",
        "another name; a large value in a file of the package or in S3",
        _LAMBDA + "configuration-envvars.html",
    ),
    Refusal(
        "MS0514",
        "lambda/secret-in-environment",
        "everybody who may look at the function reads its environment",
        "a secret of Secrets Manager, by its name, which the handler reads",
        _LAMBDA + "configuration-envvars.html",
    ),
)
