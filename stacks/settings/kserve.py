"""What a model file says for KServe."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.cold_start import PodColdStart
from stacks.settings.common import Common
from stacks.settings.fields import Closed, DnsLabel, HostName, HttpPath, Number, Text, Url, Whole
from stacks.settings.language_models import LanguageModelKeys, LoadScalingKeys
from stacks.settings.managed import Capture
from stacks.settings.network_access import NetworkAccess
from stacks.settings.profiled_drift import WithProfiledDrift


class Companion(Closed):
    """What stands beside the model: an image of one's own."""

    image: Text
    """Its image, pinned by `@sha256:…`."""
    arguments: list[Text] = Field(default=[])
    """Its arguments; KServe adds the model's name and the predictor's host."""
    env: dict[str, str] = Field(default={})
    """Its environment variables; nothing secret."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Its fewest replicas; 0 in Knative mode only."""
    max_replicas: Whole = Field(default=1, ge=1, le=1000)
    """Its most replicas."""
    cpu: Number | None = Field(default=None, ge=0.1, le=192)
    """CPU cores of one replica. Default: 1."""
    memory_mib: Whole | None = Field(default=None, ge=128, le=4 * 1024 * 1024)
    """Memory of one replica in MiB. Default: 1024."""


class KServeModel(WithProfiledDrift, LoadScalingKeys, LanguageModelKeys, NetworkAccess, Common):
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
    protocol: Literal["v1", "v2", "grpc-v1", "grpc-v2"] | None = None
    """What callers speak. Default: v1 where the runtime has it, else v2."""
    port: Whole | None = Field(default=None, ge=1024, le=65535)
    """Port of an own image. Default: 8080."""
    ready_path: HttpPath | None = None
    """Path that answers once the model is loaded. Default: the runtime's; of an image its port."""
    live_path: HttpPath | None = None
    """Path that answers while the server lives. Default: the runtime's; of an image its port."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the model server."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    load_seconds: Whole | None = Field(default=None, ge=1, le=7200)
    """Seconds that the server may take to load the model, once it is fetched. Default: 60."""
    startup_timeout_seconds: Whole | None = Field(default=None, ge=1, le=14_400)
    """Budget of the startup probe. Default: the larger of 600 and twice load_seconds."""
    transformer: Companion | None = None
    """What prepares requests and answers. Default: nothing."""
    explainer: Companion | None = None
    """What explains answers. Default: nothing."""
    concurrency_target: Whole | None = Field(default=None, ge=1, le=1000)
    """Requests in flight per replica that Knative aims for. Default: 10."""
    requests_per_second_target: Whole | None = Field(default=None, ge=1, le=1000)
    """Requests per second and replica that Knative aims for, instead."""
    cpu_target_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Use of the requested CPU that the autoscaler aims for."""
    memory_target_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Use of the requested memory that the autoscaler aims for."""
    autoscaler: Literal["hpa", "keda", "external"] | None = None
    """Who scales in standard mode; `external` is somebody else. Default: hpa."""
    prometheus_url: Url | None = None
    """Prometheus that KEDA asks."""
    prometheus_query: Text | None = None
    """PromQL query that KEDA scales on."""
    prometheus_target: Number | None = Field(default=None, ge=0.001, le=1e9)
    """The query's value per replica that the autoscaler aims for."""
    cold_start: PodColdStart = PodColdStart.model_construct()
    """Longest first answer after a sleep, with `min_replicas: 0`, and what it is estimated by."""
    scale_to_zero_retention_seconds: Whole | None = Field(default=None, ge=0, le=3600)
    """Seconds that the last replica stays after the last request. Default: Knative's."""
    capture: Capture | None = None
    """Requests and answers that KServe's logger sends to an HTTP address, or stores as JSON in S3
    or Cloud Storage, all of them. Default: none."""
    host: HostName | None = None
    """Host name of one's own, by the environment's Gateway (standard mode). A ready candidate gets
    its share by it, whatever KServe's own routes do. Default: KServe's hosts only."""
    candidate_replicas: Whole | None = Field(default=None, ge=1, le=1000)
    """Replicas of the candidate in standard mode; 1 where KServe does not scale the model.
    Default: its share of min_replicas, at least 1."""
    service_account_name: DnsLabel | None = None
    """Service account that may read the artifact. A bucket, Azure's blobs and gated models of the
    hub need one, unless the environment gives models an identity."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=14_400)
    """Seconds after which a service that is not ready fails the update."""
