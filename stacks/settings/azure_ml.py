"""What a model file says for Azure ML."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import Common
from stacks.settings.drift import Drift
from stacks.settings.fields import HttpPath, Number, Truth, Whole
from stacks.settings.managed import Capture, ManagedStrategy, Scaling

__all__ = ["AzureMlModel", "AzureSize"]

AzureSize = Annotated[
    str,
    StringConstraints(pattern=r"^[Ss][Tt][Aa][Nn][Dd][Aa][Rr][Dd]_[A-Za-z0-9_]+$"),
    Field(json_schema_extra={"allowed": "a size of Azure's machines, such as Standard_DS3_v2"}),
]


class AzureMlModel(Common):
    """A model on a managed online endpoint of Azure ML."""

    needs: ClassVar = frozenset({"azure", "azure_ml"})

    target: Literal["azure_ml"]
    """Where the model is served."""
    strategy: ManagedStrategy = "canary"
    """How a candidate is tried: `canary`, a share of the requests; `ab`, a share, and callers may
    choose; `shadow`, copies of a share, whose answers nobody gets."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest instances of each version."""
    max_replicas: Whole = Field(default=2, ge=1, le=1000)
    """Most instances of each version."""
    candidate_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Instances of the candidate when it is made. Default: min_replicas."""
    instance_type: AzureSize = "Standard_DS3_v2"
    """Size of the machine of each instance."""
    scaling: Scaling = Scaling.model_construct()
    """What the number of instances follows."""
    capture: Capture | None = None
    """Requests and answers that are kept in Blob Storage. Default: none."""
    drift: Drift | None = None
    """Whether requests still look like the training data. Default: nobody looks."""
    port: Whole | None = Field(default=None, ge=1, le=65535)
    """Port of an image of one's own. Default: 8080."""
    live_path: HttpPath | None = None
    """Path of an image of one's own that says whether it lives. Default: /healthz."""
    ready_path: HttpPath | None = None
    """Path of an image of one's own that says whether it is ready. Default: /readyz."""
    score_path: HttpPath | None = None
    """Path of an image of one's own that answers requests. Default: /score."""
    model_mount_path: HttpPath | None = None
    """Folder of an image of one's own where the model is put. Default:
    /var/azureml-app/azureml-models."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    request_timeout_seconds: Whole | None = Field(default=None, ge=1, le=180)
    """How long a request may take, waiting for its turn included. Default: 5."""
    max_concurrent_requests: Whole | None = Field(default=None, ge=1, le=1000)
    """Requests that one instance works on at once. Default: 1."""
    load_seconds: Whole | None = Field(default=None, ge=1, le=7200)
    """Seconds that a container may take to load the model. Default: 300."""
    probe_period_seconds: Whole | None = Field(default=None, ge=1, le=600)
    """Seconds from one probe to the next. Default: 10."""
    probe_timeout_seconds: Whole | None = Field(default=None, ge=1, le=600)
    """Seconds that a probe waits for its answer. Default: 2."""
    auth_mode: Literal["aad_token", "key"] | None = None
    """How callers prove who they are: `aad_token`, by Microsoft Entra, or `key`. Default:
    aad_token."""
    public_access: Truth | None = None
    """Whether the endpoint is reached from the internet. Default: the environment's."""
    egress_public_access: Truth | None = None
    """Whether containers reach the internet. Default: the environment's."""
    app_insights: Truth | None = None
    """Whether containers send logs and requests to the workspace's Application Insights. Default:
    the environment's."""
    alert_errors_per_minute: Number | None = Field(default=None, ge=0.2, le=100_000)
    """Failed requests of one status (5xx, 408 or 424) per minute, over five minutes, from which on
    an alert fires. Default: 1."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=60, le=14_400)
    """How long a deployment or a move of traffic may take. Default: 3600."""
