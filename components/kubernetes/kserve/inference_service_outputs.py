"""What an InferenceService tells its callers: URLs, who may call, where its latency is read."""

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from components.kubernetes.kserve.kserve_settings import KServeSettings
from components.kubernetes.kserve.split_route import CANARY

__all__ = ["candidate_url", "invoke_policy", "latency_metric", "service_url"]

# The tag of the newest revision: KServe's knative/ksvc_reconciler.go.
_NEWEST: Final = "latest"


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
    """Knative's queue proxy measures every model server; KServe's own servers measure themselves.

    The queue proxy's name is Knative's since 1.21 (pkg/queue/request_metric.go), the one that
    KServe 0.20 installs; its ConfigMap config-observability has to say `request-metrics-protocol:
    prometheus`. Namespace and pod are labels that Prometheus adds when it scrapes.
    """
    # KServe's server does not measure the routes of OpenAI's API; vLLM does.
    by_vllm = "vllm:e2e_request_latency_seconds_bucket"
    own = by_vllm if settings.language.by_vllm else "request_predict_seconds_bucket"
    metric = "kn_serving_invocation_duration_seconds_bucket" if settings.is_knative else own
    selector = f'namespace="{namespace}",pod=~"{name}-predictor-.*"'
    return {
        "source": "prometheus",
        "metric": metric,
        "statistic": "p95",
        "unit": "s",
        "query": f"histogram_quantile(0.95, sum by (le) (rate({metric}{{{selector}}}[5m])))",
    }
