"""The outputs that components on Kubernetes have in common; see components/serving.py."""

import json
from collections.abc import Mapping
from typing import cast

__all__ = ["latency_mean", "latency_p95", "network_grant", "status_url"]


def status_url(status: object, otherwise: str) -> str:
    """What the controller says, or the address inside the cluster where it does not say."""
    if isinstance(status, Mapping):
        url = cast("Mapping[str, object]", status).get("url")
        if isinstance(url, str):
            return url
    return otherwise


def network_grant(namespace: str, grant: str) -> str:
    """JSON of `invoke_policy`: who may call is a matter of the network, and `grant` lets one in."""
    policy = {"kind": "network", "grant": grant, "namespace": namespace}
    return json.dumps(policy, sort_keys=True)


def latency_p95(histogram: str, unit: str, namespace: str, pods: str) -> dict[str, str]:
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


def latency_mean(total: str, count: str, unit: str, selector: str) -> dict[str, str]:
    """The mean of two counters, of seconds or the like and of requests, by PromQL labels."""
    rates = [f"sum(rate({metric}{{{selector}}}[5m]))" for metric in (total, count)]
    return {
        "source": "prometheus",
        "metric": total,
        "statistic": "mean",
        "unit": unit,
        "query": " / ".join(rates),
    }
