"""What a model file says for Seldon Core 2."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.common import Common
from stacks.settings.fields import DnsLabel, Text, Truth, Whole


class SeldonModel(Common):
    """A model on the shared servers of Seldon Core 2, which the cluster's team runs."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["seldon"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Fewest server replicas that load the model."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Most of them; above min_replicas Seldon scales by lag."""
    runtime_namespace: DnsLabel = "seldon-mesh"
    """Namespace with the SeldonRuntime and its Servers, which this stack does not make."""
    mirror_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Share of requests that the candidate gets a copy of, its answers dropped."""
    requirements: list[Text] = Field(default=[], max_length=50)
    """Capabilities that the server must have beside the framework's."""
    server_name: DnsLabel | None = None
    """Server that loads the model. Default: any with the capabilities and the memory."""
    storage_secret_name: DnsLabel | None = None
    """Secret with rclone's settings for the store. Default: those of the servers' agents."""
    dedicated: Truth | None = None
    """Whether the server loads this model alone. Default: false."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a model that no server has loaded fails the update. Default: 600."""
