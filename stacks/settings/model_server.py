"""What a model file says for a plain model server on Kubernetes."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.cold_start import PodColdStart
from stacks.settings.common import Common
from stacks.settings.fields import DnsLabel, Whole
from stacks.settings.network_access import NetworkAccess
from stacks.settings.online_features import WithFeatures
from stacks.settings.profiled_drift import WithProfiledDrift
from stacks.settings.request_logs import WithRequestLogs, WithTracing
from stacks.settings.server_pod import ServerPod
from stacks.settings.server_scaling import ServerExposure, ServerScaling
from stacks.settings.takeover import Takeover


class ModelServerModel(
    WithProfiledDrift,
    WithRequestLogs,
    WithTracing,
    WithFeatures,
    ServerExposure,
    ServerScaling,
    ServerPod,
    NetworkAccess,
    Takeover,
    Common,
):
    """A model in an image of one's own on Kubernetes, without KServe."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kubernetes"]
    """Where the model is served."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest replicas; 0 with `autoscaler: keda` alone."""
    max_replicas: Whole = Field(default=3, ge=1, le=1000)
    """Most replicas."""
    cold_start: PodColdStart = PodColdStart.model_construct()
    """Longest first answer after a sleep, with `min_replicas: 0`, and what it is estimated by."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
