"""What model servers, and what stands before them, tell Prometheus about requests.

Read in the projects' own sources at the releases and commits that `release` and `source` name.
Failures are those by the server's fault (5xx); refusals of bad requests (4xx) never are. A name
with a release, such as `vllm-0.9`, has the names of that release and of those after it, up to the
next such name; one without has today's.
"""

from typing import Final

from facts.metric_shapes import Counter, Histogram, Series, ServerMetrics

__all__ = ["SERVER_METRICS"]

_CHECKED: Final = "2026-11-26"
# DEFAULT_BUCKETS of prometheus_client, read in 0.21.1; Knative's latencyBounds are the same.
_USUAL: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

# vllm/v1/metrics/buckets.py of 0.33.0; 0.8.5 to 0.24.0 have the same in loggers.py.
_VLLM_REQUEST: Final = (
    *(0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0),
    *(120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0),
)
_VLLM_FIRST: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5),
    *(10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0),
)
_VLLM_TOKEN: Final = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5),
    *(10.0, 20.0, 40.0, 80.0),
)
# Probes and lists of models are read with GET. An answer that breaks off after its first token has
# been counted as 2xx.
_VLLM_ERRORS: Final = Counter(
    requests=(Series("http_requests_total", 'method="POST"'),),
    failed=(Series("http_requests_total", 'method="POST",status="5xx"'),),
)


def _vllm(
    name: str,
    release: str,
    *,
    token: str = "inter_token_latency_seconds",  # noqa: S107 - of text
    cache: str = "kv_cache_usage_perc",
    errors: Counter | None = _VLLM_ERRORS,
) -> ServerMetrics:
    return ServerMetrics(
        name=name,
        errors=errors,
        duration=Histogram(name="vllm:e2e_request_latency_seconds", unit="s", bounds=_VLLM_REQUEST),
        first_token=Histogram(
            name="vllm:time_to_first_token_seconds", unit="s", bounds=_VLLM_FIRST
        ),
        output_token=Histogram(name=f"vllm:{token}", unit="s", bounds=_VLLM_TOKEN),
        queue=Histogram(name="vllm:request_queue_time_seconds", unit="s", bounds=_VLLM_REQUEST),
        waiting="vllm:num_requests_waiting",
        running="vllm:num_requests_running",
        cache_used=f"vllm:{cache}",
        release=release,
        source="https://github.com/vllm-project/vllm: vllm/v1/metrics/loggers.py, "
        "vllm/entrypoints/serve/instrumentator/metrics.py",
        checked=_CHECKED,
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
        source="https://github.com/knative/serving: pkg/queue/request_metric.go",
        checked=_CHECKED,
    )


# defaultLatencyDistribution.
_REVISION_MS: Final = (
    *(5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0),
    *(500.0, 600.0, 700.0, 800.0, 900.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0, 50_000.0),
    100_000.0,
)
_OF_KNATIVE: Final = "`request-metrics-protocol: prometheus` in Knative's config-observability"
# Envoy's, which Istio changes only where the annotation sidecar.istio.io/statsHistogramBuckets
# asks for it.
_ENVOY_MS: Final = (
    *(0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0),
    *(30_000.0, 60_000.0, 300_000.0, 600_000.0, 1_800_000.0, 3_600_000.0),
)
# The server's own proxy, so a caller outside of the mesh counts too.
_AT_THE_SERVER: Final = 'reporter="destination"'

SERVER_METRICS: Final[dict[str, ServerMetrics]] = {
    metrics.name: metrics
    for metrics in (
        ServerMetrics(
            name="reference",
            errors=Counter(
                requests=(Series("model_server_requests_total"),),
                failed=(Series("model_server_requests_total", 'status=~"5.."'),),
            ),
            # Around the SLO that it is told, besides usual ones (`buckets`).
            duration=Histogram(name="model_server_request_duration_seconds", unit="s", bounds=()),
            running="model_server_requests_in_flight",
            source="runtime/server/metrics.py",
            checked=_CHECKED,
        ),
        # KServe's servers on its Python SDK. Requests of OpenAI's API are in none of these: vLLM
        # measures them itself, and its metrics are in the same place.
        ServerMetrics(
            name="kserve",
            errors=None,
            duration=Histogram(
                name="request_predict_seconds", unit="s", bounds=_USUAL, whole=False
            ),
            release="0.20.0, the same in 0.15.2",
            source="https://github.com/kserve/kserve: python/kserve/kserve/metrics.py",
            checked=_CHECKED,
        ),
        _vllm("vllm", "0.33.0, the same since 0.26.0"),
        # Errors of validation are among its 5xx: https://github.com/vllm-project/vllm/pull/44303.
        _vllm("vllm-0.11", "0.24.0, the same in 0.11.0 and 0.20.0", errors=None),
        _vllm("vllm-0.9", "0.9.2", token="time_per_output_token_seconds", errors=None),  # noqa: S106 - of text
        _vllm(
            "vllm-0.8",
            "0.8.5",
            token="time_per_output_token_seconds",  # noqa: S106 - of text
            cache="gpu_cache_usage_perc",
            errors=None,
        ),
        ServerMetrics(
            name="istio",
            errors=Counter(
                requests=(Series("istio_requests_total", _AT_THE_SERVER),),
                failed=(Series("istio_requests_total", f'{_AT_THE_SERVER},response_code=~"5.."'),),
            ),
            duration=Histogram(
                name="istio_request_duration_milliseconds",
                unit="ms",
                bounds=_ENVOY_MS,
                labels=_AT_THE_SERVER,
            ),
            select='destination_workload_namespace="{namespace}",'
            'destination_workload=~"{workloads}"',
            needs="a sidecar in the model's pods",
            release="1.31.0-rc.0",
            source="https://github.com/istio/proxy: "
            "testdata/metric/server_request_total.yaml.tmpl; "
            "https://github.com/istio/istio: pilot/pkg/model/telemetry.go; "
            "https://github.com/envoyproxy/envoy: source/common/stats/histogram_impl.cc",
            checked=_CHECKED,
        ),
        _knative(
            "knative",
            "1.21.1, the same since 1.19.8 and 1.20.1",
            Histogram(name="kn_serving_invocation_duration_seconds", unit="s", bounds=_USUAL),
            'http_response_status_code=~"5.."',
            _OF_KNATIVE,
        ),
        _knative(
            "knative-1.19",
            "1.19.0 to 1.19.7 and 1.20.0",
            Histogram(name="kn_queueproxy_app_duration_seconds", unit="s", bounds=_USUAL),
            'http_response_status_code=~"5.."',
            _OF_KNATIVE,
        ),
        _knative(
            "knative-1.15",
            "1.15.2, the same in 1.18.2",
            Histogram(name="revision_request_latencies", unit="ms", bounds=_REVISION_MS),
            'response_code_class="5xx"',
        ),
    )
}
