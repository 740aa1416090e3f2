"""A server on KServe that several models share: an `InferenceService` without a model of its own.

KServe takes an InferenceService without an artifact for a server of many models
(`IsMMSPredictor`, pkg/controller/v1beta1/inferenceservice/utils/utils.go, release 0.20) and puts an
agent beside it, which fetches each TrainedModel and asks the server to load it
(`/v2/repository/models/<name>/load`, pkg/agent/puller.go). Triton does so with
`--model-control-mode=explicit`.
"""

from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes import network
from components.kubernetes.confinement import CONFINED
from components.kubernetes.gpus import read_gpus
from components.kubernetes.kserve.kserve_access import POD_LABEL, kserve_access
from components.kubernetes.kserve.kserve_modes import MODE_ANNOTATION, MODES, mode_spelling
from components.kubernetes.kserve.kserve_scraping import of_knative, of_sidecars, predictors
from components.kubernetes.labels import check_namespace, check_tag_keys
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.objects import KubernetesObject, manifest
from components.kubernetes.outputs import latency_mean, network_grant
from components.serving import read_base
from facts import tags
from facts.resource_bounds import BOUNDS
from facts.server_metrics import SERVER_METRICS
from facts.trained_models import CONTROL_MODE, TRITON_METRICS, triton_metrics

__all__ = ["SharedModelServer", "SharedModelServerArgs"]

_EXPLICIT: Final = f"{CONTROL_MODE}=explicit"


class SharedModelServerArgs(TypedDict):
    """Flat arguments of `SharedModelServer`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the server."""
    description: NotRequired[str]
    """What the server is for. Default: nothing."""
    min_replicas: NotRequired[int]
    """Fewest pods, each with all models. Default: 1."""
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
    """Namespace, which exists; the models' too."""
    arguments: NotRequired[list[str]]
    """Further arguments for Triton. Default: none."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB: of all models together, or KServe does not take them in. Default:
    4096."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py; Knative needs
    `kubernetes.podspec-nodeselector` and `-tolerations` enabled. Default: none."""
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
    deployment_mode: NotRequired[str]
    """knative or standard. Default: knative."""
    kserve_version: str
    """Version of KServe in the cluster, such as `0.20.0`; it decides spellings."""
    service_account_name: NotRequired[str]
    """Service account that may read the models. Default: the namespace's."""
    callers: NotRequired[list[str]]
    """Who may call past the gateway (standard mode only). Default: the namespace's pods."""
    egress: NotRequired[list[str]]
    """What the server calls, each as `namespace:port` or `block-of-addresses:port`. Default: names,
    and the models' store by HTTPS."""
    storage_cidrs: NotRequired[list[str]]
    """Where models are fetched from. Default: anywhere but the nodes' own addresses."""
    mesh: NotRequired[str]
    """The mesh that the namespace is in: none, istio_sidecar or istio_ambient. Default: none."""
    ingress_namespace: NotRequired[str]
    """Namespace of the gateway. Default: istio-system."""
    metrics_namespace: NotRequired[str]
    """Namespace of what reads the metrics. Default: monitoring."""
    ready_timeout_seconds: NotRequired[int]
    """How long the server may take to be ready before the update fails. Default: 900."""


class SharedModelServer(pulumi.ComponentResource):
    """One InferenceService with Triton, that waits for TrainedModels.

    At least one pod: a model is loaded into pods that are there, and a request does not name its
    model to whoever would start one.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: SharedModelServerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("SharedModelServer", name, args, SharedModelServerArgs.__annotations__)
        base = read_base(checks, name, least_min=1, most_max=1000)
        check_namespace(checks)
        check_tag_keys(checks)
        mode = checks.choice("deployment_mode", "knative", MODES)
        version = args.get("kserve_version")
        checks.text("kserve_version", r"v?\d+\.\d+(\.\d+)?.*", "a version such as 0.20.0")
        access = network.read_access(checks, usual_ingress_namespace="istio-system")
        if access.callers and mode == "knative":
            use = "deployment_mode standard: with Knative every request comes by its gateway"
            checks.problem("callers", args.get("callers"), use)
        predictor = _predictor(checks, args)
        seconds = checks.whole("ready_timeout_seconds", 900, 30, 7200)
        checks.raise_problems()
        super().__init__("model-serving:index:SharedModelServer", name, {}, opts)

        labels = tags.kubernetes(base.vocabulary())
        policies = list(
            kserve_access(
                self,
                name,
                # The agent fetches what each TrainedModel names.
                {**args, "model_uri": "https://"},
                access,
                labels,
                knative=mode == "knative",
            )
        )
        service = KubernetesObject(
            f"{name}-inference-service",
            manifest(
                "serving.kserve.io/v1beta1",
                "InferenceService",
                name,
                args["namespace"],
                labels,
                annotations={
                    MODE_ANNOTATION: mode_spelling(mode, version),
                    "pulumi.com/waitFor": "condition=Ready",
                },
                spec={
                    "predictor": {
                        "minReplicas": base.min_replicas,
                        "maxReplicas": base.max_replicas,
                        **predictor,
                    }
                },
            ),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=policies,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{seconds}s", update=f"{seconds}s"),
            ),
        )

        host = name if mode == "knative" else f"{name}-predictor"
        namespace = pulumi.Output.from_input(args["namespace"])
        self.url = namespace.apply(lambda known: f"http://{host}.{known}.svc.cluster.local")
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(
            lambda known: network_grant(
                known,
                "a NetworkPolicy or AuthorizationPolicy that lets the caller reach the pods "
                f"labelled {POD_LABEL}={name}",
            )
        )
        self.latency_metric = namespace.apply(lambda known: latency_of_triton(name, known))
        self.scraping = _scraping(name, mode, access.mesh, args)
        self.status = pulumi.Output.from_input(base.facts("kserve_shared_server"))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )


def _predictor(checks: Checks, args: SharedModelServerArgs) -> dict[str, Any]:
    bounds = BOUNDS["kserve_shared_server"]
    cpu = checks.number("cpu", 1.0, *bounds.cpu)
    memory_mib = checks.whole("memory_mib", 4096, *bounds.memory_mib)
    gpus = read_gpus(checks, bounds.accelerators)
    further = checks.texts("arguments", [])
    if own := [text for text in further if text.startswith(CONTROL_MODE)]:
        checks.problem("arguments", own[0], "no control mode: the models come by TrainedModel")
    amounts = {"cpu": f"{cpu:g}", "memory": f"{memory_mib}Mi", **gpus.amounts()}
    predictor: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "model": {
            "modelFormat": {"name": "triton"},
            # Named: the runtimes that KServe chooses from by itself say nothing of many models.
            "runtime": "kserve-tritonserver",
            "protocolVersion": "v2",
            "args": [_EXPLICIT, *further],
            "resources": {"requests": amounts, "limits": amounts},
            "securityContext": CONFINED,
        },
        **gpus.pod_fields(),
    }
    if "service_account_name" in args:
        predictor["serviceAccountName"] = args["service_account_name"]
    return predictor


def _scraping(name: str, mode: str, mesh: str, args: SharedModelServerArgs) -> Scraping:
    """Of all models together; pods of a server have no version."""
    labels, knative = predictors(name), mode == "knative"
    if mesh == "istio_sidecar":
        return of_sidecars(labels, knative=knative, versioned=False)
    if knative:
        return of_knative(labels, args["kserve_version"], versioned=False)
    metrics = triton_metrics(args.get("arguments", []))
    return Scraping(labels, metrics, TRITON_METRICS, versioned=False)


def latency_of_triton(server: str, namespace: str, model: str | None = None) -> dict[str, str]:
    """The mean, from two counters: Triton has no histogram by default."""
    triton = SERVER_METRICS["triton"]
    mean = triton.mean
    assert mean is not None  # noqa: S101 - of Triton it is known
    of_model = f',{triton.model_label}="{model}"' if model else ""
    selector = f'namespace="{namespace}",pod=~"{server}-predictor-.*"{of_model}'
    return latency_mean(mean.total, mean.count, mean.unit, selector)
