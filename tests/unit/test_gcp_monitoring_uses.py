"""What fills up on Google Cloud: both sides of each threshold, and of how long it has to last."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pulumi
import pytest

from facts.cloud_monitoring import vcpus
from tests.unit.cloud_monitoring_oracle import Minutes, Policies, Series
from tests.unit.gcp_monitored import monitored, watched_series

_MIB = 1024 * 1024
_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    kind: str
    role: str
    metric: str
    quiet: float
    loud: float
    minutes: int = 15
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    of: tuple[str, float] | None = None
    """A metric that it is a share of, and its value."""

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.role}-{self.metric}"


_ACTIVE = {"state": "active"}
_GPU = {"accelerator": "nvidia-l4"}
_RUN_GPU = {**_GPU, "cpu": 4, "memory_mib": 16384}
_CASES = [
    _Case(
        kind="cloud_run",
        role="at-maximum",
        metric="container/instance_count",
        quiet=9,
        loud=10,
        minutes=30,
        labels=_ACTIVE,
    ),
    _Case(kind="cloud_run", role="cpu", metric="container/cpu/utilizations", quiet=0.9, loud=0.91),
    _Case(
        kind="cloud_run",
        role="memory",
        metric="container/memory/utilizations",
        quiet=0.9,
        loud=0.91,
    ),
    _Case(
        kind="cloud_run",
        role="gpu",
        metric="container/gpu/utilizations",
        quiet=0.9,
        loud=0.91,
        more=_RUN_GPU,
    ),
    _Case(
        kind="cloud_run",
        role="concurrency",
        metric="container/max_request_concurrencies",
        quiet=7,
        loud=8,
        labels=_ACTIVE,
    ),
    _Case(kind="cloud_run", role="pending", metric="request_latency/pending", quiet=50, loud=50.1),
    _Case(kind="vertex", role="at-maximum", metric="replicas", quiet=2, loud=3, minutes=30),
    _Case(
        kind="vertex",
        role="at-maximum",
        metric="target_replicas",
        quiet=2,
        loud=3,
        minutes=30,
        of=("replicas", 2),
    ),
    # Two vCPUs, which are summed.
    _Case(kind="vertex", role="cpu", metric="cpu/utilization", quiet=1.8, loud=1.81),
    _Case(
        kind="vertex",
        role="memory",
        metric="memory/bytes_used",
        quiet=0.9 * 16384 * _MIB,
        loud=0.91 * 16384 * _MIB,
        more={**_GPU, "framework": "pytorch"},
    ),
    _Case(
        kind="vertex",
        role="gpu",
        metric="accelerator/duty_cycle",
        quiet=0.9,
        loud=0.91,
        more={**_GPU, "framework": "pytorch"},
    ),
    _Case(
        kind="vertex",
        role="overhead",
        metric="prediction_latencies",
        quiet=50,
        loud=50.1,
        labels={"latency_type": "overhead"},
    ),
]


def _series(case: _Case, value: float, minutes: int) -> list[Series]:
    """Full in the last so many minutes of an hour, empty before."""
    once = np.ones(_HOUR)
    full: Minutes = np.where(np.arange(_HOUR) >= _HOUR - minutes, 1.0, 0.0)
    gauges = case.metric in {"replicas", "target_replicas"} or "count" in case.metric
    if gauges or case.metric.startswith(("cpu", "memory", "accelerator")):
        points: list[tuple[float | Minutes, Minutes]] = [(full * value, once)]
    else:
        points = [(0.0, once - full), (value, full)]
    found = [watched_series(case.kind, case.metric, points, **case.labels)]
    if case.of is not None:
        of, number = case.of
        found.append(watched_series(case.kind, of, [(np.full(_HOUR, number), once)]))
    return found


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_both_sides(case: _Case) -> None:
    inputs = monitored(case.kind, **case.more)
    name = f"fraud-{case.role}"
    assert inputs[name]["severity"] == "WARNING"
    assert not Policies(inputs, _series(case, case.quiet, _HOUR)).tells(name, _HOUR)
    assert Policies(inputs, _series(case, case.loud, _HOUR)).tells(name, _HOUR)
    # Not before it has lasted; the alignment period has to be full of it too.
    assert not Policies(inputs, _series(case, case.loud, case.minutes - 1)).tells(name, _HOUR)
    assert Policies(inputs, _series(case, case.loud, case.minutes + 5)).tells(name, _HOUR)


def test_each_version_is_judged_by_itself() -> None:
    """A candidate that has all of its replicas is not hidden by the stable one."""
    once = np.ones(_HOUR)
    series = [
        watched_series("vertex_candidate", "replicas", [(once * number, once)], version=version)
        for version, number in (("1", 1), ("2", 3))
    ]
    assert Policies(monitored("vertex_candidate"), series).tells("fraud-at-maximum", _HOUR)
    # Two times two replicas are no three of one.
    series = [
        watched_series("vertex_candidate", "replicas", [(once * 2, once)], version=version)
        for version in ("1", "2")
    ]
    assert not Policies(monitored("vertex_candidate"), series).tells("fraud-at-maximum", _HOUR)


def test_the_bound_of_instances_is_the_services() -> None:
    once = np.ones(_HOUR)

    def told(*numbers: int) -> bool:
        series = [
            watched_series(
                "cloud_run_candidate",
                "container/instance_count",
                [(once * number, once)],
                version=str(version),
                state="active",
            )
            for version, number in enumerate(numbers)
        ]
        return Policies(monitored("cloud_run_candidate"), series).tells("fraud-at-maximum", _HOUR)

    assert told(7, 3)
    assert not told(7, 2)


def _roles(kind: str, **more: object) -> set[str]:
    known = {"at-maximum", "concurrency", "cpu", "gpu", "memory", "overhead", "pending"}
    inputs = monitored(kind, **more)
    return {name for name in known if f"fraud-{name}" in inputs}


@pytest.mark.parametrize(
    ("kind", "more", "roles"),
    [
        ("cloud_run", {}, {"at-maximum", "cpu", "memory", "concurrency", "pending"}),
        # One is in use as soon as anybody asks.
        ("cloud_run", {"max_replicas": 1, "concurrency": 1}, {"cpu", "memory", "pending"}),
        ("vertex", {}, {"at-maximum", "cpu", "overhead"}),
        ("vertex_peered", {}, {"at-maximum", "cpu"}),
        # Of a machine whose size is not in its name nobody knows when it is full.
        ("vertex", {"machine_type": "n4-custom-thing"}, {"at-maximum", "overhead"}),
        ("vertex", {"own_resource_pool": True, "framework": "tensorflow"}, {"overhead"}),
    ],
)
def test_what_is_watched(kind: str, more: dict[str, Any], roles: set[str]) -> None:
    assert _roles(kind, **more) == roles


def test_a_fixed_number_of_replicas_is_no_maximum() -> None:
    conditions = monitored("vertex", max_replicas=1)["fraud-at-maximum"]["conditions"]
    (condition,) = conditions
    assert "denominatorFilter" in condition["conditionThreshold"]
    assert len(monitored("vertex")["fraud-at-maximum"]["conditions"]) == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, []),
        ({"machine_type": "n4-custom-thing"}, ["how many a n4-custom-thing has is not known"]),
        ({"own_resource_pool": True, "framework": "tensorflow"}, ["a resource pool's"]),
        ({"machine_type": "n4-custom-thing", "alarms": "symptoms"}, []),
    ],
)
def test_what_nothing_watches_is_said(
    more: dict[str, Any], says: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []

    def warn(message: str, resource: pulumi.Resource) -> None:
        del resource
        warned.append(message)

    monkeypatch.setattr(pulumi.log, "warn", warn)
    monitored("vertex", **more)
    assert len(warned) == len(says)
    assert all(part in each for part, each in zip(says, warned, strict=True))


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("n1-standard-2", 2),
        ("c3-highmem-22", 22),
        ("n2d-highcpu-8", 8),
        # Those with GPUs do not say it in their names.
        ("a2-highgpu-1g", 12),
        ("g2-standard-4", 4),
        ("e2-custom-4-8192", None),
        ("e2-micro", None),
    ],
)
def test_how_many_vcpus_a_machine_has(machine: str, expected: int | None) -> None:
    assert vcpus(machine) == expected
