"""What files say of a SageMaker endpoint that models share, and of a model as one component."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common, EveryDeployment
from stacks.settings.fields import Text, Truth, Whole
from stacks.settings.kserve_shared import ServerName
from stacks.settings.managed import Scaling
from stacks.settings.sagemaker import InstanceType, LogRetentionDays

__all__ = ["ComponentModel", "SharedEndpoint"]

Prefix = Annotated[
    str,
    StringConstraints(pattern=r"^s3://[a-z0-9.-]+/(\S+/)?$"),
    Field(json_schema_extra={"allowed": "an S3 URI that ends with /, such as s3://bucket/team/"}),
]


class SharedEndpoint(EveryDeployment):
    """A SageMaker endpoint without a model: every model whose file names it runs there."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker_shared_endpoint"]
    """Where the endpoint is."""
    instance_type: InstanceType = "ml.m5.large"
    """SageMaker instance type."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest instances; 0 where all models may be without a copy."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Most instances; SageMaker has as many as the copies of the models need."""
    artifact_prefixes: list[Prefix] = Field(min_length=1)
    """S3 URIs with `/` at their end, below which the models are: all that the endpoint reads."""
    images: list[Text] = Field(default=[])
    """Images in Amazon ECR whose repositories models may run from, beside AWS's own for
    frameworks."""
    log_retention_days: LogRetentionDays | None = None
    """Days that logs are kept. Default: 30."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=60, le=28_800)
    """Seconds after which an endpoint that is not in service fails the update. Default: 3600."""


class ComponentModel(Common):
    """A model as a SageMaker inference component, on an endpoint that others share or alone."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker_component"]
    """Where the model is served."""
    server: ServerName | None = None
    """Shared endpoint that the model runs on: the name of its file. Default: one of its own."""
    instance_type: InstanceType | None = None
    """SageMaker instance type of an endpoint of its own. Needed without `server`."""
    min_instances: Whole | None = Field(default=None, ge=0, le=1000)
    """Fewest instances of an endpoint of its own. Default: 1, or 0 where min_replicas is 0."""
    max_instances: Whole | None = Field(default=None, ge=1, le=1000)
    """Most instances of an endpoint of its own. Default: what max_replicas copies need, and a batch
    of a rolling update beside them."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest copies; with 0 the first request after a rest fails, and brings one up."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Most copies."""
    download_timeout_seconds: Whole | None = Field(default=None, ge=60, le=3600)
    """How long a copy may take to fetch and unpack the model. Default: SageMaker's."""
    startup_timeout_seconds: Whole | None = Field(default=None, ge=60, le=3600)
    """How long a container may take until it answers /ping. Default: SageMaker's."""
    env: dict[str, str] = Field(default={})
    """Environment variables of the model's container; nothing secret."""
    scaling: Scaling = Scaling.model_construct()
    """What the number of copies follows. Default: 600 requests per copy and minute."""
    isolated: Truth = False
    """Whether the containers reach no network, although the environment has one for SageMaker: then
    what SageMaker itself fetches goes through that alone."""
    log_retention_days: LogRetentionDays | None = None
    """Days that logs are kept. Default: 30."""
