"""An `up` that goes on beside a test, and the processes that belong to it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, Sandbox

__all__ = ["Processes", "RunningUp", "running_up", "serving_up", "wait_until"]

_ENGINE = "/pulumi up "
_PROVIDER = str(ROOT / "provider")
_UP = (
    *(ROOT / "sandbox" / "pulumi", "up"),
    *("--yes", "--skip-preview", "--non-interactive", "--stack", "dev"),
)


class Processes:
    """A process and those below it, also when what started them has ended since they were seen."""

    def __init__(self, first: int) -> None:
        self._known = {first}

    def living(self, *words: str) -> dict[int, str]:
        """Command lines, by the process's id, of those that live and have all the words."""
        columns = ("pid=", "ppid=", "stat=", "args=")
        listed = subprocess.run(
            ["ps", "-A", "-ww", *(each for column in columns for each in ("-o", column))],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
        )
        parents: dict[int, int] = {}
        commands: dict[int, str] = {}
        for line in listed.stdout.splitlines():
            process, parent, state, *command = line.split(maxsplit=3)
            if not state.startswith("Z"):
                parents[int(process)] = int(parent)
                commands[int(process)] = " ".join(command)
        self._known &= commands.keys()
        while more := {each for each in parents if parents[each] in self._known} - self._known:
            self._known |= more
        found = {each: commands[each] for each in sorted(self._known)}
        return {each: line for each, line in found.items() if all(word in line for word in words)}

    def kill(self, *words: str) -> None:
        """Kill those that live and have all the words; there must be one."""
        found = self.living(*words)
        assert found, f"no process with {words}"
        for process in found:
            os.kill(process, signal.SIGKILL)

    def end(self) -> None:
        """Kill all that still live."""
        for process in self.living():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


class RunningUp:
    """A deployment that runs beside the test, in a session of its own."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        command: Sequence[str | Path] = _UP,
        **environment: str,
    ) -> None:
        self._log = sandbox.folder / "up.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=sandbox.cold | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes = Processes(self.process.pid)

    def kill_engine(self) -> None:
        """Kill the engine, and wait until the first-party provider has noticed and ended."""
        (engine,) = self.processes.living(_ENGINE)
        assert self.processes.living(_PROVIDER)
        os.kill(engine, signal.SIGKILL)
        self.wait_for_providers()

    def kill_providers(self) -> None:
        """Kill the first-party provider; the run fails."""
        self.processes.kill(_PROVIDER)
        self.fails()
        self.wait_for_providers()

    def wait_for_providers(self) -> None:
        """Wait until no first-party provider lives any more."""
        wait_until(lambda: not self.processes.living(_PROVIDER), 15, "the plugin ends")

    def interrupt(self) -> None:
        """As a terminal's Ctrl-C: to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def log(self) -> str:
        """What was printed until now, with single blanks."""
        return " ".join(self._log.read_text().split())

    def ends(self) -> tuple[int, str]:
        """Exit code and what was printed, with single blanks, once it has ended."""
        code = self.process.wait(timeout=120)
        return code, self.log()

    def fails(self) -> str:
        """What was printed by a run that must fail."""
        code, printed = self.ends()
        assert code != 0, printed
        return printed


def serving_up(project: Path) -> list[str | Path]:
    """The command `serving up` for a small project of a test's own."""
    # The folder by which it takes the project for its own.
    (project / "stacks" / "models").mkdir(parents=True, exist_ok=True)
    serving = (ROOT / "sandbox" / "run", ROOT / ".venv" / "bin" / "serving")
    # With settings of its own, the environment's file is not checked for ours.
    engine = ("--skip-preview", "--non-interactive", "--config", "any:setting=1")
    return [*serving, "up", "--env", "dev", "--yes", "--", *engine]


@contextmanager
def running_up(
    sandbox: Sandbox, folder: Path, command: Sequence[str | Path] = _UP, **environment: str
) -> Generator[RunningUp]:
    """An `up` of the stack dev in this folder; nothing of it outlives the block."""
    running = RunningUp(sandbox, folder, command, **environment)
    try:
        yield running
    finally:
        running.processes.end()
        running.process.wait()


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Fail unless the condition holds within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.05)
