"""The benchmark beside other tools: its arithmetic, its judgement, its table and drawing."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from benchmarks.peers import gate
from benchmarks.peers.gate import BY_HAND, MARGIN, judge, ratios
from benchmarks.peers.measured import Figure, exponent, growth
from benchmarks.peers.plot import plot
from benchmarks.peers.table import table
from benchmarks.peers.tools import versions
from benchmarks.peers.work import names, write_peers
from benchmarks.timed import Run, timed

SIZES = (1, 10, 100, 1000)


def figure(name: str, models: int, *cpu: float, work: str = "mixed") -> Figure:
    return Figure(work, name, models, [Run(2 * seconds, seconds, 100) for seconds in cpu])


@pytest.mark.parametrize(("power", "factor"), [(1.0, 0.01), (2.0, 0.003), (0.5, 7.0)])
def test_the_exponent_is_that_of_a_power(power: float, factor: float) -> None:
    assert exponent({n: factor * n**power for n in SIZES}) == pytest.approx(power)


@pytest.mark.parametrize(("power", "start"), [(1.0, 4.0), (2.0, 4.0), (1.3, 0.1)])
def test_a_start_does_not_hide_how_it_grows(power: float, start: float) -> None:
    points = {n: start + 0.001 * (n - 1) ** power for n in SIZES}
    assert growth(points) == pytest.approx(power)


@pytest.mark.parametrize("points", [{}, {1: 2.0}, {1: 2.0, 10: 3.0}, {1: 3.0, 10: 2.0, 100: 3.5}])
def test_too_few_points_have_no_growth(points: dict[int, float]) -> None:
    assert growth(points) is None


def test_the_least_of_the_runs_counts() -> None:
    one = figure("serving check", 1, 3.0, 1.0, 2.0)
    assert (one.cpu, one.cpu_median, one.wall, one.mib) == (1.0, 2.0, 2.0, 100)


PHASES = {
    1: {"imports: settings": 0.5, "imports: pulumi": 0.25, "rules": 0.1, BY_HAND: 0.2},
    10: {"imports: pulumi": 0.25, "program": 0.8, "rules": 0.1, BY_HAND: 0.4},
    100: {"imports: settings": 0.5, "program": 0.8, "rules": 0.1},
}


def test_only_both_sides_of_enough_models_make_a_ratio() -> None:
    assert ratios(PHASES) == {
        ("imports: settings", "imports: pulumi", 1): 2.0,
        ("program", BY_HAND, 10): 2.0,
        ("rules", "imports: pulumi", 10): 0.4,
    }


@pytest.mark.parametrize(
    ("cpu", "speed", "is_worse"),
    [
        (1.0, 1, False),
        # A machine that is three times as slow is so for both sides.
        (1.0, 3, False),
        (MARGIN * 0.99, 3, False),
        (MARGIN * 1.01, 1, True),
        (MARGIN * 1.01, 0.2, True),
        (0.1, 1, False),
    ],
)
def test_the_gate_judges_ratios_and_no_times(cpu: float, speed: float, is_worse: bool) -> None:  # noqa: FBT001
    kept = {10: {"program": 1.0, BY_HAND: 2.0}}
    found = {10: {"program": cpu * speed, BY_HAND: 2.0 * speed}}
    (one,) = judge(found, kept)
    assert one.is_worse is is_worse


def test_the_gate_fails_where_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gate, "KEPT", tmp_path / "phases.json")
    assert gate.main() == 1
    assert "python -m benchmarks phases --keep" in capsys.readouterr().out


# By how much the program is slower in each attempt; how often it is measured, and the exit code.
ATTEMPTS: dict[str, tuple[list[float], int, int]] = {
    "as it was": ([1.0], 1, 0),
    "within the margin": ([1.9], 1, 0),
    "slow once": ([5.0, 1.0], 2, 0),
    "slow twice": ([5.0, 3.0, 1.5], 3, 0),
    "slow always": ([5.0, 3.0, 2.5], 3, 1),
}


@pytest.mark.parametrize("case", ATTEMPTS)
def test_what_is_slower_is_measured_again_before_it_is_believed(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slower, measured, code = ATTEMPTS[case]
    kept = json.loads(gate.KEPT.read_text(encoding="utf-8"))["figures"]
    asked: list[int] = []

    def inside(place: SimpleNamespace, _runs: int) -> dict[str, float]:
        asked.append(place.models)
        factor = slower[asked.count(place.models) - 1]
        phases: dict[str, float] = kept[str(place.models)]
        return phases | {"program": factor * phases["program"]}

    def places(_folder: Path, sizes: tuple[int, ...]) -> list[SimpleNamespace]:
        return [SimpleNamespace(models=models) for models in sizes]

    monkeypatch.setattr(gate, "inside", inside)
    monkeypatch.setattr(gate, "places", places)
    assert gate.main() == code
    assert asked == [1, 10] * measured
    assert ("WORSE program" in capsys.readouterr().out) is bool(code)


def test_all_that_the_gate_judges_is_kept() -> None:
    kept = json.loads(gate.KEPT.read_text(encoding="utf-8"))["figures"]
    found = ratios({int(models): phases for models, phases in kept.items()})
    assert {(what, models) for what, _, models in found} >= {
        *((what, 1) for what in ("imports: settings", "imports: rules")),
        *((what, 10) for what in ("settings", "program", "rules")),
    }


def test_the_table_has_cpu_memory_growth_and_ratio() -> None:
    figures = [figure("serving check", n, 1.0 + 0.1 * (n - 1)) for n in (1, 10, 100)]
    figures += [figure("CDK", 1, 2.0), figure("CDK", 10, 3.8)]
    assert table(figures).splitlines() == [
        "| mixed: CPU s (MiB) | N=1 | N=10 | N=100 | growth | ÷ serving check |",
        "| --- | --- | --- | --- | --- | --- |",
        "| serving check | 1.00 (100) | 1.90 (100) | 10.90 (100) | 1.00 | 1.00, 1.00, 1.00 |",
        "| CDK | 2.00 (100) | 3.80 (100) | – | – | 2.00, 2.00 |",
    ]


def test_the_drawing_has_a_line_for_each_contender_in_each_set() -> None:
    figures = [figure(name, n, 0.1 * n) for name in ("a & b", "c") for n in SIZES]
    figures += [figure("a & b", 1, 0.1, work="sagemaker")]
    drawn = ET.fromstring(plot(figures))  # noqa: S314 - ours
    space = "{http://www.w3.org/2000/svg}"
    lines = [line.get("points", "").split() for line in drawn.iter(f"{space}polyline")]
    assert [len(points) for points in lines] == [4, 4, 1]
    # Linear in both logarithmic axes: evenly apart.
    heights = [float(point.split(",")[1]) for point in lines[0]]
    assert heights[0] - heights[1] == pytest.approx(heights[2] - heights[3], abs=0.2)


def test_a_command_counts_with_what_it_started() -> None:
    child = "sum(n * n for n in range(3_000_000))"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    alone = timed([sys.executable, "-c", "pass"], Path.cwd(), {})
    both = timed([sys.executable, "-c", code], Path.cwd(), {})
    assert both.cpu > alone.cpu + 0.05
    # Not the memory of the process that measures.
    assert 1 < alone.mib < 40


def test_a_command_that_fails_has_no_time() -> None:
    with pytest.raises(RuntimeError, match="ended with 3, not 0:\noh no"):
        timed([sys.executable, "-c", "print('oh no'); raise SystemExit(3)"], Path.cwd(), {})


def test_the_mixed_set_takes_targets_by_turns() -> None:
    assert list(names("mixed", 3).values()) == ["sagemaker", "kubernetes", "sagemaker"]


def test_all_peers_of_kubernetes_get_every_model(tmp_path: Path) -> None:
    objects = [{"kind": "Service", "metadata": {"name": "bench-name"}}]
    folder = write_peers(tmp_path, "kubernetes", 2, objects)
    assert "name: {{ . }}" in (folder / "chart/templates/models.yaml").read_text()
    assert (folder / "objects.yaml").read_text().count("kind: Service") == 2
    assert {one.name for one in (folder / "kustomize").iterdir()} == {
        *("base", "kustomization.yaml", "model-0000", "model-0001")
    }


def test_every_peer_is_pinned() -> None:
    assert set(versions()) == {
        *("helm", "kustomize", "aws-cdk-lib (npm)", "aws-cdk-lib (PyPI)", "cdk8s (PyPI)")
    }
