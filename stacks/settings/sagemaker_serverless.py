"""What a model file says for SageMaker's serverless inference."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.common import Common
from stacks.settings.fields import Whole
from stacks.settings.managed import Scaling
from stacks.settings.sagemaker import LogRetentionDays

__all__ = ["SageMakerServerless"]


class SageMakerServerless(Common):
    """A model on a serverless SageMaker endpoint; its memory is `resources.memory_mib`."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker_serverless"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Provisioned concurrency: so many requests at once meet no cold start."""
    max_replicas: Whole = Field(default=5, ge=1, le=1000)
    """Most requests at once; more are throttled."""
    env: dict[str, str] = Field(default={})
    """Environment variables of the model's container; nothing secret."""
    scaling: Scaling = Scaling.model_construct()
    """What provisioned concurrency follows, in percent of its use. Default: 70 %."""
    log_retention_days: LogRetentionDays | None = None
    """Days that logs are kept. Default: 30."""
