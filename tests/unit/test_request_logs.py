"""Lines of requests: which share of them, by their trace, and never a byte of a payload unasked."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runtime import lambda_handler
from runtime.request_logs import PAYLOADS, RequestLogs, trace_id, xray_trace_id
from runtime.server.tracing import Tracing
from tests.unit.four_frames import FRAMES, Frame, frame
from tests.unit.inference_server import SETOSA, Local
from tests.unit.inference_server import example as example_model

CANARY = "canary-7f3a91"
NUMBER = 918273.5
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
ROWS = {"instances": [SETOSA]}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(params=FRAMES)
def usual(request: pytest.FixtureRequest, path: Path) -> Generator[Frame]:
    """Each frame as it is when nothing is said of its log."""
    with frame(request.param, path, {}) as found:
        yield found


def parents(trace_parent: str) -> str:
    """The id that OpenTelemetry itself reads in the header."""
    context = TraceContextTextMapPropagator().extract({"traceparent": trace_parent})
    span = trace.get_current_span(context).get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else ""


HEX = st.text("0123456789abcdef", min_size=1, max_size=34)


@given(
    st.one_of(
        st.text(max_size=60),
        st.builds("-".join, st.lists(HEX, min_size=3, max_size=5)),
        st.builds(
            "{}-{}-{}-{}{}".format,
            st.sampled_from(["00", "01", "ff", "0", "0a"]),
            st.sampled_from([TRACE, "0" * 32, TRACE[:-1], TRACE.upper()]),
            st.sampled_from(["b7ad6b7169203331", "0" * 16]),
            st.sampled_from(["00", "01", "1"]),
            st.sampled_from(["", "-", "-more", "more"]),
        ),
    )
)
@example(PARENT)
def test_a_trace_is_what_opentelemetry_takes_for_one(header: str) -> None:
    # It searches, and so takes a header with spaces or a line's end around it too.
    if header == header.strip():
        assert trace_id(header) == parents(header)


@given(st.integers(1, 2**128 - 1), st.floats(0, 100))
def test_the_share_is_that_of_opentelemetrys_sampler(number: int, percent: float) -> None:
    sampler = TraceIdRatioBased(percent / 100)
    decision = sampler.should_sample(None, number, "request").decision
    assert RequestLogs(percent).takes(f"{number:032x}", "any") is decision.is_sampled()


def test_a_request_without_a_trace_is_of_the_share_by_its_own_id() -> None:
    half = RequestLogs(50)
    taken = [half.takes("", f"request-{number}") for number in range(2000)]
    assert 900 < sum(taken) < 1100
    assert taken == [half.takes("", f"request-{number}") for number in range(2000)]
    assert not any(RequestLogs(0).takes("", f"{number}") for number in range(100))
    assert all(RequestLogs(100).takes("", f"{number}") for number in range(100))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", True),
        ("Self=1-1;Root=1-5759e988-bd862e3fe1be46a994272793", True),
        ("Root=1-5759e988-bd862e3f", False),
        ("", False),
    ],
)
def test_an_id_of_x_ray_is_one_of_w3c(header: str, found: bool) -> None:  # noqa: FBT001 - a case
    assert xray_trace_id(header) == ("5759e988bd862e3fe1be46a994272793" if found else "")


def test_a_line_says_what_came_of_a_request(usual: Frame) -> None:
    before = len(usual.lines())
    body = json.dumps(ROWS).encode()
    assert usual.ask(body, {"traceparent": PARENT}) == 200
    (line,) = usual.lines()[before:]
    assert line["trace_id"] == TRACE
    assert (line["model_name"], line["model_version"]) == ("iris-classifier", "1.0.0")
    assert (line["status"], line["rows"], line["received_bytes"]) == (200, 1, len(body))
    assert line["sent_bytes"] > 0
    assert line["duration_ms"] > 0
    assert line["request_id"]
    assert line["time"].startswith("20")
    assert line["time"].endswith("Z")
    assert "request_body" not in line
    assert "response_body" not in line


JSON = st.recursive(
    st.sampled_from([CANARY, NUMBER, None, True, 1.5]) | st.text(max_size=5).map(CANARY.__add__),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just(CANARY), inner),
    max_leaves=8,
)
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(
        st.sampled_from(["instances", "inputs", "entities", CANARY]), JSON, min_size=1, max_size=2
    ).map(lambda value: json.dumps(value).encode()),
    st.just(json.dumps({"instances": [[NUMBER, 1, 2, 3]]}).encode()),
    st.binary(max_size=20).map(lambda data: CANARY.encode() + data),
    st.just(f'{{"instances": [[{NUMBER}, NaN, 1, 2]]}}'.encode()),
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(BODIES, st.sampled_from(["", "predict", "feed", "run"]))
def test_no_byte_of_a_payload_is_in_any_line(usual: Frame, body: bytes, broken: str) -> None:
    """Whatever a request holds, also where the model fails and its error quotes all of it."""

    def fail(*values: object, **_: object) -> Any:  # noqa: ANN401 - it never returns
        raise RuntimeError(f"{values!r} {body!r}")

    before = len(usual.text())
    with pytest.MonkeyPatch.context() as patch:
        if broken:
            patch.setattr(usual.model, broken, fail)
        usual.ask(body, {"traceparent": PARENT})
    told = usual.text()[before:]
    assert TRACE in told
    assert CANARY not in told
    assert "918273" not in told


@pytest.mark.parametrize("name", FRAMES)
def test_of_a_share_traces_are_in_or_out_and_faults_are_always_in(name: str, path: Path) -> None:
    low, high = f"{TRACE[:16]}0000000000000001", f"{TRACE[:16]}f000000000000000"
    environment = {
        "MODEL_SERVING_REQUEST_LOG_PERCENT": "10",
        "MODEL_SERVING_METRICS_NAMESPACE": "off",
    }

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    with frame(name, path, environment) as found:
        for each in (low, high, high):
            found.ask(ROWS, {"traceparent": f"00-{each}-b7ad6b7169203331-00"})
        assert [line["trace_id"] for line in found.lines() if "trace_id" in line] == [low]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(found.model, "predict", fail)
            assert found.ask(ROWS, {"traceparent": f"00-{high}-b7ad6b7169203331-00"}) == 500
        assert found.lines()[-1]["trace_id"] == high
        assert found.lines()[-1]["level"] == "ERROR"


def test_lambdas_metrics_are_of_all_requests(path: Path) -> None:
    with frame("lambda", path, {"MODEL_SERVING_REQUEST_LOG_PERCENT": "0"}) as found:
        found.ask({"instances": [SETOSA, SETOSA]})
        (line,) = found.lines()
    assert (line["message"], line["rows"], line["faults"]) == ("counted", 2, 0)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"] for metric in directive["Metrics"]} <= set(line)
    assert "request_id" not in line
    assert "sent_bytes" not in line


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize(("bound", "shown"), [(1, '{"'[:1]), (1000, json.dumps(ROWS))])
def test_payloads_are_told_where_they_are_asked_for_within_the_bound(
    name: str, bound: int, shown: str, path: Path
) -> None:
    environment = {
        "MODEL_SERVING_REQUEST_LOG_PAYLOADS": "true",
        "MODEL_SERVING_REQUEST_LOG_PAYLOAD_BYTES": str(bound),
    }
    with frame(name, path, environment) as found:
        found.ask(ROWS)
        line = found.lines()[-1]
    assert line["request_body"] == shown
    assert len(line["response_body"].encode()) <= bound
    assert ("setosa" in line["response_body"]) is (bound == 1000)


def test_a_body_that_is_no_text_is_told_as_far_as_it_is() -> None:
    assert RequestLogs(100, 4).shown(b"ab\xff\xe4cd") == "ab\ufffd\ufffd"
    assert RequestLogs(100, 4).shown("a\ud800b") == "a?b"
    assert RequestLogs(100, 0).shown(b"abc") == ""


def test_that_payloads_are_told_is_said_when_an_instance_starts(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from runtime.loading import started  # noqa: PLC0415 - the one that is kept for the process

    monkeypatch.setenv("MODEL_SERVING_MODEL_PATH", str(path))
    monkeypatch.setenv("MODEL_SERVING_REQUEST_LOG_PAYLOADS", "true")
    started.cache_clear()
    try:
        started()
    finally:
        started.cache_clear()
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["level"], first["message"], first["payload_bytes"]) == ("WARN", PAYLOADS, 1024)


def test_what_is_traced_of_a_share_has_its_line(path: Path) -> None:
    """OpenTelemetry's sampler and the log agree: a span that is kept is never without its line."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(0.2)))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    environment = {"MODEL_SERVING_REQUEST_LOG_PERCENT": "20"}
    server = Local(environment, path, tracing=Tracing(provider))
    for _ in range(60):
        server.call("POST", "/predict", json=ROWS)
    kept = {
        trace.format_trace_id(span.get_span_context().trace_id)  # pyright: ignore[reportOptionalMemberAccess]
        for span in exporter.get_finished_spans()
    }
    assert {line["trace_id"] for line in server.lines()} == kept
    assert 0 < len(kept) < 60


def test_a_trace_goes_on_from_its_callers(path: Path) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(0)))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    server = Local({}, path, tracing=Tracing(provider))
    server.call("POST", "/predict", json=ROWS, headers={"traceparent": PARENT})
    unsampled = PARENT[:-1] + "0"
    server.call("POST", "/predict", json=ROWS, headers={"traceparent": unsampled})
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert len(exporter.get_finished_spans()) == 2
    parent = spans["POST /predict"].parent
    assert parent is not None
    assert trace.format_span_id(parent.span_id) == "b7ad6b7169203331"
    assert [line["trace_id"] for line in server.lines()] == [TRACE, TRACE]


def test_lambda_reads_a_time_by_the_name_that_it_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html."""
    monkeypatch.setattr(lambda_handler.logs, "_time", "time")
    lambda_handler.logs.call_time("timestamp")
    lambda_handler.logs.write("ERROR", "x")
    line = json.loads(capsys.readouterr().out)
    assert "time" not in line
    assert line["timestamp"].endswith("Z")
