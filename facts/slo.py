"""Service-level objective: the one object that alarms, rules and guardrails are made from."""

from dataclasses import dataclass
from typing import Final

# Online serving answers under 100 ms at p95, with at most 1 % errors, over 30 days.
DEFAULT_LATENCY_P95_MS: Final = 100.0
DEFAULT_ERROR_RATE_PERCENT: Final = 1.0
DEFAULT_WINDOW_DAYS: Final = 30
# What a bound at the 95th percentile leaves: the share of requests that may be slower, 0 to 1.
SLOW_BUDGET: Final = 0.05
# What an error rate may be, and why it is not 0.
ERROR_RATE_PERCENT: Final = (
    "a number from 0.001 to 100: 0 % of any number of requests is none, and an objective of 100 % "
    "leaves no budget that an alarm could watch"
)


@dataclass(frozen=True, slots=True)
class Slo:
    """Latency in ms at the 95th percentile, errors in % of all requests, over a window in days."""

    latency_p95_ms: float = DEFAULT_LATENCY_P95_MS
    error_rate_percent: float = DEFAULT_ERROR_RATE_PERCENT
    window_days: int = DEFAULT_WINDOW_DAYS
    first_token_p95_ms: float | None = None
    """Of a language model, time until the first token of an answer."""
    output_token_p95_ms: float | None = None
    """Of a language model, time between one token and the next."""
    queue_p95_ms: float | None = None
    """Of a language model, time that a request waits before it is worked on."""

    @property
    def latency_p95_us(self) -> float:
        """SageMaker's ModelLatency is in microseconds."""
        return self.latency_p95_ms * 1000.0

    @property
    def errors_said(self) -> str:
        """The objective of errors, for people."""
        return f"at most {self.error_rate_percent:g} % of requests fail"

    def latency_said(self, what: str = "requests are answered") -> str:
        """The objective of latency, for people; `what` is all that it holds for."""
        return f"95 % of {what} within {self.latency_p95_ms:g} ms"

    def __str__(self) -> str:
        return f"p95 ≤ {self.latency_p95_ms:g} ms, errors ≤ {self.error_rate_percent:g} %"
