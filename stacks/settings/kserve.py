"""What a model file says for KServe."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.common import Common
from stacks.settings.fields import DnsLabel, Text, Whole
from stacks.settings.network_access import NetworkAccess


class KServeModel(NetworkAccess, Common):
    """A model on Kubernetes by KServe."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kserve"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest replicas; 0 scales to zero."""
    max_replicas: Whole = Field(default=3, ge=1, le=1000)
    """Most replicas."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    deployment_mode: Literal["knative", "standard"] = "knative"
    """How KServe runs it. Default: the environment's, or `knative`."""
    runtime: DnsLabel | None = None
    """Serving runtime by name. Default: what KServe finds for the framework."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the model server."""
    concurrency_target: Whole | None = Field(default=None, ge=1, le=10_000)
    """Requests in flight per replica that the autoscaler aims for."""
    service_account_name: DnsLabel | None = None
    """Service account that may read the artifact."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a service that is not ready fails the update."""
