"""What watches a model on the cluster, as arguments of ModelMonitoring."""

from typing import TYPE_CHECKING, Any, Final

from stacks.settings.common import EveryDeployment
from stacks.settings.load import Settings
from stacks.targets.translation import as_kind, common, given

if TYPE_CHECKING:
    from components.kubernetes.monitoring.scraping import Scraping

__all__ = ["monitoring_arguments"]

# What the component takes of a model's own arguments.
_SAME: Final = (
    *("environment", "owner", "data_classification", "tags", "latency_p95_ms"),
    *("error_rate_percent", "min_replicas", "max_replicas", "model_version"),
    *("candidate_version", "canary_percent"),
)


def monitoring_arguments(
    settings: Settings, name: str, scraping: "Scraping | None"
) -> dict[str, Any] | None:
    """The arguments, or None where nothing watches: not asked for, or nothing is measured."""
    cluster = settings.site.targets.kubernetes
    if cluster is None or cluster.monitoring is None or scraping is None:
        return None
    model, site, made = settings.models[name], cluster.monitoring, common(settings, name)
    return given(
        {
            **{key: made[key] for key in _SAME},
            "namespace": getattr(model, "namespace", None),
            "pod_labels": dict(scraping.pod_labels),
            "metrics": scraping.metrics,
            "metrics_port": scraping.port,
            "metrics_path": scraping.path,
            "window_days": as_kind(EveryDeployment, model).slo.window_days,
            "runbook_url": site.runbook_url,
            "grafana_url": site.grafana_url,
            "grafana_folder": site.grafana_folder,
            "monitor_labels": dict(site.monitor_labels) or None,
            "alert_labels": dict(site.alert_labels) or None,
            "scrape_seconds": site.scrape_seconds,
        }
    )
