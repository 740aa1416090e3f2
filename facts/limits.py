"""Vendor limits as data, each with its unit and the page that states it.

A limit here is one that cannot be raised by asking the vendor, or the range that an API accepts;
account quotas are elsewhere. Pages read 2026-11-20.
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


_SAGEMAKER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_SAGEMAKER_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"

SAGEMAKER_CANARY_PERCENT: Final = Limit(
    "canary size of a blue/green update",
    1,
    50,
    "% of the new fleet",
    _SAGEMAKER + "deployment-guardrails-blue-green-canary.html",
)
SAGEMAKER_LINEAR_PERCENT: Final = Limit(
    "linear step of a blue/green update",
    10,
    50,
    "% of the new fleet",
    _SAGEMAKER + "deployment-guardrails-blue-green-linear.html",
)
SAGEMAKER_ROLLING_PERCENT: Final = Limit(
    "batch of a rolling update",
    5,
    50,
    "% of the fleet",
    _SAGEMAKER + "deployment-guardrails-rolling.html",
)
SAGEMAKER_WAIT_SECONDS: Final = Limit(
    "wait between steps",
    0,
    3600,
    "seconds",
    _SAGEMAKER_API + "API_TrafficRoutingConfig.html",
)
SAGEMAKER_INITIAL_INSTANCES: Final = Limit(
    "instances of a real-time endpoint",
    1,
    None,
    "instances",
    _SAGEMAKER + "endpoint-auto-scaling-zero-instances.html",
)
SAGEMAKER_INVOCATION_SECONDS: Final = Limit(
    "real-time invocation",
    None,
    60,
    "seconds",
    _SAGEMAKER_API + "API_runtime_InvokeEndpoint.html",
)
SAGEMAKER_ENDPOINT_NAME: Final = Limit(
    "length of an endpoint name",
    1,
    63,
    "characters",
    _SAGEMAKER_API + "API_CreateEndpoint.html",
)

LAMBDA_TIMEOUT_SECONDS: Final = Limit(
    "function timeout", 1, 900, "seconds", _LAMBDA + "gettingstarted-limits.html"
)
LAMBDA_MEMORY_MIB: Final = Limit(
    "function memory", 128, 10240, "MiB", _LAMBDA + "gettingstarted-limits.html"
)
LAMBDA_EPHEMERAL_STORAGE_MIB: Final = Limit(
    "ephemeral storage", 512, 10240, "MiB", _LAMBDA + "configuration-ephemeral-storage.html"
)
LAMBDA_SNAP_START_STORAGE_MIB: Final = Limit(
    "ephemeral storage with SnapStart", 512, 512, "MiB", _LAMBDA + "snapstart.html"
)
# 1 vCPU for each 1,769 MB; a function cannot ask for more.
LAMBDA_MIB_PER_VCPU: Final = 1769
LAMBDA_VCPU: Final = Limit(
    "vCPUs of a function", None, 6, "vCPUs", _LAMBDA + "configuration-memory.html"
)
HTTP_API_TIMEOUT_SECONDS: Final = Limit(
    "answer through an HTTP API",
    None,
    30,
    "seconds",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
)
DNS_LABEL: Final = Limit(
    "length of a DNS label",
    1,
    63,
    "characters",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
)

# Our own: what is left of 63 characters for `-<role>` and an automatic suffix.
MODEL_NAME_LENGTH: Final = 40
