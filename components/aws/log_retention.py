"""How long CloudWatch Logs keeps what it is given."""

from typing import Final

from components.checks import Checks
from facts.log_retention import RETENTION_DAYS

__all__ = ["DEFAULT_RETENTION_DAYS", "read_retention"]

DEFAULT_RETENTION_DAYS: Final = 365


def read_retention(checks: Checks, usual: int = DEFAULT_RETENTION_DAYS) -> int:
    """`log_retention_days`, one of the numbers that the service takes."""
    days = checks.whole("log_retention_days", usual, 1, 3653)
    if days not in RETENTION_DAYS:
        near = min(RETENTION_DAYS, key=lambda allowed: (abs(allowed - days), -allowed))
        checks.problem("log_retention_days", days, f"{near}; CloudWatch Logs knows some lengths")
    return days
