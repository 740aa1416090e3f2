"""A model on KServe: an `InferenceService` in a Kubernetes cluster.

Spellings are those of KServe's own source, release 0.20 (pkg/constants, pkg/apis/serving/v1beta1).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi

from components import held_share
from components.checks import Checks
from components.kubernetes.objects import KubernetesObject, manifest
from components.serving import Core, read_core
from facts import tags
from facts.accelerators import ACCELERATORS

_GPU: Final = "nvidia.com/gpu"
_PRODUCT_LABEL: Final = "nvidia.com/gpu.product"
# The mode's name by its release: 0.16 renamed both and still reads the old names.
_MODES: Final = {"knative": ("Serverless", "Knative"), "standard": ("RawDeployment", "Standard")}
_RENAMED_IN: Final = (0, 16)
_FORMATS: Final = (
    "autogluon",
    "huggingface",
    "lightgbm",
    "mlflow",
    "onnx",
    "openvino",
    "paddle",
    "pmml",
    "pytorch",
    "sklearn",
    "tensorflow",
    "tensorrt",
    "triton",
    "vLLM",
    "xgboost",
)
_STORAGE_URI: Final = r"(s3|gs|hf|https|pvc|oci|hdfs|webhdfs)://.+"
# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
_LABEL_KEY: Final = re.compile(
    r"([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)
_DEFAULT_CONCURRENCY: Final = 10


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
        settings = _read_settings(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:InferenceService", name, {}, opts)

        model_uri = pulumi.Output.from_input(args["model_uri"]).apply(_storage_uri)
        has_candidate = core.candidate_version is not None
        served_uri = (
            pulumi.Output.from_input(args.get("candidate_uri", "")).apply(_storage_uri)
            if has_candidate
            else model_uri
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
                tags.kubernetes(core.vocabulary(core.newest_version)),
                annotations={
                    "serving.kserve.io/deploymentMode": settings.mode_spelling,
                    # Else an update succeeds on a service that never becomes ready.
                    "pulumi.com/waitFor": "condition=Ready",
                },
                spec={"predictor": _predictor(core, settings, served_uri, args)},
            ),
            pulumi.ResourceOptions(
                parent=self,
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


@dataclass(frozen=True, slots=True)
class _Settings:
    """The arguments that only KServe has, checked."""

    mode: str
    mode_spelling: str
    cpu: float
    memory_mib: int
    accelerator: str | None
    accelerator_count: int
    concurrency_target: int
    arguments: list[str]
    ready_timeout_seconds: int


def _read_settings(checks: Checks, core: Core, args: InferenceServiceArgs) -> _Settings:
    checks.text("namespace")
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, _STORAGE_URI, "a URI of s3, gs, hf, https, pvc, oci or hdfs")
    if checks.given("image") == checks.given("framework"):
        checks.problem("framework", args.get("framework"), "either framework or image")
    elif checks.given("framework"):
        checks.choice("framework", "", _FORMATS)
    for key in filter(lambda key: not _LABEL_KEY.fullmatch(key), core.extra_tags):
        checks.problem("tags", key, "keys that a Kubernetes label can have")
    mode = checks.choice("deployment_mode", "knative", _MODES)
    checks.text("kserve_version", r"v?\d+\.\d+(\.\d+)?.*", "a version such as 0.20.0")
    if mode == "standard":
        if core.candidate_version is not None:
            checks.problem(
                "candidate_version",
                core.candidate_version,
                "deployment_mode knative: standard mode ignores canaryTrafficPercent without error",
            )
        if checks.given("concurrency_target"):
            got = args.get("concurrency_target")
            checks.problem("concurrency_target", got, "deployment_mode knative, or leave it out")
        if core.min_replicas == 0:
            checks.problem("min_replicas", 0, "at least 1, or deployment_mode knative")
    accelerator = checks.choice("accelerator", "", ACCELERATORS) or None
    if accelerator is None and checks.given("accelerator_count"):
        checks.problem("accelerator_count", args.get("accelerator_count"), "accelerator beside it")
    return _Settings(
        mode=mode,
        mode_spelling=_MODES[mode][_release(args.get("kserve_version")) >= _RENAMED_IN],
        cpu=checks.number("cpu", 1.0, 0.1, 192),
        memory_mib=checks.whole("memory_mib", 2048, 128, 4 * 1024 * 1024),
        accelerator=accelerator,
        accelerator_count=checks.whole("accelerator_count", 1, 1, 8) if accelerator else 0,
        concurrency_target=checks.whole("concurrency_target", _DEFAULT_CONCURRENCY, 1, 1000),
        arguments=checks.texts("arguments", []),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 900, 30, 7200),
    )


def _release(version: object) -> tuple[int, ...]:
    """Major and minor number, for comparison."""
    digits = str(version).removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in digits if part.isdigit())


def _storage_uri(uri: str) -> str:
    """KServe parts the commit of `hf://owner/model` by `:`; the hub's own tools write `@`."""
    return uri.replace("@", ":", 1) if uri.startswith("hf://") else uri


def _predictor(
    core: Core, settings: _Settings, uri: pulumi.Output[str], args: InferenceServiceArgs
) -> dict[str, Any]:
    """The predictor: what the model server is, where it may run, how far it scales."""
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    if settings.accelerator:
        amounts[_GPU] = str(settings.accelerator_count)
    container: dict[str, Any] = {
        # Equal, so that nothing is evicted for what a neighbour takes; GPUs have to be.
        "resources": {"requests": amounts, "limits": amounts},
        # On the container, since Knative refuses most of a pod's own security context.
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if settings.arguments:
        container["args"] = settings.arguments
    predictor: dict[str, Any] = {
        "minReplicas": core.min_replicas,
        "maxReplicas": core.max_replicas,
        # The model server calls no API of the cluster.
        "automountServiceAccountToken": False,
    }
    if "image" in args:
        container |= {
            "name": "kserve-container",
            "image": args["image"],
            "env": [{"name": "STORAGE_URI", "value": uri}],
        }
        predictor["containers"] = [container]
    else:
        container |= {"modelFormat": {"name": args.get("framework")}, "storageUri": uri}
        if "runtime" in args:
            container["runtime"] = args["runtime"]
        predictor["model"] = container
    if settings.mode == "knative":
        predictor |= {"scaleMetric": "concurrency", "scaleTarget": settings.concurrency_target}
    if settings.accelerator:
        product = ACCELERATORS[settings.accelerator].kubernetes_label
        predictor["nodeSelector"] = {_PRODUCT_LABEL: product}
        predictor["tolerations"] = [{"key": _GPU, "operator": "Exists", "effect": "NoSchedule"}]
    if "service_account_name" in args:
        predictor["serviceAccountName"] = args["service_account_name"]
    if core.candidate_version is not None:
        predictor["canaryTrafficPercent"] = core.canary_percent
    return predictor


def _url(status: object, local_url: str) -> str:
    """What KServe says, or the address inside the cluster where it does not say."""
    if isinstance(status, Mapping):
        url = cast("Mapping[str, object]", status).get("url")
        if isinstance(url, str):
            return url
    return local_url


def _latency_metric(name: str, namespace: str, settings: _Settings) -> dict[str, str]:
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
