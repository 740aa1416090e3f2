"""What watches a model on the cluster, as arguments of ModelMonitoring."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from facts.accelerators import ACCELERATORS
from stacks.settings.common import EveryDeployment
from stacks.settings.load import Settings
from stacks.settings.monitoring import KubernetesMonitoring
from stacks.settings.platforms.gpu_pools import AskedPool, asked_pools
from stacks.targets.translation import as_kind, common, given

if TYPE_CHECKING:
    from components.kubernetes.monitoring.scraping import Scraping

__all__ = ["MONITORING_TYPE", "gpu_monitoring_arguments", "monitoring_arguments"]

# Named after its model, whose `--only` and rendered folder it belongs to.
MONITORING_TYPE: Final = "model-serving:index:ModelMonitoring"

# What the component takes of a model's own arguments.
_SAME: Final = (
    *("environment", "owner", "data_classification", "tags", "latency_p95_ms"),
    *("error_rate_percent", "min_replicas", "max_replicas", "model_version"),
    *("candidate_version", "canary_percent"),
)
# Of the objective, what no component that serves takes.
_OBJECTIVES: Final = ("window_days", "first_token_p95_ms", "output_token_p95_ms", "queue_p95_ms")


def monitoring_arguments(
    settings: Settings, name: str, scraping: "Scraping | None"
) -> dict[str, Any] | None:
    """The arguments, or None where nothing watches: not asked for, or nothing is measured."""
    cluster = settings.site.targets.kubernetes
    if cluster is None or cluster.monitoring is None or scraping is None:
        return None
    model, site, made = settings.models[name], cluster.monitoring, common(settings, name)
    slo = as_kind(EveryDeployment, model).slo
    shadows = made["candidate_version"] and getattr(model, "strategy", None) == "shadow"
    return given(
        {
            **{key: made[key] for key in _SAME},
            "namespace": getattr(model, "namespace", None),
            "shadow": True if shadows else None,
            "pod_labels": dict(scraping.pod_labels),
            "metrics": scraping.metrics,
            "metrics_port": scraping.port,
            "metrics_path": scraping.path,
            "token_metrics": scraping.token_metrics,
            "token_metrics_port": scraping.token_port,
            **{key: getattr(slo, key) for key in _OBJECTIVES},
            "scrape_seconds": site.scrape_seconds,
            **_places(site),
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
    return {
        "runbook_url": site.runbook_url,
        "grafana_url": site.grafana_url,
        "grafana_folder": site.grafana_folder,
        "monitor_labels": dict(site.monitor_labels) or None,
        "alert_labels": dict(site.alert_labels) or None,
    }
