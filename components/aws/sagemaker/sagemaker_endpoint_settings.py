"""The arguments that only a SageMaker endpoint has, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi_aws as aws

from components.aws.log_retention import read_retention
from components.aws.sagemaker import sagemaker_image
from components.aws.sagemaker.sagemaker_autoscaling import read_following
from components.aws.sagemaker.sagemaker_containers import (
    PACKAGE_ARN,
    Containers,
    is_package,
    read_containers,
)
from components.aws.sagemaker.sagemaker_drift import read_sagemaker_drift
from components.aws.sagemaker.sagemaker_names import check_names
from components.aws.sagemaker.sagemaker_network import read_vpc
from components.aws.sagemaker.sagemaker_shift import Shift, read_shift
from components.aws.scalable_target import Following
from components.checks import Checks
from components.drift import Drifting
from components.managed import STRATEGIES, Capturing, read_capture
from components.serving import Core
from facts.limits import Limit
from facts.sagemaker import (
    HOSTING,
    HOSTING_SOURCE,
    MULTI_MODEL_GPU,
    MULTI_MODEL_SOURCE,
    family,
    gpus,
    has_local_disks,
    is_neuron,
    nearest,
)
from facts.sagemaker_hosting import CAPTURE_URI, DISK_GIB, ECR_IMAGE, S3_URI, START_SECONDS

__all__ = ["Settings", "check_instance_type", "read_settings"]

_ARTIFACT: Final = rf"{S3_URI}|{PACKAGE_ARN}"
_ARTIFACT_USE: Final = (
    "an S3 URI such as s3://bucket/model.tar.gz, or the ARN of a version in the model registry"
)
_IMAGE_USE: Final = "an image in Amazon ECR: SageMaker pulls from nowhere else"
_SHADOW_PAGE: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html"
_GUARDRAIL_PAGE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments that only SageMaker has, checked."""

    instance_type: str
    containers: Containers
    strategy: str
    candidate_replicas: int
    disk_gib: int | None
    download_timeout_seconds: int | None
    startup_timeout_seconds: int | None
    following: Following
    capturing: Capturing | None
    drifting: Drifting | None
    shift: Shift
    live_timeout_seconds: int | None
    log_retention_days: int
    vpc: aws.sagemaker.ModelVpcConfigArgs | None
    isolated: bool


def read_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> Settings:
    """What an endpoint is asked for; every problem is noted."""
    check_names(checks, core, core.physical_name)
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, _ARTIFACT, _ARTIFACT_USE)
    _check_images(checks, args, core)
    instance_type = check_instance_type(checks, args)
    containers = read_containers(checks, args, core)
    strategy = checks.choice("strategy", "canary", STRATEGIES)
    if checks.given("strategy") and strategy != "canary" and core.candidate_version is None:
        checks.problem("strategy", strategy, "it beside a candidate")
    _check_kind(checks, containers, strategy, instance_type)
    vpc = read_vpc(checks, args)
    isolated = checks.flag("isolated", default=vpc is None)
    if vpc is None and not isolated:
        use = "true, or subnet_ids: with neither a container reaches the whole internet"
        checks.problem("isolated", isolated, use)
    capturing = _capture(checks, args)
    return Settings(
        instance_type=instance_type,
        containers=containers,
        strategy=strategy,
        candidate_replicas=checks.whole("candidate_replicas", core.max_replicas, 1, 1000),
        disk_gib=_disk(checks, args, instance_type),
        download_timeout_seconds=_within(checks, "download_timeout_seconds", START_SECONDS),
        startup_timeout_seconds=_within(checks, "startup_timeout_seconds", START_SECONDS),
        following=read_following(checks, args, core, instance_type),
        capturing=capturing,
        drifting=read_sagemaker_drift(
            checks,
            args,
            capturing,
            endpoint_name=core.physical_name,
            one_model=not containers.many_models and not containers.further,
        ),
        shift=_shift(checks, core, instance_type),
        live_timeout_seconds=_optional(checks, "live_timeout_seconds", 1, 28_800),
        log_retention_days=read_retention(checks, usual=30),
        vpc=vpc,
        isolated=isolated,
    )


def check_instance_type(checks: Checks, args: Mapping[str, Any]) -> str:
    """`instance_type`, one that SageMaker hosts models on."""
    instance_type = str(args.get("instance_type"))
    if instance_type not in HOSTING:
        near = nearest(instance_type)
        use = f"{near or 'another one'}; what SageMaker hosts on: {HOSTING_SOURCE}"
        checks.problem("instance_type", args.get("instance_type"), use)
    return instance_type


def _check_images(checks: Checks, args: Mapping[str, Any], core: Core) -> None:
    """An image for each version that does not come from the registry with its own."""
    has_candidate = core.candidate_version is not None
    from_s3 = has_candidate and not is_package(args.get("candidate_uri", ""))
    if checks.given("candidate_image"):
        checks.text("candidate_image", ECR_IMAGE, _IMAGE_USE)
        if not from_s3:
            use = "it beside a candidate that is an artifact in S3"
            checks.problem("candidate_image", args["candidate_image"], use)
    needed = not is_package(args.get("model_uri", "")) or (
        from_s3 and not checks.given("candidate_image")
    )
    if needed:
        sagemaker_image.check_image(checks, args)
        return
    for key in ("image", "framework"):
        if checks.given(key):
            checks.problem(key, args[key], "none: the version in the registry brings its image")


def _check_kind(checks: Checks, containers: Containers, strategy: str, instance_type: str) -> None:
    """What several models or containers, and a shadow, cannot be combined with."""
    if containers.many_models and gpus(instance_type) and instance_type not in MULTI_MODEL_GPU:
        use = f"{nearest(instance_type, MULTI_MODEL_GPU)} with many_models ({MULTI_MODEL_SOURCE})"
        checks.problem("instance_type", instance_type, use)
    if containers.many_models and is_neuron(instance_type):
        use = f"types with CPUs or GPUs with many_models ({MULTI_MODEL_SOURCE})"
        checks.problem("instance_type", instance_type, use)
    if strategy != "shadow":
        return
    wrong = [
        ("many_models", containers.many_models),
        ("containers", bool(containers.further)),
        ("instance_type", family(instance_type) == "inf1"),
    ]
    for key, is_so in wrong:
        if is_so:
            checks.problem("strategy", strategy, f"canary or ab with this {key} ({_SHADOW_PAGE})")


def _shift(checks: Checks, core: Core, instance_type: str) -> Shift:
    shift = read_shift(checks, candidate=core.candidate_version is not None)
    if shift.kind != "all_at_once" and family(instance_type) == "inf1":
        use = f"all_at_once: on Inf1 SageMaker moves all at once in silence ({_GUARDRAIL_PAGE})"
        checks.problem("shift", shift.kind, use)
    return shift


def _disk(checks: Checks, args: Mapping[str, Any], instance_type: str) -> int | None:
    if checks.given("disk_gib") and has_local_disks(instance_type):
        use = f"none: {instance_type} has disks of its own, of a fixed size"
        checks.problem("disk_gib", args["disk_gib"], use)
    return _within(checks, "disk_gib", DISK_GIB)


def _within(checks: Checks, key: str, limit: Limit) -> int | None:
    return _optional(checks, key, int(limit.minimum or 0), int(limit.maximum or 0))


def _optional(checks: Checks, key: str, low: int, high: int) -> int | None:
    return checks.whole(key, low, low, high) if checks.given(key) else None


def _capture(checks: Checks, args: Mapping[str, Any]) -> Capturing | None:
    found = read_capture(
        checks, args, pattern=CAPTURE_URI, use="an S3 prefix such as s3://bucket/captured"
    )
    if found is None and checks.given("capture_key_arn"):
        checks.problem("capture_key_arn", args["capture_key_arn"], "it with capture_percent")
    return found
