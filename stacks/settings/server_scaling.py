"""What a model file says about the number of a model server's replicas, and who meets them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings.cluster_security import Cidr
from stacks.settings.fields import (
    Closed,
    DnsLabel,
    HostName,
    HttpPath,
    Number,
    Text,
    Truth,
    Url,
    Whole,
)

__all__ = ["ServerExposure", "ServerScaling"]

Amount = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,6}$|^([0-9]{1,2}|100)%$"),
    Field(json_schema_extra={"allowed": 'a number or a share in quotes, such as "1" or "25%"'}),
]


class Speed(Closed):
    """How fast an autoscaler goes one way."""

    window_seconds: Whole | None = Field(default=None, ge=0, le=3600)
    """Seconds of load that it looks back on. Default: 60 up, 300 down."""
    percent: Whole | None = Field(default=None, ge=1, le=10_000)
    """How many replicas in one step, in percent. Default: 100 up, 10 down."""
    period_seconds: Whole | None = Field(default=None, ge=1, le=1800)
    """Seconds of one step. Default: 60."""


class ServerScaling(Closed):
    """Keys about how many replicas there are, and how many may be away."""

    autoscaler: Literal["hpa", "keda", "none"] | None = None
    """What scales: a HorizontalPodAutoscaler, KEDA, or nothing; then there are min_replicas, and
    if max_replicas is more, whoever scales later keeps theirs. Default: hpa, if it is more."""
    cpu_target_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Use of the requested CPU that the autoscaler aims for. Default: 70."""
    memory_target_percent: Whole | None = Field(default=None, ge=1, le=100)
    """Use of the requested memory that the autoscaler aims for."""
    requests_per_second_target: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """Requests per second and replica that the HorizontalPodAutoscaler aims for."""
    pods_metric_name: Text | None = None
    """Metric of the pods that has them. Default: http_requests_per_second."""
    prometheus_url: Url | None = None
    """Prometheus that KEDA asks."""
    prometheus_query: Text | None = None
    """PromQL query that KEDA scales on."""
    prometheus_target: Number | None = Field(default=None, ge=0.001, le=1e9)
    """The query's value per replica that KEDA aims for."""
    cooldown_seconds: Whole | None = Field(default=None, ge=0, le=24 * 3600)
    """Seconds without load before KEDA scales to zero. Default: 300."""
    polling_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds between KEDA's questions. Default: 30."""
    scale_up: Speed = Speed.model_construct()
    """How fast replicas are added."""
    scale_down: Speed = Speed.model_construct()
    """How fast replicas are taken away."""
    update_max_surge: Amount | None = None
    """Replicas beyond the number during a rolling update. Default: 25%; at the edge 0."""
    update_max_unavailable: Amount | None = None
    """Replicas missing from the number during a rolling update. Default: 0; at the edge 1."""
    min_available: Amount | None = None
    """Replicas that maintenance has to leave. Default: see max_unavailable."""
    max_unavailable: Amount | None = None
    """Replicas that maintenance may take at once. Default: 1, if there may be more than one."""


class ServerExposure(Closed):
    """Keys about how requests reach the server."""

    host: HostName | None = None
    """Host name outside of the cluster. Default: inside only."""
    exposure: Literal["ingress", "gateway"] = "ingress"
    """By an Ingress, or by a route of Gateway API on `gateway_name`. With strategies that a router
    carries out it is the router's gateway."""
    tls_secret_name: DnsLabel | None = None
    """Secret with the host's certificate, for an Ingress."""
    certificate_issuer: DnsLabel | None = None
    """ClusterIssuer of cert-manager that issues the host's certificate, for an Ingress."""
    ingress_class: DnsLabel | None = None
    """Ingress class of the host. Default: nginx; at the edge traefik."""
    predict_paths: list[HttpPath] = Field(default=[], max_length=20)
    """Paths that callers use; nothing else is routed from outside. Default: the server kind's."""
    max_body_mib: Whole | None = Field(default=None, ge=1, le=10_240)
    """Longest request from outside in MiB, by an Ingress of class nginx. Default: 10."""
    request_timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Longest time of a request from outside, by class nginx or a gateway. Default: 60."""
    headless: Truth | None = None
    """Whether `<name>-pods` stands for the pods' own addresses. Default: false."""
    internal_load_balancer: Literal["aws", "gcp", "azure"] | None = None
    """Cloud whose load balancer in the private network leads to the server. Default: none."""
    load_balancer_cidrs: list[Cidr] = Field(default=[], max_length=50)
    """From where that load balancer may be reached."""
