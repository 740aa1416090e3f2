"""What an InferenceService tells its callers: URLs, who may call, where its latency is read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from components.kubernetes.kserve.kserve_access import POD_LABEL
from components.kubernetes.kserve.kserve_latency import knative_latency
from components.kubernetes.kserve.kserve_scraping import of_knative, of_sidecars, predictors
from components.kubernetes.kserve.kserve_settings import KServeSettings
from components.kubernetes.kserve.split_route import CANARY
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.outputs import latency_p95, network_grant, status_url
from facts.kserve_runtimes import RUNTIMES, ServingRuntime
from facts.language_models import VLLM_LATENCY
from facts.trained_models import triton_metrics

__all__ = ["candidate_url", "invoke_policy", "latency_metric", "scraping", "url"]

_HTTP: Final = 8080
# The tag of the newest revision: KServe's knative/ksvc_reconciler.go.
_NEWEST: Final = "latest"


def url(local_host: str, status: object, namespace: str, settings: KServeSettings) -> str:
    """Where callers find it: by its own host, as KServe says, else inside the cluster."""
    if settings.route is not None:
        return f"https://{settings.route.host}"
    return status_url(status, f"http://{local_host}.{namespace}.svc.cluster.local")


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
    return network_grant(
        namespace,
        "a NetworkPolicy or AuthorizationPolicy that lets the caller reach the pods labelled "
        f"{POD_LABEL}={name}",
    )


def latency_metric(name: str, namespace: str, settings: KServeSettings) -> dict[str, str]:
    """Knative measures every model server; in standard mode some measure themselves."""
    pods = f"{name}-predictor-.*"
    if settings.is_knative:
        return knative_latency(settings.version.version, namespace, pods)
    if histogram := _own_histogram(settings):
        return latency_p95(histogram, "s", namespace, pods)
    server = settings.server.runtime or "an own image"
    return {
        "source": "none",
        "reason": f"no histogram of seconds is known of {server}; a mesh or gateway has one",
    }


def scraping(name: str, settings: KServeSettings) -> Scraping | None:
    """Knative's queue proxy beside every server, else what the server tells itself.

    None where nothing is known to tell it. Sidecars want mutual TLS of whoever reads these, which
    Prometheus does not speak; they measure the requests themselves.
    """
    labels = predictors(name)
    if settings.access.mesh == "istio_sidecar":
        return of_sidecars(labels, knative=settings.is_knative)
    by_vllm = settings.language.by_vllm
    if settings.is_knative:
        return replace(
            of_knative(labels, settings.version.version),
            token_metrics=settings.version.vllm_metrics if by_vllm else None,
            token_port=_HTTP if by_vllm else None,
        )
    if by_vllm:
        return Scraping(labels, settings.version.vllm_metrics, _HTTP)
    runtime = _runtime(settings)
    if runtime is None or not _tells(runtime, settings.arguments):
        return None
    metrics = runtime.metrics
    if metrics == "triton":
        metrics = triton_metrics(settings.arguments)
    return Scraping(labels, metrics, runtime.metrics_port, runtime.metrics_path)


def _runtime(settings: KServeSettings) -> ServingRuntime | None:
    """None of an own image, and of a runtime that is not KServe's."""
    return next((each for each in RUNTIMES if each.name == settings.server.runtime), None)


def _tells(runtime: ServingRuntime, arguments: Sequence[str]) -> bool:
    needed = runtime.metrics_argument
    return not needed or any(each.startswith(needed) for each in arguments)


def _own_histogram(settings: KServeSettings) -> str:
    if settings.language.by_vllm:
        # KServe's server does not measure the routes of OpenAI's API; vLLM does.
        return VLLM_LATENCY
    runtime = _runtime(settings)
    return runtime.latency_metric if runtime else ""
