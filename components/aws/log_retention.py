"""How long CloudWatch Logs keeps what it is given."""

from typing import Final

from components.checks import Checks

__all__ = ["DEFAULT_RETENTION_DAYS", "read_retention"]

DEFAULT_RETENTION_DAYS: Final = 365
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_ALLOWED_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)


def read_retention(checks: Checks, usual: int = DEFAULT_RETENTION_DAYS) -> int:
    """`log_retention_days`, one of the numbers that the service takes."""
    days = checks.whole("log_retention_days", usual, 1, 3653)
    if days not in _ALLOWED_DAYS:
        near = min(_ALLOWED_DAYS, key=lambda allowed: (abs(allowed - days), -allowed))
        checks.problem("log_retention_days", days, f"{near}; CloudWatch Logs knows some lengths")
    return days
