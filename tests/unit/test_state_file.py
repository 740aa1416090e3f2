"""A state on a disk that is damaged, or cannot be written: told before anything is begun."""

import os
import resource
import shlex
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from delivery.failure import Failure
from delivery.recovery import locks
from delivery.recovery.lock_stores.folder import Files
from delivery.running import state_file

STATE = '{"version": 3, "checkpoint": {"latest": {"resources": []}}}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'backend'}")
    (tmp_path / "Pulumi.yaml").write_text("name: model-serving\n")
    return tmp_path


@pytest.fixture
def file(folder: Path) -> Path:
    file = folder / "backend/.pulumi/stacks/model-serving/dev.json"
    file.parent.mkdir(parents=True)
    file.write_text(STATE)
    return file


def backup(file: Path, content: str) -> None:
    copies = file.parents[2] / "backups/model-serving/dev"
    copies.mkdir(parents=True, exist_ok=True)
    (copies / "dev.1.json").write_text(content)


PLACES = [
    ("file://{}/b", "b/.pulumi"),
    ("file://{}/b?no_tmp_dir=true", "b/.pulumi"),
    ("file://./b?no_tmp_dir=true", "b/.pulumi"),
    ("file://{}/my%20state", "my state/.pulumi"),
    ("file://{}/b?prefix=team/", "b/team/.pulumi"),
    ("file://{}/b?prefix=team-", "b/team-.pulumi"),
]


@pytest.mark.parametrize(("url", "place"), PLACES)
def test_a_state_and_its_locks_are_where_the_engine_has_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, url: str, place: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url.format(folder))
    found = state_file.file_of(folder, "dev")
    assert found == folder / place / "stacks/model-serving/dev.json"
    stack = folder / place / "locks/organization/model-serving/dev"
    assert locks.of_stack(folder, "dev") == Files(stack)


def test_a_whole_state_passes(folder: Path, file: Path) -> None:
    state_file.check(folder, "dev")
    state_file.check(folder, "prod")
    assert [each.name for each in file.parent.iterdir()] == ["dev.json"]


@pytest.mark.parametrize(
    "written", ["", '{"user.cache_con', '{"user.content_type": "text/plain"}\n']
)
def test_attributes_that_are_cut_off_are_removed(folder: Path, file: Path, written: str) -> None:
    pulumi = file.parents[2]
    history = pulumi / "history/model-serving/dev"
    history.mkdir(parents=True)
    (history / "dev-2.history.json").write_text("{}")
    beside = (file, pulumi / "meta.yaml", history / "dev-2.history.json")
    attributes = [each.with_name(f"{each.name}.attrs") for each in beside]
    for each in attributes:
        each.write_text(written)
    state_file.check(folder, "dev")
    assert {each.exists() for each in attributes} == {written.endswith("\n")}
    assert file.read_text() == STATE
    assert (history / "dev-2.history.json").exists()


@pytest.mark.parametrize("cut_off", ["", STATE[:20], "\0" * 100])
@pytest.mark.parametrize("copy", ["bak", "backup"])
def test_a_damaged_one_names_a_copy_that_is_whole(
    folder: Path, file: Path, cut_off: str, copy: str
) -> None:
    file.write_text(cut_off)
    beside = file.with_name("dev.json.bak")
    beside.write_text(STATE if copy == "bak" else STATE[:30])
    backup(file, STATE if copy == "backup" else "")
    with pytest.raises(Failure, match="is damaged") as refused:
        state_file.check(folder, "dev")
    assert file.read_text() == cut_off, "nothing is restored unasked"
    told = str(refused.value)
    command = told.partition("copy of ")[2].partition(": ")[2].splitlines()[0]
    subprocess.run(shlex.split(command), check=True)
    state_file.check(folder, "dev")


@pytest.mark.parametrize("jump", [-86400, -3600, 3600, 86400])
def test_by_a_clock_that_was_changed_the_copy_is_the_latest_that_can_be_known(
    folder: Path, file: Path, jump: int
) -> None:
    """The copy beside it is written at each save; one from before the change has another date."""
    file.write_text("{")
    beside = file.with_name("dev.json.bak")
    beside.write_text(STATE)
    backup(file, STATE)
    (other,) = (file.parents[2] / "backups/model-serving/dev").iterdir()
    before = time.time() - jump
    os.utime(other, (before, before))
    told = state_file.damage(folder, "dev")
    assert f"cp '{beside}' '{file}'" in told
    assert ("the clock was set back" in told) is (jump < 0)
    assert (str(other) in told) is (jump < 0)


def test_without_a_whole_copy_none_is_named(folder: Path, file: Path) -> None:
    file.write_text("{")
    with pytest.raises(Failure, match="restore it from a copy of your own"):
        state_file.check(folder, "dev")


@contextmanager
def full_disk() -> Generator[None]:
    """No file may grow beyond 64 KiB: as if the disk were full. Nor may a log of these tests."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("file")
def test_no_room_is_told(folder: Path) -> None:
    with (
        pytest.raises(Failure, match=r"cannot be written: .*\n  fix: .*nothing was begun"),
        full_disk(),
    ):
        state_file.check(folder, "dev")


def test_other_backends_are_not_looked_at(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("{")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    state_file.check(folder, "dev")


def test_the_backend_is_found_as_the_engine_finds_it(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("{")
    url = f"file://{folder / 'backend'}"
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    monkeypatch.setenv("PULUMI_HOME", str(folder))
    (folder / "credentials.json").write_text(f'{{"current": "{url}"}}')
    assert state_file.damage(folder, "dev")
    (folder / "Pulumi.yaml").write_text("name: model-serving\nbackend:\n  url: s3://states\n")
    assert not state_file.damage(folder, "dev")
