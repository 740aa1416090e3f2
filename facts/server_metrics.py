"""What model servers, and what stands before them, tell Prometheus about requests.

Read in the projects' own sources, of the releases and commits that `release` and `source` name.
Failures are those by the server's fault (5xx); refusals of bad requests (4xx) never are. A name
with a release, such as `vllm-0.9`, has the names of that release and of those after it, up to the
next such name; one without has today's.
"""

from itertools import accumulate, repeat
from operator import mul
from typing import Final

from facts.language_server_metrics import LANGUAGE_SERVER_METRICS
from facts.metric_shapes import Counter, Histogram, Mean, Series, ServerMetrics, Shared
from facts.proxy_metrics import PROXY_METRICS

__all__ = ["SERVER_METRICS", "WITHOUT_METRICS"]

_CHECKED: Final = "2026-11-26"
# DEFAULT_BUCKETS of prometheus_client, read in 0.21.1; Seldon's DefaultHistogramBuckets too.
_USUAL: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
# 33 bounds in µs, each 1.8 times the one before it, written with six digits.
_TENSORFLOW_US: Final = tuple(
    float(f"{bound:.6g}") for bound in accumulate(repeat(1.8, 32), mul, initial=10.0)
)
# 33 bounds in µs as well, cut to whole ones.
_OPENVINO_US: Final = tuple(float(int(10 * 1.8**power)) for power in range(33))
# DEFAULT_BUCKET of bentoml/_internal/utils/metrics.py.
_BENTOML: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 180.0),
)
# Probes are counted as well. `endpoint` is a label that ServiceMonitors and PodMonitors give too,
# for which the server's own becomes `exported_endpoint`.
_NOT_PROBES: Final = ",".join(
    f'{label}!~"/(health|healthz|livez|readyz)"' for label in ("endpoint", "exported_endpoint")
)
# Calls of models; probes and metadata are read with GET.
_POST: Final = 'method="POST"'
# Codes of HTTP and of gRPC (google.golang.org/grpc/codes) share a label.
_SELDON_FAILED: Final = 'code=~"5..|Unknown|DeadlineExceeded|Internal|Unavailable|DataLoss"'
_SELDON: Final = "https://github.com/SeldonIO/seldon-core: scheduler/pkg/metrics/agent.go"
# What its ToHTTPStatusCode makes 5xx of, but UNIMPLEMENTED, which is the caller's fault.
_TENSORFLOW_FAILED: Final = 'status=~"UNKNOWN|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|DATA_LOSS"'
# Requests for a model's status, such as those of probes, have no API.
_OF_AN_API: Final = 'API!=""'


def _triton(name: str, *, first: Histogram | None = None, needs: str = "") -> ServerMetrics:
    return ServerMetrics(
        name=name,
        # Of `reason`, CANCELED is the caller's doing. Requests that are refused before they reach
        # a model are in neither.
        errors=Counter(
            requests=(
                Series("nv_inference_request_success"),
                Series("nv_inference_request_failure"),
            ),
            failed=(Series("nv_inference_request_failure", 'reason!="CANCELED"'),),
        ),
        duration=first,
        mean=Mean(
            total="nv_inference_request_duration_us",
            count="nv_inference_request_success",
            unit="us",
        ),
        first_token=first,
        waiting="nv_inference_pending_request_count",
        model_label="model",
        # Made with a value of 0 when the model is loaded, and taken away when it no longer is.
        shared=Shared("model", "{model}", "nv_inference_request_success", 0),
        needs=needs,
        release="73aad7c3 of 2026-06-09",
        source="https://github.com/triton-inference-server/core: src/metrics.cc, "
        "src/metric_model_reporter.cc and .h",
        checked=_CHECKED,
    )


_SERVERS: Final = (
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
        duration=Histogram(name="request_predict_seconds", unit="s", bounds=_USUAL, whole=False),
        model_label="model_name",
        release="0.20.0, the same in 0.15.2",
        source="https://github.com/kserve/kserve: python/kserve/kserve/metrics.py",
        checked=_CHECKED,
    ),
    _triton("triton"),
    _triton(
        "triton-histogram",
        # Until the first response, which is the only one unless a model streams.
        first=Histogram(
            name="nv_inference_first_response_histogram_ms",
            unit="ms",
            bounds=(100.0, 500.0, 2000.0, 5000.0),
        ),
        needs="`--metrics-config=histogram_latencies=true`",
    ),
    # Its own model_infer_request_failure counts bad requests too, and gRPC is in none of these.
    ServerMetrics(
        name="mlserver",
        errors=Counter(
            requests=(Series("rest_server_requests_total", _POST),),
            failed=(Series("rest_server_requests_total", f'{_POST},status_code=~"5.."'),),
        ),
        duration=Histogram(
            name="rest_server_request_duration_seconds", unit="s", bounds=_USUAL, labels=_POST
        ),
        running="rest_server_requests_in_progress",
        release="1.7.1",
        source="https://github.com/SeldonIO/MLServer: mlserver/rest/app.py, mlserver/settings.py; "
        "https://github.com/stephenhillier/starlette_exporter: starlette_exporter/middleware.py",
        checked=_CHECKED,
    ),
    # Only answers without an error are timed; the count of all has no API, so the first of these
    # are the good ones.
    ServerMetrics(
        name="tensorflow-serving",
        errors=Counter(
            requests=(
                Series(":tensorflow:serving:request_latency_count", _OF_AN_API),
                Series(":tensorflow:serving:request_count", 'status!="OK"'),
            ),
            failed=(Series(":tensorflow:serving:request_count", _TENSORFLOW_FAILED),),
        ),
        duration=Histogram(
            name=":tensorflow:serving:request_latency",
            unit="us",
            bounds=_TENSORFLOW_US,
            labels=_OF_AN_API,
        ),
        model_label="model_name",
        release="9d981c5c of 2026-07-30",
        source="https://github.com/tensorflow/serving: tensorflow_serving/servables/tensorflow/"
        "util.cc, tensorflow_serving/model_servers/http_server.cc, "
        "tensorflow_serving/util/prometheus_exporter.cc",
        checked=_CHECKED,
    ),
    # Its count of failures has bad requests too.
    ServerMetrics(
        name="openvino",
        errors=None,
        duration=Histogram(name="ovms_request_time_us", unit="us", bounds=_OPENVINO_US),
        queue=Histogram(name="ovms_wait_for_infer_req_time_us", unit="us", bounds=_OPENVINO_US),
        running="ovms_current_requests",
        model_label="name",
        needs="`--metrics_enable`",
        release="01e34f96; documentation 000ac4b6",
        source="https://github.com/openvinotoolkit/model_server: src/model_metric_reporter.cpp, "
        "docs/metrics.md",
        checked=_CHECKED,
    ),
    # Every answer by HTTP is counted, those to probes too; gRPC's are not.
    ServerMetrics(
        name="torchserve",
        errors=Counter(
            requests=(Series("Requests2XX"), Series("Requests4XX"), Series("Requests5XX")),
            failed=(Series("Requests5XX"),),
        ),
        duration=None,
        # Of those that were answered, by all that came.
        mean=Mean(
            total="ts_inference_latency_microseconds",
            count="ts_inference_requests_total",
            unit="us",
        ),
        release="0.12.0, the last",
        source="https://github.com/pytorch/serve: ts/configs/metrics.yaml, docs/metrics.md, "
        "frontend/server/src/main/java/org/pytorch/serve/util/NettyUtils.java",
        checked=_CHECKED,
    ),
    ServerMetrics(
        name="bentoml",
        errors=Counter(
            requests=(Series("bentoml_service_request_total", _NOT_PROBES),),
            failed=(
                Series("bentoml_service_request_total", f'{_NOT_PROBES},http_response_code=~"5.."'),
            ),
        ),
        duration=Histogram(
            name="bentoml_service_request_duration_seconds",
            unit="s",
            bounds=_BENTOML,
            labels=_NOT_PROBES,
        ),
        running="bentoml_service_request_in_progress",
        release="1.4.40",
        source="https://github.com/bentoml/BentoML: "
        "src/bentoml/_internal/server/http/instruments.py, "
        "src/bentoml/_internal/configuration/v2/default_configuration.yaml",
        checked=_CHECKED,
    ),
    # One model of a Seldon server, by the server's agent. Models that could not be loaded are 404,
    # and requests that reached no server at all are not counted.
    ServerMetrics(
        name="seldon",
        errors=Counter(
            requests=(Series("seldon_model_infer_total"),),
            failed=(Series("seldon_model_infer_total", _SELDON_FAILED),),
        ),
        duration=None,
        mean=Mean(
            total="seldon_model_infer_seconds_total", count="seldon_model_infer_total", unit="s"
        ),
        select='namespace="{namespace}",model="{model}"',
        model_label="model",
        # Loaded models have no other label, of which the end is a number that Seldon counts up. One
        # that made room for others stays loaded: its next request brings it back.
        shared=Shared("model_internal", "{model}_[0-9]+", "seldon_loaded_model_gauge", 1),
        release="2.9.1",
        source=_SELDON,
        checked=_CHECKED,
    ),
    # All models of it together: the histogram has no label that names one.
    ServerMetrics(
        name="seldon-server",
        errors=Counter(
            requests=(Series("seldon_model_infer_api_seconds_count"),),
            failed=(Series("seldon_model_infer_api_seconds_count", _SELDON_FAILED),),
        ),
        duration=Histogram(name="seldon_model_infer_api_seconds", unit="s", bounds=_USUAL),
        select='namespace="{namespace}",server="{server}"',
        release="2.9.1",
        source=_SELDON,
        checked=_CHECKED,
    ),
)

SERVER_METRICS: Final[dict[str, ServerMetrics]] = {
    metrics.name: metrics for metrics in (*_SERVERS, *LANGUAGE_SERVER_METRICS, *PROXY_METRICS)
}
# Model servers that tell Prometheus nothing, and why.
WITHOUT_METRICS: Final = {
    "ollama": "it has no metrics for Prometheus: https://github.com/ollama/ollama/issues/3144"
}
