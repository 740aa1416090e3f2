"""Limits and arithmetic of a Lambda function that answers requests behind an HTTP API."""

import json
import math
import re
from collections.abc import Mapping
from typing import Final, TypeVar

from facts.limits import Limit

__all__ = [
    "ALIAS_REQUESTS_PER_SECOND",
    "API_THROTTLE_BURST",
    "API_THROTTLE_RATE",
    "ASYNC_AGE_SECONDS",
    "ASYNC_RETRIES",
    "CERTIFICATE_ARN",
    "CODE_SIGNING_ARN",
    "DEFAULT_RATE_PER_SECOND",
    "DOMAIN",
    "IMAGE",
    "LAYERS",
    "LAYER_ARN",
    "LOG_LEVELS",
    "PACKAGE_UNZIPPED_BYTES",
    "PACKAGE_UPLOAD_BYTES",
    "RUNTIME_UPDATES",
    "RUNTIME_VERSION_ARN",
    "S3_FILE",
    "SHIFT_SECONDS",
    "SNAP_START_MISSING_REGIONS",
    "SNAP_START_PAGE",
    "SNAP_START_STORAGE_MIB",
    "VARIABLES_BYTES",
    "WARM_USE_PERCENT",
    "answered_per_second",
    "own_variables",
    "sends_by",
    "snap_starts",
    "variables_bytes",
    "wrong_steps",
    "wrong_variable",
]

_T = TypeVar("_T")
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"
_GATEWAY: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_ARN: Final = r"arn:aws[a-z-]*"
_MIB: Final = 1024 * 1024

# ---- packages ----

PACKAGE_UPLOAD_BYTES: Final = Limit(
    "package that is uploaded with the function",
    None,
    50 * _MIB,
    "bytes",
    _LAMBDA + "gettingstarted-limits.html",
    "2026-11-26",
)
PACKAGE_UNZIPPED_BYTES: Final = Limit(
    "package once unzipped, layers included",
    None,
    250 * _MIB,
    "bytes",
    _LAMBDA + "gettingstarted-limits.html",
    "2026-11-26",
)
S3_FILE: Final = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(?!.*\*)(?!.*\?(?!versionId=[^?]+$)).*[^/]"
"""One object in S3, or a version of it, which an instance pulls as its model.

Without IAM's wildcards: the right to read it would be one to read others.
"""
LAYERS: Final = Limit("layers", None, 5, "layers", _LAMBDA + "gettingstarted-limits.html")
LAYER_ARN: Final = rf"{_ARN}:lambda:[a-z0-9-]+:\d{{12}}:layer:[A-Za-z0-9_-]+:[0-9]+"
"""A layer's ARN with its version: what it holds never changes."""
IMAGE: Final = (
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+@sha256:[0-9a-f]{64}"
)
"""An image in Amazon ECR by its digest: Lambda pulls from nowhere else."""
CODE_SIGNING_ARN: Final = (
    rf"{_ARN}:lambda:[a-z0-9-]+:\d{{12}}:code-signing-config:csc-[a-z0-9]{{17}}"
)
RUNTIME_VERSION_ARN: Final = rf"{_ARN}:lambda:[a-z0-9-]+::runtime:[^:\s]+"
RUNTIME_UPDATES: Final = {"auto": "Auto", "function_update": "FunctionUpdate", "manual": "Manual"}
"""When AWS takes a newer runtime, and how the API spells it (PutRuntimeManagementConfig)."""
LOG_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

# ---- variables ----

# What the runtime sets itself; TZ among them.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED: Final = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"),
        *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API"),
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "TZ"),
    }
)
_VARIABLE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
VARIABLES_BYTES: Final = Limit(
    "variables of a function", None, 4096, "bytes", _LAMBDA + "gettingstarted-limits.html"
)


def wrong_variable(name: str) -> str:
    """Why a variable of this name is refused; empty where it is not."""
    if name in _RESERVED:
        return "Lambda sets it itself"
    if not _VARIABLE.fullmatch(name):
        return "a name is a letter, and letters, digits and _ after it"
    return ""


def variables_bytes(variables: Mapping[str, str]) -> int:
    """What the variables take of Lambda's limit, as the JSON that it keeps them in."""
    return len(json.dumps(dict(variables), ensure_ascii=False, separators=(",", ":")).encode())


def own_variables(
    name: str, version: str, *, uri: _T | None = None, digest: str | None = None
) -> dict[str, str | _T]:
    """What a function with the project's handler is told of its model (runtime/settings.py).

    `uri` is where an instance pulls the model from; None where it is in the package.
    """
    found: dict[str, str | _T] = {
        "MODEL_SERVING_MODEL_NAME": name,
        "MODEL_SERVING_MODEL_VERSION": version,
    }
    if uri is not None:
        found["MODEL_SERVING_MODEL_URI"] = uri
    if digest is not None:
        found["MODEL_SERVING_MODEL_DIGEST"] = digest
    return found


# ---- SnapStart ----

SNAP_START_PAGE: Final = _LAMBDA + "snapstart.html"
SNAP_START_STORAGE_MIB: Final = Limit(
    "ephemeral storage with SnapStart", 512, 512, "MiB", SNAP_START_PAGE, "2026-11-26"
)
# Every commercial region but Asia Pacific (New Zealand) and Asia Pacific (Taipei).
SNAP_START_MISSING_REGIONS: Final = ("ap-southeast-6", "ap-east-2")
_LEAST_PYTHON: Final = (3, 12)


def snap_starts(runtime: str) -> bool:
    """Whether SnapStart takes a runtime of Python, such as `python3.13`: 3.12 and later.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, 2026-11-26
    """
    found = re.fullmatch(r"python(\d+)\.(\d+)", runtime)
    return found is not None and (int(found[1]), int(found[2])) >= _LEAST_PYTHON


# ---- capacity ----

ALIAS_REQUESTS_PER_SECOND: Final = 10
"""Requests per second and instance that Lambda lets through, however short they are: the quota on
requests is ten times the concurrency. Source: lambda-concurrency.html (requests per second)."""
DEFAULT_RATE_PER_SECOND: Final = 50
API_THROTTLE_RATE: Final = Limit(
    "requests per second", 1, 10_000, "requests per second", _GATEWAY + "limits.html", "2026-11-26"
)
API_THROTTLE_BURST: Final = Limit(
    "requests at once", 1, 5_000, "requests", _GATEWAY + "limits.html", "2026-11-26"
)
# Application Auto Scaling follows the use of provisioned concurrency between these.
WARM_USE_PERCENT: Final = Limit(
    "use of provisioned concurrency", 10, 90, "%", _LAMBDA + "provisioned-concurrency.html"
)


def answered_per_second(instances: int, latency_p95_ms: float) -> float:
    """Requests per second that so many instances answer, each one request at a time.

    Each request counts with `latency_p95_ms`, as no other time is known before there is traffic.
    AWS reckons with the average (concurrency = average requests per second × average duration),
    which is less where 95 % are faster: what is allowed here is the lower number. By Lambda's quota
    an instance takes ten per second, however fast it is.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html#calculating-concurrency
    """
    return instances * min(ALIAS_REQUESTS_PER_SECOND, 1000 / latency_p95_ms)


# ---- asynchronous callers ----

ASYNC_RETRIES: Final = Limit(
    "retries of an asynchronous request",
    0,
    2,
    "retries",
    _LAMBDA + "invocation-async-error-handling.html",
)
ASYNC_AGE_SECONDS: Final = Limit(
    "age of an asynchronous request",
    60,
    21_600,
    "seconds",
    _LAMBDA + "invocation-async-error-handling.html",
)
# What sending to a destination takes, by the service in its ARN.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
_SENDS: Final = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}


def sends_by(arn: str) -> str:
    """The right that sending to a destination takes; empty where its service is none."""
    return _SENDS.get(f"{arn}:::".split(":")[2], "")


# ---- the API's domain ----

DOMAIN: Final = r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
CERTIFICATE_ARN: Final = rf"{_ARN}:acm:[a-z0-9-]+:\d{{12}}:certificate/[A-Za-z0-9-]+"

# ---- shifts by CodeDeploy ----

SHIFT_SECONDS: Final = Limit(
    "all steps of a shift together",
    None,
    2 * 24 * 3600,
    "seconds",
    "https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html",
    "2026-11-26",
)
_FULL_PERCENT: Final = 100
_MINUTE: Final = 60


def wrong_steps(shift: str, size_percent: int, wait_seconds: int) -> str:
    """What CodeDeploy cannot do of a canary or linear shift; empty where it can.

    TimeBasedCanary and TimeBasedLinear of its API count in whole minutes.
    """
    if wait_seconds < _MINUTE or wait_seconds % _MINUTE:
        return "wait_seconds in whole minutes: 60, 120, 180 and so on"
    if not 1 <= size_percent < _FULL_PERCENT:
        return "a size from 1 to 99 %"
    steps = 1 if shift == "canary" else math.ceil(_FULL_PERCENT / size_percent) - 1
    if not SHIFT_SECONDS.allows(steps * wait_seconds):
        longest = int(SHIFT_SECONDS.maximum or 0) // steps // _MINUTE * _MINUTE
        return f"at most {longest} s between {steps} steps: a shift takes two days at most"
    return ""
