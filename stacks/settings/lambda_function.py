"""What a model file says for Lambda."""

from typing import ClassVar, Literal

from pydantic import Field

from facts.limits import LAMBDA_EPHEMERAL_STORAGE_MIB, LAMBDA_TIMEOUT_SECONDS
from stacks.settings.common import Common
from stacks.settings.fields import Number, Whole


class LambdaModel(Common):
    """A model in an AWS Lambda function behind an HTTP API."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["lambda"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Instances kept warm (provisioned concurrency)."""
    max_replicas: Whole = Field(default=10, ge=1, le=10_000)
    """Most instances at once (reserved concurrency)."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the function."""
    timeout_seconds: Whole = Field(default=10, ge=1, le=LAMBDA_TIMEOUT_SECONDS.maximum)
    """Seconds after which a request fails."""
    ephemeral_storage_mib: Whole | None = Field(
        default=None,
        ge=LAMBDA_EPHEMERAL_STORAGE_MIB.minimum,
        le=LAMBDA_EPHEMERAL_STORAGE_MIB.maximum,
    )
    """Size of /tmp in MiB. Default: 512."""
    throttle_rate_per_second: Number | None = Field(default=None, gt=0, le=1_000_000)
    """Requests per second that the HTTP API lets through."""
    throttle_burst: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """Requests that the HTTP API lets through at once."""
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653] | None = None
    """Days that logs are kept."""
