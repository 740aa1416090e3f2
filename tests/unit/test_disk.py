"""Files are written whole or not at all; what a disk does not allow is told with a way out."""

import errno
import os
import ssl
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery import cli
from delivery.disk import failure_of, telling, write_all_new, write_whole
from delivery.failure import Failure

SERVING = Path(sys.executable).with_name("serving")


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_is_replaced_with_its_mode_or_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, link = tmp_path / "folder" / "file", tmp_path / "link"
    link.symlink_to(file)
    write_whole(file, b"1", mode=0o600)
    write_whole(link, b"2")
    assert link.is_symlink()
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"2", 0o600)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"3")
    assert file.read_bytes() == b"2"
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "new" / "below" / "file", b"4")
    assert {each.name for each in tmp_path.rglob("*")} == {"folder", "file", "link"}


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_is_for_whom_the_user_lets_read(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "file", b"1")
        write_all_new(tmp_path, {Path("other"): b"1"})
    finally:
        os.umask(before)
    for each in tmp_path.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == mode


def test_what_is_not_to_be_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"1")
    opened = os.open

    def refused(path: Path, flags: int, *more: int) -> int:
        # An administrator may write everybody's files.
        if path == file:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", refused)
    told = "file cannot be written: Permission denied\n  fix: look at"
    with pytest.raises(Failure, match=told), telling(file):
        write_whole(file, b"2")
    assert file.read_bytes() == b"1"


def no_links(*_: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("link", [os.link, no_links])
def test_new_files_are_all_written_or_none_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: Callable[..., None]
) -> None:
    monkeypatch.setattr(os, "link", link)
    files = {Path("a"): b"1", Path("folder/b"): b"2"}
    write_all_new(tmp_path, files)
    assert {path: (tmp_path / path).read_bytes() for path in files} == files
    (tmp_path / "a").unlink()
    with pytest.raises(Failure, match=r"^folder/b cannot be written: File exists$"):
        write_all_new(tmp_path, {Path("a"): b"3", Path("folder/b"): b"4"})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "folder" / "b"]
    assert (tmp_path / "folder" / "b").read_bytes() == b"2"


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


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "a file that a bug looks for"),
        # Numbers of OpenSSL's, and a socket's or a signal's.
        ssl.SSLError(errno.EPERM, "certificate verify failed"),
        PermissionError(errno.EPERM, "Operation not permitted"),
    ],
)
def test_an_error_of_something_else_is_not_taken_for_the_disks(
    error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failure_of(error) is None

    def broken(_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "quick_check", broken)
    with pytest.raises(type(error)):
        cli.main()


def test_no_folder_for_temporary_files_is_told_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(os, "open", full)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as raised:
        tempfile.gettempdir()
    assert str(failure_of(raised.value)).endswith(
        "\n  fix: make room there, or set TMPDIR to another folder, and repeat the command"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "command", [("check", "--no-guardrails"), ("explain", "fraud"), ("--help",)]
)
def test_what_cannot_be_printed_is_an_error_too(command: tuple[str, ...]) -> None:
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as output:
        done = subprocess.run(
            [SERVING, *command],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            env=variables,
            check=False,
        )
    assert done.stderr.endswith(
        "error: No space left on device\n  fix: make room on that disk, and repeat the command\n"
    )
    assert done.returncode == 1
