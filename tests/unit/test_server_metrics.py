"""What servers tell Prometheus: well-formed names, matchers and bounds, and one source of each."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Final

import pytest

from facts.kserve import KSERVE_VERSIONS, KServeVersion
from facts.kserve_runtimes import RUNTIMES, ServingRuntime
from facts.metric_shapes import Histogram, ServerMetrics
from facts.model_servers import MODEL_SERVERS
from facts.server_metrics import SERVER_METRICS, WITHOUT_METRICS
from runtime.server.metrics import Metrics, buckets
from runtime.server.replies import Record

# https://prometheus.io/docs/concepts/data_model/
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_MATCHER: Final = re.compile(r'[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"[^"]*"')
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PLACES: Final = {"namespace", "pods", "workloads", "services", "model", "server"}
# Failures that have a counter of their own, and that of all requests, which has them too.
_COUNTED_BY: Final = {"tgi_request_failure": "tgi_request_count"}
_CURRENT: Final = SERVER_METRICS["vllm"].output_token
_EACH: Final = pytest.mark.parametrize("metrics", SERVER_METRICS.values(), ids=SERVER_METRICS)


def _histograms(metrics: ServerMetrics) -> Iterator[Histogram]:
    for each in (metrics.duration, metrics.first_token, metrics.output_token, metrics.queue):
        if each:
            yield each


def _names(metrics: ServerMetrics) -> Iterator[str]:
    yield from (each.name for each in _histograms(metrics))
    yield from filter(None, (metrics.waiting, metrics.running, metrics.cache_used))
    if metrics.mean:
        yield from (metrics.mean.total, metrics.mean.count)
    if metrics.errors:
        yield from (each.name for each in (*metrics.errors.requests, *metrics.errors.failed))


def _matchers(metrics: ServerMetrics) -> Iterator[str]:
    yield metrics.select
    yield from (each.labels for each in _histograms(metrics))
    if metrics.errors:
        yield from (each.labels for each in (*metrics.errors.requests, *metrics.errors.failed))


@_EACH
def test_names_are_prometheus_names(metrics: ServerMetrics) -> None:
    names = list(_names(metrics))
    assert names
    assert [name for name in names if not _NAME.fullmatch(name)] == []
    ends = ("_bucket", "_sum", "_count")
    assert [each.name for each in _histograms(metrics) if each.name.endswith(ends)] == []


@_EACH
def test_matchers_are_promql_and_have_known_places(metrics: ServerMetrics) -> None:
    for text in filter(None, _matchers(metrics)):
        assert [each for each in text.split(",") if not _MATCHER.fullmatch(each)] == []
    assert _LABEL.fullmatch(metrics.model_label) or not metrics.model_label
    places = {place for _, place, _, _ in Formatter().parse(metrics.select) if place}
    assert "namespace" in places
    assert places <= _PLACES


@_EACH
def test_bounds_ascend(metrics: ServerMetrics) -> None:
    for each in _histograms(metrics):
        assert list(each.bounds) == sorted(set(each.bounds))
        assert all(0 < bound < float("inf") for bound in each.bounds)
        # Ours alone puts them around the SLO.
        assert bool(each.bounds) == (metrics.name != "reference")


@_EACH
def test_failures_are_among_the_requests(metrics: ServerMetrics) -> None:
    if metrics.errors is None:
        return
    counted = {each.name for each in metrics.errors.requests}
    failed = {each.name for each in metrics.errors.failed}
    assert {_COUNTED_BY.get(name, name) for name in failed} <= counted
    # Else all would have failed.
    assert not set(metrics.errors.requests) <= set(metrics.errors.failed)


@_EACH
def test_every_entry_says_where_it_was_read(metrics: ServerMetrics) -> None:
    assert metrics.source
    assert re.fullmatch(r"2026-\d\d-\d\d", metrics.checked)
    assert metrics.release or metrics.name == "reference"


def test_the_reference_server_tells_what_is_said_of_it() -> None:
    said = SERVER_METRICS["reference"]
    server = Metrics(120, in_flight=lambda: 0, ready=lambda: 1)
    server.answered(Record(request_id="1", method="POST", protocol="v1", status=500), 0.1)
    text = server.text("")[0].decode()
    assert said.errors
    assert said.duration
    assert f'{said.errors.failed[0].name}{{protocol="v1",status="500"}} 1.0' in text
    assert f'{said.duration.name}_bucket{{le="0.12",protocol="v1"}} 1.0' in text
    assert f"{said.running} 0.0" in text
    # Without an SLO there is no such bound.
    assert 0.12 not in buckets(None)


@pytest.mark.parametrize("name", MODEL_SERVERS)
def test_every_model_server_has_metrics_or_a_reason(name: str) -> None:
    has = bool(MODEL_SERVERS[name].metrics_path)
    assert has == (name in SERVER_METRICS)
    assert has != bool(WITHOUT_METRICS.get(name))


@pytest.mark.parametrize(
    ("name", "first", "last", "how_many"),
    [
        ("tgi", 0.00015, 145.61096, 35),
        ("tensorflow-serving", 10, 1.47476e9, 33),
        ("openvino", 10, 1_474_755_971, 33),
    ],
)
def test_bounds_that_are_a_series(name: str, first: float, last: float, how_many: int) -> None:
    duration = SERVER_METRICS[name].duration
    assert duration
    assert len(duration.bounds) == how_many
    assert (duration.bounds[0], duration.bounds[-1]) == pytest.approx((first, last))


@pytest.mark.parametrize("name", MODEL_SERVERS)
def test_the_latency_of_a_model_server_is_its_histogram_in_seconds(name: str) -> None:
    found = MODEL_SERVERS[name].latency_metric
    duration = SERVER_METRICS[name].duration if name in SERVER_METRICS else None
    assert bool(found) == (duration is not None and duration.unit == "s")
    assert not found or (duration and duration.name == found)


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_runtimes_name_what_they_tell(runtime: ServingRuntime) -> None:
    assert runtime.metrics in SERVER_METRICS
    duration = SERVER_METRICS[runtime.metrics].duration
    in_seconds = duration is not None and duration.unit == "s"
    assert runtime.latency_metric == (duration.name if duration and in_seconds else "")


@pytest.mark.parametrize("version", KSERVE_VERSIONS, ids=lambda version: version.version)
def test_releases_of_kserve_name_what_they_bring(version: KServeVersion) -> None:
    knative = SERVER_METRICS[version.knative_metrics]
    assert knative.duration
    assert knative.errors
    assert SERVER_METRICS[version.vllm_metrics].first_token
    old = version.release < (0, 17)
    assert (knative.duration.unit == "ms") == old
    assert (SERVER_METRICS[version.vllm_metrics].output_token == _CURRENT) == (not old)


def test_a_histogram_of_another_unit_is_not_in_seconds() -> None:
    assert SERVER_METRICS["vllm"].latency_metric == "vllm:e2e_request_latency_seconds"
    assert not SERVER_METRICS["tensorflow-serving"].latency_metric
    assert not SERVER_METRICS["triton"].latency_metric
