"""The arguments of InferenceService."""

from typing import NotRequired, TypedDict

import pulumi

__all__ = ["InferenceServiceArgs"]


class InferenceServiceArgs(TypedDict):
    """Flat arguments of `InferenceService`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Storage URI of the stable model; `hf://owner/model@<commit>` is pinned as KServe wants it."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Storage URI of the candidate. Default: no candidate."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
    min_replicas: NotRequired[int]
    """Fewest pods; 0 lets the model scale to zero (Knative only). Default: 1."""
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
    framework: NotRequired[str]
    """KServe model format, such as sklearn or huggingface. Default: `image` is needed."""
    image: NotRequired[pulumi.Input[str]]
    """Image of an own model server, instead of a framework. Default: none."""
    runtime: NotRequired[str]
    """Name of the serving runtime. Default: the one that KServe brings for the framework."""
    protocol: NotRequired[str]
    """What callers speak: v1, v2, grpc-v1 or grpc-v2. Default: v1 where the runtime has it, else
    v2."""
    port: NotRequired[int]
    """Port of an own image, 1024 to 65535. Default: 8080."""
    ready_path: NotRequired[str]
    """Path that answers once the model is loaded. Default: the runtime's; of an image its port."""
    live_path: NotRequired[str]
    """Path that answers while the server lives. Default: the runtime's; of an image its port."""
    arguments: NotRequired[list[str]]
    """Arguments for the model server. Default: the runtime's own."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    load_seconds: NotRequired[int]
    """How long the server may take to load the model, once it is fetched. Default: 60."""
    startup_timeout_seconds: NotRequired[int]
    """Budget of the startup probe; at least `load_seconds`. Default: the larger of 600 and twice
    `load_seconds`."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 2048."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Knative takes a node selector and
    tolerations only with `kubernetes.podspec-nodeselector` and `-tolerations` enabled in its
    config-features; nodes need the label `nvidia.com/gpu.product`, by a pool of ours or GPU
    feature discovery. Default: none."""
    accelerator_count: NotRequired[int]
    """Whole GPUs per pod, 1 to 8. Default: 1 when `accelerator` is given."""
    gpu_node_labels: NotRequired[dict[str, str]]
    """Labels of the GPU nodes that the pods run on: a pool's output `node_selector`. Default: all
    nodes that carry the accelerator."""
    gpu_resource: NotRequired[str]
    """What a pod requests of those nodes: the pool's output of that name. Default:
    nvidia.com/gpu, whole GPUs."""
    gpu_tolerations: NotRequired[list[str]]
    """Taints of those nodes that the pods tolerate beside nvidia.com/gpu, `key=value:Effect`: of
    spot machines on AKS, of a ComputeClass on GKE. Default: none."""
    concurrency_target: NotRequired[int]
    """Requests in flight per pod that autoscaling aims at (Knative only). Default: 10."""
    target_utilization_percent: NotRequired[int]
    """Share of that target, in percent, from which on Knative adds pods. Default: the cluster's,
    which is 70 unless its config-autoscaler says otherwise."""
    requests_per_second_target: NotRequired[float]
    """Requests per second and pod, a whole number, instead of those in flight (Knative only).
    Default: none."""
    cpu_target_percent: NotRequired[int]
    """Use of the requested CPU that autoscaling aims at. Default: KServe's 80 in standard mode."""
    memory_target_percent: NotRequired[int]
    """Use of the requested memory that autoscaling aims at. Default: none."""
    autoscaler: NotRequired[str]
    """Who scales in standard mode: hpa, keda or external (somebody else). Default: hpa."""
    prometheus_url: NotRequired[str]
    """Prometheus that KEDA asks. Default: none."""
    prometheus_query: NotRequired[str]
    """PromQL query that KEDA scales on. Default: none."""
    prometheus_target: NotRequired[float]
    """The query's value per pod that scaling aims at. Default: none; needed beside the query."""
    scale_to_zero_retention_seconds: NotRequired[int]
    """How long the last pod stays after the last request (Knative). Default: Knative's 0."""
    served_model_name: NotRequired[str]
    """Of a language model (huggingface, vLLM), what clients call it. Default: the service's."""
    tensor_parallel: NotRequired[int]
    """GPUs over which each layer is parted. Default: all of the pod's."""
    pipeline_parallel: NotRequired[int]
    """Stages into which the layers are parted, in one pod. Default: 1."""
    max_model_length: NotRequired[int]
    """Most tokens of prompt and answer. Default: the model's own."""
    dtype: NotRequired[str]
    """auto, bfloat16, float16 or float32. Default: auto."""
    quantization: NotRequired[str]
    """How the weights are quantised. Default: what the checkpoint says."""
    gpu_memory_utilization: NotRequired[float]
    """Share of each GPU's memory that vLLM takes, 0.1 to 0.99. Default: 0.9."""
    weights_gib: NotRequired[float]
    """Size of the weights in GPU memory; what cannot fit is refused. Default: not checked."""
    shared_memory_mib: NotRequired[int]
    """Size of /dev/shm, part of `memory_mib`. Default: 1024 per GPU when there are several."""
    token_secret_name: NotRequired[str]
    """Secret in the namespace whose key HF_TOKEN may fetch the model. Default: none."""
    cache: NotRequired[str]
    """local (KServe's cache on node groups) or volume (a claim that a Job fills). Default: none."""
    cache_size_gib: NotRequired[int]
    """Room that the model's files need. Default: needed with `cache`."""
    cache_node_groups: NotRequired[list[str]]
    """LocalModelNodeGroups that keep the model. Default: needed with `cache: local`."""
    cache_storage_class: NotRequired[str]
    """StorageClass of the claim, one that many nodes can mount. Default: the cluster's."""
    download_image: NotRequired[pulumi.Input[str]]
    """Image that fills the claim, as KServe's storage initialiser does, pinned by `@sha256:`.
    Default: needed with `cache: volume`."""
    load_metric: NotRequired[str]
    """What vLLM measures and KEDA scales on: queue_depth, requests_in_flight or kv_cache_use.
    Default: queue_depth, where another key of this kind is given."""
    load_target: NotRequired[float]
    """What a pod may have of it. Default: 5 waiting, 32 in flight, 0.8 of the cache."""
    activation_query: NotRequired[str]
    """PromQL that is above 0 while callers wait and no pod runs. Default: no scaling to zero."""
    cooldown_seconds: NotRequired[int]
    """How long load must be low before pods are taken away. Default: 300."""
    transformer_image: NotRequired[pulumi.Input[str]]
    """Image that prepares requests and answers. Default: no transformer."""
    transformer_arguments: NotRequired[list[str]]
    """Its arguments; KServe adds the model's name and the predictor's host. Default: none."""
    transformer_env: NotRequired[dict[str, str]]
    """Its environment variables; nothing secret. Default: none."""
    transformer_cpu: NotRequired[float]
    """Its CPU cores per pod. Default: 1."""
    transformer_memory_mib: NotRequired[int]
    """Its memory per pod in MiB. Default: 1024."""
    transformer_min_replicas: NotRequired[int]
    """Its fewest pods; 0 with Knative only. Default: 1."""
    transformer_max_replicas: NotRequired[int]
    """Its most pods. Default: the larger of 1 and its fewest."""
    explainer_image: NotRequired[pulumi.Input[str]]
    """Image that explains answers. Default: no explainer."""
    explainer_arguments: NotRequired[list[str]]
    """Its arguments; KServe adds the model's name and the predictor's host. Default: none."""
    explainer_env: NotRequired[dict[str, str]]
    """Its environment variables; nothing secret. Default: none."""
    explainer_cpu: NotRequired[float]
    """Its CPU cores per pod. Default: 1."""
    explainer_memory_mib: NotRequired[int]
    """Its memory per pod in MiB. Default: 1024."""
    explainer_min_replicas: NotRequired[int]
    """Its fewest pods; 0 with Knative only. Default: 1."""
    explainer_max_replicas: NotRequired[int]
    """Its most pods. Default: the larger of 1 and its fewest."""
    deployment_mode: NotRequired[str]
    """knative or standard (Deployment and autoscaler). Default: knative."""
    kserve_version: str
    """Version of KServe in the cluster, such as `0.20.0`; it decides what can be asked for."""
    gateway_api: NotRequired[bool]
    """Whether KServe there makes Gateway API's routes, which a share needs in standard mode.
    Default: false."""
    host: NotRequired[str]
    """Host name of one's own (standard mode), by a route that gives a ready candidate its share
    whatever KServe's own routes do. Default: KServe's hosts only."""
    gateway_name: NotRequired[str]
    """Gateway of Gateway API by which `host` is reached; it exists and has the host's certificate.
    Default: none; needed beside `host`."""
    gateway_namespace: NotRequired[str]
    """Namespace of that gateway. Default: none; needed beside `gateway_name`."""
    candidate_replicas: NotRequired[int]
    """Pods of the candidate in standard mode, at most `min_replicas`; of a model that KServe does
    not scale 1. Default: its share of `min_replicas`, at least 1."""
    share_owner: NotRequired[str]
    """Who owns the share: `file`, or `rollout`, and `canary_percent` is only the first share of a
    candidate; then the stable model has to be live before. Default: file."""
    service_account_name: NotRequired[str]
    """Service account that may read the model. Default: the namespace's."""
    pod_labels: NotRequired[dict[str, str]]
    """Labels of the pods alone, such as a cloud's identity webhook looks for. Default: none."""
    callers: NotRequired[list[str]]
    """Who may call past the gateway, each as `namespace`, or in a mesh
    `namespace/service-account` (standard mode only).
    Default: the namespace's pods."""
    egress: NotRequired[list[str]]
    """What the server calls, each as `namespace:port` or `block-of-addresses:port`, such as a
    feature store. Default: names, and the artifact's store by HTTPS."""
    capture_percent: NotRequired[int]
    """100, and each request or answer goes to `capture_uri`: KServe's logger knows no share.
    Default: 0, nothing is."""
    capture_uri: NotRequired[pulumi.Input[str]]
    """HTTP address that takes them as CloudEvents (one on the cluster needs its place in
    `egress`), or s3://bucket/prefix or gs://bucket/prefix, which gets them as files of JSON; the
    service account may write there. Default: needed to capture."""
    capture_payload: NotRequired[list[str]]
    """request, response or both. Default: both."""
    storage_cidrs: NotRequired[list[str]]
    """Where the artifact is fetched from. Default: anywhere but the nodes' own addresses."""
    mesh: NotRequired[str]
    """The mesh that the namespace is in: none, istio_sidecar or istio_ambient. Default: none."""
    ingress_namespace: NotRequired[str]
    """Namespace of the gateway. Default: istio-system."""
    metrics_namespace: NotRequired[str]
    """Namespace of what reads the metrics. Default: monitoring."""
    ready_timeout_seconds: NotRequired[int]
    """How long the model may take to be ready before the update fails. Default: the larger of 900
    and twice `load_seconds`."""
    cold_start_budget_ms: NotRequired[float]
    """Longest first answer of a model that has gone to sleep, 1 to 3600000 ms; where what is known
    of its pod takes longer, `min_replicas` 0 is refused. Default: `latency_p95_ms` where another
    of these is given, else no budget."""
    cold_start_model_mib: NotRequired[float]
    """Size in MiB of the model that a pod fetches. Default: `weights_gib`, else not counted."""
    cold_start_image_mib: NotRequired[float]
    """Size in MiB of the images that a node pulls, compressed; 0 where it has them. Default: not
    counted."""
    cold_start_server_start_ms: NotRequired[float]
    """What the server takes to be ready once the model is there. Default: not counted."""
    cold_start_fetch_mib_per_second: NotRequired[float]
    """How fast image and model come, 1 to 100000. Default: 81, as one connection to S3."""
