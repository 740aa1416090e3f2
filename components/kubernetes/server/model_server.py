"""A model in an image of one's own on Kubernetes: `Deployment`, `Service` and what belongs to them.

For a cluster without KServe, or a server that KServe does not know.
"""

from typing import Any

import pulumi

from components.checks import Checks
from components.kubernetes.cold_start import check_cold_start
from components.kubernetes.labels import COMPONENT, NAME
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.network import MERGED_METRICS, MERGED_METRICS_PATH
from components.kubernetes.outputs import latency_p95, network_grant
from components.kubernetes.server.entrance import entrance
from components.kubernetes.server.model_server_args import ModelServerArgs
from components.kubernetes.server.model_server_settings import (
    ServerSettings,
    read_server_settings,
)
from components.kubernetes.server.parts import as_one, read_parts
from components.kubernetes.server.pod import Read
from components.kubernetes.server.reading import files_and_secrets, kept_models
from components.kubernetes.server.server_access import server_access
from components.kubernetes.server.slots import SERVER, read_slots
from components.kubernetes.server.strategy import read_strategy
from components.kubernetes.server.workload import workload
from components.kubernetes.service_account import own_account
from components.serving import read_core, refuse_cut_off
from facts import tags
from facts.ingress import NGINX
from facts.model_servers import ModelServerKind
from facts.server_metrics import SERVER_METRICS

__all__ = ["ModelServer", "ModelServerArgs"]


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
        core = read_core(checks, name, args, least_min=0, most_max=1000)
        settings = read_server_settings(checks, core, args)
        strategy = read_strategy(checks, core, settings, args)
        if strategy.routed:
            refuse_cut_off(checks, core.slo, settings.grace_seconds, "the route to its versions")
        # An Ingress of another class has no field for it.
        if settings.host is not None and (
            strategy.gateway is not None or settings.exposure.ingress_class == NGINX
        ):
            longest = settings.exposure.request_timeout_seconds
            refuse_cut_off(checks, core.slo, longest, "the way in from outside")
        slots = read_slots(checks, core, strategy, args)
        parts = read_parts(checks, core, strategy, slots, args)
        cold_start = check_cold_start(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:ModelServer", name, {}, opts)
        cold_start.tell(self)

        settings, running, parts = as_one(settings, slots, parts, name)
        namespace = args["namespace"]
        selector = {NAME: name}
        labels = {**selector, **tags.kubernetes(core.vocabulary())}
        before: list[pulumi.Resource] = []
        if "service_account_name" not in args:
            before.append(own_account(self, name, namespace, labels))
        read, read_objects = files_and_secrets(self, name, settings, namespace, labels)
        before += read_objects
        before += server_access(self, core, settings, namespace, running, parts)
        before += kept_models(self, running, settings, namespace, labels, read, before)

        ready: list[pulumi.Resource] = []
        for index, slot in enumerate(running):
            # A server begins when the parts of its version are ready, and they go after it.
            called: list[pulumi.Resource] = []
            for part in parts:
                own = (part.settings, strategy, part.slots[index], namespace, Read())
                called += workload(self, core, *own, before)
            needed = [*before, *called]
            ready += workload(self, core, settings, strategy, slot, namespace, read, needed)
            ready += called
        service = entrance(self, core, settings, strategy, running, namespace, ready)

        where = pulumi.Output.from_input(namespace)
        if settings.host:
            self.url = pulumi.Output.from_input(f"https://{settings.host}")
        else:
            self.url = where.apply(lambda known: f"http://{name}.{known}.svc.cluster.local")
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = where.apply(lambda known: _invoke_policy(name, known))
        kind = settings.server
        self.scraping = _scraping(name, settings)
        self.latency_metric = where.apply(lambda known: _latency_metric(name, kind, known))
        facts = core.status("kubernetes", args["model_uri"])
        if strategy.moved_by_rollout:
            facts["share_owner"] = "rollout"
        self.status = pulumi.Output.from_input(facts)
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )


def _invoke_policy(name: str, namespace: str) -> str:
    return network_grant(
        namespace,
        "a NetworkPolicy or AuthorizationPolicy that lets the caller reach the pods labelled "
        f"{NAME}={name}",
    )


def _scraping(name: str, settings: ServerSettings) -> Scraping | None:
    """Of the server's pods, and not of further parts; None where nobody can read its metrics."""
    kind = settings.server.name
    labels = {NAME: name, COMPONENT: SERVER}
    if settings.access.mesh == "istio_sidecar":
        # The server's own port wants mutual TLS, which Prometheus does not speak. Its metrics are
        # beside those of the sidecar where the annotations say where they are.
        told = kind in SERVER_METRICS and settings.prometheus_annotations
        return Scraping(labels, kind if told else "istio", MERGED_METRICS, MERGED_METRICS_PATH)
    if kind not in SERVER_METRICS:
        return None
    return Scraping(labels, kind, settings.metrics_port or settings.port, settings.metrics_path)


def _latency_metric(name: str, kind: ModelServerKind, namespace: str) -> dict[str, str]:
    """What the server measures; namespace and pod are labels of Prometheus."""
    if not kind.latency_metric:
        return {
            "source": "none",
            "reason": f"{kind.name} has no histogram of seconds; a mesh or gateway before it has",
        }
    return latency_p95(kind.latency_metric, "s", namespace, f"{name}-.*")
