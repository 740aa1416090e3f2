"""How SageMaker itself moves traffic to a new endpoint configuration (deployment guardrails)."""

from dataclasses import dataclass

from components.checks import Checks
from facts.sagemaker_shift import (
    DEFAULT_SIZE_PERCENT,
    DEFAULT_WAIT_SECONDS,
    SHIFTS,
    SIZE_PERCENT,
    longest_wait_seconds,
)

__all__ = ["Shift", "read_shift"]


@dataclass(frozen=True, slots=True)
class Shift:
    """The arguments `shift`, `shift_size_percent` and `shift_wait_seconds`, checked."""

    kind: str = SHIFTS[0]
    size_percent: int = DEFAULT_SIZE_PERCENT
    wait_seconds: int = DEFAULT_WAIT_SECONDS


def read_shift(checks: Checks, *, candidate: bool) -> Shift:
    """The shift, within the vendor's limits of its kind and of what is beside a candidate."""
    kind = checks.choice("shift", SHIFTS[0], SHIFTS)
    limit = SIZE_PERCENT.get(kind)
    low, high = (limit.minimum or 1, limit.maximum or 100) if limit else (1, 100)
    size = checks.whole("shift_size_percent", DEFAULT_SIZE_PERCENT, int(low), int(high))
    wait = checks.whole("shift_wait_seconds", DEFAULT_WAIT_SECONDS, 0, 3600)
    longest = longest_wait_seconds(kind, size)
    if wait > longest:
        checks.problem(
            "shift_wait_seconds",
            wait,
            f"at most {longest} with shift {kind}, or larger steps: SageMaker ends an update "
            "after 8 hours",
        )
    if kind == "rolling" and candidate:
        checks.problem("shift", kind, "another one beside a candidate: rolling knows one variant")
    return Shift(kind, size, wait)
