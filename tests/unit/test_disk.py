"""Files are written whole or not at all; what a disk does not allow is told with a way out."""

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from delivery import cli
from delivery.disk import failure_of, telling, write_new, write_whole
from delivery.failure import Failure


def test_a_file_is_replaced_with_its_mode_or_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "folder" / "file"
    write_whole(file, b"1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    file.chmod(0o600)
    write_whole(file, b"2")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"2", 0o600)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"3")
    assert file.read_bytes() == b"2"
    assert list(file.parent.iterdir()) == [file]


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_new(file, b"1")
    with pytest.raises(FileExistsError):
        write_new(file, b"2")
    assert file.read_bytes() == b"1"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.ENOSPC, "make room on that disk, and repeat the command"),
        (errno.EROFS, "use a folder that can be written, and repeat the command"),
        (errno.EACCES, "look at its permissions and its owner, and repeat the command"),
    ],
)
def test_what_a_disk_refuses_ends_a_command_with_one_error(
    number: int, way_out: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = os.strerror(number)
    told = f"^report cannot be written: {reason}\n  fix: {way_out}$"
    with pytest.raises(Failure, match=told), telling(Path("report")):
        raise OSError(number, reason, "/a/report.1")

    def refused(_: object) -> None:
        raise OSError(number, reason, "/a/b")

    monkeypatch.setattr(cli, "quick_check", refused)
    monkeypatch.setattr(sys, "argv", ["serving", "check"])
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert capsys.readouterr().err == f"error: /a/b: {reason}\n  fix: {way_out}\n"


def test_an_error_of_something_else_is_not_taken_for_the_disks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert failure_of(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None
    assert failure_of(FileNotFoundError(errno.ENOENT, "a file that a bug looks for")) is None

    def broken(_: object) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    monkeypatch.setattr(cli, "quick_check", broken)
    with pytest.raises(ConnectionRefusedError):
        cli.main()
