"""What watches a model on the cluster, as arguments of ModelMonitoring."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from facts.accelerators import ACCELERATORS
from facts.trained_models import triton_metrics
from stacks.settings.common import Common, EveryDeployment
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_shared import TrainedModel
from stacks.settings.load import Settings
from stacks.settings.models import AnySettings
from stacks.settings.monitoring import KubernetesMonitoring
from stacks.settings.platforms.gpu_pools import AskedPool, asked_pools
from stacks.settings.profiled_drift import WithProfiledDrift
from stacks.settings.seldon import SeldonModel
from stacks.targets.drift import monitored_drift
from stacks.targets.translation import as_kind, common, every, every_text, given

if TYPE_CHECKING:
    from components.kubernetes.monitoring.scraping import FurtherPods, Scraping

__all__ = ["MONITORING_TYPE", "alert_places", "gpu_monitoring_arguments", "monitoring_arguments"]

# Named after its model, whose `--only` and rendered folder it belongs to.
MONITORING_TYPE: Final = "model-serving:index:ModelMonitoring"

# Of the objective, what no component that serves takes.
_OBJECTIVES: Final = ("window_days", "first_token_p95_ms", "output_token_p95_ms", "queue_p95_ms")


def monitoring_arguments(
    settings: Settings, name: str, scraping: "Scraping | None"
) -> dict[str, Any] | None:
    """The arguments, or None where nothing watches: not asked for, or nothing is measured."""
    cluster = settings.site.targets.kubernetes
    if cluster is None or cluster.monitoring is None or scraping is None:
        return None
    model, site = settings.models[name], cluster.monitoring
    if isinstance(model, TrainedModel) and cluster.mesh == "istio_sidecar":
        # Of a server that several models share a sidecar knows requests, not the models.
        return None
    slo = as_kind(EveryDeployment, model).slo
    asked = {
        **_same(settings, name),
        **_versions(settings, name),
        **_scraped(scraping, site),
        **{key: getattr(slo, key) for key in _OBJECTIVES},
        "namespace": getattr(model, "runtime_namespace", getattr(model, "namespace", None)),
        "scrape_seconds": site.scrape_seconds,
        **_drift(model),
        **_places(site),
    }
    if isinstance(model, TrainedModel):
        server = settings.models.get(model.server)
        asked["metrics"] = triton_metrics(getattr(server, "arguments", ()))
    return given(asked)


def _drift(model: AnySettings) -> dict[str, Any]:
    """Of servers that tell it: KServe's do not, and a job has alerts of its own."""
    if isinstance(model, KServeModel) or not isinstance(model, WithProfiledDrift):
        return {}
    return monitored_drift(model.drift)


def _same(settings: Settings, name: str) -> dict[str, Any]:
    """What the component takes of a model's own arguments."""
    alone = isinstance(settings.models[name], TrainedModel)
    made = every_text(settings, name) if alone else every(settings, name)
    return {key: value for key, value in made.items() if key != "description"}


def _versions(settings: Settings, name: str) -> dict[str, Any]:
    model = settings.models[name]
    if not isinstance(model, Common):
        return {}
    made = common(settings, name)
    mirrors = isinstance(model, SeldonModel) and model.mirror_percent
    shadows = getattr(model, "strategy", None) == "shadow" or mirrors
    return {
        "model_version": made["model_version"],
        "candidate_version": made["candidate_version"],
        "canary_percent": mirrors or made["canary_percent"],
        "shadow": True if made["candidate_version"] and shadows else None,
    }


def _scraped(scraping: "Scraping", site: KubernetesMonitoring) -> dict[str, Any]:
    asks_router = site.router_token_secret is not None and scraping.router_metrics is not None
    further = [_pods(pods) for pods in scraping.further]
    if asks_router:
        token = {"token_secret": site.router_token_secret}
        further += [_pods(pods) | token for pods in scraping.router]
    return {
        "pod_labels": dict(scraping.pod_labels),
        "metrics": scraping.router_metrics if asks_router else scraping.metrics,
        "metrics_port": scraping.port,
        "metrics_path": scraping.path,
        "token_metrics": scraping.token_metrics,
        "token_metrics_port": scraping.token_port,
        "versioned": None if scraping.versioned else False,
        "pod_version": scraping.version,
        "model_names": dict(scraping.model_names) or None,
        "further_pods": further or None,
    }


def _pods(pods: "FurtherPods") -> dict[str, Any]:
    return given(
        {
            "role": pods.role,
            "pod_labels": dict(pods.pod_labels),
            "metrics_port": pods.port,
            "metrics_path": pods.path,
            "version": pods.version,
            "helps": pods.helps or None,
        }
    )


def gpu_monitoring_arguments(settings: Settings) -> dict[str, Any] | None:
    """The arguments of GpuMonitoring, or None where there is nothing to watch, or nobody does."""
    cluster, pools = settings.site.targets.kubernetes, list(asked_pools(settings.site))
    if cluster is None or cluster.monitoring is None or not pools:
        return None
    site = cluster.monitoring
    return given(
        {
            "environment": settings.environment,
            "owner": site.owner or pools[0].settings.owner,
            "namespace": site.namespace,
            "pool_sizes": list(_pool_sizes(pools)) or None,
            **_places(site),
        }
    )


def _pool_sizes(pools: Sequence[AskedPool]) -> Iterator[dict[str, Any]]:
    """Of the GPUs of which there can be more nodes: others' pools are always at their maximum."""
    grow = {
        pool.settings.accelerator
        for pool in pools
        if pool.settings.max_nodes > pool.settings.min_nodes
    }
    for pool in pools:
        if pool.settings.accelerator in grow:
            label = ACCELERATORS[pool.settings.accelerator].kubernetes_label
            yield {"gpu": label, "max_nodes": pool.settings.max_nodes}


def _places(site: KubernetesMonitoring) -> dict[str, Any]:
    return {**alert_places(site), "grafana_folder": site.grafana_folder}


def alert_places(site: KubernetesMonitoring) -> dict[str, Any]:
    """Where alerts lead to, and by which labels they are found."""
    return {
        "runbook_url": site.runbook_url,
        "grafana_url": site.grafana_url,
        "monitor_labels": dict(site.monitor_labels) or None,
        "alert_labels": dict(site.alert_labels) or None,
    }
