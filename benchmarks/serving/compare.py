"""The inference server under load, beside MLServer with the same model, in one run.

All servers stand beside each other, and each measurement is taken of one after the other before
the next round begins: what else the machine does meets all of them. Both sides speak the open
inference protocol (v2) with JSON, have ONNX Runtime of one version, and one thread for a
prediction.
"""

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.serving import tools
from benchmarks.serving.load import Load, at_rate, by_connections
from benchmarks.serving.servers import Running, Server, mlserver, ours, predict, running
from runtime import train_example

__all__ = [
    "ROWS",
    "Options",
    "body",
    "compare",
    "example_model",
    "free_ports",
    "table",
]

_CONNECTIONS: Final = (1, 8, 64)
ROWS: Final = (1, 100)
# The rate is this share of what the slowest server answers by 8 connections, so that none is full.
RATE_SHARE: Final = 0.5
_WARM_SECONDS: Final = 2.0
_PORTS: Final = 3
_FIRST_PORT, _LAST_PORT = 21_000, 31_000
_CLOSE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Options:
    """How long is measured: each figure is the median of `rounds` of `seconds` each."""

    rounds: int = 3
    seconds: float = 5.0
    starts: int = 3


@dataclass(slots=True)
class Figures:
    """What was found for one server; memory in MiB before and after the load."""

    server: str
    start_seconds: list[float] = field(default_factory=list[float])
    start_cpu_seconds: list[float] = field(default_factory=list[float])
    processes: int = 0
    resident_mib: tuple[float, float] = (0.0, 0.0)
    proportional_mib: tuple[float, float] = (0.0, 0.0)
    # By what was asked, such as `1 row, 8 connections`, the rounds.
    loads: dict[str, list[Load]] = field(default_factory=dict[str, list[Load]])


def compare(folder: Path, options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure, and return the report.

    Raises:
        SetupError: a tool cannot be had.
        RuntimeError: a server does not start, or answers something else than ours.
    """
    wrk, vegeta, other = tools.wrk(), tools.vegeta(), tools.mlserver()
    model = example_model(folder)
    first = free_ports(3 * _PORTS)
    servers = (
        ours(model, folder / "ours", first),
        mlserver(other, model, folder / "mlserver", first + _PORTS, 1),
        mlserver(other, model, folder / "mlserver-0", first + 2 * _PORTS, 0),
    )
    found = {server.name: Figures(server.name) for server in servers}
    _starts(servers, found, options.starts)
    bodies = {rows: body(folder / f"{rows}.json", rows) for rows in ROWS}
    with ExitStack() as stack:
        running_ones = [stack.enter_context(running(server)) for server in servers]
        _check_same(running_ones, bodies.values())
        for one in running_ones:
            by_connections(wrk, one, bodies[1], 8, _WARM_SECONDS)
            now = one.usage()
            figures = found[one.name]
            figures.processes = now.processes
            figures.resident_mib = (now.resident_mib, 0.0)
            figures.proportional_mib = (now.proportional_mib, 0.0)
        for rows, request in bodies.items():
            for connections in _CONNECTIONS:
                what = f"{_rows(rows)}, {connections} connection{'s'[: connections > 1]}"
                measured = [
                    (one, by_connections(wrk, one, request, connections, options.seconds))
                    for _ in range(options.rounds)
                    for one in running_ones
                ]
                _note(found, what, measured, say)
            rate = _rate(found, rows)
            what = f"{_rows(rows)}, {rate} a second"
            measured = [
                (one, at_rate(vegeta, one, request, rate, options.seconds))
                for _ in range(options.rounds)
                for one in running_ones
            ]
            _note(found, what, measured, say)
        for one in running_ones:
            now = one.usage()
            figures = found[one.name]
            figures.resident_mib = (figures.resident_mib[0], now.resident_mib)
            figures.proportional_mib = (figures.proportional_mib[0], now.proportional_mib)
    return {
        "tools": {"wrk": wrk.version, "vegeta": vegeta.version, "mlserver": other.version},
        "options": asdict(options),
        "servers": [asdict(figures) for figures in found.values()],
    }


def table(report: Mapping[str, Any]) -> str:
    """The report's medians as Markdown."""
    servers: list[dict[str, Any]] = report["servers"]
    lines = [
        "| what | server | answers/s | p50 ms | p95 ms | p99 ms | CPU ms each |",
        "|---|---|---|---|---|---|---|",
    ]
    for what in servers[0]["loads"]:
        for server in servers:
            loads: list[dict[str, float]] = server["loads"][what]
            cells = [
                f"{_median(loads, 'per_second'):.0f}",
                *(f"{_median(loads, key):.2f}" for key in ("p50_ms", "p95_ms", "p99_ms", "cpu_ms")),
            ]
            failed = sum(load["failed"] for load in loads)
            note = f" ({failed:.0f} failed)" if failed else ""
            lines.append(f"| {what} | {server['server']}{note} | {' | '.join(cells)} |")
    lines += [
        "",
        "| server | ready after s | CPU s of a start | processes | MiB, warm | MiB, at the end |",
        "|---|---|---|---|---|---|",
    ]
    for server in servers:
        warm, end = server["proportional_mib"]
        lines.append(
            f"| {server['server']} | {median(server['start_seconds']):.2f}"
            f" | {median(server['start_cpu_seconds']):.2f} | {server['processes']}"
            f" | {warm:.0f} | {end:.0f} |"
        )
    return "\n".join(lines)


def _median(loads: Sequence[Mapping[str, float]], key: str) -> float:
    return median(load[key] for load in loads)


def _rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


def example_model(folder: Path) -> Path:
    """The example model; trained here if `sandbox/setup` has not."""
    version = train_example.VERSIONS[-1]
    path = train_example.model_path(version.version)
    if not path.is_file():
        path = folder / "model.onnx"
        train_example.write(path, train_example.train(version)[1])
    return path


def free_ports(count: int) -> int:
    """The first of some neighbouring ports that are free.

    None that the system gives to clients: who asks such a one before it is listened on may be
    connected to himself.
    """
    for first in range(_FIRST_PORT, _LAST_PORT, count):
        with ExitStack() as stack:
            try:
                for number in range(count):
                    one = stack.enter_context(socket.socket())
                    one.bind(("127.0.0.1", first + number))
            except OSError:
                continue
            return first
    raise RuntimeError("no neighbouring ports are free")


def _starts(servers: Sequence[Server], found: Mapping[str, Figures], count: int) -> None:
    """Start each alone, in turn; once before they count, which fills the system's caches."""
    for number in range(count + 1):
        for server in servers:
            with running(server) as one:
                if number:
                    found[server.name].start_seconds.append(one.start_seconds)
                    found[server.name].start_cpu_seconds.append(one.start_cpu_seconds)


def body(path: Path, rows: int) -> Path:
    """A request of the open inference protocol; flowers of all three kinds, the same every time."""
    data = [
        round(value + 0.013 * (row % 7), 3)
        for row in range(rows)
        for value in ((5.1, 3.5, 1.4, 0.2), (6.0, 2.8, 4.5, 1.4), (6.6, 3.0, 5.6, 2.1))[row % 3]
    ]
    tensor = {"name": "features", "shape": [rows, 4], "datatype": "FP32", "data": data}
    path.write_text(json.dumps({"inputs": [tensor]}))
    return path


def _check_same(servers: Sequence[Running], bodies: Any) -> None:  # noqa: ANN401 - a view of a dict
    """All answer the same, or there is nothing to compare."""
    for request in bodies:
        answers = [predict(server.url, request.read_bytes()) for server in servers]
        for server, answer in zip(servers[1:], answers[1:], strict=True):
            same = answer["label"] == answers[0]["label"] and all(
                abs(one - other) < _CLOSE
                for one, other in zip(
                    answer["probabilities"], answers[0]["probabilities"], strict=True
                )
            )
            if not same:
                raise RuntimeError(f"{server.name} answers something else than {servers[0].name}")


def _rate(found: Mapping[str, Figures], rows: int) -> int:
    what = f"{_rows(rows)}, 8 connections"
    slowest = min(
        median(load.per_second for load in figures.loads[what]) for figures in found.values()
    )
    return max(1, round(slowest * RATE_SHARE))


def _note(
    found: Mapping[str, Figures],
    what: str,
    measured: Sequence[tuple[Running, Load]],
    say: Callable[[str], None],
) -> None:
    for one, load in measured:
        found[one.name].loads.setdefault(what, []).append(load)
    for name, figures in found.items():
        loads = figures.loads[what]
        middle = median(load.per_second for load in loads)
        slow = median(load.p99_ms for load in loads)
        say(f"{what:<26} {name:<20} {middle:8.0f} answers/s, p99 {slow:8.2f} ms")
    time.sleep(0.2)
