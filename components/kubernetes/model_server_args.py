"""What a `ModelServer` is asked for, flat, as Pulumi's component host wants it."""

from typing import NotRequired, TypedDict

import pulumi

__all__ = ["ModelServerArgs"]


class ModelServerArgs(TypedDict):
    """Flat arguments of `ModelServer`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Where the stable model's artifact is; given to `download_image` and to the server."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Where the candidate's artifact is. Default: no candidate."""
    candidate_image: NotRequired[pulumi.Input[str]]
    """Image of the candidate's server. Default: `image`."""
    candidate_min_replicas: NotRequired[int]
    """Fewest pods of the candidate. Default: `min_replicas`."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100; with strategy shadow of the copies that
    it gets. Default: 0."""
    share_owner: NotRequired[str]
    """Who owns the share: file, and each update sets `canary_percent`; or rollout, and no update
    sets back what a rollout moved. Default: file."""
    min_replicas: NotRequired[int]
    """Fewest pods. Default: 1."""
    max_replicas: NotRequired[int]
    """Most pods. Default: the larger of 1 and `min_replicas`."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels; the characters of a value that a label cannot hold become `-`. Default:
    none."""
    namespace: pulumi.Input[str]
    """Namespace, which exists."""
    image: pulumi.Input[str]
    """Image of the model server."""
    server: NotRequired[str]
    """Kind of server, by its name in facts/model_servers.py: port and paths. Default: reference."""
    strategy: NotRequired[str]
    """How a new version takes over: recreate or rolling, in place; blue_green, canary, ab, shadow,
    with both versions beside each other. Default: rolling."""
    router: NotRequired[str]
    """What parts the requests for canary, ab and shadow: istio, or gateway (Gateway API).
    Default: none."""
    gateway_name: NotRequired[str]
    """Gateway by which `host` is reached, Istio's or Gateway API's as the router is; it exists and
    has the host's certificate. Default: none."""
    gateway_namespace: NotRequired[str]
    """Namespace of that gateway. Default: none; needed beside `gateway_name`."""
    ab_header: NotRequired[str]
    """Header by which strategy ab knows the candidate's requests. Default: `ab_cookie` does."""
    ab_cookie: NotRequired[str]
    """Cookie by which strategy ab knows the candidate's requests. Default: `ab_header` does."""
    ab_values: NotRequired[list[str]]
    """Values of the header or cookie with which requests go to the candidate, 1 to 16. Default:
    none; needed with strategy ab."""
    port: NotRequired[int]
    """Port of the server, 1024 to 65535. Default: the server kind's."""
    live_path: NotRequired[str]
    """Path of the liveness probe. Default: the server kind's."""
    ready_path: NotRequired[str]
    """Path of the readiness probe. Default: the server kind's."""
    startup_path: NotRequired[str]
    """Path of the startup probe. Default: the server kind's."""
    arguments: NotRequired[list[str]]
    """Arguments for the model server. Default: the image's own."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    config: NotRequired[dict[str, str]]
    """Files under /etc/model-server by name. Default: none."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 2048."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Default: none."""
    accelerator_count: NotRequired[int]
    """Whole GPUs per pod, 1 to 16. Default: 1 when `accelerator` is given."""
    download_image: NotRequired[pulumi.Input[str]]
    """Image that brings the artifact to /mnt/models before the server starts, as KServe's storage
    initialiser does: artifact and folder are its arguments. Default: the server's image holds the
    model, or fetches it."""
    download_memory_mib: NotRequired[int]
    """Memory of the download in MiB. Default: 1024."""
    user_id: NotRequired[int]
    """Numeric user and group of the containers, not 0. Default: 1000."""
    load_seconds: NotRequired[int]
    """How long the server may take to load the model. Default: 60."""
    drain_seconds: NotRequired[int]
    """How long a pod that goes still answers. Default: 15."""
    grace_seconds: NotRequired[int]
    """How long requests in flight may take after that. Default: 45."""
    cpu_target_percent: NotRequired[int]
    """Use of the requested CPU that autoscaling aims at. Default: 70."""
    host: NotRequired[str]
    """Host name outside of the cluster. Default: inside only."""
    tls_secret_name: NotRequired[str]
    """Secret with the host's certificate. Default: none; needed beside `host`."""
    ingress_class: NotRequired[str]
    """Ingress class of the host. Default: nginx."""
    service_account_name: NotRequired[str]
    """Service account, which exists. Default: one of its own."""
    pod_labels: NotRequired[dict[str, str]]
    """Labels of the pods alone, such as a cloud's identity webhook looks for. Default: none."""
    callers: NotRequired[list[str]]
    """Who may call, each as `namespace/service-account`. Default: the namespace's pods."""
    egress: NotRequired[list[str]]
    """What the server calls, each as `namespace:port` or `block-of-addresses:port`, such as a
    feature store. Default: names, and the artifact's store by HTTPS."""
    storage_cidrs: NotRequired[list[str]]
    """Where the artifact is fetched from. Default: anywhere but the nodes' own addresses."""
    mesh: NotRequired[str]
    """The mesh that the namespace is in: none, istio_sidecar or istio_ambient. Default: none."""
    ingress_namespace: NotRequired[str]
    """Namespace of the gateway, when there is a `host`. Default: ingress-nginx."""
    metrics_namespace: NotRequired[str]
    """Namespace of what reads the metrics. Default: monitoring."""
    ready_timeout_seconds: NotRequired[int]
    """How long the model may take to be ready before the update fails. Default: 900."""
