"""What a model file says for Vertex AI."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common
from stacks.settings.drift import Drift
from stacks.settings.fields import HttpPath, Number, Text, Truth, Whole
from stacks.settings.google_cloud import ServiceAccount
from stacks.settings.managed import Capture, ManagedStrategy, Scaling
from stacks.settings.managed_targets import VertexEndpointType
from stacks.settings.request_logs import WithRequestLogs

__all__ = ["MachineType", "VertexModel"]

MachineType = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]+-[a-z0-9]+(-[a-z0-9]+)*$"),
    Field(json_schema_extra={"allowed": "a Compute Engine machine type, such as n1-standard-4"}),
]


class VertexModel(WithRequestLogs, Common):
    """A model on a Vertex AI endpoint."""

    needs: ClassVar = frozenset({"gcp", "vertex"})

    target: Literal["vertex"]
    """Where the model is served."""
    strategy: ManagedStrategy = "canary"
    """How a candidate is tried: `canary`, the split's share; Vertex AI has no other."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest replicas of each version."""
    max_replicas: Whole = Field(default=2, ge=1, le=1000)
    """Most replicas of each version."""
    machine_type: MachineType | None = None
    """Machine type of a replica. Default: n1-standard-2, or the cheapest with the accelerator."""
    spot: Truth = False
    """Whether replicas run on spot machines, which may be taken away at any time."""
    scaling: Scaling = Scaling.model_construct()
    """What the number of replicas follows."""
    resource_pool: (
        Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")] | None
    ) = None
    """Pool of machines that is there and that the model shares with others, by its name."""
    own_resource_pool: Truth = False
    """Whether the endpoint's machines are a pool that other models may share."""
    endpoint_type: VertexEndpointType | None = None
    """dedicated, public, private_service_connect or peered. Default: the environment's."""
    payload_mb: Number | None = Field(default=None, gt=0, le=1000)
    """Largest request or answer in MB, held against what the endpoint takes. Default: unchecked."""
    capture: Capture | None = None
    """Requests and answers that are kept in BigQuery. Default: none."""
    drift: Drift | None = None
    """Whether requests still look like the training data. Default: nobody looks."""
    access_logs: Truth = False
    """Whether each request is logged with its latency."""
    port: Whole | None = Field(default=None, ge=1, le=65535)
    """Port of a container of one's own. Default: 8080."""
    predict_route: HttpPath | None = None
    """Path of a container of one's own that answers requests. Default: Vertex AI's."""
    health_route: HttpPath | None = None
    """Path of a container of one's own that says whether it is well. Default: Vertex AI's."""
    arguments: list[Text] = Field(default=[])
    """Arguments of a container of one's own."""
    env: dict[str, str] = Field(default={})
    """Environment variables of a container of one's own; nothing secret."""
    service_account: ServiceAccount | None = None
    """Service account of the containers. Default: one of their own, which may read the artifact."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=60, le=7200)
    """How long an upload or a deployment may take. Default: 3600."""
