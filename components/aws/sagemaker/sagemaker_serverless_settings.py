"""The arguments of a serverless SageMaker endpoint, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.aws.log_retention import read_retention
from components.aws.sagemaker.sagemaker_image import check_image
from components.aws.sagemaker.sagemaker_names import check_names
from components.aws.scalable_target import (
    Following,
    read_cooldowns,
    read_windows,
    refuse_without_room,
)
from components.checks import Checks
from components.serving import Base
from facts.sagemaker_hosting import S3_URI
from facts.sagemaker_serverless import CONCURRENCY, MEMORY, MEMORY_MIB, nearest_memory

__all__ = ["KIND", "USUAL_CONCURRENCY", "Settings", "read_settings"]

# End of the endpoint's name: a real-time endpoint of the model can be there beside it.
KIND: Final = "serverless"
# What AWS's own SDK asks for where nothing is said.
USUAL_CONCURRENCY: Final = 5
_USUAL_MEMORY_MIB: Final = 2048
_USUAL_USE_PERCENT: Final = 70
_SCALING_KEYS: Final = (
    *("scaling_metric", "scaling_target", "scaling_schedules"),
    *("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What only a serverless endpoint has."""

    memory_mib: int
    env: dict[str, str]
    following: Following
    """What the provisioned concurrency follows: the share of 1 that is in use."""
    live_timeout_seconds: int
    log_retention_days: int

    def scales(self, base: Base) -> bool:
        """Whether provisioned concurrency is scaled; without any there is nothing to scale."""
        return base.min_replicas > 0 and self.following.scales(base)


def read_settings(checks: Checks, base: Base, args: Mapping[str, Any]) -> Settings:
    """Every problem is noted."""
    check_names(checks, base, base.physical_name_as(KIND))
    checks.optional_text("model_uri", S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    check_image(checks, args)
    for key in ("min_replicas", "max_replicas"):
        value = args.get(key)
        if isinstance(value, int | float) and value > (CONCURRENCY.maximum or 0):
            checks.problem(key, value, f"{CONCURRENCY} ({CONCURRENCY.source})")
    metric = checks.choice("scaling_metric", "concurrency", ("concurrency",))
    windows = read_windows(checks, base)
    settings = Settings(
        _memory(checks),
        checks.mapping("env"),
        Following(
            metric,
            checks.number("scaling_target", _USUAL_USE_PERCENT, 1, 100) / 100,
            *read_cooldowns(checks),
            windows,
        ),
        checks.whole("live_timeout_seconds", 1800, 1, 28_800),
        read_retention(checks, usual=30),
    )
    if not settings.scales(base):
        use = "it with min_replicas above 0 and below max_replicas"
        refuse_without_room(checks, args, use=use, keys=_SCALING_KEYS)
    return settings


def _memory(checks: Checks) -> int:
    memory = checks.whole("memory_mib", _USUAL_MEMORY_MIB, 1, 1024 * 1024)
    if memory not in MEMORY_MIB:
        sizes = ", ".join(map(str, MEMORY_MIB))
        use = f"{nearest_memory(memory)}, of the sizes {sizes} ({MEMORY.source})"
        checks.problem("memory_mib", memory, use)
    return memory
