"""Dashboards of Grafana as the components make them, each with what it is to show."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pulumi

from components.kubernetes.monitoring.gpu_monitoring import GpuMonitoring
from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from tests.judges.dashboards import telling
from tests.judges.dashboards.telling import MINUTES, Minutes
from tests.unit.component_mocks import record

__all__ = ["Board", "boards"]

_PLACES: Final = {
    "environment": "prod",
    "owner": "team-risk",
    "runbook_url": "https://wiki.example/runbooks/{alert}",
    "grafana_url": "https://grafana.example",
}
_MODEL: Final[dict[str, Any]] = {
    **_PLACES,
    "namespace": "models",
    "metrics": "reference",
    "metrics_port": 8000,
    "max_replicas": 4,
}


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard, the rules beside it, and the series that both are of."""

    kind: str
    document: dict[str, Any]
    groups: list[dict[str, Any]]
    series: Callable[[], Iterator[str]]


def boards() -> list[Board]:
    """One of each kind."""
    return [
        _model("model-server", "ranker", _quiet, model_version="1.4.2"),
        _model(
            "rollout",
            "fraud",
            _rollout,
            model_version="1.4.2",
            candidate_version="1.5.0",
            canary_percent=50,
        ),
        _model("knative", "scorer", _asleep, metrics="knative", min_replicas=0, max_replicas=3),
        _model(
            "language-model",
            "chat-assistant",
            _crowded,
            metrics="vllm",
            model_version="2.0",
            latency_p95_ms=30_000,
            first_token_p95_ms=800,
            output_token_p95_ms=60,
            queue_p95_ms=300,
        ),
        _board(
            "gpus", GpuMonitoring, "gpus", {**_PLACES, "namespace": "kube-system"}, telling.gpus
        ),
    ]


def _model(kind: str, name: str, series: Callable[[], Iterator[str]], **changes: object) -> Board:
    args = {**_MODEL, "pod_labels": {"app.kubernetes.io/name": name}, **changes}
    return _board(kind, ModelMonitoring, name, args, series)


def _board(
    kind: str,
    component: type[pulumi.ComponentResource],
    name: str,
    args: dict[str, Any],
    series: Callable[[], Iterator[str]],
) -> Board:
    made = record(component, name, args).inputs
    (text,) = made[f"{name}-dashboard"]["data"].values()
    return Board(kind, json.loads(text), made[f"{name}-rules"]["spec"]["groups"], series)


def _quiet() -> Iterator[str]:
    """A day without much, but for some minutes three hours ago."""
    pods = list(telling.by_version("ranker", {"1.4.2": _since(0, 1.0)}))
    failing = _flat(0.001) + _between(-185, -178, 0.04)
    return telling.server("reference", pods, {"1.4.2": failing}, {"1.4.2": _flat(38)})


def _rollout() -> Iterator[str]:
    """A candidate since 110 minutes, with half of the requests since 70, of which it fails many."""
    candidate = _since(-110, 0.1) + _between(-70, 1, 0.4)
    stable = np.where(np.isnan(candidate), 1.0, 1 - np.nan_to_num(candidate))
    pods = telling.by_version("fraud", {"1.4.2": stable, "1.5.0": candidate})
    return telling.server(
        "reference",
        list(pods),
        {"1.4.2": _flat(0.001), "1.5.0": _flat(0.01) + _between(-70, 1, 0.4)},
        {"1.4.2": _flat(40), "1.5.0": _flat(48) + _between(-70, 1, 40)},
        seed=5,
    )


def _asleep() -> Iterator[str]:
    """Nobody asks for most of the time, and there is no pod then."""
    minutes = telling.minutes()
    awake = ((minutes > -300) & (minutes < -210)) | (minutes > -80)
    pods = telling.by_version("scorer", {"3.1.0": np.where(awake, 1.0, np.nan)}, pods=1)
    failing = _flat(0.002) + _between(-30, -20, 0.02)
    slow = _flat(55) + _between(-80, -75, 300)
    return telling.server(
        "knative", list(pods), {"3.1.0": failing}, {"3.1.0": slow}, per_second=3, seed=7
    )


def _crowded() -> Iterator[str]:
    """More requests than it can take, for the last forty minutes."""
    pods = telling.by_version("chat-assistant", {"2.0": _since(0, 1.0)})
    return telling.language_model(list(pods), _flat(1) + _between(-40, 1, 3))


def _flat(value: float) -> Minutes:
    return np.full(MINUTES, float(value))


def _since(minute: float, value: float) -> Minutes:
    """Nothing before a minute; 0 is always."""
    there = telling.minutes() >= minute if minute else np.ones(MINUTES, dtype=bool)
    return np.where(there, value, np.nan)


def _between(first: float, last: float, value: float) -> Minutes:
    minutes = telling.minutes()
    return np.where((minutes >= first) & (minutes < last), value, 0.0)
