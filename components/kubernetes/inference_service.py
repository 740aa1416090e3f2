"""A model on KServe: an `InferenceService` in a Kubernetes cluster.

Spellings are those of KServe's own source, release 0.20 (pkg/constants, pkg/apis/serving/v1beta1).
"""

import json
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from components import held_share
from components.checks import Checks
from components.kubernetes.kserve_access import kserve_access
from components.kubernetes.kserve_settings import KServeSettings, read_settings
from components.kubernetes.objects import KubernetesObject, manifest
from components.kubernetes.predictor import predictor, storage_uri
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
    """Image of an own model server on port 8080, instead of a framework. Default: none."""
    runtime: NotRequired[str]
    """Name of the serving runtime. Default: the one that KServe picks for the framework."""
    arguments: NotRequired[list[str]]
    """Arguments for the model server. Default: the runtime's own."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 2048."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Knative takes a node selector and
    tolerations only with `kubernetes.podspec-nodeselector` and `-tolerations` enabled in its
    config-features; nodes need the label `nvidia.com/gpu.product`, by EksGpuNodePool or GPU
    feature discovery. Default: none."""
    accelerator_count: NotRequired[int]
    """Whole GPUs per pod, 1 to 8. Default: 1 when `accelerator` is given."""
    concurrency_target: NotRequired[int]
    """Requests in flight per pod that autoscaling aims at (Knative only). Default: 10."""
    deployment_mode: NotRequired[str]
    """knative or standard (Deployment and HPA). Default: knative."""
    kserve_version: str
    """Version of KServe in the cluster, such as `0.20.0`; it decides spellings."""
    service_account_name: NotRequired[str]
    """Service account that may read the model. Default: the namespace's."""
    pod_labels: NotRequired[dict[str, str]]
    """Labels of the pods alone, such as a cloud's identity webhook looks for. Default: none."""
    callers: NotRequired[list[str]]
    """Who may call past the gateway, each as `namespace/service-account` (standard mode only).
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
    """How long the model may take to be ready before the update fails. Default: 900."""


class InferenceService(pulumi.ComponentResource):
    """One InferenceService; the update fails unless KServe says that it is ready.

    With a candidate the predictor is the candidate, and KServe keeps the last revision that had
    all traffic beside it (`canaryTrafficPercent`): so a stable model has to be live first.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

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

        model_uri = pulumi.Output.from_input(args["model_uri"]).apply(storage_uri)
        has_candidate = core.candidate_version is not None
        served_uri = (
            pulumi.Output.from_input(args.get("candidate_uri", "")).apply(storage_uri)
            if has_candidate
            else model_uri
        )
        policies = list(
            kserve_access(
                self,
                name,
                args,
                settings.access,
                tags.kubernetes(core.vocabulary()),
                knative=settings.mode == "knative",
            )
        )
        timeout = f"{settings.ready_timeout_seconds}s"
        service = KubernetesObject(
            f"{name}-inference-service",
            manifest(
                "serving.kserve.io/v1beta1",
                "InferenceService",
                name,
                args["namespace"],
                # Labels go into the pods' template: they name what is served, so that promoting
                # the candidate changes no template and starts no new revision.
                tags.kubernetes(core.vocabulary(core.newest_version)) | settings.extras.labels,
                annotations={
                    "serving.kserve.io/deploymentMode": settings.mode_spelling,
                    # Else an update succeeds on a service that never becomes ready.
                    "pulumi.com/waitFor": "condition=Ready",
                    **settings.extras.annotations,
                },
                spec={"predictor": predictor(core, settings, served_uri, args)},
            ),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=policies,
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=held_share.kserve_hooks(name, model_uri, has_candidate=has_candidate),
            ),
        )
        held_share.stable_record(
            name,
            core.model_version,
            has_candidate=has_candidate,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
        )

        local_host = name if settings.mode == "knative" else f"{name}-predictor"
        namespace = pulumi.Output.from_input(args["namespace"])
        self.url = pulumi.Output.all(service.status, namespace).apply(
            lambda known: _url(known[0], f"http://{local_host}.{known[1]}.svc.cluster.local")
        )
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(
            lambda known: json.dumps(
                {
                    "kind": "network",
                    "grant": "a NetworkPolicy or AuthorizationPolicy that lets the caller reach "
                    f"the pods labelled serving.kserve.io/inferenceservice={name}",
                    "namespace": known,
                },
                sort_keys=True,
            )
        )
        self.latency_metric = namespace.apply(lambda known: _latency_metric(name, known, settings))
        self.status = pulumi.Output.from_input(core.status("kserve", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )


def _url(status: object, local_url: str) -> str:
    """What KServe says, or the address inside the cluster where it does not say."""
    if isinstance(status, Mapping):
        url = cast("Mapping[str, object]", status).get("url")
        if isinstance(url, str):
            return url
    return local_url


def _latency_metric(name: str, namespace: str, settings: KServeSettings) -> dict[str, str]:
    """Knative's queue proxy measures every model server; KServe's own servers measure themselves.

    The queue proxy's name is Knative's since 1.21 (pkg/queue/request_metric.go), the one that
    KServe 0.20 installs; its ConfigMap config-observability has to say `request-metrics-protocol:
    prometheus`. Namespace and pod are labels that Prometheus adds when it scrapes.
    """
    own = "request_predict_seconds_bucket"
    metric = "kn_serving_invocation_duration_seconds_bucket" if settings.mode == "knative" else own
    selector = f'namespace="{namespace}",pod=~"{name}-predictor-.*"'
    return {
        "source": "prometheus",
        "metric": metric,
        "statistic": "p95",
        "unit": "s",
        "query": f"histogram_quantile(0.95, sum by (le) (rate({metric}{{{selector}}}[5m])))",
    }
