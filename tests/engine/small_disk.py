"""A disk of its own for a test, which can be full or read only."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["SmallDisk", "small_disk"]

_FILLING = "filling"


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system in memory, which a process holds that belongs to the test."""

    process: int
    place: Path
    """Where that process has it."""

    @property
    def folder(self) -> Path:
        """The same for everybody else."""
        return Path(f"/proc/{self.process}/root{self.place}")

    def fill(self) -> None:
        """Leave no room, also where others write and remove meanwhile."""
        with (self.folder / _FILLING).open("ab") as file:
            while (free := os.statvfs(self.folder)).f_bavail:
                end = file.tell() + free.f_bavail * free.f_frsize
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.tell(), end - file.tell())
                    file.seek(0, os.SEEK_END)

    def empty(self) -> None:
        """Take away what filled it."""
        (self.folder / _FILLING).unlink()

    def make_read_only(self) -> None:
        """As a disk with an error is, or one that is mounted so."""
        subprocess.run(self.beside(self.place, "mount", "-o", "remount,ro", self.place), check=True)

    def beside(self, cwd: Path, *command: str | Path) -> list[str | Path]:
        """The command, to be run where the disk is at its place; `cwd` is a folder on it.

        A fork of another process is not there, so that it must be an interpreter of its own.
        """
        joins = ("nsenter", "-t", str(self.process), "-U", "-m", "--preserve-credentials")
        return [*joins, "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", cwd, *command]


@contextmanager
def small_disk(place: Path, size_mib: int) -> Generator[SmallDisk]:
    """Mount one; a machine that does not let its users do so skips the test."""
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        pytest.skip("this machine has no namespaces for mounts")
    place.mkdir()
    mount = f'mount -t tmpfs -o size={size_mib}m tmpfs "{place}"'
    with subprocess.Popen(
        ["unshare", "-Urm", "sh", "-c", f"{mount} && echo mounted && exec sleep 600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout
            if process.stdout.readline().strip() != "mounted":
                pytest.skip("this machine lets its users mount nothing")
            yield SmallDisk(process.pid, place)
        finally:
            process.kill()
