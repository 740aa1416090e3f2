"""One warm Python for a whole run of the tests, however many workers it has.

Loading the SDKs takes half a minute of CPU and half a gigabyte. The process that the run begins
with keeps a folder and the writing end of a pipe there; the first worker that has engine tests to
run starts the server, which reads from that pipe and so ends with the run, in whatever way that
ends, and not with the worker.
"""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.engine.warm_python import assert_none_died, start_warm_python

__all__ = ["WarmRun", "assert_alive", "shared_warm_python"]

# Told to the workers by their environment.
_FOLDER = "MODEL_SERVING_WARM_RUN"
# What this process has started, and for which run. A worker ends before it does.
_STARTED: list[tuple[Path, list[subprocess.Popen[bytes]]]] = []


@dataclass(frozen=True)
class WarmRun:
    """A run of the tests, with which the server ends."""

    folder: Path
    alive: int

    @classmethod
    def begin(cls) -> "WarmRun":
        """Make it possible to start a server; costs nothing before one is started."""
        folder = Path(tempfile.mkdtemp(prefix="warm-"))  # A socket's path is short.
        os.mkfifo(folder / "alive")
        os.environ[_FOLDER] = str(folder)
        return cls(folder, os.open(folder / "alive", os.O_RDWR | os.O_NONBLOCK))

    def end(self) -> None:
        """End the server; where this process dies before, the system does."""
        os.close(self.alive)
        # A run within another one waits for its own server alone.
        for started in [each for each in _STARTED if each[0] == self.folder]:
            _STARTED.remove(started)
            for each in started[1]:
                each.wait()
        os.environ.pop(_FOLDER, None)
        shutil.rmtree(self.folder, ignore_errors=True)


def shared_warm_python(*load: str) -> dict[str, str]:
    """Variables of the engine's processes, by the run's server, which the first call starts.

    Args:
        load: modules instead of what is installed and ours import.
    """
    folder = Path(os.environ[_FOLDER])
    known = folder / "variables.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            alive = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)
            try:
                variables, servers = start_warm_python(folder, alive, *load)
            finally:
                os.close(alive)
            _STARTED.append((folder, servers))
            known.write_text(json.dumps(variables))
        return json.loads(known.read_text())


def assert_alive() -> None:
    """Fail where a server that this process has started is no more: tests were right, and slow."""
    assert_none_died(each.poll() for _, servers in _STARTED for each in servers)
