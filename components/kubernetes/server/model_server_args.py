"""What a `ModelServer` is asked for, flat, as Pulumi's component host wants it."""

from typing import NotRequired, TypedDict

import pulumi

from components.kubernetes.server.parts import ModelServerPart

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
    """Where the stable model's artifact is: `image:/path` in the server's image, `pvc://claim/path`,
    `oci://registry/name@sha256:…` with `image_volumes`, or what `download_image` or the server
    fetches."""
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
    """Image of the model server, by its digest."""
    server: NotRequired[str]
    """Kind of server, by its name in facts/model_servers.py: port and paths. Default: reference."""
    profile: NotRequired[str]
    """cluster; or edge, a small cluster: one pod, no mesh, no autoscaler, no budget, its model in
    the image or kept on a volume. Default: cluster."""
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
    parts: NotRequired[list[ModelServerPart]]
    """Further services that are one unit with the model's server, such as a tokenizer: a version
    gets requests only when all of its parts are ready. Default: none."""
    port: NotRequired[int]
    """Port of the server, 1024 to 65535. Default: the server kind's."""
    grpc_port: NotRequired[int]
    """Port for gRPC, 1024 to 65535. Default: the server kind's, or none."""
    metrics_port: NotRequired[int]
    """Port with the metrics, 1024 to 65535. Default: the server kind's, or `port`."""
    metrics_path: NotRequired[str]
    """Path of the metrics. Default: the server kind's."""
    prometheus_annotations: NotRequired[bool]
    """Whether pods say by annotations where their metrics are. Default: true, where there are
    any."""
    probe: NotRequired[str]
    """How probes ask: http, grpc, tcp (the port is open) or none. Default: http."""
    live_path: NotRequired[str]
    """Path of the liveness probe. Default: the server kind's."""
    live_probe_delay_seconds: NotRequired[int]
    """Seconds before the first liveness probe, 0 to 3600. Default: 0."""
    live_probe_period_seconds: NotRequired[int]
    """Seconds from one liveness probe to the next, 1 to 600. Default: 10."""
    live_probe_timeout_seconds: NotRequired[int]
    """Seconds that a liveness probe waits for its answer, 1 to 600. Default: 5."""
    live_probe_failures: NotRequired[int]
    """Liveness probes that fail one after the other before it counts. Default: 3."""
    ready_path: NotRequired[str]
    """Path of the readiness probe. Default: the server kind's."""
    ready_probe_delay_seconds: NotRequired[int]
    """Seconds before the first readiness probe, 0 to 3600. Default: 0."""
    ready_probe_period_seconds: NotRequired[int]
    """Seconds from one readiness probe to the next, 1 to 600. Default: 5."""
    ready_probe_timeout_seconds: NotRequired[int]
    """Seconds that a readiness probe waits for its answer, 1 to 600. Default: 3."""
    ready_probe_failures: NotRequired[int]
    """Readiness probes that fail one after the other before it counts. Default: 2."""
    startup_path: NotRequired[str]
    """Path of the startup probe. Default: the server kind's."""
    startup_probe_delay_seconds: NotRequired[int]
    """Seconds before the first startup probe, 0 to 3600. Default: 0."""
    startup_probe_period_seconds: NotRequired[int]
    """Seconds from one startup probe to the next, 1 to 600. Default: 10."""
    startup_probe_timeout_seconds: NotRequired[int]
    """Seconds that a startup probe waits for its answer, 1 to 600. Default: 5."""
    startup_probe_failures: NotRequired[int]
    """Startup probes that fail one after the other before it counts. Default: what `load_seconds`
    needs."""
    arguments: NotRequired[list[str]]
    """Arguments for the model server, after the server kind's. Default: none."""
    command: NotRequired[list[str]]
    """Command of the model server. Default: the server kind's, or the image's."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    secret_env: NotRequired[dict[str, str]]
    """Secret environment variables, each as `secret-name/key` of a Secret that is there. Default:
    none."""
    secrets: NotRequired[dict[str, pulumi.Input[str]]]
    """Secret environment variables by value, such as a secret output; kept in a Secret of the
    server's own. Default: none."""
    config: NotRequired[dict[str, str]]
    """Files under /etc/model-server by name. Default: none."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1; at the edge 0.5."""
    cpu_limit: NotRequired[float]
    """Most CPU cores per pod. Default: `cpu`."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 2048; at the edge 512."""
    memory_limit_mib: NotRequired[int]
    """Most memory per pod in MiB. Default: `memory_mib`."""
    disk_mib: NotRequired[int]
    """Disk of the node that a pod may use, in MiB. Default: what its folders may hold, and 256."""
    tmp_mib: NotRequired[int]
    """What /tmp may hold, in MiB. Default: 512; at the edge 128."""
    shm_mib: NotRequired[int]
    """What /dev/shm may hold, in MiB of the pod's memory. Default: 1024 with `accelerator`, else
    the container's own."""
    writable_folders: NotRequired[list[str]]
    """More folders that the server may write to, such as caches; the rest is read-only. Default:
    none."""
    writable_mib: NotRequired[int]
    """What each of them may hold, in MiB. Default: 256."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Default: none."""
    accelerator_count: NotRequired[int]
    """Whole GPUs per pod, 1 to 16. Default: 1 when `accelerator` is given."""
    gpu_node_labels: NotRequired[dict[str, str]]
    """Labels of the GPU nodes that the pods run on: a pool's output `node_selector`. Default: all
    nodes that carry the accelerator."""
    gpu_resource: NotRequired[str]
    """What a pod requests of those nodes: the pool's output of that name. Default:
    nvidia.com/gpu, whole GPUs."""
    gpu_tolerations: NotRequired[list[str]]
    """Taints of those nodes that the pods tolerate beside nvidia.com/gpu, `key=value:Effect`: of
    spot machines on AKS, of a ComputeClass on GKE. Default: none."""
    node_selector: NotRequired[dict[str, str]]
    """Labels of the nodes that the pods may run on. Default: none."""
    tolerations: NotRequired[list[str]]
    """Taints of nodes that the pods bear, each as `key=value:Effect` or less. Default: none."""
    priority_class_name: NotRequired[str]
    """Priority class of the pods. Default: the cluster's."""
    image_pull_policy: NotRequired[str]
    """When nodes pull images: IfNotPresent, Always or Never. Default: IfNotPresent."""
    image_pull_secrets: NotRequired[list[str]]
    """Secrets with which nodes pull the images. Default: none."""
    download_image: NotRequired[pulumi.Input[str]]
    """Image that brings the artifact to /mnt/models before the server starts, as KServe's storage
    initialiser does: artifact and folder are its arguments. Default: the server's image holds the
    model, or fetches it."""
    download_memory_mib: NotRequired[int]
    """Memory of the download in MiB. Default: 1024."""
    download_cpu: NotRequired[float]
    """CPU cores of the download. Default: 1."""
    model_mib: NotRequired[int]
    """What the downloaded model may need on the node's disk, in MiB. Default: 4096."""
    model_volume_mib: NotRequired[int]
    """Size of a volume that keeps downloaded models, in MiB; its pods run on one node. Default: no
    volume, and each pod downloads."""
    storage_class_name: NotRequired[str]
    """Storage class of that volume. Default: the cluster's."""
    image_volumes: NotRequired[bool]
    """Whether the cluster mounts images as volumes (`oci://`): its feature gate ImageVolume, off by
    default in Kubernetes 1.34. Default: false."""
    user_id: NotRequired[int]
    """Numeric user and group of the containers, not 0. Default: the server kind's, or 10001."""
    load_seconds: NotRequired[int]
    """How long the server may take to load the model. Default: 60."""
    drain_seconds: NotRequired[int]
    """How long a pod that goes still answers. Default: 15."""
    grace_seconds: NotRequired[int]
    """How long requests in flight may take after that. Default: 45."""
    update_max_surge: NotRequired[str]
    """Pods beyond the number during a rolling update, as 1 or 25%. Default: 25%; at the edge 0."""
    update_max_unavailable: NotRequired[str]
    """Pods missing from the number during a rolling update. Default: 0; at the edge 1."""
    min_available: NotRequired[str]
    """Pods that maintenance has to leave, as 2 or 50%. Default: see `max_unavailable`."""
    max_unavailable: NotRequired[str]
    """Pods that maintenance may take at once, as 1 or 25%. Default: 1, where there may be more than
    one pod."""
    autoscaler: NotRequired[str]
    """What scales: hpa (HorizontalPodAutoscaler), keda (ScaledObject), or none; then the number is
    `min_replicas`, and if `max_replicas` is more, whoever scales later keeps theirs. Default: hpa,
    where `max_replicas` is more."""
    cpu_target_percent: NotRequired[int]
    """Use of the requested CPU that autoscaling aims at. Default: 70."""
    memory_target_percent: NotRequired[int]
    """Use of the requested memory that autoscaling aims at. Default: memory does not count."""
    requests_per_second_target: NotRequired[float]
    """Requests per second and pod that the HorizontalPodAutoscaler aims at, by a metric of the pods
    that an adapter offers. Default: they do not count."""
    pods_metric_name: NotRequired[str]
    """Name of that metric. Default: http_requests_per_second."""
    prometheus_url: NotRequired[str]
    """Prometheus that KEDA asks. Default: none; needed with `autoscaler` keda."""
    prometheus_query: NotRequired[str]
    """What KEDA asks it. Default: none; needed with `autoscaler` keda."""
    prometheus_target: NotRequired[float]
    """How much of the answer is one pod's. Default: none; needed with `autoscaler` keda."""
    cooldown_seconds: NotRequired[int]
    """Seconds without load before KEDA scales to zero. Default: 300."""
    polling_seconds: NotRequired[int]
    """Seconds between KEDA's questions. Default: 30."""
    scale_up_window_seconds: NotRequired[int]
    """Seconds of load that scaling up looks back on. Default: 60."""
    scale_up_percent: NotRequired[int]
    """How much more pods in one step up, in percent. Default: 100."""
    scale_up_period_seconds: NotRequired[int]
    """Seconds of one step up. Default: 60."""
    scale_down_window_seconds: NotRequired[int]
    """Seconds of load that scaling down looks back on. Default: 300."""
    scale_down_percent: NotRequired[int]
    """How much fewer pods in one step down, in percent. Default: 10."""
    scale_down_period_seconds: NotRequired[int]
    """Seconds of one step down. Default: 60."""
    host: NotRequired[str]
    """Host name outside of the cluster. Default: inside only."""
    tls_secret_name: NotRequired[str]
    """Secret with the host's certificate. Default: that of `certificate_issuer`; needed beside
    `host` where there is neither it nor a gateway."""
    certificate_issuer: NotRequired[str]
    """ClusterIssuer of cert-manager that issues the host's certificate. Default: none."""
    ingress_class: NotRequired[str]
    """Ingress class of the host. Default: nginx; at the edge traefik."""
    predict_paths: NotRequired[list[str]]
    """Paths that callers use; nothing else is routed from outside. Default: the server kind's."""
    max_body_mib: NotRequired[int]
    """Longest request from outside in MiB, by an Ingress of class nginx. Default: 10."""
    request_timeout_seconds: NotRequired[int]
    """Longest time of a request from outside, by an Ingress of class nginx or a gateway. Default:
    60."""
    headless: NotRequired[bool]
    """Whether `<name>-pods` stands for the pods' own addresses, for clients that balance by
    themselves. Default: false."""
    internal_load_balancer: NotRequired[str]
    """Cloud whose load balancer in the private network leads to the server: aws, gcp or azure.
    Default: none."""
    load_balancer_cidrs: NotRequired[list[str]]
    """From where it may be reached, as blocks of addresses. Default: none; needed beside it."""
    service_account_name: NotRequired[str]
    """Service account, which exists. Default: one of its own."""
    pod_labels: NotRequired[dict[str, str]]
    """Labels of the pods alone, such as a cloud's identity webhook looks for. Default: none."""
    pod_annotations: NotRequired[dict[str, str]]
    """Annotations of the pods. Default: none."""
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
    """Namespace of the gateway's pods, when there is a `host`. Default: `gateway_namespace`, or
    ingress-nginx."""
    metrics_namespace: NotRequired[str]
    """Namespace of what reads the metrics. Default: monitoring."""
    ready_timeout_seconds: NotRequired[int]
    """How long the model may take to be ready before the update fails. Default: 900."""
    cold_start_budget_ms: NotRequired[float]
    """Longest first answer of a model that has gone to sleep, 1 to 3600000 ms; where what is known
    of its pod takes longer, `min_replicas` 0 is refused. Default: `latency_p95_ms` where another
    of these is given, else no budget."""
    cold_start_model_mib: NotRequired[float]
    """Size in MiB of the model that a pod fetches. Default: not counted."""
    cold_start_image_mib: NotRequired[float]
    """Size in MiB of the images that a node pulls, compressed; 0 where it has them. Default: not
    counted."""
    cold_start_server_start_ms: NotRequired[float]
    """What the server takes to be ready once the model is there. Default: not counted."""
    cold_start_fetch_mib_per_second: NotRequired[float]
    """How fast image and model come, 1 to 100000. Default: 81, as one connection to S3."""
