"""A language model on KServe: an `LLMInferenceService`, with a scheduler of its own in front.

KServe makes Deployment (or LeaderWorkerSet), HTTPRoute, InferencePool and the endpoint picker of
it, by presets that are installed with it. Spellings: pkg/apis/serving/v1alpha2 of KServe 0.20.
Needs Gateway API and its inference extension in the cluster; several nodes per replica need
LeaderWorkerSet.
"""

from typing import Any, NotRequired, TypedDict, cast

import pulumi

from components.checks import Checks
from components.kubernetes.cold_start import check_cold_start
from components.kubernetes.kserve.llm_access import llm_access
from components.kubernetes.kserve.llm_manifest import llm_spec
from components.kubernetes.kserve.llm_scraping import llm_scraping
from components.kubernetes.kserve.llm_settings import LlmSettings, read_llm_settings
from components.kubernetes.kserve.load_scaling import scaled_object
from components.kubernetes.kserve.model_cache import cached
from components.kubernetes.kserve.predictor import storage_uri
from components.kubernetes.labels import NAME
from components.kubernetes.objects import KubernetesObject, manifest
from components.kubernetes.outputs import latency_p95, network_grant, status_url
from components.serving import Core, read_core
from facts import tags
from facts.language_models import MODEL_HEADER, VLLM_LATENCY, release


class LLMInferenceServiceArgs(TypedDict):
    """Flat arguments of `LLMInferenceService`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Where the weights are: hf, s3, pvc or oci; `hf://owner/model@<commit>`."""
    candidate_version: NotRequired[str]
    """Version of a second model in the same routing group (KServe 0.20). Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Where the candidate's weights are. Default: no candidate."""
    candidate_replicas: NotRequired[int]
    """Pods of the candidate, a fixed number. Default: the larger of 1 and `min_replicas`."""
    canary_percent: NotRequired[int]
    """Steady share, 0 to 100, that the candidate gets of the requests that name the model by
    header (output `routing_header`); each member's own path stays its own. Default: 0."""
    min_replicas: NotRequired[int]
    """Fewest replicas; 0 needs `activation_query`. Default: 1."""
    max_replicas: NotRequired[int]
    """Most replicas. Default: the larger of 1 and `min_replicas`."""
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
    kserve_version: str
    """Version of KServe in the cluster, such as `0.20.0`; 0.19 at least."""
    image: NotRequired[pulumi.Input[str]]
    """Image with vLLM, instead of the preset's. Default: the preset's."""
    arguments: NotRequired[list[str]]
    """Further arguments for vLLM, plain words: the presets hand them to a shell. Default: none."""
    env: NotRequired[dict[str, str]]
    """Environment variables of vLLM; nothing secret. Default: the preset's."""
    served_model_name: NotRequired[str]
    """Name by which clients ask for the model. Default: the deployment's."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 4."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 16384."""
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
    tensor_parallel: NotRequired[int]
    """GPUs over which each layer is parted. Default: all of a copy's."""
    pipeline_parallel: NotRequired[int]
    """Stages into which the layers are parted, within a pod: KServe has no preset for stages on
    several nodes. Default: 1."""
    data_parallel: NotRequired[int]
    """Copies of the weights in one replica; beyond `data_parallel_local` on more nodes, which a
    live service cannot change. Default: `data_parallel_local`."""
    data_parallel_local: NotRequired[int]
    """Of those copies, how many are in one pod. Default: 1."""
    expert_parallel: NotRequired[bool]
    """Whether the experts of a mixture of experts are parted over all copies. Default: false."""
    prefill_replicas: NotRequired[int]
    """Pods that only read prompts, and hand the KV cache to those that generate. Default: 0."""
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
    service_account_name: NotRequired[str]
    """Service account that may read the model. Default: the namespace's."""
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
    autoscaler: NotRequired[str]
    """none, keda (on the load that vLLM measures) or wva (KServe's `scaling`, which needs the
    Workload Variant Autoscaler). Default: keda where `max_replicas` is above `min_replicas`."""
    load_metric: NotRequired[str]
    """queue_depth, requests_in_flight or kv_cache_use. Default: queue_depth."""
    load_target: NotRequired[float]
    """What a pod may have of it: waiting requests, requests, share of the KV cache. Default: 5, 32,
    0.8."""
    prometheus_url: NotRequired[str]
    """Prometheus that has vLLM's metrics. Default: needed with `autoscaler: keda`."""
    activation_query: NotRequired[str]
    """PromQL that is above 0 while callers wait and no pod runs. Default: no scaling to zero."""
    cooldown_seconds: NotRequired[int]
    """How long load must be low before pods are taken away. Default: 300."""
    scheduler: NotRequired[bool]
    """Whether an endpoint picker chooses the pod by queue and KV cache. Default: true."""
    gateway_name: NotRequired[str]
    """Gateway that exists. Default: KServe's own."""
    gateway_namespace: NotRequired[str]
    """Its namespace. Default: the model's."""
    base_refs: NotRequired[list[str]]
    """LLMInferenceServiceConfigs merged below these settings, the last one winning. Default:
    KServe's presets alone."""
    pod_labels: NotRequired[dict[str, str]]
    """Further labels of the pods, such as those that a cloud's identity needs. Default: none."""
    callers: NotRequired[list[str]]
    """Who may call past the gateway, each as `namespace`, or in a mesh
    `namespace/service-account`. Default: the namespace's pods."""
    egress: NotRequired[list[str]]
    """What the pods call, each as `namespace:port` or `block-of-addresses:port`; the endpoint
    picker needs the API server where its port is not 443. Default: names, and HTTPS."""
    storage_cidrs: NotRequired[list[str]]
    """Where the weights are fetched from. Default: anywhere but the nodes' own addresses."""
    mesh: NotRequired[str]
    """The mesh that the namespace is in: none, istio_sidecar or istio_ambient. Default: none."""
    ingress_namespace: NotRequired[str]
    """Namespace of the gateway's pods. Default: envoy-gateway-system."""
    metrics_namespace: NotRequired[str]
    """Namespace of what reads the metrics. Default: monitoring."""
    ready_timeout_seconds: NotRequired[int]
    """How long the model may take to be ready before the update fails. Default: 1800."""
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


class LLMInferenceService(pulumi.ComponentResource):
    """One LLMInferenceService, a second one beside it for a candidate.

    The update fails unless KServe says that both are ready. No number of replicas is said where an
    autoscaler decides it, so that an update never undoes what it did.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    openai_url: pulumi.Output[str]
    """Base of the OpenAI-compatible API, for clients that take one."""
    routing_header: pulumi.Output[str]
    """Header by which the gateway finds the model at `/v1`, and shares requests with a
    candidate."""

    def __init__(
        self,
        name: str,
        args: LLMInferenceServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("LLMInferenceService", name, args, LLMInferenceServiceArgs.__annotations__)
        core = read_core(checks, name, args, least_min=0, most_max=1000)
        settings = read_llm_settings(checks, name, core, args)
        cold_start = check_cold_start(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:LLMInferenceService", name, {}, opts)
        cold_start.tell(self)

        share = None if core.candidate_version is None else core.canary_percent
        scaled = settings.autoscaler != "none"
        service = self._member(
            name,
            "service",
            args,
            core,
            settings,
            core.model_version,
            args["model_uri"],
            weight=None if share is None else 100 - share,
            replicas=None if scaled else core.min_replicas,
        )
        if core.candidate_version is not None:
            self._member(
                name,
                "candidate",
                args,
                core,
                settings,
                core.candidate_version,
                args.get("candidate_uri", ""),
                weight=share,
                replicas=settings.candidate_replicas,
            )
        if settings.scaling is not None:
            KubernetesObject(
                f"{name}-scaler",
                scaled_object(
                    name,
                    args["namespace"],
                    tags.kubernetes(core.vocabulary()),
                    _deployment(name),
                    settings.scaling,
                    core.min_replicas,
                    core.max_replicas,
                ),
                # KEDA refuses what it cannot find; KServe makes the Deployment.
                pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )

        namespace = pulumi.Output.from_input(args["namespace"])
        self.url = pulumi.Output.all(service.status, namespace).apply(
            lambda known: status_url(
                known[0], f"https://{name}-kserve-workload-svc.{known[1]}.svc.cluster.local:8000"
            )
        )
        self.openai_url = self.url.apply(lambda url: f"{url.rstrip('/')}/v1")
        self.routing_header = namespace.apply(
            lambda known: f"{MODEL_HEADER}: publishers/{known}/models/{settings.model.served_name}"
        )
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(
            lambda known: network_grant(
                known,
                "an HTTPRoute's Gateway, or a NetworkPolicy that lets the caller reach the pods "
                f"labelled {NAME}={name}",
            )
        )
        self.latency_metric = namespace.apply(lambda known: _latency_metric(name, known))
        self.scraping = llm_scraping(name, core, settings, release(args["kserve_version"]))
        self.status = pulumi.Output.from_input(core.status("kserve_llm", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "openai_url": self.openai_url,
                "routing_header": self.routing_header,
            }
        )

    def _member(  # noqa: PLR0917 - one member of the routing group
        self,
        name: str,
        role: str,
        args: LLMInferenceServiceArgs,
        core: Core,
        settings: LlmSettings,
        version: str,
        uri: pulumi.Input[str],
        *,
        weight: int | None,
        replicas: int | None,
    ) -> KubernetesObject:
        labels = tags.kubernetes(core.vocabulary(version))
        known = pulumi.Output.from_input(uri).apply(storage_uri)
        near = cached(
            self,
            name,
            args["namespace"],
            labels,
            settings.cache,
            version,
            known,
            settings.access,
        )
        its_name = name if role == "service" else f"{name}-{role}"
        policies = llm_access(
            self,
            f"{name}-{role}",
            its_name,
            args["namespace"],
            settings.access,
            labels,
            str(args.get("service_account_name", "default")),
        )
        timeout = f"{settings.ready_timeout_seconds}s"
        return KubernetesObject(
            f"{name}-{role}",
            manifest(
                "serving.kserve.io/v1alpha2",
                "LLMInferenceService",
                its_name,
                args["namespace"],
                tags.kubernetes(core.keeping(version)),
                annotations={
                    # Else an update succeeds on a service that never becomes ready.
                    "pulumi.com/waitFor": "condition=Ready",
                    # A volume is filled with the token already.
                    **({} if settings.cache else settings.model.annotations()),
                },
                spec=llm_spec(
                    name,
                    core,
                    settings,
                    near.uri,
                    cast("dict[str, Any]", args),
                    weight,
                    replicas,
                ),
            ),
            pulumi.ResourceOptions(
                parent=self,
                # The weights cannot be fetched before a closed namespace lets the pods out.
                depends_on=[*near.needs, *policies],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
            ),
        )


def _deployment(name: str) -> str:
    """As KServe names it: mainDeploymentName in workload_single_node.go."""
    return f"{name}-kserve"


def _latency_metric(name: str, namespace: str) -> dict[str, str]:
    """Of whole answers, as vLLM measures them."""
    return latency_p95(VLLM_LATENCY, "s", namespace, f"{_deployment(name)}-.*")
