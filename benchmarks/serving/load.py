"""One measurement under load: by a number of connections (wrk), or at a rate (vegeta).

With a number of connections a generator sends when it has its answer: throughput is found, but
while a server pauses nobody asks, and the percentiles do not see the requests that would have
waited. At a constant rate requests are sent whatever the server does, as callers do; the latency is
of those that quote it.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.serving.servers import Running
from benchmarks.serving.tools import Program

__all__ = ["Load", "at_rate", "by_connections"]

_SCRIPT: Final = Path(__file__).with_name("closed.lua")
_TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Load:
    """What came back; `cpu_ms` is the server's own, for each request that was answered."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float
    failed: int


def by_connections(
    wrk: Program, server: Running, body: Path, connections: int, seconds: float
) -> Load:
    """As many requests as a number of connections get answered."""
    command = [
        *(str(wrk.path), "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{max(1, round(seconds))}s", "--timeout", f"{_TIMEOUT_SECONDS}s"),
        *("--script", str(_SCRIPT), server.url),
    ]
    before = server.usage().cpu_seconds
    said = _run(command, {**wrk.environment, "BODY": str(body)}).decode()
    cpu = server.usage().cpu_seconds - before
    found: dict[str, Any] = json.loads(said.rpartition("figures ")[2])
    return Load(
        found["requests"] / found["seconds"],
        found["p50_ms"],
        found["p95_ms"],
        found["p99_ms"],
        cpu * 1000 / max(1, found["requests"]),
        found["failed"],
    )


def at_rate(vegeta: Program, server: Running, body: Path, rate: int, seconds: float) -> Load:
    """`rate` requests a second, whatever the server does."""
    headers = {"Content-Type": ["application/json"]}
    target = json.dumps({"method": "POST", "url": server.url, "header": headers})
    attack = [
        *(str(vegeta.path), "attack", "-format=json", f"-body={body}", f"-rate={rate}/1s"),
        *(f"-duration={seconds}s", f"-timeout={_TIMEOUT_SECONDS}s"),
    ]
    before = server.usage().cpu_seconds
    results = _run(attack, vegeta.environment, f"{target}\n".encode())
    cpu = server.usage().cpu_seconds - before
    found: dict[str, Any] = json.loads(
        _run([str(vegeta.path), "report", "-type=json"], vegeta.environment, results)
    )
    latencies: dict[str, float] = found["latencies"]
    answered = round(found["requests"] * found["success"])
    return Load(
        found["throughput"],
        latencies["50th"] / 1e6,
        latencies["95th"] / 1e6,
        latencies["99th"] / 1e6,
        cpu * 1000 / max(1, answered),
        found["requests"] - answered,
    )


def _run(command: Sequence[str], environment: Mapping[str, str], given: bytes = b"") -> bytes:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        input=given,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        tail = done.stderr.decode(errors="replace")[-1000:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {tail}")
    return done.stdout
