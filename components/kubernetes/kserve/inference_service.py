"""A model on KServe: an `InferenceService` in a Kubernetes cluster.

Spellings are those of KServe's own source, release 0.20 (pkg/constants, pkg/apis/serving/v1beta1).
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from components import held_share
from components.checks import Checks
from components.kubernetes.kserve.inference_service_manifest import host_route, inference_service
from components.kubernetes.kserve.inference_service_outputs import (
    candidate_url,
    invoke_policy,
    latency_metric,
    scraping,
    url,
)
from components.kubernetes.kserve.kserve_access import kserve_access
from components.kubernetes.kserve.kserve_held_share import kserve_hooks, stable_record
from components.kubernetes.kserve.kserve_modes import keeps_mode
from components.kubernetes.kserve.kserve_settings import read_settings
from components.kubernetes.kserve.live_share import kept_share, share_once_ready
from components.kubernetes.kserve.load_scaling import scaled_object
from components.kubernetes.kserve.model_cache import cached
from components.kubernetes.kserve.predictor import storage_uri
from components.kubernetes.objects import KubernetesObject, is_applied
from components.serving import read_core
from facts import tags


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
    requests_per_second_target: NotRequired[int]
    """Requests per second and pod, instead of those in flight (Knative only). Default: none."""
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


class InferenceService(pulumi.ComponentResource):
    """One InferenceService; the update fails unless KServe says that it is ready.

    In Knative mode the predictor is the candidate, if there is one, and KServe keeps the last
    revision that had all traffic beside it (`canaryTrafficPercent`): so a stable model has to be
    live first. In standard mode both are declared (`spec.canary`).
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    candidate_url: pulumi.Output[str]
    """Where the candidate alone answers, whatever its share; empty without a candidate."""
    openai_url: pulumi.Output[str]
    """Base of a language model's OpenAI-compatible API; empty for other models."""

    def __init__(
        self,
        name: str,
        args: InferenceServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("InferenceService", name, args, InferenceServiceArgs.__annotations__)
        core = read_core(checks, name, args, least_min=0, most_max=1000)
        settings = read_settings(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:InferenceService", name, {}, opts)

        has_candidate = core.candidate_version is not None
        uris = {
            key: pulumi.Output.from_input(args.get(key, "")).apply(storage_uri)
            for key in ("model_uri", "candidate_uri")
        }
        caches = {
            f"{which}_uri": cached(
                self,
                name,
                args["namespace"],
                tags.kubernetes(core.vocabulary(version)),
                settings.language.cache,
                version,
                uris[f"{which}_uri"],
                settings.access,
            )
            for which, version in (
                ("model", core.model_version),
                ("candidate", core.candidate_version),
            )
            if version is not None
        }
        uris |= {key: each.uri for key, each in caches.items()}
        below = pulumi.ResourceOptions(parent=self)
        routed = settings.route is not None and core.canary_percent > 0
        is_walked = has_candidate and settings.share_owner == "rollout"
        # What a GitOps controller applies is what the file says: no cluster is asked.
        asks_live = is_applied() and (routed or is_walked)
        policies = list(
            kserve_access(
                self,
                name,
                args,
                settings.access,
                tags.kubernetes(core.vocabulary()),
                knative=settings.is_knative,
                server_ports=settings.server.listens_to,
                # Else the read below fails, and names no way out.
                hooks=held_share.refuse_to_create(name, "access", has_candidate=asks_live),
            )
        )
        then = pulumi.ResourceOptions(parent=self, depends_on=policies)
        where = (name, args["namespace"], uris["candidate_uri"], core.canary_percent, then)
        share = pulumi.Output.from_input(core.canary_percent)
        if asks_live:
            share = share_once_ready(*where) if routed else kept_share(*where)
        first: list[pulumi.Resource] = []
        if settings.route is not None and not routed:
            # First, so that no request goes to a candidate that is taken away.
            whole = host_route(core, settings, settings.route, args["namespace"])
            first = [KubernetesObject(f"{name}-route", whole, below)]
        needs = [need for each in caches.values() for need in each.needs]
        timeout = f"{settings.ready_timeout_seconds}s"
        service = KubernetesObject(
            f"{name}-inference-service",
            inference_service(core, settings, args, uris, share),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[*policies, *first, *needs],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=pulumi.ResourceHookBinding.merge(
                    keeps_mode(name),
                    kserve_hooks(
                        name,
                        uris["model_uri"],
                        has_candidate=has_candidate and settings.is_knative,
                    ),
                ),
            ),
        )
        if settings.route is not None and routed:
            route = host_route(core, settings, settings.route, args["namespace"], share)
            after = pulumi.ResourceOptions(parent=self, depends_on=[service])
            KubernetesObject(f"{name}-route", route, after)
        if settings.is_knative:
            stable_record(
                name,
                core.model_version,
                has_candidate=has_candidate,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )

        if settings.language.scaling is not None:
            scaler = scaled_object(
                name,
                args["namespace"],
                tags.kubernetes(core.vocabulary()),
                f"{name}-predictor",
                settings.language.scaling,
                core.min_replicas,
                core.max_replicas,
            )
            # KServe makes the Deployment, and KEDA refuses to scale what is not there.
            KubernetesObject(
                f"{name}-scaler",
                scaler,
                pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )

        local_host = name if settings.is_knative else f"{name}-predictor"
        namespace = pulumi.Output.from_input(args["namespace"])
        known = pulumi.Output.all(service.status, namespace)
        self.url = known.apply(lambda each: url(local_host, each[0], each[1], settings))
        self.candidate_url = known.apply(
            lambda each: candidate_url(name, each[0], each[1], settings) if has_candidate else ""
        )
        path = settings.language.openai_path
        self.openai_url = self.url.apply(lambda own: f"{own.rstrip('/')}{path}" if path else "")
        self.scraping = scraping(name, settings)
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(lambda each: invoke_policy(name, each))
        self.latency_metric = namespace.apply(lambda each: latency_metric(name, each, settings))
        self.status = pulumi.Output.from_input(core.status("kserve", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "candidate_url": self.candidate_url,
                "openai_url": self.openai_url,
            }
        )
