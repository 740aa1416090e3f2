"""Vendor limits as data, each with its unit and the page that states it.

A limit here is one that cannot be raised by asking the vendor, or the range that an API accepts;
account quotas are elsewhere. `checked` is the day on which the number was looked up in a stored
copy of the page; without it the number is the vendor's as generally known, and was not read again.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """What a vendor allows: both ends included; None where there is no such end."""

    name: str
    minimum: float | None
    maximum: float | None
    unit: str
    source: str
    checked: str | None = None

    def __str__(self) -> str:
        if self.minimum is None:
            return f"at most {self.maximum:g} {self.unit}"
        if self.maximum is None:
            return f"at least {self.minimum:g} {self.unit}"
        return f"{self.minimum:g} to {self.maximum:g} {self.unit}"

    def allows(self, value: float) -> bool:
        """Whether a value in the limit's unit is within it."""
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )


_SAGEMAKER_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"

SAGEMAKER_CANARY_PERCENT: Final = Limit(
    "canary size of a blue/green update",
    1,
    50,
    "% of the new fleet",
    _SAGEMAKER_API + "API_TrafficRoutingConfig.html",
    "2026-11-21",
)
SAGEMAKER_LINEAR_PERCENT: Final = Limit(
    "linear step of a blue/green update",
    10,
    50,
    "% of the new fleet",
    _SAGEMAKER_API + "API_TrafficRoutingConfig.html",
    "2026-11-21",
)
SAGEMAKER_ROLLING_PERCENT: Final = Limit(
    "batch of a rolling update",
    5,
    50,
    "% of the fleet",
    _SAGEMAKER_API + "API_RollingUpdatePolicy.html",
    "2026-11-21",
)
# The same range stands in API_RollingUpdatePolicy.
SAGEMAKER_WAIT_SECONDS: Final = Limit(
    "wait between steps",
    0,
    3600,
    "seconds",
    _SAGEMAKER_API + "API_TrafficRoutingConfig.html",
    "2026-11-21",
)
# MaximumExecutionTimeoutInSeconds; the same range stands in API_RollingUpdatePolicy.
SAGEMAKER_SHIFT_SECONDS: Final = Limit(
    "time for a whole blue/green or rolling update",
    600,
    28_800,
    "seconds",
    _SAGEMAKER_API + "API_BlueGreenUpdatePolicy.html",
    "2026-11-26",
)
SAGEMAKER_ROLLBACK_ALARMS: Final = Limit(
    "alarms that roll an update back",
    1,
    10,
    "alarms",
    _SAGEMAKER_API + "API_AutoRollbackConfig.html",
    "2026-11-26",
)
SAGEMAKER_INVOCATION_SECONDS: Final = Limit(
    "real-time invocation",
    None,
    60,
    "seconds",
    _SAGEMAKER_API + "API_runtime_InvokeEndpoint.html",
    "2026-11-21",
)

LAMBDA_TIMEOUT_SECONDS: Final = Limit(
    "function timeout", 1, 900, "seconds", _LAMBDA + "gettingstarted-limits.html", "2026-11-21"
)
LAMBDA_MEMORY_MIB: Final = Limit(
    "function memory", 128, 10240, "MiB", _LAMBDA + "configuration-memory.html", "2026-11-21"
)
LAMBDA_EPHEMERAL_STORAGE_MIB: Final = Limit(
    "ephemeral storage", 512, 10240, "MiB", _LAMBDA + "configuration-ephemeral-storage.html"
)
# 1 vCPU at 1,769 MB, in proportion above and below: configuration-memory.html, 2026-11-21.
LAMBDA_MIB_PER_VCPU: Final = 1769
HTTP_API_TIMEOUT_SECONDS: Final = Limit(
    "answer through an HTTP API",
    None,
    30,
    "seconds",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
    "2026-11-21",
)
DNS_LABEL: Final = Limit(
    "length of a DNS label",
    1,
    63,
    "characters",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
)

# Our own: what is left of 63 characters for `-<role>` and an automatic suffix. SageMaker leaves
# least: `<name>-candidate-model-<7 hexadecimal digits>`.
MODEL_NAME_LENGTH: Final = 39
