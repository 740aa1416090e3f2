"""What proxies before and beside model servers tell Prometheus: Istio's, Knative's, llm-d's.

They measure any server alike, also one that tells nothing itself.
"""

from typing import Final

from facts.metric_shapes import Counter, Histogram, Series, ServerMetrics

__all__ = ["LLM_D", "PROXY_METRICS"]

_CHECKED: Final = "2026-11-26"

# HistogramSettingsImpl::defaultBuckets; Istio has others only where the annotation
# sidecar.istio.io/statsHistogramBuckets asks for them (pkg/bootstrap/config.go).
_ENVOY_MS: Final = (
    *(0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0),
    *(30_000.0, 60_000.0, 300_000.0, 600_000.0, 1_800_000.0, 3_600_000.0),
)


# A workload is a Deployment, so versions are told apart.
_WORKLOADS: Final = (
    'destination_workload_namespace="{namespace}",destination_workload=~"{workloads}"'
)
# Known by the route, also where there is no pod to go to, whose workload would be told.
_SERVICES: Final = (
    'destination_service_namespace="{namespace}",destination_service_name=~"{services}"'
)
_SIDECAR: Final = "a sidecar in the model's pods"


def _istio(name: str, reporter: str, select: str, needs: str, asking: str = "") -> ServerMetrics:
    """Failures of gRPC are answers 200 with a `grpc_response_status`, and not among these.

    `asking` are workloads that ask the pods for their metrics, through the proxy.
    """
    by = f'reporter="{reporter}"'
    if asking:
        by += f',source_workload!~"{asking}"'
    return ServerMetrics(
        name=name,
        errors=Counter(
            requests=(Series("istio_requests_total", by),),
            failed=(Series("istio_requests_total", f'{by},response_code=~"5.."'),),
        ),
        duration=Histogram(
            name="istio_request_duration_milliseconds", unit="ms", bounds=_ENVOY_MS, labels=by
        ),
        select=select,
        needs=needs,
        release="1.31.0-rc.0",
        source="https://github.com/istio/proxy: testdata/metric/; "
        "https://github.com/istio/istio: pilot/pkg/model/telemetry.go, "
        "pilot/pkg/networking/core/cluster_builder.go; "
        "https://github.com/envoyproxy/envoy: source/common/stats/histogram_impl.cc",
        checked=_CHECKED,
    )


# The bounds of OpenTelemetry's otelhttp.
_KNATIVE: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
# defaultLatencyDistribution.
_KNATIVE_MS: Final = (
    *(5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0),
    *(500.0, 600.0, 700.0, 800.0, 900.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0, 50_000.0),
    100_000.0,
)


def _knative(
    name: str, release: str, duration: Histogram, failed: str, needs: str = ""
) -> ServerMetrics:
    """Of the queue proxy, which is beside every server; each request is timed and so counted."""
    counted = f"{duration.name}_count"
    return ServerMetrics(
        name=name,
        errors=Counter(requests=(Series(counted),), failed=(Series(counted, failed),)),
        duration=duration,
        needs=needs,
        release=release,
        source="https://github.com/knative/serving: pkg/queue/sharedmain/handlers.go, "
        "pkg/queue/request_metric.go, vendor/go.opentelemetry.io/contrib/instrumentation/net/http/"
        "otelhttp/internal/semconv/server.go",
        checked=_CHECKED,
    )


# generalLatencyBuckets.
_LLM_D: Final = (
    *(0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0),
    *(10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0),
)
_LLM_D_LONG: Final = (
    *(180.0, 240.0, 300.0, 360.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0),
)
_LLM_D_TOKEN: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0),
)
_LLM_D_QUEUE: Final = (
    *(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    *(30.0, 60.0),
)

# The endpoint picker of an LLMInferenceService, whose pods are the scheduler's. It tells by
# what name a model was asked for, not which version answered. Any status but 200 is an error
# to it, so its errors say nothing of the server.
LLM_D: Final = ServerMetrics(
    name="llm-d",
    errors=None,
    duration=Histogram(
        name="llm_d_epp_request_duration_seconds", unit="s", bounds=(*_LLM_D, *_LLM_D_LONG)
    ),
    # Without streaming it would be the whole time.
    first_token=Histogram(
        name="llm_d_epp_request_ttft_seconds",
        unit="s",
        bounds=_LLM_D,
        labels='streaming="true"',
    ),
    output_token=Histogram(
        name="llm_d_epp_request_streaming_itl_seconds", unit="s", bounds=_LLM_D_TOKEN
    ),
    queue=Histogram(
        name="llm_d_epp_flow_control_request_queue_duration_seconds",
        unit="s",
        bounds=_LLM_D_QUEUE,
    ),
    waiting="llm_d_epp_flow_control_queue_size",
    running="llm_d_epp_request_running",
    cache_used="llm_d_epp_average_kv_cache_utilization",
    release="0.9.0, which KServe 0.20.0 installs",
    source="https://github.com/llm-d/llm-d-router: pkg/epp/metrics/llm_d_router_metrics.go",
    checked=_CHECKED,
)

PROXY_METRICS: Final = (
    _istio("istio", "destination", _WORKLOADS, _SIDECAR),
    # Its autoscaler asks queue proxies every second (pkg/autoscaler/metrics/collector.go).
    _istio("istio-knative", "destination", _WORKLOADS, _SIDECAR, "autoscaler"),
    # The endpoint picker asks each pod for its metrics many times a second.
    _istio("istio-llm-d", "destination", _WORKLOADS, _SIDECAR, ".*-kserve-router-scheduler"),
    _istio(
        "istio-waypoint", "waypoint", _WORKLOADS, "a waypoint of the ambient mesh before the model"
    ),
    # By whoever calls: the gateway, and callers with a sidecar. The way to the pod is in the time.
    _istio("istio-gateway", "source", _SERVICES, "Istio's gateway, or sidecars of the callers"),
    # Around the queue and the time limit, whose 503 and 504 the server's own
    # kn_serving_invocation_duration_seconds (1.19.8, 1.20.1 and later) is without.
    _knative(
        "knative",
        "1.23.0, the same in 1.19.0 and 1.21.1",
        Histogram(name="http_server_request_duration_seconds", unit="s", bounds=_KNATIVE),
        'http_response_status_code=~"5.."',
        "`request-metrics-protocol: prometheus` in Knative's config-observability",
    ),
    _knative(
        "knative-1.15",
        "1.15.2, the same in 1.18.2",
        Histogram(name="revision_request_latencies", unit="ms", bounds=_KNATIVE_MS),
        'response_code_class="5xx"',
    ),
    LLM_D,
)
