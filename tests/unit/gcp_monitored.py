"""Components of Google Cloud that answer requests, as they are watched when all is asked for."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pulumi

from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from components.gcp.vertex.vertex_endpoint import VertexEndpoint
from tests.unit import cloud_run_cases, test_vertex_endpoint
from tests.unit.cloud_monitoring_oracle import Minutes, Series
from tests.unit.component_mocks import record

__all__ = ["KINDS", "WATCHED", "monitored", "requests", "watched_series"]

WATCHED: Final[dict[str, Any]] = {
    "alarms": "burn_rate",
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}
_VERTEX: Final = {**test_vertex_endpoint.MINIMAL, "max_replicas": 3}
# The component and its least arguments.
KINDS: Final[dict[str, tuple[type[pulumi.ComponentResource], dict[str, Any]]]] = {
    "cloud_run": (CloudRunEndpoint, cloud_run_cases.MINIMAL),
    "cloud_run_candidate": (
        CloudRunEndpoint,
        {**cloud_run_cases.MINIMAL, **cloud_run_cases.CANDIDATE},
    ),
    "vertex": (VertexEndpoint, _VERTEX),
    "vertex_candidate": (VertexEndpoint, {**_VERTEX, **test_vertex_endpoint.CANDIDATE}),
    "vertex_peered": (
        VertexEndpoint,
        {
            **_VERTEX,
            "endpoint_type": "peered",
            "network": "projects/210987654321/global/networks/serving",
        },
    ),
}
_RUN: Final = "run.googleapis.com/"
_AI: Final = "aiplatform.googleapis.com/prediction/online/"


def monitored(kind: str, **more: object) -> dict[str, dict[str, Any]]:
    component, least = KINDS[kind]
    return record(component, "fraud", {**least, **WATCHED, **more}).inputs


def watched_series(
    kind: str,
    metric: str,
    points: list[tuple[float | Minutes, Minutes]],
    *,
    version: str = "1",
    **labels: str,
) -> Series:
    """A series of the model of a kind; labels are the metric's own."""
    own = {f"metric.label.{key}": value for key, value in labels.items()}
    if kind.startswith("cloud_run"):
        place = {"service_name": "fraud-dev", "location": "europe-west4", "revision_name": version}
        resource = "cloud_run_revision"
        own |= {f"resource.label.{key}": value for key, value in place.items()}
        return Series(_RUN + metric, resource, own, points)
    own |= {"resource.label.endpoint_id": "fraud-dev", "metric.label.deployed_model_id": version}
    return Series(_AI + metric, "aiplatform.googleapis.com/Endpoint", own, points)


def requests(kind: str, minutes: int, share: float, *, before: int = 0) -> list[Series]:
    """100 requests a minute, of which from minute `before` on a share fails and is slow.

    Where there is a candidate it has a quarter of them.
    """
    bad = np.where(np.arange(minutes) < before, 0.0, 100.0 * share)
    parts = {"1": 0.75, "2": 0.25} if kind.endswith("_candidate") else {"1": 1.0}
    return [
        each
        for version, part in parts.items()
        for each in _version(kind, version, bad * part, (100.0 - bad) * part)
    ]


def _version(kind: str, version: str, bad: Minutes, good: Minutes) -> Iterator[Series]:
    # The bound itself is within the objective.
    slow: list[tuple[float | Minutes, Minutes]] = [(100.0, good), (101.0, bad)]
    peered = kind == "vertex_peered"
    latencies, responses = "prediction_latencies", "response_count"
    if kind.startswith("cloud_run"):
        latencies, responses = "request_latencies", "request_count"
    elif peered:
        latencies, responses = f"private/{latencies}", f"private/{responses}"
    code = "response_code_class" if kind.startswith("cloud_run") else "response_code"
    codes = ("200", "503") if peered else ("2xx", "5xx")
    for word, count in zip(codes, (good, bad), strict=True):
        yield watched_series(kind, responses, [(1.0, count)], version=version, **{code: word})
    if kind.startswith("cloud_run") or peered:
        yield watched_series(kind, latencies, slow, version=version)
        return
    yield watched_series(kind, latencies, slow, version=version, latency_type="total")
    # The model's own part is not what callers wait for.
    yield watched_series(
        kind, latencies, [(1.0, bad + good)], version=version, latency_type="model"
    )
