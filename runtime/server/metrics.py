"""What Prometheus is told, by its own client; the names are part of the contract (docs/runtime.md).

| metric | kind | labels | what |
|---|---|---|---|
| `model_server_requests_total` | counter | `protocol`, `status` | predictions asked for |
| `model_server_request_duration_seconds` | histogram | `protocol` | from headers to answer |
| `model_server_inference_duration_seconds` | histogram | | the model alone |
| `model_server_faults_total` | counter | `protocol`, `reason` | what failed, by whose fault |
| `model_server_rows_total` | counter | `protocol` | rows predicted |
| `model_server_requests_in_flight` | gauge | | let in and not answered yet |
| `model_server_ready` | gauge | | 1 while requests should be sent here |
| `model_server_load_duration_seconds` | gauge | | pull, check, load and warm-up |
| `model_server_model_info` | gauge | `name`, `version`, `digest` | 1 |
| `model_server_drift_rows_total` | counter | `kind`, `column`, `bin` | rows, with a profile |
| `model_server_drift_baseline_ratio` | gauge | `kind`, `column`, `bin` | the profile's shares |
| `model_server_drift_faults_total` | counter | | requests that could not be counted |

The time of a request that was refused (4xx, 503) is in no histogram: it takes none, and would hide
that of the others. `protocol` is `predict`, `v1` or `v2`; `reason` of a 500 or 504 is
`feature_store`, or `server` for all else; `model_input` is a 400 of what fits the model's signature
and the model does not take. Beside these there are the client's own `process_…`, `python_gc_…` and
`python_info`.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder

from runtime.server.replies import Record

__all__ = ["Metrics", "buckets"]

_PROTOCOLS: Final = ("predict", "v1", "v2")
# Of what failed here, and was told no other reason.
_OURS: Final = "server"
_REASONS: Final = (_OURS, "feature_store", "model_input")
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A quantile is interpolated within a bucket: narrow ones around the SLO say on which side it is.
_OF_THE_SLO: Final = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)


def buckets(latency_p95_ms: float | None) -> tuple[float, ...]:
    """Upper bounds in seconds: the usual ones, and closer ones around the SLO."""
    near = (round(latency_p95_ms * share / 1000, 6) for share in _OF_THE_SLO if latency_p95_ms)
    return tuple(sorted({*_SECONDS, *near}))


class Metrics:
    """The metrics of one server, in a registry of their own."""

    def __init__(
        self,
        latency_p95_ms: float | None,
        *,
        in_flight: Callable[[], float],
        ready: Callable[[], float],
    ) -> None:
        """`in_flight` and `ready` are asked at each scrape."""
        self.registry = CollectorRegistry()
        bounds = buckets(latency_p95_ms)
        self._requests = Counter(
            "model_server_requests",
            "Predictions that were asked for, by what they were answered with.",
            ("protocol", "status"),
            registry=self.registry,
        )
        self._faults = Counter(
            "model_server_faults",
            "Predictions that failed: by the server, by the feature store, or (400) by what the "
            "model does not take.",
            ("protocol", "reason"),
            registry=self.registry,
        )
        for protocol in _PROTOCOLS:
            for reason in _REASONS:
                # Zero, and not nothing: an alert on its growth sees the first one too.
                self._faults.labels(protocol, reason)
        self._duration = Histogram(
            "model_server_request_duration_seconds",
            "Time from the headers of a prediction's request to its answer.",
            ("protocol",),
            buckets=bounds,
            registry=self.registry,
        )
        self.inference = Histogram(
            "model_server_inference_duration_seconds",
            "Time in the model alone.",
            buckets=bounds,
            registry=self.registry,
        )
        self._rows = Counter(
            "model_server_rows", "Rows predicted.", ("protocol",), registry=self.registry
        )
        self._load = Gauge(
            "model_server_load_duration_seconds",
            "Time to pull, check, load and warm up the model.",
            registry=self.registry,
        )
        self._info = Gauge(
            "model_server_model_info",
            "The model that is served.",
            ("name", "version", "digest"),
            registry=self.registry,
        )
        for name, what, ask in (
            ("in_flight", "Requests that were let in and are not answered yet.", in_flight),
            ("ready", "1 while requests should be sent here.", ready),
        ):
            full = "model_server_ready" if name == "ready" else f"model_server_requests_{name}"
            Gauge(full, what, registry=self.registry).set_function(ask)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def loaded(self, name: str, version: str, digest: str, seconds: float) -> None:
        """Note the model that is served from now on."""
        self._info.labels(name, version, digest).set(1)
        self._load.set(seconds)

    def answered(self, record: Record, seconds: float) -> None:
        """Note a prediction that was answered, or refused."""
        self._requests.labels(record.protocol, str(record.status)).inc()
        if record.fault:
            reason = record.fault.get("reason", _OURS)
            self._faults.labels(record.protocol, reason).inc()
        if record.rows:
            self._rows.labels(record.protocol).inc(record.rows)
        if _was_worked_on(record.status):
            self._duration.labels(record.protocol).observe(seconds)

    def text(self, accept: str) -> tuple[bytes, str]:
        """All metrics and their content type, in the format that the scraper prefers."""
        try:
            encode, content_type = choose_encoder(accept)
        except TypeError:
            # Its client compares versions without a look at whether they are numbers.
            encode, content_type = choose_encoder("")
        return encode(self.registry), content_type


def _was_worked_on(status: int) -> bool:
    """Whether the time says something of the model."""
    return status in {
        HTTPStatus.OK,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
