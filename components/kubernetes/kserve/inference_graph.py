"""A graph of models on KServe: an `InferenceGraph`, whose router calls them step by step.

Spellings and behaviour are those of KServe's own source, release 0.20
(pkg/apis/serving/v1alpha1/inference_graph.go, pkg/controller/v1alpha1/inferencegraph, cmd/router).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes import network
from components.kubernetes.kserve.graph_access import GRAPH_LABEL, graph_access
from components.kubernetes.kserve.graph_nodes import GraphNode, called, read_nodes, spelt
from components.kubernetes.kserve.kserve_latency import knative_latency
from components.kubernetes.kserve.kserve_modes import MODE_ANNOTATION, MODES, mode_spelling
from components.kubernetes.kserve.kserve_scraping import of_knative, of_sidecars
from components.kubernetes.labels import check_namespace, check_tag_keys
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.objects import KubernetesObject, manifest
from components.kubernetes.outputs import network_grant, status_url
from components.serving import Base, read_base, refuse_cut_off
from facts import tags
from facts.inference_graphs import FEATURES, Node
from facts.kserve import release_of
from facts.request_timeouts import ROUTER_SECONDS
from facts.resource_bounds import BOUNDS

_METRICS: Final = {"knative": ("concurrency", "rps"), "standard": ("cpu", "memory")}
_PERCENT: Final = 100
_UNMEASURED: Final = "KServe's router has no metrics"
# KServe's router has these where nothing is said (pkg/constants); a step may take for ever.
_IDLE_SECONDS: Final = 180
_TIMEOUTS: Final = {
    "read_timeout_seconds": "serverRead",
    "write_timeout_seconds": "serverWrite",
    "idle_timeout_seconds": "serverIdle",
    "step_timeout_seconds": "serviceClient",
}


class InferenceGraphArgs(TypedDict):
    """Arguments of `InferenceGraph`; only `namespace` may be an output of another resource."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the graph."""
    description: NotRequired[str]
    """What the graph does. Default: nothing."""
    min_replicas: NotRequired[int]
    """Fewest pods of the router; 0 lets it scale to zero (Knative only). Default: 1."""
    max_replicas: NotRequired[int]
    """Most pods of the router. Default: the larger of 1 and `min_replicas`."""
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
    """Namespace, which exists and has the InferenceServices that the graph names."""
    nodes: list[GraphNode]
    """The nodes, one of them named `root`; steps lead from it to all others and never back."""
    cpu: NotRequired[float]
    """CPU cores per pod of the router. Default: 0.5."""
    memory_mib: NotRequired[int]
    """Memory per pod of the router in MiB. Default: 256."""
    scale_metric: NotRequired[str]
    """What autoscaling measures: concurrency or rps (Knative), cpu or memory (standard). Default:
    concurrency or cpu."""
    scale_target: NotRequired[int]
    """What autoscaling aims at per pod: requests, or percent of cpu or memory. Default: the
    cluster's."""
    timeout_seconds: NotRequired[int]
    """Seconds that Knative gives a request (Knative only). Default: the cluster's."""
    read_timeout_seconds: NotRequired[int]
    """Seconds that the router reads a request, from KServe 0.16 on. Default: 60."""
    write_timeout_seconds: NotRequired[int]
    """Seconds until the whole graph has answered, from KServe 0.16 on. Default: 60."""
    idle_timeout_seconds: NotRequired[int]
    """Seconds that an idle connection is kept, from KServe 0.16 on. Default: 180."""
    step_timeout_seconds: NotRequired[int]
    """Seconds that one step may take, from KServe 0.16 on. Default: `write_timeout_seconds`."""
    node_selector: NotRequired[dict[str, str]]
    """Labels of the machines that the router runs on; Knative takes them only with
    `kubernetes.podspec-nodeselector` enabled in its config-features. Default: any machine."""
    spread_over_nodes: NotRequired[bool]
    """Whether pods of the router prefer different machines; Knative takes it only with
    `kubernetes.podspec-affinity` enabled in its config-features. Default: true in standard mode
    with more than one pod."""
    deployment_mode: NotRequired[str]
    """knative or standard (Deployment and HPA); another one makes a new graph in place of the old.
    Default: knative."""
    kserve_version: str
    """Version of KServe in the cluster, such as `0.20.0`; it decides spellings."""
    service_account_name: NotRequired[str]
    """Service account of the router, from KServe 0.15 on. Default: the namespace's."""
    callers: NotRequired[list[str]]
    """Who may call past the gateway, each as `namespace`, or in a mesh
    `namespace/service-account` (standard mode only). Default: the namespace's pods."""
    egress: NotRequired[list[str]]
    """What steps call by `url`, each as `namespace:port` or `block-of-addresses:port`, the port
    being the pods'. Default: names, the services, and anywhere by HTTPS where a URL begins so."""
    storage_cidrs: NotRequired[list[str]]
    """Where HTTPS may go. Default: anywhere but the nodes' own addresses."""
    mesh: NotRequired[str]
    """The mesh that the namespace is in: none, istio_sidecar or istio_ambient. Default: none."""
    ingress_namespace: NotRequired[str]
    """Namespace of the gateway. Default: istio-system."""
    metrics_namespace: NotRequired[str]
    """Namespace of what reads the metrics. Default: monitoring."""
    ready_timeout_seconds: NotRequired[int]
    """How long the router may take to be ready before the update fails. Default: 600."""


class InferenceGraph(pulumi.ComponentResource):
    """One InferenceGraph; the update fails unless KServe says that it is ready.

    KServe makes the router only once every InferenceService that a step names is there and has an
    address: pass those as `depends_on`, and they are ready first and deleted last. In standard
    mode KServe says that a graph is ready as soon as its Deployment has been heard of.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: InferenceGraphArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("InferenceGraph", name, args, InferenceGraphArgs.__annotations__)
        base = read_base(checks, name, least_min=0, most_max=1000)
        settings = _read_settings(checks, base, args)
        checks.raise_problems()
        super().__init__("model-serving:index:InferenceGraph", name, {}, opts)

        policies = list(
            graph_access(
                self,
                name,
                args,
                settings.access,
                tags.kubernetes(base.vocabulary()),
                knative=settings.mode == "knative",
                services=called(settings.nodes, "service"),
                https=any(url.startswith("https:") for url in called(settings.nodes, "url")),
            )
        )
        timeout = f"{settings.ready_timeout_seconds}s"
        graph = KubernetesObject(
            f"{name}-inference-graph",
            manifest(
                "serving.kserve.io/v1alpha1",
                "InferenceGraph",
                name,
                args["namespace"],
                tags.kubernetes(base.vocabulary()),
                annotations={
                    MODE_ANNOTATION: mode_spelling(settings.mode, settings.version),
                    # Else an update succeeds on a graph that never becomes ready.
                    "pulumi.com/waitFor": "condition=Ready",
                },
                spec=_spec(name, base, settings, args),
            ),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=policies,
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                # KServe would make the other mode's objects and leave the old ones behind.
                replace_on_changes=[f'metadata.annotations["{MODE_ANNOTATION}"]'],
                delete_before_replace=True,
            ),
        )

        namespace = pulumi.Output.from_input(args["namespace"])
        self.url = pulumi.Output.all(graph.status, namespace).apply(
            lambda known: status_url(known[0], f"http://{name}.{known[1]}.svc.cluster.local")
        )
        self.endpoint_name = graph.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(
            lambda known: network_grant(
                known,
                "a NetworkPolicy or AuthorizationPolicy that lets the caller reach the pods "
                f"labelled {GRAPH_LABEL}={name}",
            )
        )
        self.latency_metric = namespace.apply(lambda known: _latency_metric(name, known, settings))
        self.scraping = _scraping(name, settings)
        self.unscraped = f"{_UNMEASURED}, and no sidecar is beside it"
        self.status = pulumi.Output.from_input(
            {**base.facts("kserve_graph"), "calls": called(settings.nodes, "service", "url")}
        )
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
    """The arguments that only a graph has, checked."""

    nodes: dict[str, Node]
    mode: str
    version: object
    cpu: float
    memory_mib: int
    scale_metric: str
    scale_target: int | None
    timeout_seconds: int | None
    router_timeouts: dict[str, int]
    node_selector: dict[str, str]
    spread_over_nodes: bool
    ready_timeout_seconds: int
    access: network.Access


def _read_settings(checks: Checks, base: Base, args: InferenceGraphArgs) -> _Settings:
    check_namespace(checks)
    check_tag_keys(checks)
    mode = checks.choice("deployment_mode", "knative", MODES)
    version = args.get("kserve_version")
    checks.text("kserve_version", r"v?\d+\.\d+(\.\d+)?.*", "a version such as 0.20.0")
    nodes = read_nodes(checks, args.get("nodes"))
    if release_of(version) < FEATURES["map_predictions_to_instances"]:
        for name, node in nodes.items():
            if any(step.map_predictions_to_instances for step in node.steps):
                use = f"KServe 0.16 or newer, or leave it out: {version} would drop it"
                checks.problem(f"nodes[{name}].map_predictions_to_instances", "true", use)
    metrics = _METRICS[mode]
    metric = checks.choice("scale_metric", metrics[0], metrics)
    most = 1000 if mode == "knative" else _PERCENT
    _check_mode(checks, base, mode, args)
    spread = mode == "standard" and base.max_replicas > 1
    refuse_cut_off(
        checks,
        base.slo,
        checks.whole("write_timeout_seconds", ROUTER_SECONDS, 1, 3600),
        "the graph's router",
    )
    if checks.given("timeout_seconds"):
        refuse_cut_off(checks, base.slo, checks.whole("timeout_seconds", 1, 1, 3600), "Knative")
    return _Settings(
        nodes=nodes,
        mode=mode,
        version=version,
        cpu=checks.number("cpu", 0.5, *BOUNDS["kserve_graph"].cpu),
        memory_mib=checks.whole("memory_mib", 256, *BOUNDS["kserve_graph"].memory_mib),
        scale_metric=metric,
        scale_target=checks.whole("scale_target", 0, 1, most) or None,
        timeout_seconds=checks.whole("timeout_seconds", 0, 1, 3600) or None,
        router_timeouts=_router_timeouts(checks, version),
        node_selector=checks.mapping("node_selector"),
        spread_over_nodes=checks.flag("spread_over_nodes", default=spread),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 600, 30, 7200),
        access=_read_access(checks, mode, nodes, args),
    )


def _check_mode(checks: Checks, base: Base, mode: str, args: InferenceGraphArgs) -> None:
    if mode == "knative":
        return
    if base.min_replicas == 0:
        checks.problem("min_replicas", 0, "at least 1, or deployment_mode knative")
    if checks.given("timeout_seconds"):
        use = "write_timeout_seconds: in standard mode nothing reads it"
        checks.problem("timeout_seconds", args.get("timeout_seconds"), use)


def _read_access(
    checks: Checks, mode: str, nodes: Mapping[str, Node], args: InferenceGraphArgs
) -> network.Access:
    access = network.read_access(checks, usual_ingress_namespace="istio-system")
    if access.callers and mode == "knative":
        use = "deployment_mode standard: with Knative every request comes by its gateway"
        checks.problem("callers", args.get("callers"), use)
    plain = [url for url in called(nodes, "url") if not url.startswith("https:")]
    if plain and not access.egress:
        use = f"namespace:port of what {plain[0]} is, such as shop:8080: nothing else is let out"
        checks.problem("egress", args.get("egress"), use)
    return access


def _router_timeouts(checks: Checks, version: object) -> dict[str, int]:
    write = checks.whole("write_timeout_seconds", ROUTER_SECONDS, 1, 3600)
    step = checks.whole("step_timeout_seconds", write, 1, 3600)
    if step > write:
        checks.problem("step_timeout_seconds", step, f"at most write_timeout_seconds ({write})")
    seconds = {
        "read_timeout_seconds": checks.whole("read_timeout_seconds", ROUTER_SECONDS, 1, 3600),
        "write_timeout_seconds": write,
        "idle_timeout_seconds": checks.whole("idle_timeout_seconds", _IDLE_SECONDS, 1, 3600),
        "step_timeout_seconds": step,
    }
    if release_of(version) >= FEATURES["router timeouts"]:
        return {_TIMEOUTS[key]: value for key, value in seconds.items()}
    for key, value in seconds.items():
        if checks.given(key):
            use = f"KServe 0.16 or newer, or leave it out: {version} would drop it"
            checks.problem(key, value, use)
    return {}


def _spec(name: str, base: Base, settings: _Settings, args: InferenceGraphArgs) -> dict[str, Any]:
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    spec: dict[str, Any] = {
        "nodes": spelt(settings.nodes),
        "minReplicas": base.min_replicas,
        "maxReplicas": base.max_replicas,
        "scaleMetric": settings.scale_metric,
        "resources": {"requests": amounts, "limits": amounts},
    }
    if settings.scale_target:
        spec["scaleTarget"] = settings.scale_target
    if settings.timeout_seconds:
        spec["timeout"] = settings.timeout_seconds
    if settings.router_timeouts:
        spec["routerTimeouts"] = settings.router_timeouts
    if settings.node_selector:
        spec["nodeSelector"] = settings.node_selector
    if settings.spread_over_nodes:
        spec["affinity"] = _spread(name)
    if "service_account_name" in args:
        spec["serviceAccountName"] = args["service_account_name"]
    return spec


def _spread(name: str) -> dict[str, Any]:
    """Rather on a machine without a pod of the same graph."""
    term = {
        "labelSelector": {"matchLabels": {GRAPH_LABEL: name}},
        "topologyKey": "kubernetes.io/hostname",
    }
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}


def _scraping(name: str, settings: _Settings) -> Scraping | None:
    """Of the router's pods, which have no version: what is around it measures it."""
    labels, knative = {GRAPH_LABEL: name}, settings.mode == "knative"
    if settings.access.mesh == "istio_sidecar":
        return of_sidecars(labels, knative=knative, versioned=False)
    return of_knative(labels, settings.version, versioned=False) if knative else None


def _latency_metric(name: str, namespace: str, settings: _Settings) -> dict[str, str]:
    """Knative's queue proxy measures the router; the router itself measures nothing."""
    if settings.mode == "standard":
        return {
            "source": "none",
            "statistic": "p95",
            "unit": "s",
            "reason": f"{_UNMEASURED}; a mesh or gateway in front of it has",
        }
    return knative_latency(settings.version, namespace, f"{name}-[0-9]+-deployment-.*")
