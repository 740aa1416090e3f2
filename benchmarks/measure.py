"""Time a command with its whole process tree: wall and CPU seconds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.timed import timed


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Seconds of wall time and of CPU (user + system of all children that were reaped)."""

    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Figure:
    """Several runs of one command: the median to quote and the spread to judge it by."""

    name: str
    runs: int
    wall_median: float
    wall_min: float
    wall_max: float
    cpu_median: float


def run_once(
    command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, *, expect: int = 0
) -> Sample:
    """Run `command` to its end.

    Raises:
        RuntimeError: it did not exit with `expect`; a failed run has no time worth keeping.
    """
    run = timed(command, cwd, env or {}, expect)
    return Sample(run.wall, run.cpu)


def figure(name: str, once: Callable[[], Sample], runs: int = 3) -> Figure:
    """`runs` counted runs after one that warms the caches."""
    once()
    samples = [once() for _ in range(runs)]
    walls = [sample.wall_seconds for sample in samples]
    return Figure(
        name=name,
        runs=runs,
        wall_median=median(walls),
        wall_min=min(walls),
        wall_max=max(walls),
        cpu_median=median(sample.cpu_seconds for sample in samples),
    )
