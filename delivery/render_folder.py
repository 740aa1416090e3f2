"""A folder of rendered files: what of it is ours, what has to change, and the change itself."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from delivery.failure import Failure
from delivery.render_files import MARK

__all__ = ["INDEX", "Changes", "Index", "changes", "index_of", "write"]

INDEX: Final = ".serving-render.json"
_SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Index:
    """Which environment a folder holds, and the paths of all files that were written to it."""

    environment: str
    files: frozenset[str]

    def text(self) -> str:
        """As it is kept in the folder."""
        content = {
            "schema_version": _SCHEMA_VERSION,
            "environment": self.environment,
            "files": sorted(self.files),
        }
        return json.dumps(content, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Changes:
    """What makes a folder hold a tree of files."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def lines(self) -> list[str]:
        """`+` new, `~` changed, `-` gone, by path."""
        signs = (("+", self.new), ("~", self.changed), ("-", self.gone))
        found = [(path, sign) for sign, paths in signs for path in paths]
        return [f"  {sign} {path}" for path, sign in sorted(found)]


def index_of(folder: Path, environment: str) -> Index:
    """The folder's index, or an empty one.

    Raises:
        Failure: it cannot be read, or is another environment's.
    """
    file = folder / INDEX
    if folder.exists() and not folder.is_dir():
        raise Failure(f"{folder} is no folder\n  fix: name another by --out")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = Index(str(content["environment"]), frozenset(map(_inside, content["files"])))
    except (FileNotFoundError, NotADirectoryError):
        return Index(environment, frozenset())
    except (OSError, ValueError, KeyError, TypeError):
        raise Failure(
            f"{file} cannot be read as the list of what was written there\n"
            "  fix: take the file back from version control, or render to another folder by --out"
        ) from None
    if found.environment != environment:
        raise Failure(
            f"{folder} holds what was rendered of {found.environment!r}, not {environment!r}\n"
            "  fix: name another folder by --out"
        )
    return found


def changes(
    folder: Path, tree: Mapping[str, str], index: Index, concerns: Callable[[str], bool]
) -> Changes:
    """How the folder differs from the tree, of the paths that are concerned.

    Raises:
        Failure: a file is in the way that was not written by this command.
    """
    new: list[str] = []
    changed: list[str] = []
    foreign: list[str] = []
    for path, content in tree.items():
        found = _read(folder / path)
        if found is None:
            new.append(path)
        elif found != content.encode():
            (changed if _is_ours(path, found, index) else foreign).append(path)
    if foreign:
        raise Failure(
            "not written by this command, and in the way of what it writes:\n"
            + "\n".join(f"  {folder / path}" for path in foreign)
            + "\n  fix: move them elsewhere, or render to another folder by --out"
        )
    gone = [p for p in sorted(index.files - tree.keys()) if concerns(p)]
    there = {path: _read(folder / path) for path in gone}
    return Changes(
        tuple(new),
        tuple(changed),
        tuple(p for p, found in there.items() if found is not None and _is_ours(p, found, index)),
    )


def write(
    folder: Path, tree: Mapping[str, str], made: Changes, before: Index, after: Index
) -> None:
    """Change the folder: everything is on the disk before the first file takes its place.

    Interrupted in between, the index names the files of both states, and the next run finishes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # In the folder itself, so that each file moves in one step.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".serving-render-") as temporary:
        staged = Path(temporary)
        both = Index(after.environment, before.files | after.files)
        _place(staged / "both", both.text())
        _place(staged / "after", after.text())
        for path in (*made.new, *made.changed):
            _place(staged / "files" / path, tree[path])
        (staged / "both").replace(folder / INDEX)
        for path in (*made.new, *made.changed):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (staged / "files" / path).replace(folder / path)
        for path in made.gone:
            (folder / path).unlink()
            _remove_empty((folder / path).parent, folder)
        (staged / "after").replace(folder / INDEX)


def _place(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Bytes, so that no system writes its own line ends.
    path.write_bytes(content.encode())


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _read(path: Path) -> bytes | None:
    if path.is_symlink() or path.is_dir():
        return b""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_ours(path: str, content: bytes, index: Index) -> bool:
    return path in index.files and MARK.encode() in content.partition(b"\n")[0]


def _inside(path: Any) -> str:  # noqa: ANN401 - JSON
    """A path that stays in the folder, whoever wrote the index."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise ValueError(path)
    return str(path)
