"""Inputs of `serving:index:SageMakerTransformJob`: schema, checks, differences. Makes no call.

Sources: CreateTransformJob and what it names in the API model of SageMaker, read 2026-11-26.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from facts import sagemaker_batch
from facts.limits import Limit
from facts.sagemaker import TRANSFORM, TRANSFORM_SOURCE, nearest
from provider.input_checks import (
    REGION,
    Problems,
    is_whole,
    no_inputs,
    shown,
    timeout_and_region,
)
from provider.values import UNKNOWN

TYPE: Final = "serving:index:SageMakerTransformJob"

DEFAULT_TIMEOUT_SECONDS: Final = 3600
# `-` and the digest, and `-99` where a job that failed is begun again.
MOST_ATTEMPTS: Final = 99
_DIGEST_LENGTH: Final = 8
_LONGEST_PREFIX: Final = sagemaker_batch.NAME_LENGTH - _DIGEST_LENGTH - len("--99")
# Ends of a job after which it is begun again by who waits for it.
NOT_DONE: Final = ("Failed", "Stopped")
_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_S3_URI: Final = re.compile(r"s3://[a-z0-9.-]+/.*", re.DOTALL)
_LONGEST_URI: Final = 1024
_URIS: Final = ("inputUri", "outputUri", "captureUri")
_PAYLOAD_MB: Final = 6
_Check = Callable[[object], str]


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _whole(description: str) -> dict[str, Any]:
    return {"type": "integer", "description": description}


# What the run is: another value is another run.
_RUN: Final[dict[str, Any]] = {
    "modelName": _text("Name of the SageMaker model."),
    "inputUri": _text("S3 prefix: all objects below it are scored."),
    "outputUri": _text("S3 prefix of the results, each named as its input with `.out`."),
    "instanceType": _text("Instance type of the job, such as ml.m5.xlarge."),
    "instanceCount": _whole("Instances, 1 to 100. Default: 1."),
    "contentType": _text("MIME type of the input. Default: none is sent."),
    "splitType": _text("None, Line, RecordIO or TFRecord. Default: None."),
    "compressionType": _text("None or Gzip. Default: None."),
    "accept": _text("MIME type of the output. Default: the container's."),
    "assembleWith": _text("None or Line, between the records of an output. Default: None."),
    "batchStrategy": _text(
        "MultiRecord or SingleRecord, with a splitType. Default: SageMaker's, MultiRecord."
    ),
    "maxPayloadMib": _whole("Most MB of one request, 0 to 100. Default: SageMaker's, 6."),
    "maxConcurrentTransforms": _whole(
        "Requests to one instance at once; with maxPayloadMib at most 100 MB together. "
        "Default: what the container says, else 1."
    ),
    "invocationTimeoutSeconds": _whole(
        "How long one request may take, 1 to 3600. Default: SageMaker's, 600."
    ),
    "invocationRetries": _whole(
        "How often a request is repeated, 0 to 3. Default: SageMaker's, 3."
    ),
    "environment": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Environment variables of the container, at most 16. Default: none.",
    },
    "outputKeyId": _text("KMS key of the results. Default: the bucket's."),
    "captureUri": _text("S3 prefix where input and output are captured. Default: not captured."),
    "captureKeyId": _text("KMS key of what is captured. Default: the bucket's."),
    "volumeKeyId": _text("KMS key of the volumes. Default: SageMaker's own."),
    "inputFilter": _text("JSONPath of the part of a record that is scored. Default: all."),
    "outputFilter": _text("JSONPath of the part of a result that is kept. Default: all."),
    "joinSource": _text("None or Input, to join each result with its record. Default: None."),
}
_INPUTS: Final[dict[str, Any]] = {
    "namePrefix": {
        "type": "string",
        "description": "Beginning of the job's name; a digest of what the run is follows.",
        "willReplaceOnChanges": True,
    },
    **{key: {**schema, "willReplaceOnChanges": True} for key, schema in _RUN.items()},
    "tags": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Tags of the job; others make no other run. Default: none.",
    },
    "waitForCompletion": {
        "type": "boolean",
        "default": True,
        "description": "Whether to wait for the job and to fail with it. Default: true.",
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long the job may take; then it is stopped. Default: 3600 s.",
    },
    "region": REGION,
}
_NEEDED: Final = ("namePrefix", "modelName", "inputUri", "outputUri", "instanceType")
COMPUTED: Final = ("jobName", "jobArn", "status", "failureReason")
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A run of SageMaker's batch transform, once: begins it, or goes on with the one that an "
        "earlier update began, waits for its end, and fails as it fails. Another run is another "
        "job. Deleting it stops what still runs; SageMaker keeps the record of every job."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": list(_NEEDED),
    "properties": {
        **_INPUTS,
        "jobName": _text("Name of the job; one that was begun again after a failure ends in -2."),
        "jobArn": _text("Its ARN."),
        "status": _text("InProgress, Completed, Failed, Stopping or Stopped."),
        "failureReason": _text("Why it failed; empty unless it did."),
    },
    "required": [*_NEEDED, "waitForCompletion", "timeoutSeconds", *COMPUTED],
}
REPLACES: Final = ("namePrefix", *_RUN, "region")


def run(inputs: Mapping[str, object]) -> dict[str, Any]:
    """What the run is, without what only says how it is watched, and what SageMaker does anyway."""
    return sagemaker_batch.said({key: _whole_number(inputs.get(key)) for key in _RUN})


def _whole_number(value: object) -> object:
    """Pulumi's numbers are floats, and the API's are integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def identity(inputs: Mapping[str, object]) -> str:
    """Pulumi's id, and the name of the first job: the prefix and a digest of what the run is."""
    text = json.dumps(run(inputs), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{inputs['namePrefix']}-{digest}"


def prefix_of(job_name: str, described: Mapping[str, object]) -> str:
    """The prefix of a job's name where the rest is the digest of its run; else the whole name."""
    named = re.fullmatch(r"(.+)-[0-9a-f]{8}(-[0-9]{1,2})?", job_name)
    if named and job_name.startswith(identity({**described, "namePrefix": named[1]})):
        return named[1]
    return job_name


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is taken as right.
    """
    problems = no_inputs(inputs, _INPUTS)
    for key, judge in _CHECKS.items():
        value = inputs.get(key)
        missing = value is None and key in _NEEDED
        if value is UNKNOWN or (value is None and not missing):
            continue
        if wrong := judge(value):
            problems.append((key, f"got {shown(value)}; {wrong}"))
    problems += _together(inputs)
    problems += timeout_and_region(inputs)
    waits, timeout = inputs.get("waitForCompletion"), inputs.get("timeoutSeconds")
    return {
        **inputs,
        "waitForCompletion": True if waits is None else waits,
        "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS if timeout is None else timeout,
    }, problems


def _together(inputs: Mapping[str, object]) -> Problems:
    problems: Problems = []
    payload, at_once = inputs.get("maxPayloadMib"), inputs.get("maxConcurrentTransforms")
    if is_whole(at_once) and (payload is None or is_whole(payload)):
        megabytes = _PAYLOAD_MB if payload is None else cast(float, payload)
        together = megabytes * cast(float, at_once)
        limit = sagemaker_batch.PAYLOAD_MIB
        # One payload alone that is too large is its own problem.
        if limit.allows(megabytes) and not limit.allows(together):
            reason = (
                f"got {shown(at_once)} of {megabytes:g} MB each, {together:g} MB together; use at "
                f"most {limit.maximum:g} MB ({limit.source})"
            )
            problems.append(("maxConcurrentTransforms", reason))
    split = inputs.get("splitType")
    if inputs.get("batchStrategy") == "MultiRecord" and split in (None, "None"):
        reason = (
            "got 'MultiRecord' without a split; use splitType Line, RecordIO or TFRecord "
            f"({sagemaker_batch.CREATE})"
        )
        problems.append(("batchStrategy", reason))
    return problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ, each with whether it is another run.

    How long to wait is no difference; to wait now for what was not waited for is one, and so is a
    job that was waited for and did not end well: it is begun again.
    """
    before, after = run(old), run(new)
    found = {key: True for key in _RUN if before.get(key) != after.get(key)}
    found |= {key: True for key in ("namePrefix", "region") if old.get(key) != new.get(key)}
    if (old.get("tags") or {}) != (new.get("tags") or {}):
        found["tags"] = False
    if new.get("waitForCompletion"):
        if not old.get("waitForCompletion"):
            found["waitForCompletion"] = False
        if old.get("status") in NOT_DONE:
            found["status"] = False
    return dict(sorted(found.items()))


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}


def _matches(pattern: re.Pattern[str], longest: int, use: str) -> _Check:
    def judge(value: object) -> str:
        right = isinstance(value, str) and len(value) <= longest and pattern.fullmatch(value)
        return "" if right else use

    return judge


def _one_of(*words: str) -> _Check:
    return lambda value: "" if value in words else f"use one of {', '.join(words)}"


def _within(limit: Limit) -> _Check:
    def judge(value: object) -> str:
        right = is_whole(value) and limit.allows(cast(float, value))
        return "" if right else f"use a whole number, {limit} ({limit.source})"

    return judge


def _instance_type(value: object) -> str:
    if value in TRANSFORM:
        return ""
    near = nearest(value, TRANSFORM) if isinstance(value, str) else ""
    meant = f", such as {near}" if near else ""
    return f"use an instance type of batch transform{meant} ({TRANSFORM_SOURCE})"


def _map(most: int | None) -> _Check:
    def judge(value: object) -> str:
        pairs = cast(dict[object, object], value) if isinstance(value, dict) else {None: None}
        texts = all(
            isinstance(key, str) and (isinstance(item, str) or item is UNKNOWN)
            for key, item in pairs.items()
        )
        if not texts:
            return "use a map from text to text"
        return "" if most is None or len(pairs) <= most else f"use at most {most} of them"

    return judge


_ANY: Final = re.compile(r".+", re.DOTALL)
_CHECKS: Final[dict[str, _Check]] = {
    "namePrefix": _matches(
        _NAME, _LONGEST_PREFIX, f"use 1 to {_LONGEST_PREFIX} letters, digits and inner hyphens"
    ),
    "modelName": _matches(_NAME, 63, "use the name of a model, at most 63 characters"),
    "instanceType": _instance_type,
    **{
        key: _matches(_S3_URI, _LONGEST_URI, "use an S3 URI such as s3://bucket/folder/")
        for key in _URIS
    },
    "instanceCount": _within(sagemaker_batch.INSTANCES),
    "splitType": _one_of(*sagemaker_batch.SPLITS.values()),
    "compressionType": _one_of("None", "Gzip"),
    "assembleWith": _one_of("None", "Line"),
    "batchStrategy": _one_of(*sagemaker_batch.BATCH_STRATEGIES.values()),
    "joinSource": _one_of(*sagemaker_batch.JOINS.values()),
    "maxPayloadMib": _within(sagemaker_batch.PAYLOAD_MIB),
    "maxConcurrentTransforms": _within(Limit("", 0, 100, "requests", sagemaker_batch.CREATE)),
    "invocationTimeoutSeconds": _within(sagemaker_batch.INVOCATION_SECONDS),
    "invocationRetries": _within(sagemaker_batch.INVOCATION_RETRIES),
    "environment": _map(16),
    "tags": _map(None),
    **{
        key: _matches(_ANY, 256, "use a text of at most 256 characters")
        for key in ("contentType", "accept")
    },
    **{
        key: _matches(_ANY, 2048, "use the ARN or id of a KMS key")
        for key in ("outputKeyId", "captureKeyId", "volumeKeyId")
    },
    **{
        key: _matches(_ANY, 63, "use a JSONPath of at most 63 characters")
        for key in ("inputFilter", "outputFilter")
    },
    "waitForCompletion": lambda value: "" if isinstance(value, bool) else "use true or false",
}
