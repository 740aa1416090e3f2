"""The benchmark of the server under load: what it counts, and that both sides are comparable."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import compare
from benchmarks.serving.processes import usage
from runtime.inference import Model

ROOT = Path(__file__).parents[2]
LOAD = {"per_second": 10.0, "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0, "cpu_ms": 0.5, "failed": 0}


def test_a_process_counts_with_its_children() -> None:
    # Of its own: what tests have started beside this one may end in between.
    large = "b = bytearray(64 << 20); print('both', flush=True); input()"
    code = (
        "import subprocess, sys; print('alone', flush=True); input();"
        f" subprocess.run([sys.executable, '-c', {large!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        assert parent.stdout.readline() == "alone\n"
        alone = usage(parent.pid)
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "both\n"
        both = usage(parent.pid)
        parent.communicate("\n")
    assert (alone.processes, both.processes) == (1, 2)
    assert both.resident_mib > alone.resident_mib + 60
    # Pages that both have count once.
    assert both.proportional_mib < both.resident_mib
    assert both.cpu_seconds >= alone.cpu_seconds


def test_a_process_that_is_gone_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert usage(child.pid).cpu_seconds == 0
    assert usage(child.pid).resident_mib == 0


def test_the_table_has_medians_and_says_what_failed() -> None:
    servers: list[dict[str, Any]] = [
        {
            "server": name,
            "start_seconds": [1.0, 9.0, 2.0],
            "start_cpu_seconds": [0.5],
            "processes": 1,
            "proportional_mib": (50.0, 60.0),
            "loads": {"1 row, 8 connections": [LOAD, {**LOAD, "per_second": 30.0, "failed": bad}]},
        }
        for name, bad in (("ours", 0), ("theirs", 2))
    ]
    lines = compare.table({"servers": servers}).splitlines()
    assert "| 1 row, 8 connections | ours | 20 | 1.00 | 2.00 | 3.00 | 0.50 |" in lines
    assert "| 1 row, 8 connections | theirs (2 failed) | 20 | 1.00 | 2.00 | 3.00 | 0.50 |" in lines
    assert "| ours | 2.00 | 0.50 | 1 | 50 | 60 |" in lines


@pytest.mark.parametrize("rows", compare.ROWS)
def test_the_requests_fit_the_model(rows: int, tmp_path: Path, iris: Model) -> None:
    body = compare.body(tmp_path / "body.json", rows)
    again = compare.body(tmp_path / "again.json", rows)
    assert body.read_bytes() == again.read_bytes()
    tensor: Any = json.loads(body.read_text())["inputs"][0]
    values = tensor["data"]
    found = iris.predict([values[start : start + 4] for start in range(0, len(values), 4)])
    assert len(found) == rows
    assert rows == 1 or len({item["label"] for item in found}) == 3


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(compare.example_model(tmp_path_factory.mktemp("model")))


def test_no_port_is_one_that_clients_get() -> None:
    """Who asks such a port before it is listened on may be connected to himself."""
    low, _ = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    first = compare.free_ports(9)
    assert first + 9 <= min(low, 32_768)


def test_both_sides_have_the_same_onnx_runtime_and_numpy() -> None:
    def pins(path: str) -> set[str]:
        text = (ROOT / path).read_text()
        return set(re.findall(r"^((?:onnxruntime|numpy)==\S+)", text, re.MULTILINE))

    assert pins("benchmarks/serving/mlserver/requirements.txt") == pins(
        "runtime/requirements-server.txt"
    )
