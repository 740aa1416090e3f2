"""What a variant and a model of SageMaker take, each limit with the page that says so."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from facts.limits import Limit

__all__ = [
    "CAPTURE_URI",
    "CAPTURE_URI_LENGTH",
    "CONTAINERS",
    "DISK_GIB",
    "ECR_IMAGE",
    "ENVIRONMENT_BYTES",
    "METRICS",
    "OWN_METRIC",
    "S3_URI",
    "SHARES",
    "START_SECONDS",
    "VARIABLES",
    "VARIABLE_BYTES",
    "ecr_region",
    "most_of",
    "too_much_environment",
]

_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_CONTAINER: Final = _API + "API_ContainerDefinition.html"
_READ: Final = "2026-11-26"

DISK_GIB: Final = Limit(
    "disk of an instance", 1, 512, "GiB", _API + "API_ProductionVariant.html", _READ
)
START_SECONDS: Final = Limit(
    "download of a model, and start of a container",
    60,
    3600,
    "seconds",
    _API + "API_ProductionVariant.html",
    _READ,
)
CONTAINERS: Final = Limit(
    "containers of a model",
    1,
    15,
    "containers",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-endpoints.html",
    _READ,
)
VARIABLES: Final = Limit(
    "environment variables of a container", None, 100, "variables", _CONTAINER, _READ
)
VARIABLE_BYTES: Final = Limit(
    "name or value of an environment variable", None, 1024, "bytes", _CONTAINER, _READ
)
ENVIRONMENT_BYTES: Final = Limit(
    "environment variables of all containers of a model",
    None,
    32 * 1024,
    "bytes",
    _CONTAINER,
    _READ,
)
CAPTURE_URI_LENGTH: Final = Limit(
    "place of captured requests",
    None,
    512,
    "characters",
    _API + "API_DataCaptureConfig.html",
    _READ,
)
# How places and images are written.
S3_URI: Final = r"s3://[a-z0-9.-]+/.+"
# Within CAPTURE_URI_LENGTH, whatever the bucket is called.
CAPTURE_URI: Final = r"s3://[a-z0-9.-]{3,63}/.{1,440}"
ECR_IMAGE: Final = r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+"

# What instances of a variant can follow, each with the value that is aimed for unless one is said.
METRICS: Final[Mapping[str, float]] = {"requests": 600, "concurrency": 5, "cpu": 60, "gpu": 60}
SHARES: Final = ("cpu", "gpu")
"""Those in percent."""
OWN_METRIC: Final = r"[A-Za-z0-9_.#/-]{1,254}/[A-Za-z0-9_.-]{1,255}"
"""A metric of one's own: namespace/name in CloudWatch."""
_MOST: Final = 1_000_000


def ecr_region(image: str) -> str:
    """The region of an image in Amazon ECR; empty for any other one."""
    host = image.partition("/")[0].split(".")
    return host[3] if re.fullmatch(ECR_IMAGE, image) else ""


def most_of(metric: str) -> int:
    """The most that a metric's target can be."""
    return 100 if metric in SHARES else _MOST


def too_much_environment(containers: Iterable[Mapping[str, str]]) -> str:
    """Which limit the variables of a model's containers break; empty where they break none."""
    total = 0
    for variables in containers:
        if not VARIABLES.allows(len(variables)):
            return f"{VARIABLES} in a container"
        sizes = [len(text.encode()) for pair in variables.items() for text in pair]
        if any(not VARIABLE_BYTES.allows(size) for size in sizes):
            return f"{VARIABLE_BYTES} in a name or a value"
        total += sum(sizes)
    return "" if ENVIRONMENT_BYTES.allows(total) else f"{ENVIRONMENT_BYTES} in all"
