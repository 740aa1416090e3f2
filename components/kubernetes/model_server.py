"""A model in an image of one's own on Kubernetes: `Deployment`, `Service` and what belongs to them.

For a cluster without KServe, or a server that KServe does not know.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes import exposure, mesh, network, scaling
from components.kubernetes.model_server_settings import ServerSettings, read_server_settings
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from components.kubernetes.pod import CONTAINER, pod_spec
from components.serving import Core, read_core
from facts import tags

__all__ = ["ModelServer", "ModelServerArgs"]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
_NAME: Final = "app.kubernetes.io/name"


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
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
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
    """How a new version takes over: recreate or rolling. Default: rolling."""
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


class ModelServer(pulumi.ComponentResource):
    """One model server; the update fails unless its pods are ready."""

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: ModelServerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("ModelServer", name, args, ModelServerArgs.__annotations__)
        core = read_core(checks, name, args, least_min=1, most_max=1000)
        settings = read_server_settings(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:ModelServer", name, {}, opts)

        namespace = args["namespace"]
        selector = {_NAME: name}
        labels = {**selector, **tags.kubernetes(core.vocabulary())}
        child = pulumi.ResourceOptions(parent=self)
        before: list[pulumi.Resource] = []
        if "service_account_name" not in args:
            account = manifest(
                "v1", "ServiceAccount", name, namespace, labels, automountServiceAccountToken=False
            )
            before.append(KubernetesObject(f"{name}-service-account", account, child))
        config_map: str | None = None
        if settings.config:
            config = _config_map(name, namespace, labels, settings.config)
            config_map = config["metadata"]["name"]
            before.append(KubernetesObject(f"{name}-config", config, child))
        before += _access(self, core, settings, args, selector)

        timeout = f"{settings.ready_timeout_seconds}s"
        scaled = core.max_replicas > core.min_replicas
        deployment = KubernetesObject(
            f"{name}-deployment",
            _deployment(core, settings, args, selector, config_map),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=before,
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                # The autoscaler's; ours is only the first one.
                ignore_changes=["spec.replicas"] if scaled else None,
            ),
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[deployment])
        if scaled:
            autoscaler = scaling.horizontal_autoscaler(
                name, namespace, labels, settings, core.min_replicas, core.max_replicas
            )
            KubernetesObject(f"{name}-autoscaler", autoscaler, after)
        if core.max_replicas > 1:
            budget = scaling.disruption_budget(name, namespace, labels, selector)
            KubernetesObject(f"{name}-disruption-budget", budget, child)
        service = KubernetesObject(
            f"{name}-service", exposure.service(name, namespace, labels, selector), after
        )
        if settings.host:
            KubernetesObject(
                f"{name}-ingress",
                exposure.ingress(name, namespace, labels, settings),
                pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )

        where = pulumi.Output.from_input(namespace)
        if settings.host:
            self.url = pulumi.Output.from_input(f"https://{settings.host}")
        else:
            self.url = where.apply(lambda known: f"http://{name}.{known}.svc.cluster.local")
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = where.apply(lambda known: _invoke_policy(name, known))
        self.latency_metric = where.apply(lambda known: _latency_metric(name, known))
        self.status = pulumi.Output.from_input(core.status("kubernetes", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )


def _access(
    parent: ModelServer,
    core: Core,
    settings: ServerSettings,
    args: ModelServerArgs,
    selector: Mapping[str, str],
) -> Iterator[KubernetesObject]:
    """Who may reach the pods, by the network and, in a mesh, by name."""
    name, namespace, access = core.name, args["namespace"], settings.access
    labels = {**selector, **tags.kubernetes(core.vocabulary())}
    child = pulumi.ResourceOptions(parent=parent)
    kind = settings.server
    metrics_ports = [kind.metrics_port] if kind.metrics_port else []
    exposed = settings.host is not None
    policy = network.network_policy(
        name,
        namespace,
        labels,
        selector=selector,
        access=access,
        ports=[settings.port],
        metrics_ports=metrics_ports,
        exposed=exposed,
        https=any(
            network.fetches(args.get(key)) for key in ("model_uri", "candidate_uri") if key in args
        ),
    )
    yield KubernetesObject(f"{name}-network-policy", policy, child)
    if access.mesh != "none":
        paths = [path for prefix in kind.predict_paths for path in (prefix, f"{prefix}/*")]
        rights = mesh.authorization_policy(
            name,
            namespace,
            labels,
            selector=selector,
            access=access,
            ports=[settings.port],
            paths=paths,
            metrics_ports=metrics_ports,
            metrics_path=kind.metrics_path,
            exposed=exposed,
        )
        yield KubernetesObject(f"{name}-authorization-policy", rights, child)


def _config_map(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    files: Mapping[str, str],
) -> Manifest:
    """Named by its content: other content is another object, and pods never see half of each."""
    content = json.dumps(files, sort_keys=True).encode()
    suffix = hashlib.sha256(content).hexdigest()[:8]
    return manifest(
        "v1",
        "ConfigMap",
        f"{name}-{suffix}",
        namespace,
        labels,
        data=dict(files),
        immutable=True,
    )


def _deployment(
    core: Core,
    settings: ServerSettings,
    args: ModelServerArgs,
    selector: Mapping[str, str],
    config_map: str | None,
) -> Manifest:
    labels = {**selector, **tags.kubernetes(core.vocabulary(core.model_version))}
    strategy: dict[str, Any] = {"type": "Recreate"}
    if settings.strategy == "rolling":
        strategy = {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
        }
    return manifest(
        "apps/v1",
        "Deployment",
        core.name,
        args["namespace"],
        labels,
        spec={
            "replicas": core.min_replicas,
            "selector": {"matchLabels": dict(selector)},
            "strategy": strategy,
            "progressDeadlineSeconds": settings.ready_timeout_seconds,
            "revisionHistoryLimit": 5,
            "template": {
                "metadata": {
                    "labels": {**labels, **settings.pod_labels},
                    "annotations": {"kubectl.kubernetes.io/default-container": CONTAINER},
                },
                "spec": pod_spec(settings, args["image"], args["model_uri"], selector, config_map),
            },
        },
    )


def _invoke_policy(name: str, namespace: str) -> str:
    return json.dumps(
        {
            "kind": "network",
            "grant": "a NetworkPolicy or AuthorizationPolicy that lets the caller reach the pods "
            f"labelled {_NAME}={name}",
            "namespace": namespace,
        },
        sort_keys=True,
    )


def _latency_metric(name: str, namespace: str) -> dict[str, str]:
    """What the reference server measures; namespace and pod are labels of Prometheus."""
    metric = "request_duration_seconds_bucket"
    selector = f'namespace="{namespace}",pod=~"{name}-.*"'
    return {
        "source": "prometheus",
        "metric": metric,
        "statistic": "p95",
        "unit": "s",
        "query": f"histogram_quantile(0.95, sum by (le) (rate({metric}{{{selector}}}[5m])))",
    }
