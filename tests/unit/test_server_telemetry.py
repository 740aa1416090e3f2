"""What the server tells of itself: metrics, traces, log lines."""

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.openmetrics import parser as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from runtime.drift.bins import Bins
from runtime.drift.profile import Column, Profile
from runtime.server import metrics as metrics_module
from runtime.server.drift_metrics import DriftCollector
from runtime.server.logs import gather
from runtime.server.metrics import buckets
from runtime.server.tracing import Tracing, make_tracing
from runtime.tensors import TensorSpec
from tests.unit.inference_server import NAME, SETOSA, Local, example, lookup, ready

ROWS = {"instances": [SETOSA, SETOSA]}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("model"))


@pytest.fixture
def server(model: Path) -> Local:
    return Local({"MODEL_SERVING_LATENCY_P95_MS": "40"}, model)


def scrape(server: Local) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = server.call("GET", "/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_metric_is_told(server: Local) -> None:
    assert server.call("POST", "/predict", json=ROWS).status_code == 200
    assert server.call("POST", f"/v1/models/{NAME}:predict", json=ROWS).status_code == 200
    assert server.call("POST", f"/v1/models/{NAME}:predict", json={}).status_code == 400
    assert server.call("POST", "/v2/models/other/infer", json={}).status_code == 404
    found = scrape(server)
    requests = "model_server_requests_total"
    v1 = ("protocol", "v1")
    assert found[requests, (("protocol", "predict"), ("status", "200"))] == 1
    assert found[requests, (v1, ("status", "200"))] == 1
    assert found[requests, (v1, ("status", "400"))] == 1
    assert found[requests, (("protocol", "v2"), ("status", "404"))] == 1
    # What was refused took no time, and is no latency.
    assert found["model_server_request_duration_seconds_count", (v1,)] == 1
    assert found["model_server_rows_total", (v1,)] == 2
    assert found["model_server_inference_duration_seconds_count", ()] == 2
    assert found["model_server_requests_in_flight", ()] == 0
    assert found["model_server_ready", ()] == 1
    assert found["model_server_load_duration_seconds", ()] == 0.5
    info = (("digest", ""), ("name", NAME), ("version", "1.0.0"))
    assert found["model_server_model_info", info] == 1
    assert found["process_resident_memory_bytes", ()] > 0
    # Around the SLO of 40 ms, in seconds.
    bounds = {
        dict(labels)["le"]
        for name, labels in found
        if name.endswith("request_duration_seconds_bucket")
    }
    assert {"0.036", "0.04", "0.044", "+Inf"} <= bounds


def test_the_documented_names_are_those_that_there_are(server: Local) -> None:
    server.call("POST", "/predict", json=ROWS)
    column = Column("feature", "age", 0, (0.5, 0.5, 0), (40,))
    bins = Bins(Profile(100, (column,)), (TensorSpec("age", "int64", ()),), ())
    server.serving.metrics.registry.register(DriftCollector(bins))
    named = {
        line.split("`")[1]
        for line in (metrics_module.__doc__ or "").splitlines()
        if line.startswith("| `")
    }
    found = {name for name, _ in scrape(server) if name.startswith("model_server_")}
    series = {
        name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        for name in found
        if not name.endswith("_created")
    }
    assert series == named


def test_readiness_is_a_metric(model: Path) -> None:
    server = Local(model=model)
    assert scrape(server)["model_server_ready", ()] == 1
    server.serving.life.draining = True
    assert scrape(server)["model_server_ready", ()] == 0
    assert scrape(Local())["model_server_ready", ()] == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/openmetrics-text"])
@pytest.mark.parametrize("version", ["", "1", "1.x", "9.9.9", "one"])
def test_no_preference_of_a_scraper_is_a_fault(server: Local, kind: str, version: str) -> None:
    response = server.call("GET", "/metrics", headers={"accept": f"{kind}; version={version}"})
    assert response.status_code == 200
    assert "model_server_ready 1.0" in response.text


def test_a_scraper_may_prefer_open_metrics(server: Local) -> None:
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    response = server.call("GET", "/metrics", headers=accept)
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    names = {
        family.name
        for family in cast(Any, open_metrics).text_string_to_metric_families(response.text)
    }
    assert "model_server_request_duration_seconds" in names


@pytest.mark.parametrize(
    ("slo", "some"), [(None, {0.001, 10.0}), (40, {0.04, 0.044}), (2500, {2.5, 2.75, 5.0})]
)
def test_buckets_rise_and_hold_the_slo(slo: float | None, some: set[float]) -> None:
    found = buckets(slo)
    assert list(found) == sorted(set(found))
    assert some <= set(found)


def test_each_prediction_is_one_line_without_its_payload(server: Local) -> None:
    body = {"instances": [[0.123456, 1, 2, "canary-7f3a"]]}
    server.call("POST", "/predict", json=ROWS, headers={"x-request-id": "r-1"})
    server.call("POST", "/predict?canary-7f3a=1", json=body)
    first, second = server.lines()
    assert first.pop("duration_ms") > 0
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "INFO",
        "severity": "INFO",
        "message": "request",
        "request_id": "r-1",
        "method": "POST",
        "route": "/predict",
        "status": 200,
        "rows": 2,
        "model_name": NAME,
        "model_version": "1.0.0",
        "received_bytes": first["received_bytes"],
        "sent_bytes": first["sent_bytes"],
    }
    assert (second["status"], "rows" in second) == (400, False)
    assert "canary" not in server.log.getvalue()
    assert "0.123456" not in server.log.getvalue()


@pytest.mark.parametrize(
    ("path", "protocol", "body"),
    [
        ("/predict", "predict", {"instances": [918273]}),
        ("/v1/models/lookup:predict", "v1", {"instances": [918273]}),
        (
            "/v2/models/lookup/infer",
            "v2",
            {"inputs": [{"name": "x", "datatype": "INT64", "shape": [1], "data": [918273]}]},
        ),
    ],
)
def test_what_the_model_does_not_take_is_a_warning(
    tmp_path: Path, path: str, protocol: str, body: dict[str, Any]
) -> None:
    """It fits the signature, so that the model may be wrong: 400, and told by the error's type."""
    server = Local(model=lookup(tmp_path))
    response = server.call("POST", path, json=body)
    assert response.status_code == 400
    assert "the model does not take these values" in response.json()["error"]
    (line,) = server.lines()
    assert (line["level"], line["severity"], line["status"]) == ("WARN", "WARNING", 400)
    assert (line["error"], line["reason"]) == ("InvalidArgument", "model_input")
    assert "918273" not in server.log.getvalue()
    faults, protocols = "model_server_faults_total", ("protocol", protocol)
    assert scrape(server)[faults, (protocols, ("reason", "model_input"))] == 1
    # What does not fit is the caller's alone.
    server.call("POST", path, json={"instances": ["text"], "inputs": []})
    assert server.lines()[1]["level"] == "INFO"
    assert scrape(server)[faults, (protocols, ("reason", "model_input"))] == 1
    assert scrape(server)[faults, (protocols, ("reason", "server"))] == 0


def test_probes_are_lines_only_when_something_is_wrong(model: Path) -> None:
    server = Local(model=model)
    server.call("GET", "/health/ready")
    server.call("GET", "/metrics")
    assert server.lines() == []
    server.serving.life.draining = True
    server.call("GET", "/health/ready")
    server.call("GET", "/canary-7f3a")
    assert [(line["status"], line.get("route")) for line in server.lines()] == [
        (503, "/health/ready"),
        (404, None),
    ]
    assert "canary" not in server.log.getvalue()
    verbose = Local({"MODEL_SERVING_LOG_LEVEL": "debug"}, model)
    verbose.call("GET", "/health/ready")
    assert [line["level"] for line in verbose.lines()] == ["DEBUG"]


def test_a_line_has_the_trace_that_it_belongs_to(server: Local) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    server.call("POST", "/predict", json=ROWS, headers=parent)
    server.call("POST", "/predict", json=ROWS, headers={"traceparent": "00-canary"})
    assert [line.get("trace_id") for line in server.lines()] == [trace, None]


def test_lines_of_libraries_have_the_same_form_and_no_texts_of_errors() -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    try:
        gather("info", stream)
        logging.getLogger("opentelemetry").warning("cannot do %s", "it")
        logging.getLogger("uvicorn.error").warning("a client sent what is no HTTP")
        try:
            int("canary-7f3a")
        except ValueError:
            logging.getLogger("asyncio").exception("it went wrong")
        logging.getLogger("chatty").info("nobody asked")
    finally:
        root.handlers[:], root.level = before
        logging.getLogger("uvicorn").setLevel(logging.NOTSET)
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["message"] == "cannot do it"
    assert (first["level"], first["severity"], first["logger"]) == (
        "WARN",
        "WARNING",
        "opentelemetry",
    )
    assert (second["level"], second["error"]) == ("ERROR", "ValueError")
    assert "canary" not in stream.getvalue()


class Collector(HTTPServer):
    """Takes spans by OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: list[str] = []
        self.requests: list[ExportTraceServiceRequest] = []

    def spans(self) -> dict[str, Any]:
        return {
            span.name: (span, {each.key: each.value for each in span.attributes})
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    def resource(self) -> dict[str, str]:
        attributes = self.requests[0].resource_spans[0].resource.attributes
        return {each.key: each.value.string_value for each in attributes}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        collector = cast(Collector, self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            raise AssertionError("not asked for")
        collector.paths.append(self.path)
        collector.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        pass


@pytest.fixture
def collector() -> Generator[Collector]:
    with Collector() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_a_request_is_a_span_of_its_callers_trace(model: Path, collector: Collector) -> None:
    """In a process: the exporter's endpoint is the standard variable's."""
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        patch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
        with ready(model) as server:
            headers = {"traceparent": f"00-{trace}-{parent}-01"}
            url = f"{server.url}/v1/models/{NAME}:predict"
            assert httpx.post(url, json=ROWS, headers=headers).status_code == 200
            assert httpx.post(f"{server.url}/predict", json=ROWS).status_code == 200
            assert server.end() == 0
            lines = [line for line in server.lines if line["message"] == "request"]
    assert set(collector.paths) == {"/v1/traces"}
    assert collector.resource()["service.name"] == "model-server"
    assert collector.resource()["deployment.environment.name"] == "test"
    spans = collector.spans()
    span, attributes = spans["POST /v1/models/{name}:predict"]
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (trace, parent)
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["http.route"].string_value == "/v1/models/{name}:predict"
    assert "predict" in spans
    ids = {span.trace_id.hex() for span, _ in spans.values()}
    # A caller without a trace begins one; the log's lines name both.
    assert {line["trace_id"] for line in lines} <= ids | {trace}
    assert len({line["trace_id"] for line in lines}) == 2


@pytest.mark.parametrize("path", ["/predict", f"/v2/models/{NAME}/infer"])
def test_a_span_has_no_text_of_an_error(model: Path, path: str) -> None:
    """It may quote the request."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traced = Local(model=model, tracing=Tracing(provider))
    body: dict[str, Any] = {"inputs": {"canary-7f3a": []}}
    assert traced.call("POST", path, json=body).status_code == 400
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["predict", f"POST {path.replace(NAME, '{name}')}"]
    assert not [event for span in spans for event in span.events]
    assert "canary" not in "".join(span.to_json() for span in spans)


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"}, ""),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "got grpc; use http/protobuf",
        ),
    ],
)
def test_traces_are_off_unless_asked_for(environment: dict[str, str], problem: str) -> None:
    tracing, why = make_tracing(environment)
    assert problem in why
    assert bool(problem) == bool(why)
    tracing.close()
    with tracing.prediction("m", "1"):
        pass


def test_without_an_endpoint_neither_sdk_nor_exporter_is_imported() -> None:
    """A tenth of a second of each start, and 5 MiB."""
    code = "import sys, runtime.server.command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "runtime.server.tracing" in done.stdout
    assert "opentelemetry.sdk" not in done.stdout
    assert "opentelemetry.exporter" not in done.stdout


def test_fastapi_tells_nothing_beside_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own telemetry, with texts of errors, could be switched on by the environment."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    config = cast(Any, Local(model=model).fastapi)._telemetry  # noqa: SLF001 - nothing public tells
    assert not any(config.get(key) for key in ("tracing", "metrics", "logs", "auto_configure"))
