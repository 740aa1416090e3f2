"""`serving check --watch`: one process that checks again after each change, and ends on ^C."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery.exits import Exit
from tests.unit.settings_project import SAGEMAKER, Project, changed, project

ROOT = Path(__file__).resolve().parents[2]
WAITS = "waits for a change"
_SECONDS = 60.0


_COMMAND = ("-m", "delivery.cli", "check", "--watch", "--no-guardrails")
# In the place of a check of hundreds of models one that says what it was asked, and does what the
# model's file says.
_SLOW = """
import os, signal, sys, time
from pathlib import Path
from delivery.checking import watching

watching._LONG_SECONDS = 0.0
watching._GRACE_SECONDS = 1.0
folder = Path.cwd()

def undo(*_):
    (folder / "stacks/models/passing.yaml").unlink(missing_ok=True)
    os._exit(0)

def check(model):
    said = (folder / "stacks/models/fraud.yaml").read_text()
    if "undoes" in said:
        signal.signal(signal.SIGTERM, undo)
    if "deaf" in said:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"checked {model or 'all'} {os.getpid()}", flush=True)
    if "leaves a child" in said and not os.fork():
        os.closerange(0, 3)
        time.sleep(10)
        os._exit(0)
    if ("slow alone" if model == "fraud" else "slow whole") in said:
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


@contextmanager
def watching(site: Project, first: str) -> Generator[Watched]:
    watched = Watched(site.root, ("-c", _SLOW, first))
    try:
        yield watched
    finally:
        # Which ends its check too.
        watched.ended(signal.SIGINT)


def _checked(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith("checked")]


def _pid(lines: list[str]) -> int:
    return int(lines[-1].split()[-1])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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
    with watching(site, first) as watched:
        watched.until("checked all", WAITS)
        site.model("fraud", changed(SAGEMAKER, description="Another."))
        told = _checked(watched.until(WAITS))
        assert told == (["fraud", "all"] if first == "first" else ["all"])
        # What reaches every model.
        (site.root / "Pulumi.dev.yaml").write_text("config: {}\n")
        assert _checked(watched.until(WAITS)) == ["all"]


@pytest.mark.parametrize("said", ["slow whole", "slow whole, deaf"])
def test_a_change_ends_the_check_that_it_outdates(site: Project, said: str) -> None:
    site.model("fraud", changed(SAGEMAKER, description=said))
    with watching(site, "whole") as watched:
        pid = _pid(watched.until("checked all"))
        site.model("fraud", SAGEMAKER)
        assert WAITS in watched.until("checked all", WAITS)[-1]
        assert not _lives(pid)


def test_what_is_undone_as_it_ends_a_check_has_that_made_again(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, description="slow whole, undoes"))
    with watching(site, "whole") as watched:
        watched.until("checked all")
        passing = site.model("passing", SAGEMAKER)
        watched.until("checked all")
        assert not passing.exists()


def test_a_model_that_nobody_was_told_of_is_told_of_after_the_next_change(site: Project) -> None:
    site.model("churn", SAGEMAKER)
    with watching(site, "first") as watched:
        watched.until("checked all", WAITS)
        site.model("fraud", changed(SAGEMAKER, description="slow alone"))
        watched.until("checked fraud")
        site.model("churn", changed(SAGEMAKER, description="Another."))
        watched.until("checked churn", "checked fraud")
        # Which was told of meanwhile.
        site.model("fraud", changed(SAGEMAKER, description="Another."))
        lines = watched.until(WAITS)
        assert _checked(lines) == ["fraud", "all"]


def test_an_editors_side_files_are_no_change(site: Project) -> None:
    models = site.root / "stacks/models"
    beside = (".fraud.yaml.swp", "fraud.yaml~", "#fraud.yaml#", ".#fraud.yaml", "4913")
    site.model("fraud", changed(SAGEMAKER, description="slow whole"))
    with watching(site, "first") as watched:
        pid = _pid(watched.until("checked all"))
        for name in beside:
            (models / name).write_text("b0VIM")
            (site.root / name).write_text("b0VIM")
        time.sleep(1)
        assert _lives(pid)
        site.model("fraud", SAGEMAKER)
        watched.until("checked all", WAITS)
        for name in beside:
            (models / name).unlink()
        site.model("fraud", changed(SAGEMAKER, description="Another."))
        assert _checked(watched.until(WAITS)) == ["fraud", "all"]


def test_an_interrupt_of_it_alone_ends_its_check_too(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, description="slow whole"))
    with watching(site, "whole") as watched:
        pid = _pid(watched.until("checked all"))
        assert watched.ended(signal.SIGINT) == Exit.OK
        assert not _lives(pid)


def test_what_a_check_leaves_behind_does_not_hide_its_end(site: Project) -> None:
    site.model("fraud", changed(SAGEMAKER, description="leaves a child"))
    with watching(site, "whole") as watched:
        watched.until("checked all")
        start = time.monotonic()
        watched.until(WAITS)
        assert time.monotonic() - start < 5


# In the place of a report that takes long to print.
_TELLS = """
import sys, time
from delivery.check import check
from delivery.checking import as_text

text = as_text.text

def slowly(*given, **named):
    print("begins", flush=True)
    time.sleep(1)
    print("tells", flush=True)
    return text(*given, **named)

as_text.text = slowly
sys.exit(check(None, only=None, guardrails=False, watch=True))
"""


def test_a_change_does_not_end_a_check_half_told(site: Project) -> None:
    watched = Watched(site.root, ("-c", _TELLS))
    try:
        watched.until("begins")
        site.model("fraud", changed(SAGEMAKER, instance_type=5))
        lines = watched.until("begins")
        assert "ok  dev: 1 model" in "".join(lines)
        watched.until("got 5", WAITS)
    finally:
        watched.ended(signal.SIGKILL)


def test_the_report_in_the_project_is_no_change_of_it(site: Project) -> None:
    watched = Watched(site.root, (*_COMMAND, "--format", "json", "--output", "report.json"))
    try:
        watched.until(WAITS)
        with (site.root / "report.json").open() as before:
            time.sleep(1)
            site.model("fraud", changed(SAGEMAKER, instance_type=5))
            assert len([line for line in watched.until("got 5", WAITS) if WAITS in line]) == 1
            # Who reads meanwhile has one whole report, and not the beginning of the next.
            assert json.load(before)["ok"]
    finally:
        watched.ended(signal.SIGKILL)
