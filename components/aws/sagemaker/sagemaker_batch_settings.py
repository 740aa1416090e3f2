"""The arguments of a batch transform, checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_image import check_image
from components.aws.sagemaker.sagemaker_network import read_vpc
from components.checks import Checks
from components.serving import DATA_CLASSIFICATIONS, Deployed, check_name
from components.tags import read_environment
from facts import sagemaker_batch
from facts.aws_schedules import ADVICE, aws_schedule
from facts.limits import Limit
from facts.sagemaker import TRANSFORM, TRANSFORM_SOURCE, nearest
from facts.sagemaker_hosting import S3_URI
from facts.schedules import SCHEDULE_KEYS, wrong_schedule, wrong_time_zone

__all__ = ["Settings", "read_settings"]

_DAY: Final = 24 * 3600
# A scheduled run's name ends in an id of at most 36 characters, a run's in a digest: what is before
# is the same, so that one right and one pattern are for all runs of a model.
_LONGEST_PREFIX: Final = sagemaker_batch.NAME_LENGTH - len("-") - 36
_DIGEST: Final = 6
_USUAL_PAYLOAD_MIB: Final = 6
_QUEUE: Final = r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]{1,80}"
_MOST_VARIABLES: Final = 16
# TransformResources and their kin: the words of the provider's resource, by ours.
_SAME: Final = {
    "content_type": "contentType",
    "accept": "accept",
    "input_filter": "inputFilter",
    "output_filter": "outputFilter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Deployed):
    """What a batch transform is made from; `schedule` is None for one run per version."""

    model_version: str
    schedule: str | None
    time_zone: str
    late_seconds: int
    suspended: bool
    timeout_seconds: int
    wait_for_completion: bool
    instance_type: str
    instances: int
    run: dict[str, Any]
    """What is known before anything is made, in the words of facts/sagemaker_batch.py."""
    vpc: aws.sagemaker.ModelVpcConfigArgs | None

    @property
    def prefix(self) -> str:
        """What the name of each run begins with; a longer one is cut, and told by a digest."""
        name = self.physical_name
        if len(name) <= _LONGEST_PREFIX:
            return name
        digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
        return f"{name[: _LONGEST_PREFIX - _DIGEST - 1].rstrip('-')}-{digest}"


def read_settings(checks: Checks, name: str, args: Mapping[str, Any]) -> Settings:
    """Reads and notes what is wrong; the caller raises."""
    check_name(checks, name)
    checks.text("model_uri", S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    for key in ("input_uri", "output_uri"):
        checks.text(key, S3_URI, "an S3 prefix such as s3://bucket/folder/")
    checks.optional_text("capture_uri", S3_URI, "an S3 prefix such as s3://bucket/captured/")
    checks.optional_text("dead_letter_queue_arn", _QUEUE, "the ARN of a standard SQS queue")
    check_image(checks, args)
    schedule, time_zone = _schedule(checks, args)
    instance_type = _instance_type(checks, args)
    found = Settings(
        name=name,
        environment=read_environment(checks),
        owner=checks.plain("owner"),
        model_version=checks.plain("model_version"),
        data_classification=checks.choice("data_classification", "internal", DATA_CLASSIFICATIONS),
        schedule=schedule,
        time_zone=time_zone,
        # MaximumEventAgeInSeconds of the scheduler's RetryPolicy.
        late_seconds=checks.whole("late_seconds", 3600, 60, _DAY),
        suspended=checks.flag("suspended", default=False),
        timeout_seconds=checks.whole("timeout_seconds", 3600, 60, 7 * _DAY),
        wait_for_completion=checks.flag("wait_for_completion", default=True),
        instance_type=instance_type,
        instances=_within(checks, "parallelism", sagemaker_batch.INSTANCES, 1) or 1,
        run=_run(checks),
        vpc=read_vpc(checks, args),
        extra_tags=checks.mapping("tags"),
    )
    if len(found.physical_name) > sagemaker_batch.NAME_LENGTH:
        use = f"at most {sagemaker_batch.NAME_LENGTH} signs with environment"
        checks.problem("name", found.physical_name, use)
    return found


def _schedule(checks: Checks, args: Mapping[str, Any]) -> tuple[str | None, str]:
    """The schedule as AWS writes it, and its zone; what belongs to one is refused without."""
    schedule = checks.plain("schedule") if checks.given("schedule") else None
    found: str | None = None
    if schedule is not None:
        if wrong := wrong_schedule(schedule):
            checks.problem("schedule", schedule, wrong)
        elif not (found := aws_schedule(schedule)):
            checks.problem("schedule", schedule, ADVICE)
    time_zone = checks.plain("time_zone", "Etc/UTC")
    if wrong := wrong_time_zone(time_zone):
        checks.problem("time_zone", time_zone, wrong)
    if schedule is None:
        for key in filter(checks.given, (*SCHEDULE_KEYS, "dead_letter_queue_arn")):
            checks.problem(key, args[key], "schedule beside it, or leave it out")
        return None, time_zone
    if checks.given("wait_for_completion"):
        got = args["wait_for_completion"]
        checks.problem("wait_for_completion", got, "it without a schedule only")
    if checks.given("timeout_seconds"):
        use = "it without a schedule only: SageMaker ends no transform job for its time"
        checks.problem("timeout_seconds", args["timeout_seconds"], use)
    return found, time_zone


def _instance_type(checks: Checks, args: Mapping[str, Any]) -> str:
    given = str(args.get("instance_type"))
    if given not in TRANSFORM:
        near = nearest(given, TRANSFORM)
        use = f"{near or 'another one'}; what batch transform runs on: {TRANSFORM_SOURCE}"
        checks.problem("instance_type", args.get("instance_type"), use)
    return given


def _run(checks: Checks) -> dict[str, Any]:
    split = checks.choice("split_type", "none", sagemaker_batch.SPLITS)
    payload = _within(checks, "max_payload_mib", sagemaker_batch.PAYLOAD_MIB, None)
    at_once = _within(
        checks,
        "max_concurrent_transforms",
        Limit("requests at once", 1, 100, "requests", sagemaker_batch.CREATE),
        None,
    )
    megabytes = _USUAL_PAYLOAD_MIB if payload is None else payload
    if at_once is not None and not sagemaker_batch.PAYLOAD_MIB.allows(megabytes * at_once):
        use = (
            f"so many that with max_payload_mib ({megabytes}) they are "
            f"{sagemaker_batch.PAYLOAD_MIB} together ({sagemaker_batch.CREATE})"
        )
        checks.problem("max_concurrent_transforms", at_once, use)
    run: dict[str, Any] = {
        "splitType": sagemaker_batch.SPLITS.get(split),
        "maxPayloadMib": payload,
        "maxConcurrentTransforms": at_once,
        "invocationTimeoutSeconds": _within(
            checks, "invocation_timeout_seconds", sagemaker_batch.INVOCATION_SECONDS, None
        ),
        "invocationRetries": _within(checks, "retries", sagemaker_batch.INVOCATION_RETRIES, None),
        "environment": _environment(checks),
    }
    if checks.given("batch_strategy"):
        strategy = checks.choice("batch_strategy", None, sagemaker_batch.BATCH_STRATEGIES)
        run["batchStrategy"] = sagemaker_batch.BATCH_STRATEGIES.get(strategy)
        if strategy == "multi_record" and split == "none":
            use = f"single_record, or split_type beside it ({sagemaker_batch.CREATE})"
            checks.problem("batch_strategy", strategy, use)
    if checks.flag("gzip", default=False):
        run["compressionType"] = "Gzip"
    if checks.flag("assemble_lines", default=False):
        run["assembleWith"] = "Line"
    if checks.flag("join_input", default=False):
        run["joinSource"] = "Input"
    for key, theirs in _SAME.items():
        run[theirs] = checks.optional(key)
    return {key: value for key, value in run.items() if value not in (None, "None", {})}


def _environment(checks: Checks) -> dict[str, str]:
    env = checks.mapping("env")
    if len(env) > _MOST_VARIABLES:
        checks.problem("env", f"{len(env)} variables", f"at most {_MOST_VARIABLES}")
    return env


def _within(checks: Checks, key: str, limit: Limit, default: int | None) -> int | None:
    low, high = int(limit.minimum or 0), int(limit.maximum or 0)
    return checks.whole(key, low, low, high) if checks.given(key) else default
