"""What a model file says for SageMaker's batch transform."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.batch import Batch
from stacks.settings.common import Uri
from stacks.settings.fields import Truth, Whole
from stacks.settings.sagemaker import InstanceType

__all__ = ["SageMakerBatch"]

_MimeType = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+;= -]{1,200}$"),
    Field(json_schema_extra={"allowed": "a MIME type, such as text/csv"}),
]
_JsonPath = Annotated[
    str,
    StringConstraints(pattern=r"^\$.{0,62}$"),
    Field(json_schema_extra={"allowed": "a JSONPath of at most 63 characters, such as $[1:]"}),
]
_Key = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"),
    Field(json_schema_extra={"allowed": "its ARN: arn:aws:kms:region:account:key/id"}),
]
_Queue = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}$"),
    Field(json_schema_extra={"allowed": "its ARN: arn:aws:sqs:region:account:name"}),
]


class SageMakerBatch(Batch):
    """A model that scores what lies in S3, on instances that are there for the run alone."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker_batch"]
    """Where the model runs."""
    instance_type: InstanceType = "ml.m5.large"
    """SageMaker instance type, one of batch transform."""
    parallelism: Whole = Field(default=1, ge=1, le=100)
    """Instances that score at once; each gets whole objects."""
    env: dict[str, str] = Field(default={}, max_length=16)
    """Environment variables of the container; nothing secret."""
    content_type: _MimeType | None = None
    """MIME type of the input. Default: none is sent."""
    accept: _MimeType | None = None
    """MIME type of the results. Default: the container's."""
    split_type: Literal["none", "line", "recordio", "tfrecord"] | None = None
    """How objects are parted into records. Default: none, an object is one request."""
    gzip: Truth = False
    """Whether the input is compressed by gzip."""
    batch_strategy: Literal["multi_record", "single_record"] | None = None
    """Records of one request: as many as fit, or one. Default: multi_record with a split."""
    max_payload_mib: Whole | None = Field(default=None, ge=0, le=100)
    """Most MB of one request; 0 streams, where the container can. Default: 6."""
    max_concurrent_transforms: Whole | None = Field(default=None, ge=1, le=100)
    """Requests to one instance at once. Default: what the container says, else 1."""
    invocation_timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """How long one request may take. Default: 600."""
    retries: Whole | None = Field(default=None, ge=0, le=3)
    """How often a request that fails is repeated before the run fails. Default: 3."""
    assemble_lines: Truth = False
    """Whether each result ends its line."""
    join_input: Truth = False
    """Whether each result is joined with its record."""
    input_filter: _JsonPath | None = None
    """JSONPath of the part of a record that is scored. Default: all of it."""
    output_filter: _JsonPath | None = None
    """JSONPath of the part of a result that is kept. Default: all of it."""
    late_seconds: Whole | None = Field(default=None, ge=60, le=24 * 3600)
    """How late a run of the schedule may begin; a later one is left out. Default: 3600."""
    dead_letter_queue_arn: _Queue | None = None
    """SQS queue that keeps the runs of the schedule that could not be begun. Default: they are
    lost."""
    timeout_seconds: Whole | None = Field(default=None, ge=60, le=7 * 24 * 3600)
    """How long a run may take in all, then the update stops it; not with a schedule. Default:
    3600."""
    capture_uri: Uri | None = None
    """S3 prefix where input and results are captured. Default: nothing is captured."""
    data_key_arn: _Key | None = None
    """KMS key of input, results and what is captured. Default: the buckets' own."""
    isolated: Truth = False
    """Whether the containers have no network, although the environment has one for SageMaker."""
