"""Changed files: what differs, tried, and written in the place of what was read."""

import difflib
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from delivery.disk import telling, write_whole
from delivery.editing.edit import Change, edited
from delivery.exits import Exit
from delivery.failure import Failure
from stacks.settings.files import MODELS_FOLDER

__all__ = ["Edit", "diff", "edit", "removal", "tried", "write"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A file of the project, as it was read and as it is to be."""

    file: Path
    """In the project's folder."""
    before: bytes
    after: bytes | None
    """None for a file that goes."""


def edit(folder: Path, changes: Mapping[Path, Sequence[Change]]) -> list[Edit]:
    """The files with their changes made, those alone that differ; nothing is written.

    Raises:
        Failure: a file cannot be read, or a change cannot be made in place.
    """
    made: list[Edit] = []
    for file, asked in changes.items():
        before = _read(folder, file)
        after = edited(before, file.as_posix(), asked)
        if after != before:
            made.append(Edit(file, before, after))
    return made


def removal(folder: Path, file: Path) -> Edit:
    """The file, to go as a whole; nothing is done.

    Raises:
        Failure: it cannot be read.
    """
    return Edit(file, _read(folder, file), None)


def _read(folder: Path, file: Path) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from None


def diff(edits: Sequence[Edit]) -> list[str]:
    """The changes as a unified diff, without ends of lines."""
    lines: list[str] = []
    for each in edits:
        name = each.file.as_posix()
        before, after = each.before.decode().splitlines(), (each.after or b"").decode().splitlines()
        left = name if each.after is not None else "/dev/null"
        lines += difflib.unified_diff(before, after, name, left, lineterm="")
    return lines


def write(folder: Path, edits: Sequence[Edit]) -> None:
    """Write each file whole: who reads it meanwhile sees what was, or what is.

    What goes, goes first: what others say of it is refused then, and never deployed without it.

    Raises:
        Failure: somebody else has changed one since it was read, or it cannot be written; then all
            are as they were.
    """
    # A link stays one.
    paths = {each.file: (folder / each.file).resolve() for each in edits}
    for each in edits:
        now = _read(folder, each.file)
        if now != each.before:
            raise Failure(
                f"{each.file} was changed meanwhile; nothing was written\n"
                "  fix: run the command again",
                Exit.ERROR,
            )
    done: list[Edit] = []
    try:
        for each in sorted(edits, key=lambda one: one.after is not None):
            with telling(each.file):
                if each.after is None:
                    (folder / each.file).unlink()
                else:
                    write_whole(paths[each.file], each.after)
            done.append(each)
    except BaseException:
        for each in done:
            with telling(each.file):
                write_whole(paths[each.file], each.before)
        raise


@contextmanager
def tried(folder: Path, edits: Sequence[Edit]) -> Generator[Path]:
    """A folder like the project's with the files as they would be, to check the settings of."""
    with tempfile.TemporaryDirectory(prefix="serving-") as temporary:
        copy = Path(temporary)
        models = copy / MODELS_FOLDER
        models.mkdir(parents=True)
        for each in (
            *folder.iterdir(),
            *(folder / MODELS_FOLDER.parent).iterdir(),
            *(folder / MODELS_FOLDER).iterdir(),
        ):
            place = copy / each.relative_to(folder)
            if not place.exists():
                place.symlink_to(each.resolve())
        for each in edits:
            path = copy / each.file
            path.unlink(missing_ok=True)
            if each.after is not None:
                path.write_bytes(each.after)
        yield copy
