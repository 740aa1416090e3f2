"""The arguments of an asynchronous SageMaker endpoint, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi_aws as aws

from components.aws.log_retention import read_retention
from components.aws.sagemaker.sagemaker_async_scaling import read_following
from components.aws.sagemaker.sagemaker_endpoint_settings import check_instance_type
from components.aws.sagemaker.sagemaker_image import check_image
from components.aws.sagemaker.sagemaker_names import check_names
from components.aws.sagemaker.sagemaker_network import read_vpc
from components.aws.sagemaker.sagemaker_shift import Shift, read_shift
from components.aws.scalable_target import Following
from components.checks import Checks
from components.serving import Core
from facts.sagemaker_async import INVOCATION_SECONDS, OUTPUT_URI_LENGTH, PER_INSTANCE
from facts.sagemaker_hosting import ECR_IMAGE, S3_URI

__all__ = [
    "FAILURES",
    "KIND",
    "LONGEST_LATENCY_MS",
    "USUAL_LATENCY_MS",
    "Settings",
    "read_settings",
]

# End of the endpoint's name: a real-time endpoint of the model can be there beside it.
KIND: Final = "async"
LONGEST_LATENCY_MS: Final = 1000 * (INVOCATION_SECONDS.maximum or 0)
# Who needs less than what a real-time endpoint may take asks one.
USUAL_LATENCY_MS: Final = 60_000
# Below the results, where nothing else is said.
FAILURES: Final = "/failures/"
_TOPIC: Final = r"arn:aws[a-z-]*:sns:[a-z0-9-]*:\d{12}:[a-zA-Z0-9_-]{1,256}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What only an asynchronous endpoint has."""

    instance_type: str
    env: dict[str, str]
    candidate_replicas: int
    max_requests_per_instance: int | None
    following: Following
    shift: Shift
    live_timeout_seconds: int | None
    log_retention_days: int
    vpc: aws.sagemaker.ModelVpcConfigArgs | None


def read_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> Settings:
    """Every problem is noted."""
    check_names(checks, core, core.physical_name_as(KIND))
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    check_image(checks, args)
    checks.optional_text("candidate_image", ECR_IMAGE, "an image in Amazon ECR")
    for key in ("candidate_image", "candidate_replicas"):
        if checks.given(key) and core.candidate_version is None:
            checks.problem(key, args[key], "it beside a candidate")
    _check_places(checks, args)
    per_instance = checks.given("max_requests_per_instance")
    low, high = int(PER_INSTANCE.minimum or 1), int(PER_INSTANCE.maximum or 1)
    most = checks.whole("max_requests_per_instance", low, low, high) if per_instance else None
    instance_type = check_instance_type(checks, args)
    shift = read_shift(checks, candidate=core.candidate_version is not None)
    timeout = checks.given("live_timeout_seconds")
    return Settings(
        instance_type,
        checks.mapping("env"),
        checks.whole("candidate_replicas", 1, 1, 1000),
        most,
        read_following(checks, args, core),
        shift,
        checks.whole("live_timeout_seconds", 1, 1, 28_800) if timeout else None,
        read_retention(checks, usual=30),
        read_vpc(checks, args),
    )


def _check_places(checks: Checks, args: Mapping[str, Any]) -> None:
    checks.text("output_uri", S3_URI, "an S3 prefix such as s3://bucket/results/")
    checks.optional_text("failure_uri", S3_URI, "an S3 prefix such as s3://bucket/failures/")
    checks.optional_text(
        "input_uri", S3_URI + "/", "an S3 prefix with / at its end, as s3://bucket/requests/"
    )
    # What is not said is made of the output's.
    more = "" if checks.given("failure_uri") else FAILURES
    for key, longer in (("output_uri", more), ("failure_uri", "")):
        uri = args.get(key)
        if isinstance(uri, str) and not OUTPUT_URI_LENGTH.allows(len(uri + longer)):
            use = f"{OUTPUT_URI_LENGTH}, {FAILURES} included ({OUTPUT_URI_LENGTH.source})"
            checks.problem(key, uri, use)
    for key in ("success_topic_arn", "error_topic_arn"):
        checks.optional_text(key, _TOPIC, "the ARN of a standard SNS topic: none ends with .fifo")
