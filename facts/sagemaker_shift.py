"""SageMaker's own shifts to a new endpoint configuration: sizes, and how long they take.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from typing import Final

from facts.limits import (
    SAGEMAKER_CANARY_PERCENT,
    SAGEMAKER_LINEAR_PERCENT,
    SAGEMAKER_ROLLING_PERCENT,
    SAGEMAKER_SHIFT_SECONDS,
    SAGEMAKER_WAIT_SECONDS,
    Limit,
)

__all__ = [
    "DEFAULT_SIZE_PERCENT",
    "DEFAULT_WAIT_SECONDS",
    "SHIFTS",
    "SIZE_PERCENT",
    "longest_wait_seconds",
    "timeout_seconds",
    "waits",
]

SHIFTS: Final = ("all_at_once", "canary", "linear", "rolling")
SIZE_PERCENT: Final[dict[str, Limit]] = {
    "canary": SAGEMAKER_CANARY_PERCENT,
    "linear": SAGEMAKER_LINEAR_PERCENT,
    "rolling": SAGEMAKER_ROLLING_PERCENT,
}
DEFAULT_SIZE_PERCENT: Final = 10
DEFAULT_WAIT_SECONDS: Final = 300
# For machines to start and to go: beside what the steps wait for.
_MACHINES_SECONDS: Final = 3600


def waits(shift: str, size_percent: int) -> int:
    """How many times the wait passes, the last time before the old fleet goes."""
    return 2 if shift in {"all_at_once", "canary"} else -(-100 // size_percent)


def timeout_seconds(shift: str, size_percent: int, wait_seconds: int) -> int:
    """Twice what the steps wait for, and an hour for the machines; within the vendor's bounds."""
    least, most = SAGEMAKER_SHIFT_SECONDS.minimum or 0, SAGEMAKER_SHIFT_SECONDS.maximum or 0
    waiting = max(2 * wait_seconds * waits(shift, size_percent), int(least))
    return min(waiting + _MACHINES_SECONDS, int(most))


def longest_wait_seconds(shift: str, size_percent: int) -> int:
    """The longest wait between steps with which a shift still ends within the vendor's time."""
    most = int(SAGEMAKER_SHIFT_SECONDS.maximum or 0) - _MACHINES_SECONDS
    return min(most // waits(shift, size_percent), int(SAGEMAKER_WAIT_SECONDS.maximum or 0))
