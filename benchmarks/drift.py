"""What counting for drift costs a request: `python -m benchmarks.drift`.

The server's own application is called without a network, with a profile and without one, in turns,
so that what else the machine does meets both. CPU time of this process, in microseconds a request.
"""

import asyncio
import io
import json
import tempfile
import time
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from runtime import loading, train_example
from runtime.drift.making import column_of
from runtime.drift.profile import Column, Profile
from runtime.server import settings
from runtime.server.app import make_app
from runtime.server.boundary import Boundary
from runtime.server.logs import make_log
from runtime.server.serving import Serving
from runtime.server.tracing import Tracing

__all__ = ["measure"]

_ROUNDS: Final = 15
_CALLS: Final = 400
_ROWS: Final = (1, 100)
_ROW: Final = [5.1, 3.5, 1.4, 0.2]


def measure() -> dict[int, tuple[float, float, float]]:
    """By rows of a request: without, with, and the counting alone."""
    with tempfile.TemporaryDirectory(prefix="drift-") as text:
        folder = Path(text)
        model, profile = folder / "model.onnx", folder / "profile.json"
        train_example.write(model, train_example.train(train_example.VERSIONS[0])[1])
        profile.write_text(_profile().text())
        without = _serving(model)
        watched = _serving(model, MODEL_SERVING_DRIFT_PROFILE_URI=profile.as_uri())
        return {rows: _of(rows, without, watched) for rows in _ROWS}


def _profile() -> Profile:
    """Ten bins of each of the four features, and the labels."""
    random = np.random.default_rng(1)
    columns = [
        column_of("feature", f"x{index}", random.normal(_ROW[index], 1, 1000), index)
        for index in range(4)
    ]
    names = ("setosa", "versicolor", "virginica")
    label = Column("prediction", "label", 0, (0.4, 0.3, 0.3, 0), values=names)
    return Profile(1000, (*columns, label))


def _serving(model: Path, **variables: str) -> Serving:
    found = settings.read({"MODEL_SERVING_MODEL_PATH": str(model), **variables})
    serving = Serving(found, Tracing())
    started = loading.start(found.core)
    serving.serve(started.model, None, 0.0, started.drift.bins if started.drift else None)
    return serving


def _of(rows: int, without: Serving, watched: Serving) -> tuple[float, float, float]:
    body = json.dumps({"instances": [_ROW] * rows}).encode()
    rounds: dict[str, list[float]] = {"without": [], "with": [], "alone": []}
    model = watched.life.model()
    feed = model.feed([_ROW] * rows)
    results = model.run(feed)
    for _ in range(_ROUNDS):
        for name, serving in (("without", without), ("with", watched)):
            rounds[name].append(asyncio.run(_calls(serving, body)))
        begin = time.process_time()
        for _call in range(_CALLS):
            if model.watch is not None:
                model.watch(feed, results)
        rounds["alone"].append((time.process_time() - begin) / _CALLS * 1e6)
    return median(rounds["without"]), median(rounds["with"]), median(rounds["alone"])


async def _calls(serving: Serving, body: bytes) -> float:
    found = serving.settings
    app = Boundary(
        make_app(serving),
        serving.life,
        serving.metrics,
        serving.tracing,
        make_log(found.log_level, io.StringIO()),
        found.core.request_logs,
    )
    begin = time.process_time()
    for _ in range(_CALLS):
        await _call(app, body)
    return (time.process_time() - begin) / _CALLS * 1e6


async def _call(app: Any, body: bytes) -> None:  # noqa: ANN401 - an ASGI application
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/predict",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
    }

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:  # noqa: PLR2004
            raise RuntimeError(message["status"])

    await app(scope, receive, send)


if __name__ == "__main__":
    # Measured first: the models say that they are loaded.
    found = measure()
    print("rows  without  with  counting alone (CPU, microseconds a request)")
    for of, figures in found.items():
        print(f"{of:>4}  " + "  ".join(f"{each:>6.0f}" for each in figures))
