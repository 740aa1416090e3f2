"""What alerts mean, by the words that runbooks know them by, and the link to a runbook.

The same words on every target; docs/runbooks.md has what to do.
"""

from typing import Final

__all__ = [
    "AT_MAXIMUM",
    "BURNS",
    "BURNS_FAST",
    "DATA_DRIFTS",
    "DOES_NOT_ANSWER",
    "DRIFT_UNKNOWN",
    "MISSES_OBJECTIVE",
    "RUNBOOK_URL",
    "SATURATED",
    "SLOW_WAY",
    "THROTTLES",
]

BURNS_FAST: Final = "ModelErrorBudgetBurnsFast"
BURNS: Final = "ModelErrorBudgetBurns"
MISSES_OBJECTIVE: Final = "ModelVersionMissesObjective"
AT_MAXIMUM: Final = "ModelAtMaximumReplicas"
DOES_NOT_ANSWER: Final = "ModelDoesNotAnswer"
SATURATED: Final = "ModelSaturated"
SLOW_WAY: Final = "ModelSlowOnTheWay"
THROTTLES: Final = "ModelThrottlesRequests"
DATA_DRIFTS: Final = "ModelDataDrifts"
DRIFT_UNKNOWN: Final = "ModelDriftUnknown"
# `{alert}` becomes one of these words.
RUNBOOK_URL: Final = r"https?://[^\s{}]+(\{alert\}[^\s{}]*)?"
