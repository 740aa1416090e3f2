"""What watches one model on Kubernetes, made from its SLO: scraping, rules, alerts, a dashboard."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.gate import GateQueries, GateQuery, gate_output
from components.kubernetes.labels import NAME, check_namespace, check_tag_keys
from components.kubernetes.monitoring.dashboard import Shown, dashboard
from components.kubernetes.monitoring.drift_rules import drift_panel, drift_rules
from components.kubernetes.monitoring.gate import gate_queries, versions_of
from components.kubernetes.monitoring.indicators import (
    MODEL,
    VERSION,
    Answering,
    Indicator,
    Unmeasured,
    indicators,
)
from components.kubernetes.monitoring.load_alerts import load_alerts
from components.kubernetes.monitoring.places import Places, read_places
from components.kubernetes.monitoring.pod_monitor import API_VERSION, pod_monitor, spelled
from components.kubernetes.monitoring.slo_rules import rule_groups
from components.kubernetes.monitoring.watched import Watched, watched
from components.kubernetes.monitoring.watched_pods import Pods, WatchedPods, read_further_pods
from components.kubernetes.objects import KubernetesObject, manifest
from components.serving import LONGEST_LATENCY_MS, Base, read_base
from facts import tags
from facts.burn_rate import out_of_reach
from facts.drift_profiles import METRICS, PSI_THRESHOLD
from facts.metric_shapes import ServerMetrics, Shared
from facts.server_metrics import SERVER_METRICS
from facts.slo import DEFAULT_WINDOW_DAYS, Slo

__all__ = ["ModelMonitoring", "ModelMonitoringArgs"]

_OF_TOKENS: Final = ("first_token_p95_ms", "output_token_p95_ms", "queue_p95_ms")


class ModelMonitoringArgs(TypedDict):
    """Flat arguments of `ModelMonitoring`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model, and that alerts name."""
    namespace: pulumi.Input[str]
    """Namespace of the model's pods."""
    pod_labels: dict[str, str]
    """Labels that all pods of the model have, and no others."""
    metrics: str
    """What tells the metrics, by its name in facts/server_metrics.py, such as reference or vllm."""
    metrics_port: int
    """Port of the pods that answers with them, 1 to 65535."""
    metrics_path: NotRequired[str]
    """Path of the metrics. Default: /metrics."""
    min_replicas: NotRequired[int]
    """Fewest pods of the model. Default: 1."""
    max_replicas: NotRequired[int]
    """Most pods of each version. Default: the larger of 1 and `min_replicas`."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    first_token_p95_ms: NotRequired[float]
    """SLO of a language model: 95 % of first tokens come within this many milliseconds. Default:
    none."""
    output_token_p95_ms: NotRequired[float]
    """SLO of a language model: 95 % of further tokens come within this many milliseconds. Default:
    none."""
    queue_p95_ms: NotRequired[float]
    """SLO of a language model: 95 % of requests wait no longer than this many milliseconds before
    they are begun. Default: none."""
    token_metrics: NotRequired[str]
    """What tells of tokens, where it is not `metrics`, by its name in facts/server_metrics.py.
    Default: `metrics`."""
    token_metrics_port: NotRequired[int]
    """Its port, 1 to 65535; needed beside `token_metrics`. Default: none."""
    versioned: NotRequired[bool]
    """Whether the pods are of a version. Default: true."""
    pod_version: NotRequired[str]
    """Version of all of these pods. Default: their label model-serving/model-version says it."""
    model_names: NotRequired[dict[str, str]]
    """Of servers that several models share, what these call this one, and which version that is.
    Default: the pods are the model's own."""
    further_pods: NotRequired[list[WatchedPods]]
    """More pods of the model, that are found or asked in another way. Default: none."""
    drift_threshold: NotRequired[float]
    """Population stability index from which on a feature or a prediction has drifted, where the
    server counts by a profile (runtime/drift). Default: drift is not looked at."""
    drift_hours: NotRequired[int]
    """Hours that are looked back on for drift, 1 to 24. Default: 24."""
    window_days: NotRequired[int]
    """Days over which the SLO holds, 1 to 365; Prometheus has to keep its series as long for the
    budget that is left. Default: 30."""
    model_version: NotRequired[str]
    """Version of the stable model, for alerts during a rollout. Default: not told."""
    candidate_version: NotRequired[str]
    """Version beside it. Default: there is none."""
    canary_percent: NotRequired[int]
    """Its share. Default: 0."""
    shadow: NotRequired[bool]
    """Whether it gets copies of requests, whose answers reach no caller: they spend no budget.
    Default: false."""
    runbook_url: str
    """Where people on call read what to do; `{alert}` becomes the alert's name."""
    grafana_url: str
    """Address of Grafana, to which alerts lead."""
    grafana_folder: NotRequired[str]
    """Folder of the dashboard, as the sidecar of Grafana's chart reads it. Default: Models."""
    monitor_labels: NotRequired[dict[str, str]]
    """Labels by which a Prometheus selects monitors and rules, such as `release`. Default: none."""
    alert_labels: NotRequired[dict[str, str]]
    """Labels of every alert, by which Alertmanager finds who is told. Default: none."""
    scrape_seconds: NotRequired[int]
    """Seconds from one scrape to the next, 5 to 60. Default: 30."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels of the objects. Default: none."""


class ModelMonitoring(pulumi.ComponentResource):
    """`PodMonitor`, `PrometheusRule` and the ConfigMap of a dashboard.

    The Prometheus operator's definitions are in the cluster, and Grafana's sidecar for dashboards.
    """

    dashboard_url: pulumi.Output[str]
    alerts: pulumi.Output[list[str]]
    unmeasured: pulumi.Output[dict[str, str]]
    """Objectives that nothing tells, and why."""
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""

    def __init__(
        self,
        name: str,
        args: ModelMonitoringArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`name` is the model's."""
        checks = Checks("ModelMonitoring", name, args, ModelMonitoringArgs.__annotations__)
        base = read_base(checks, name, least_min=0, most_max=1000)
        asked = _read(checks, base, args)
        check_tag_keys(checks)
        checks.raise_problems()
        super().__init__("model-serving:index:ModelMonitoring", name, {}, opts)

        namespace = args["namespace"]
        where = pulumi.Output.from_input(namespace)
        labels = {
            **asked.places.monitor_labels,
            NAME: name,
            **tags.kubernetes(base.watching(asked.slo)),
        }
        own = pulumi.ResourceOptions(parent=self)
        for pods in asked.pods:
            monitor = pod_monitor(name, namespace, labels, pods, asked.scrape_seconds)
            role = f"-{pods.role}" if pods.role else ""
            KubernetesObject(f"{name}-pod-monitor{role}", monitor, own)
        rules = manifest(
            API_VERSION,
            "PrometheusRule",
            name,
            namespace,
            labels,
            spec={"groups": where.apply(asked.groups)},
        )
        KubernetesObject(f"{name}-rules", rules, own)
        shown = where.apply(asked.dashboard)
        board = asked.places.dashboard_map(name, namespace, labels, shown)
        KubernetesObject(f"{name}-dashboard", board, own)

        self.dashboard_url = where.apply(lambda known: asked.about(known).alerts.dashboard_url)
        self.alerts = where.apply(asked.alerts)
        _, missing = asked.indicators("")
        for each in missing:
            # People count on what they asked for.
            pulumi.log.warn(f"the objective of {each.word} is not measured: {each.reason}", self)
        self.unmeasured = pulumi.Output.from_input({each.word: each.reason for each in missing})
        self.gate_queries = where.apply(lambda known: gate_output(asked.gate(known)))
        self.register_outputs(
            {
                "dashboard_url": self.dashboard_url,
                "alerts": self.alerts,
                "unmeasured": self.unmeasured,
                "gate_queries": self.gate_queries,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The arguments, checked; what depends on the namespace is made once that is known."""

    base: Base
    slo: Slo
    metrics: ServerMetrics
    tokens: ServerMetrics | None
    pods: tuple[Pods, ...]
    scrape_seconds: int
    places: Places
    rollout: str
    counted: str
    """Matchers of the versions that spend the budget, "" where all do."""
    versioned: bool
    versions: dict[str, str]
    """By role, as a gate asks of them."""
    drift_threshold: float | None
    drift_hours: int

    def about(self, namespace: str) -> Watched:
        return watched(
            self.base, namespace, self.places, rollout=self.rollout, versioned=self.versioned
        )

    def selector(self, namespace: str) -> str:
        return f'{MODEL}="{self.base.name}",namespace="{namespace}"'

    def answering(self, namespace: str) -> Answering:
        return Answering(
            self.selector(namespace),
            self.pods[0].shared,
            helped=any(each.helps for each in self.pods),
        )

    def indicators(self, namespace: str) -> tuple[list[Indicator], list[Unmeasured]]:
        return indicators(
            self.metrics, self.slo, self.selector(namespace), self.tokens, self.counted
        )

    def groups(self, namespace: str) -> list[dict[str, Any]]:
        about, base = self.about(namespace), self.base
        measured, _ = self.indicators(namespace)
        groups = [
            *rule_groups(about, measured, self.slo.window_days),
            load_alerts(about, self.answering(namespace), base.min_replicas, base.max_replicas),
        ]
        if self.drift_threshold is not None:
            selector = self.selector(namespace)
            groups += drift_rules(about, selector, self.drift_hours, self.drift_threshold)
        return [group for group in groups if group["rules"]]

    def dashboard(self, namespace: str) -> str:
        measured, missing = self.indicators(namespace)
        about, threshold = self.about(namespace), self.drift_threshold
        drift = None
        if threshold is not None:
            drift = drift_panel(about, self.drift_hours, threshold)
        return dashboard(
            Shown(
                about=about,
                owner=self.base.owner,
                metrics=self.metrics,
                tokens=self.tokens or self.metrics,
                slo=self.slo,
                indicators=measured,
                selector=self.selector(namespace),
                counted=self.counted,
                answering=self.answering(namespace),
                max_replicas=self.base.max_replicas,
                drift=drift,
                unmeasured=missing,
                versions=self.versions,
            )
        )

    def alerts(self, namespace: str) -> list[str]:
        rules = [rule for group in self.groups(namespace) for rule in group["rules"]]
        return sorted({rule["alert"] for rule in rules if "alert" in rule})

    def gate(self, namespace: str) -> list[GateQuery]:
        return gate_queries(self.about(namespace), self.indicators(namespace)[0], self.versions)


def _read(checks: Checks, base: Base, args: ModelMonitoringArgs) -> _Asked:
    days = checks.whole("window_days", DEFAULT_WINDOW_DAYS, 1, 365)
    labels = checks.mapping("pod_labels")
    if not labels:
        checks.problem("pod_labels", args.get("pod_labels"), "the labels of the model's pods")
    check_namespace(checks)
    places = read_places(checks, {"owner": base.owner})
    stable, candidate = checks.optional("model_version"), checks.optional("candidate_version")
    versioned = checks.flag("versioned", default=True)
    share, shadow = checks.whole("canary_percent", 0, 0, 100), checks.flag("shadow", default=False)
    if shadow and candidate is None:
        checks.problem("shadow", shadow, "candidate_version beside it")
    metrics = checks.choice("metrics", None, SERVER_METRICS)
    if not checks.given("metrics_port"):
        checks.problem("metrics_port", None, "the port of the metrics, 1 to 65535")
    given = [key for key in _OF_TOKENS if checks.given(key)]
    of_tokens, token_port = None, None
    if checks.given("token_metrics") or checks.given("token_metrics_port"):
        of_tokens = checks.choice("token_metrics", None, SERVER_METRICS)
        token_port = checks.whole("token_metrics_port", 0, 1, 65_535)
        if not checks.given("token_metrics_port"):
            checks.problem("token_metrics_port", None, "its port, 1 to 65535")
    shared = SERVER_METRICS[metrics].shared if metrics else None
    asked = _Asked(
        base=base,
        slo=replace(
            base.slo,
            window_days=days,
            **{key: checks.number(key, 0, 1, LONGEST_LATENCY_MS) for key in given},
        ),
        tokens=SERVER_METRICS[of_tokens] if of_tokens else None,
        metrics=SERVER_METRICS[metrics or "reference"],
        pods=(_pods(checks, labels, shared, token_port), *read_further_pods(checks)),
        scrape_seconds=checks.whole("scrape_seconds", 30, 5, 60),
        places=places,
        rollout=_rollout(stable, candidate, share, shadow=shadow),
        counted=f'{VERSION}!="{spelled(candidate)}"' if shadow and candidate else "",
        versioned=versioned,
        versions=versions_of(stable, candidate, versioned=versioned),
        drift_threshold=_drift_threshold(checks, args, metrics),
        drift_hours=checks.whole("drift_hours", 24, 1, 24),
    )
    _check_reach(checks, asked.indicators("")[0], days)
    return asked


def _drift_threshold(
    checks: Checks, args: ModelMonitoringArgs, metrics: str | None
) -> float | None:
    if not checks.given("drift_threshold"):
        if checks.given("drift_hours"):
            checks.problem("drift_hours", args.get("drift_hours"), "drift_threshold beside it")
        return None
    if metrics not in METRICS:
        use = f"it with the metrics of {', '.join(METRICS)}"
        checks.problem("drift_threshold", args.get("drift_threshold"), use)
    return checks.number("drift_threshold", PSI_THRESHOLD, 0.001, 10)


def _rollout(stable: str | None, candidate: str | None, share: int, *, shadow: bool) -> str:
    if not candidate:
        return ""
    given = f"gets copies of {share} %" if shadow else f"has {share} %"
    return f"{candidate} {given} beside {stable}"


def _pods(
    checks: Checks, labels: dict[str, str], shared: Shared | None, token_port: int | None
) -> Pods:
    """Those that every model has."""
    names = checks.mapping("model_names")
    if names and shared is None:
        use = (
            f"metrics of {', '.join(each.name for each in SERVER_METRICS.values() if each.shared)}"
        )
        checks.problem("model_names", names, use)
    for model in names:
        # It becomes part of a pattern.
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", model):
            checks.problem("model_names", model, "names of small letters, digits and -")
    port = checks.whole("metrics_port", 0, 1, 65_535)
    places = [(port, checks.plain("metrics_path", "/metrics"))]
    if token_port is not None:
        places.append((token_port, "/metrics"))
    return Pods(
        labels=labels,
        places=tuple(places),
        version=checks.optional("pod_version"),
        shared=shared if names else None,
        model_names=names,
    )


def _check_reach(checks: Checks, found: list[Indicator], window_days: int) -> None:
    """Notes objectives whose budget is so large that no outage spends it too fast."""
    for each in found:
        if slowest := out_of_reach(window_days, each.budget):
            checks.problem(
                "error_rate_percent",
                each.budget * 100,
                f"less: {slowest:g} times {each.budget * 100:g} % is no less than all requests, so "
                "that no alert could fire",
            )
