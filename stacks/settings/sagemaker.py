"""What a model file says for a SageMaker real-time endpoint."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common, Uri
from stacks.settings.drift import Drift
from stacks.settings.fields import Closed, Text, Truth, Whole
from stacks.settings.managed import Capture, ManagedStrategy, Scaling

__all__ = ["InstanceType", "LogRetentionDays", "SageMakerContainer", "SageMakerModel"]

INSTANCE_TYPE: Final = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"
InstanceType = Annotated[
    str,
    StringConstraints(pattern=INSTANCE_TYPE),
    Field(json_schema_extra={"allowed": "a SageMaker instance type, such as ml.m5.large"}),
]
LogRetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653]


class SageMakerContainer(Closed):
    """A container beside the model's own, which is called `model`."""

    hostname: Annotated[
        str,
        StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"),
        Field(json_schema_extra={"allowed": "1 to 63 letters, digits and inner hyphens"}),
    ]
    """The name by which requests, logs and metrics know it."""
    image: Text
    """Container image in Amazon ECR, pinned by `@sha256:…`."""
    uri: Uri | None = None
    """S3 URI of its artifact, or what a registry of models knows it by (docs/model-references.md).
    Default: none, the image holds it."""
    candidate_image: Text | None = None
    """Its image beside the candidate. Default: image."""
    candidate_uri: Uri | None = None
    """Its artifact beside the candidate. Default: uri."""
    env: dict[str, str] = Field(default={})
    """Its environment variables; nothing secret."""
    first: Truth = False
    """Whether it answers before the model's own container, where they answer in turn."""


class SageMakerModel(Common):
    """A model on a SageMaker real-time endpoint."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker"]
    """Where the model is served."""
    strategy: ManagedStrategy = "canary"
    """What a candidate is for: `canary`, a held share of the requests; `ab`, callers choose it by
    TargetVariant `candidate`, and those who choose nothing are parted by the share; `shadow`,
    copies of a share of the requests, whose answers nobody gets."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest instances."""
    max_replicas: Whole = Field(default=2, ge=1, le=1000)
    """Most instances."""
    candidate_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Instances of the candidate, which are not scaled. Default: max_replicas."""
    instance_type: InstanceType = "ml.m5.large"
    """SageMaker instance type."""
    disk_gib: Whole | None = Field(default=None, ge=1, le=512)
    """Disk of each instance in GiB. Default: what SageMaker gives."""
    download_timeout_seconds: Whole | None = Field(default=None, ge=60, le=3600)
    """How long an instance may take to fetch and unpack the model. Default: SageMaker's."""
    startup_timeout_seconds: Whole | None = Field(default=None, ge=60, le=3600)
    """How long a container may take until it answers /ping. Default: SageMaker's."""
    env: dict[str, str] = Field(default={})
    """Environment variables of the model's container; nothing secret."""
    many_models: Truth = False
    """Whether model.uri is a prefix below which each `.tar.gz` is a model of its own, loaded when a
    request names it as TargetModel."""
    model_cache: Truth | None = None
    """Whether many models stay in memory as long as there is room. Default: true."""
    containers: list[SageMakerContainer] = Field(default=[], max_length=14)
    """Containers beside the model's own."""
    container_call: Literal["serial", "direct"] | None = None
    """Several containers answer in turn (`serial`), or the one that the request names as
    TargetContainerHostname (`direct`). Default: serial."""
    scaling: Scaling = Scaling.model_construct()
    """What the number of instances follows. Default: 600 requests per instance and minute."""
    capture: Capture | None = None
    """Requests and answers that are kept in S3. Default: none."""
    drift: Drift | None = None
    """Whether requests still look like the training data. Default: nobody looks."""
    isolated: Truth = False
    """Whether the containers reach no network, although the environment has one for SageMaker: then
    what SageMaker itself fetches goes through that alone."""
    log_retention_days: LogRetentionDays | None = None
    """Days that logs are kept. Default: 30."""
