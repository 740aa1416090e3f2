"""Traces by OpenTelemetry: off unless the standard variables name an endpoint.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and, for the
spans' words, https://opentelemetry.io/docs/specs/semconv/http/http-spans/. The caller's context is
taken from the request's headers by the propagators of `OTEL_PROPAGATORS` (W3C's by default), and is
current while features are fetched and the model predicts.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from starlette.types import Scope

from runtime.server.replies import Record

__all__ = ["Tracing", "make_tracing"]

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SERVICE: Final = "model-server"
_FLUSH_MS: Final = 3000
_SERVER_ERROR: Final = 500


class Tracing:
    """Spans of requests and predictions; without a provider none."""

    def __init__(self, provider: Any = None) -> None:  # noqa: ANN401 - its SDK is not imported without it
        """`provider` is OpenTelemetry's TracerProvider."""
        self._provider = provider
        self._tracer: Any = provider.get_tracer("model-serving") if provider else None

    @contextmanager
    def request(self, scope: Scope, record: Record) -> Generator[None]:
        """The span of one request, a child of the caller's."""
        if self._tracer is None:
            yield
            return
        from opentelemetry import propagate, trace  # noqa: PLC0415 - only where it is on

        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        with self._tracer.start_as_current_span(
            record.method,
            context=propagate.extract(headers),
            kind=trace.SpanKind.SERVER,
            attributes={
                "http.request.method": record.method,
                "url.path": scope["path"],
                "url.scheme": scope["scheme"],
                "network.protocol.version": scope["http_version"],
            },
            record_exception=False,
        ) as span:
            record.trace_id = trace.format_trace_id(span.get_span_context().trace_id)
            yield
            if record.route:
                span.update_name(f"{record.method} {record.route}")
                span.set_attribute("http.route", record.route)
            span.set_attribute("http.response.status_code", record.status)
            if record.status >= _SERVER_ERROR:
                span.set_attribute("error.type", record.fault.get("error", str(record.status)))
                span.set_status(trace.StatusCode.ERROR)

    @contextmanager
    def prediction(self, name: str, version: str) -> Generator[None]:
        """The span of what a worker does for a request."""
        if self._tracer is None:
            yield
            return
        with self._tracer.start_as_current_span(
            "predict",
            attributes={"model.name": name, "model.version": version},
            # Both have the error's text, which may quote the request.
            record_exception=False,
            set_status_on_exception=False,
        ):
            yield

    def close(self) -> None:
        """Send what is left, within seconds."""
        if self._provider is not None:
            self._provider.force_flush(_FLUSH_MS)
            self._provider.shutdown()


def make_tracing(environment: Mapping[str, str]) -> tuple[Tracing, str]:
    """Traces as the standard variables say; and why there are none though an endpoint is named."""
    given = {name: text.strip().lower() for name, text in environment.items()}
    off = given.get("OTEL_SDK_DISABLED") == "true" or given.get("OTEL_TRACES_EXPORTER") == "none"
    if off or not any(given.get(name) for name in _ENDPOINTS):
        return Tracing(), ""
    protocol = given.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or given.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    if protocol not in (None, "", "http/protobuf"):
        return Tracing(), f"OTEL_EXPORTER_OTLP_PROTOCOL: got {protocol[:40]}; use http/protobuf"
    # A tenth of a second and 5 MiB, for those who ask for it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create()
    if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": _SERVICE}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider), ""
