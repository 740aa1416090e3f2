"""What a model file says for SageMaker's asynchronous inference."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common, ServiceLevel, Uri
from stacks.settings.fields import Number, Truth, Whole
from stacks.settings.managed import Scaling
from stacks.settings.sagemaker import InstanceType, LogRetentionDays

__all__ = ["AsyncServiceLevel", "SageMakerAsync"]

_Topic = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$"),
    Field(json_schema_extra={"allowed": "its ARN: arn:aws:sns:region:account:name"}),
]
_Key = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"),
    Field(json_schema_extra={"allowed": "its ARN: arn:aws:kms:region:account:key/id"}),
]


class AsyncServiceLevel(ServiceLevel):
    """Service-level objective of the work on a request; its time in the queue does not count."""

    latency_p95_ms: Number = Field(default=60_000, ge=1, le=3_600_000)
    """How long the model works on a request, at the 95th percentile in milliseconds."""


class SageMakerAsync(Common):
    """A model on an asynchronous SageMaker endpoint: requests wait, results are written to S3."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker_async"]
    """Where the model is served."""
    slo: AsyncServiceLevel = AsyncServiceLevel.model_construct()  # pyright: ignore[reportIncompatibleVariableOverride] - settings are frozen
    """Service-level objective."""
    output_uri: Uri
    """S3 prefix of the results."""
    failure_uri: Uri | None = None
    """S3 prefix where it is told why a request failed. Default: `failures/` below output_uri."""
    input_uri: Uri | None = None
    """S3 prefix, with `/` at its end, where callers leave requests. Default: none, and a request is
    at most 128,000 bytes, within the call."""
    data_key_arn: _Key | None = None
    """KMS key of requests and results. Default: the buckets' own."""
    success_topic_arn: _Topic | None = None
    """SNS topic that is told of each result. Default: none."""
    error_topic_arn: _Topic | None = None
    """SNS topic that is told of each failure. Default: none."""
    max_requests_per_instance: Whole | None = Field(default=None, ge=1, le=1000)
    """Requests that one instance works on at once. Default: SageMaker chooses."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Fewest instances; 0 where it may rest while nothing waits."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Most instances."""
    candidate_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Instances of the candidate, which are not scaled. Default: 1."""
    instance_type: InstanceType = "ml.m5.large"
    """SageMaker instance type."""
    env: dict[str, str] = Field(default={})
    """Environment variables of the model's container; nothing secret."""
    scaling: Scaling = Scaling.model_construct()
    """What the number of instances follows. Default: 5 requests per instance, waiting or in
    work."""
    isolated: Truth = False
    """Whether the containers have no network, although the environment has one for SageMaker."""
    log_retention_days: LogRetentionDays | None = None
    """Days that logs are kept. Default: 30."""
