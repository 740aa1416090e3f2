"""What an InferenceService tells its callers: URLs, who may call, where its latency is read."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from components.kubernetes.kserve.kserve_settings import KServeSettings
from components.kubernetes.kserve.split_route import CANARY
from facts.kserve_runtimes import RUNTIMES

__all__ = ["candidate_url", "invoke_policy", "latency_metric", "service_url"]

# The tag of the newest revision: KServe's knative/ksvc_reconciler.go.
_NEWEST: Final = "latest"
_OF_KNATIVE: Final = "kn_serving_invocation_duration_seconds"
_OF_VLLM: Final = "vllm:e2e_request_latency_seconds"


def service_url(status: object, local_url: str) -> str:
    """What KServe says, or the address inside the cluster where it does not say."""
    if isinstance(status, Mapping):
        url = cast("Mapping[str, object]", status).get("url")
        if isinstance(url, str):
            return url
    return local_url


def candidate_url(name: str, status: object, namespace: str, settings: KServeSettings) -> str:
    """Where the candidate alone answers, as KServe says, else inside the cluster."""
    if not settings.is_knative:
        return f"http://{name}-{CANARY}-predictor.{namespace}.svc.cluster.local"
    parts: Any = status
    for key in ("components", "predictor", "traffic"):
        parts = cast("dict[str, Any]", parts or {}).get(key)
    for target in cast("list[dict[str, Any]]", parts or []):
        if target.get("tag") == _NEWEST and target.get("url"):
            return str(target["url"])
    return f"http://{_NEWEST}-{name}-predictor.{namespace}.svc.cluster.local"


def invoke_policy(name: str, namespace: str) -> str:
    """JSON: who may call is a matter of the network."""
    return json.dumps(
        {
            "kind": "network",
            "grant": "a NetworkPolicy or AuthorizationPolicy that lets the caller reach "
            f"the pods labelled serving.kserve.io/inferenceservice={name}",
            "namespace": namespace,
        },
        sort_keys=True,
    )


def latency_metric(name: str, namespace: str, settings: KServeSettings) -> dict[str, str]:
    """Knative's queue proxy measures every model server; in standard mode some measure themselves.

    The queue proxy's name is Knative's since 1.21 (pkg/queue/request_metric.go), the one that
    KServe 0.20 installs; its ConfigMap config-observability has to say `request-metrics-protocol:
    prometheus`. Namespace and pod are labels that Prometheus adds when it scrapes.
    """
    histogram = _OF_KNATIVE if settings.is_knative else _own_histogram(settings)
    if not histogram:
        server = settings.server.runtime or "an own image"
        return {
            "source": "none",
            "reason": f"no histogram of seconds is known of {server}; a mesh or gateway has one",
        }
    metric = f"{histogram}_bucket"
    selector = f'namespace="{namespace}",pod=~"{name}-predictor-.*"'
    return {
        "source": "prometheus",
        "metric": metric,
        "statistic": "p95",
        "unit": "s",
        "query": f"histogram_quantile(0.95, sum by (le) (rate({metric}{{{selector}}}[5m])))",
    }


def _own_histogram(settings: KServeSettings) -> str:
    if settings.language.by_vllm:
        # KServe's server does not measure the routes of OpenAI's API; vLLM does.
        return _OF_VLLM
    known = (each for each in RUNTIMES if each.name == settings.server.runtime)
    return next((each.latency_metric for each in known), "")
