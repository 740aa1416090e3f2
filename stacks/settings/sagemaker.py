"""What a model file says for SageMaker."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common
from stacks.settings.fields import Whole


class SageMakerModel(Common):
    """A model on a SageMaker real-time endpoint."""

    needs: ClassVar = frozenset({"aws"})

    target: Literal["sagemaker"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest instances."""
    max_replicas: Whole = Field(default=2, ge=1, le=1000)
    """Most instances."""
    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")] = (
        Field(
            default="ml.m5.large",
            json_schema_extra={"allowed": "a SageMaker instance type, such as ml.m5.large"},
        )
    )
    """SageMaker instance type."""
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653] | None = None
    """Days that logs are kept. Default: 30."""
