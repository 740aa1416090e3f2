"""Time a whole command with all that it starts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Run", "timed"]

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
