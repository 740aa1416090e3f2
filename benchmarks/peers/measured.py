"""Time a whole command, and the arithmetic over what was timed."""

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

__all__ = ["Figure", "Run", "exponent", "growth", "timed"]

# A process begins with the peak memory of who forked it, so a small one does: its 10 MiB are the
# least that can be measured, instead of the hundred of this one.
_LAUNCHER: Final = """
import os, sys, time
output = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
start = time.perf_counter()
pid = os.fork()
if not pid:
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.execvp(sys.argv[3], sys.argv[3:])
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - start
with open(sys.argv[2], "w") as told:
    code = os.waitstatus_to_exitcode(status)
    print(code, wall, used.ru_utime + used.ru_stime, used.ru_maxrss, file=told)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command.

    Seconds of wall time and of CPU: user and system, of the process and all that it started and
    waited for. MiB of its largest process at its largest.
    """

    wall: float
    cpu: float
    mib: float


@dataclass(slots=True)
class Figure:
    """All runs of one contender over one set of so many models."""

    work: str
    contender: str
    models: int
    runs: list[Run] = field(default_factory=list[Run])

    @property
    def cpu(self) -> float:
        """The least, which other work on the machine adds least to."""
        return min(run.cpu for run in self.runs)

    @property
    def cpu_median(self) -> float:
        """The middle one."""
        return median(run.cpu for run in self.runs)

    @property
    def wall(self) -> float:
        """The least."""
        return min(run.wall for run in self.runs)

    @property
    def mib(self) -> float:
        """The most."""
        return max(run.mib for run in self.runs)


def timed(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], expect: int = 0
) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: it did not end with `expect`; a failed run has no time worth keeping.
    """
    with tempfile.TemporaryDirectory() as scratch:
        output, told = Path(scratch) / "output", Path(scratch) / "told"
        subprocess.run(
            [sys.executable, "-S", "-E", "-c", _LAUNCHER, output, told, *command],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            check=True,
        )
        code, wall, cpu, kib = map(float, told.read_text().split())
        if code != expect:
            said = output.read_text(errors="replace")[-3000:]
            line = " ".join(map(str, command))
            raise RuntimeError(f"{line} ended with {code:.0f}, not {expect}:\n{said}")
    return Run(wall, cpu, kib / 1024)


def exponent(points: Mapping[int, float]) -> float | None:
    """The slope of a straight line through the points by least squares, both axes logarithmic.

    1 is linear; None for fewer than two points that have a logarithm.
    """
    logs = [(math.log(size), math.log(value)) for size, value in points.items() if value > 0]
    if len({x for x, _ in logs}) < 2:  # noqa: PLR2004 - a line takes two points
        return None
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    over = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return over / sum((x - mean_x) ** 2 for x, _ in logs)


def growth(points: Mapping[int, float]) -> float | None:
    """The exponent of what comes with models: the smallest size is taken off as the start.

    A start of some seconds would hide a square that is small at a hundred.
    """
    if len(points) < 3:  # noqa: PLR2004 - one is the start
        return None
    least = min(points)
    return exponent({n - least: value - points[least] for n, value in points.items() if n > least})
