"""`serving check --watch`: one process that checks again after each change, and ends on ^C."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from delivery.exits import Exit
from tests.unit.settings_project import SAGEMAKER, Project, changed, project

ROOT = Path(__file__).resolve().parents[2]
WAITS = "waits for a change"
_SECONDS = 60.0


class Watched:
    """The command, and what it prints until it waits."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "delivery.cli", "check", "--watch", "--no-guardrails"],
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

    def until(self, said: str) -> None:
        """Wait until a line has this, and then until it waits for a change."""
        for expected in (said, WAITS):
            while expected not in self._lines.get(timeout=_SECONDS):
                pass


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
    watched.until("ok  dev: 1 model")
    site.model("fraud", changed(SAGEMAKER, instance_type=5))
    watched.until("instance_type: got 5")
    site.model("fraud", SAGEMAKER)
    watched.until("ok  dev: 1 model")


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
    watched.until(said)
    assert watched.ended(signal.SIGINT) == code
