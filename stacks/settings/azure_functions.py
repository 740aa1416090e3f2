"""What a model file says for Azure Functions."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from facts.azure_functions import CONCURRENCY
from stacks.settings.cold_start import ColdStart
from stacks.settings.common import Common
from stacks.settings.fields import Truth, Whole
from stacks.settings.online_features import WithFeatures
from stacks.settings.profiled_drift import WithProfiledDrift
from stacks.settings.request_logs import WithRequestLogs, WithTracing

__all__ = ["AzureFunctionsModel"]

_ObjectId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    Field(json_schema_extra={"allowed": "an object id in Microsoft Entra"}),
]


class AzureFunctionsModel(WithProfiledDrift, WithRequestLogs, WithTracing, WithFeatures, Common):
    """A model as a function on Azure Functions: the runtime's package on a plan of its own."""

    needs: ClassVar = frozenset({"azure", "azure_functions"})

    target: Literal["azure_functions"]
    """Where the model is served."""
    plan: Literal["flex", "premium"] = "flex"
    """`flex`: Flex Consumption, paid by use, down to no instance. `premium`: Elastic Premium, which
    has slots for a candidate, and at least one instance."""
    instance_type: Literal["EP1", "EP2", "EP3"] | None = None
    """Size of the instances of plan premium. Default: EP1."""
    min_replicas: Whole = Field(default=0, ge=0, le=1000)
    """Instances that are always ready; where nothing is said, 1 with plan premium."""
    max_replicas: Whole = Field(default=40, ge=1, le=1000)
    """Most instances; where nothing is said, 20 with plan premium."""
    cold_start: ColdStart = ColdStart.model_construct()
    """What the first answer of an instance may take, and what keeps it so short."""
    concurrency: Whole | None = Field(default=None, ge=CONCURRENCY.minimum, le=CONCURRENCY.maximum)
    """Requests at once of an instance. Default: what Azure chooses for its memory."""
    timeout_seconds: Whole = Field(default=30, ge=1, le=900)
    """Seconds after which a request fails; longer than the objective."""
    environment_variables: dict[str, str] = Field(default={})
    """Further settings of the app; nothing secret."""
    callers: list[_ObjectId] = Field(default=[], max_length=100)
    """Users and service principals that may call, by their object ids. Default: whoever gets a
    token for the environment's `jwt_audience`."""
    public_access: Truth | None = None
    """Whether the app is reached from the internet. Default: the environment's."""
