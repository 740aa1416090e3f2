"""Where the latency of requests is read, as a query of Prometheus."""

from facts.kserve import kserve_version

__all__ = ["knative_latency", "latency_of"]


def latency_of(histogram: str, unit: str, namespace: str, pods: str) -> dict[str, str]:
    """The 95th percentile of a histogram (without `_bucket`) over pods by a regular expression.

    Namespace and pod are labels that Prometheus adds when it scrapes.
    """
    metric = f"{histogram}_bucket"
    selector = f'namespace="{namespace}",pod=~"{pods}"'
    return {
        "source": "prometheus",
        "metric": metric,
        "statistic": "p95",
        "unit": unit,
        "query": f"histogram_quantile(0.95, sum by (le) (rate({metric}{{{selector}}}[5m])))",
    }


def knative_latency(version: object, namespace: str, pods: str) -> dict[str, str]:
    """Knative's queue proxy measures every server, by the name of the Knative that KServe brings.

    Of Knative 1.21 its ConfigMap config-observability has to say `request-metrics-protocol:
    prometheus`.
    """
    known = kserve_version(version)
    return latency_of(known.knative_latency, known.knative_latency_unit, namespace, pods)
