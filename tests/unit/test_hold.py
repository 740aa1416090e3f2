"""Who finds a stack held is told by what."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.failure import Failure
from delivery.running.hold import hold


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    (tmp_path / "Pulumi.yaml").write_text("name: model-serving\n")
    return tmp_path


def refused(folder: Path) -> str:
    with pytest.raises(Failure) as told, hold(folder, "dev", "serving up --env dev"):
        pass
    return str(told.value)


def test_a_living_run_is_named_and_other_stacks_are_free(folder: Path) -> None:
    with hold(folder, "dev", "serving up --env dev --only fraud"):
        told = refused(folder)
        assert f"`serving up --env dev --only fraud`, process {os.getpid()}, since" in told
        assert f"`kill {os.getpid()}`" in told
        with hold(folder, "prod", "serving up --env prod"):
            pass
    with hold(folder, "dev", "serving up --env dev"):
        pass


def test_a_backend_is_one_however_it_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment, or by the project's file."""
    (folder / "Pulumi.yaml").write_text("name: model-serving\nbackend: {url: 's3://states'}\n")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    with hold(folder, "dev", "serving up --env dev"):
        monkeypatch.delenv("PULUMI_BACKEND_URL")
        assert "runs on this machine already" in refused(folder)


@pytest.mark.parametrize(
    ("engine", "words"),
    [("living", "what it began still ends (process {})"), ("dead", "a plugin of it lives on")],
)
def test_of_a_killed_run_what_still_lives_is_told(folder: Path, engine: str, words: str) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with hold(folder, "dev", "serving up --env dev"):
        pass
    (file,) = (folder / "home" / "serving").iterdir()
    process = os.getpid() if engine == "living" else dead.pid
    told = {"process": dead.pid, "engine": process, "command": "serving up", "since": "now"}
    file.write_text(json.dumps(told))
    with file.open() as inherited:
        fcntl.flock(inherited, fcntl.LOCK_EX)
        assert words.format(process) in refused(folder)
    # With the last process the hold is gone, and what was noted holds nobody up.
    with hold(folder, "dev", "serving up --env dev"):
        pass
