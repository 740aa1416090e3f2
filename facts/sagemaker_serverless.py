"""What SageMaker's serverless inference takes, each with the page that says so."""

from typing import Final

from facts.limits import Limit

__all__ = [
    "CONCURRENCY",
    "EXCLUSIONS",
    "IMAGE_GB",
    "INVOCATION_SECONDS",
    "MEMORY",
    "MEMORY_MIB",
    "PAYLOAD_MB",
    "nearest_memory",
]

_DG: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_CONFIG: Final = _API + "API_ProductionVariantServerlessConfig.html"

# "Feature exclusions": no GPU, no VPC, one variant, one model, nothing captured.
EXCLUSIONS: Final = _DG + "serverless-endpoints.html"
MEMORY_MIB: Final = (1024, 2048, 3072, 4096, 5120, 6144)
MEMORY: Final = Limit("memory in steps of 1024", 1024, 6144, "MiB", _CONFIG, "2026-11-26")
CONCURRENCY: Final = Limit("MaxConcurrency", 1, 200, "requests at once", _CONFIG, "2026-11-26")
INVOCATION_SECONDS: Final = Limit(
    "serverless invocation",
    None,
    60,
    "seconds",
    _DG + "serverless-endpoints-invoke.html",
    "2026-11-26",
)
PAYLOAD_MB: Final = Limit(
    "payload of a serverless invocation",
    None,
    4,
    "MB",
    _DG + "serverless-endpoints-invoke.html",
    "2026-11-26",
)
IMAGE_GB: Final = Limit("image of a serverless container", None, 10, "GB", EXCLUSIONS)


def nearest_memory(memory_mib: float) -> int:
    """The size that holds so much, or the largest one."""
    return next((size for size in MEMORY_MIB if size >= memory_mib), MEMORY_MIB[-1])
