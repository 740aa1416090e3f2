"""`serving check --watch`: one process that checks again after each change, and ends on ^C."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from delivery.exits import Exit
from tests.unit.settings_project import SAGEMAKER, Project, changed, project

ROOT = Path(__file__).resolve().parents[2]
WAITS = "waits for a change"
_SECONDS = 60.0


_COMMAND = ("-m", "delivery.cli", "check", "--watch", "--no-guardrails")
# In the place of a check of hundreds of models one that says what it was asked.
_SLOW = """
import sys, time
from pathlib import Path
from delivery.checking import watching

watching._LONG_SECONDS = 0.0
folder = Path.cwd()

def check(model):
    print(f"checked {model or 'all'}", flush=True)
    if not model and "slow" in (folder / "stacks/models/fraud.yaml").read_text():
        time.sleep(600)
    return 0

sys.exit(watching.watch(folder, [], check, guardrails=False, one_first=sys.argv[1] == "first"))
"""


class Watched:
    """The command, and what it prints until it waits."""

    def __init__(self, folder: Path, command: Sequence[str] = _COMMAND) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    def ended(self, number: int) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(number)
        code = self.process.wait(_SECONDS)
        self._reader.join(_SECONDS)
        return code

    def until(self, *said: str) -> list[str]:
        """All lines until one has the first of these, one after it the next, and so on."""
        lines: list[str] = []
        for expected in said:
            while expected not in (line := self._lines.get(timeout=_SECONDS)):
                lines.append(line)
            lines.append(line)
        return lines


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("fraud", SAGEMAKER)
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\nmain: stacks\n")
    return made


@pytest.fixture
def watched(site: Project) -> Generator[Watched]:
    made = Watched(site.root)
    yield made
    made.ended(signal.SIGKILL)


def test_a_changed_file_is_checked_again(site: Project, watched: Watched) -> None:
    watched.until("ok  dev: 1 model", WAITS)
    site.model("fraud", changed(SAGEMAKER, instance_type=5))
    watched.until("instance_type: got 5", WAITS)
    site.model("fraud", SAGEMAKER)
    watched.until("ok  dev: 1 model", WAITS)


@pytest.mark.parametrize(
    ("given", "said", "code"),
    [({}, "ok  dev", Exit.OK), ({"instance_type": 5}, "got 5", Exit.CONFIGURATION)],
    ids=["right", "wrong"],
)
def test_an_interrupt_ends_it_with_the_last_verdict(
    site: Project, given: dict[str, object], said: str, code: Exit
) -> None:
    site.model("fraud", changed(SAGEMAKER, **given))
    watched = Watched(site.root)
    watched.until(said, WAITS)
    assert watched.ended(signal.SIGINT) == code


@pytest.mark.parametrize("first", ["first", "whole"])
def test_of_many_models_the_changed_one_is_told_of_first(site: Project, first: str) -> None:
    watched = Watched(site.root, ("-c", _SLOW, first))
    try:
        watched.until("checked all", WAITS)
        site.model("fraud", changed(SAGEMAKER, description="Another."))
        lines = watched.until(WAITS)
        told = [line.split()[1] for line in lines if line.startswith("checked")]
        assert told == (["fraud", "all"] if first == "first" else ["all"])
        # What reaches every model.
        (site.root / "Pulumi.dev.yaml").write_text("config: {}\n")
        assert [line for line in watched.until(WAITS) if line.startswith("checked fraud")] == []
    finally:
        watched.ended(signal.SIGKILL)


def test_a_change_ends_the_check_that_it_outdates(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, description="slow"))
    watched = Watched(site.root, ("-c", _SLOW, "whole"))
    try:
        watched.until("checked all")
        site.model("fraud", SAGEMAKER)
        assert WAITS in watched.until("checked all", WAITS)[-1]
    finally:
        watched.ended(signal.SIGKILL)
