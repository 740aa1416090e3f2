"""A state on a disk: whether it can be read and written, before the engine begins.

On a full disk the engine (3.259, measured) ends with an error and leaves the file of the state cut
off; each later run only says `unexpected end of JSON input`. Beside that file is what it had before
(`.bak`), and the end of each earlier update (`backups`).

Beside each file it writes one of attributes (`.attrs`), not in one piece: a kill in that moment
leaves it cut off, and each later command of the engine that reads the file only says `EOF`. A kill
does that to the state, which is written over; a machine that goes down, to whatever was last.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qs, unquote, urlsplit

from delivery import project
from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["backend", "check", "damage", "file_of", "mend"]

# The engine writes the new state beside the old one, and its copy, lock and history.
_COPIES: Final = 4
_MORE_BYTES: Final = 1 << 18
_ATTRIBUTES: Final = ".attrs"
# Files of the history have the time in their names; each update writes two, within a second.
_LATEST: Final = 8
# File systems and the clock differ by a little.
_CLOCK_SLACK_SECONDS: Final = 60.0


def check(folder: Path, environment: str) -> None:
    """Refuse a state that is damaged, or that cannot be written; other backends pass.

    Raises:
        Failure: says how to go on.
    """
    file = file_of(folder, environment)
    if file is None or not file.exists():
        return
    mend(folder, environment)
    if told := damage(folder, environment):
        raise Failure(told, Exit.ERROR)
    size = file.stat().st_size * _COPIES + _MORE_BYTES
    try:
        with tempfile.TemporaryFile(dir=file.parent) as trial:
            trial.write(bytes(size))
            trial.flush()
    except OSError as error:
        raise Failure(
            f"the state cannot be written: {file.parent}: {error.strerror}\n"
            f"  fix: make it writable, with room for {size / 1e6:.1f} MB; nothing was begun, for "
            "what an update makes could not be noted",
            Exit.ERROR,
        ) from None


def mend(folder: Path, environment: str) -> None:
    """Remove attributes that are cut off: of the state, its history, the backend; nothing is lost.

    They say what kind of file it is, and nobody needs them: gocloud.dev's fileblob/attrs.go, which
    writes them and reads them, takes a file without. Those of locks go with their locks.
    """
    file = file_of(folder, environment)
    if file is None:
        return
    history = file.parents[2] / "history" / file.parent.name / environment
    latest = sorted(history.glob(f"*{_ATTRIBUTES}"))[-_LATEST:]
    for each in (file, file.parents[2] / "meta.yaml"):
        latest.append(each.with_name(f"{each.name}{_ATTRIBUTES}"))
    for attributes in latest:
        if attributes.exists() and not _is_whole(attributes):
            attributes.unlink(missing_ok=True)


def damage(folder: Path, environment: str) -> str:
    """What is wrong with the file of the state, and which copy of it is whole; empty if nothing."""
    file = file_of(folder, environment)
    if file is None or not file.exists() or _is_whole(file):
        return ""
    told = f"the state of {environment} is damaged: {file} is cut off, as by a full disk"
    earlier = [file.with_name(f"{file.name}.bak")]
    earlier += (file.parents[2] / "backups" / file.parent.name / environment).glob("*.json")
    whole = [each for each in earlier if each.is_file() and _is_whole(each)]
    if not whole:
        return f"{told}\n  fix: restore it from a copy of your own; the engine's are damaged too"
    latest = max(whole, key=_time_of)
    doubt = ""
    if _time_of(latest) > time.time() + _CLOCK_SLACK_SECONDS:
        # Of what the engine saves it writes this copy again each time.
        latest = whole[0]
        others = ", ".join(f"{each} ({_told_time(each)})" for each in whole[1:])
        doubt = (
            "  the clock was set back since copies were made: look which is the latest"
            f"{f'; there are also {others}' if others else ''}\n"
        )
    return (
        f"{told}\n  fix: go on with the engine's copy of {_told_time(latest)}: "
        f"cp '{latest}' '{file}'\n{doubt}"
        f"  then: serving up --env {environment} -- --refresh; what was made since that copy is "
        f"found by: serving orphans --env {environment}"
    )


def _time_of(file: Path) -> float:
    return file.stat().st_mtime


def _told_time(file: Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(_time_of(file)))


def _is_whole(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_bytes()), dict)
    except (OSError, ValueError):
        return False


def file_of(folder: Path, environment: str) -> Path | None:
    """Where the state is; None on a backend that is no folder.

    As the engine reads the URL: massageBlobPath of backend/diy/backend.go of Pulumi 3.259, then Go,
    which decodes the path, and gocloud.dev/blob, which puts `?prefix=` before each name.
    """
    url = backend(folder)
    if not url.startswith("file://"):
        return None
    parts = urlsplit(url)
    root = Path(unquote(f"{parts.netloc}{parts.path}")).expanduser()
    prefix = parse_qs(parts.query).get("prefix", [""])[0]
    name = f"{environment}.json"
    return folder / root / f"{prefix}.pulumi" / "stacks" / project.name(folder) / name


def backend(folder: Path) -> str:
    """As the engine finds it: the environment, the project's file, the last login."""
    if url := os.environ.get("PULUMI_BACKEND_URL"):
        return url
    told = project.read(folder).get("backend")
    if isinstance(told, dict) and (url := cast("dict[str, Any]", told).get("url")):
        return str(url)
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        return str(json.loads((home / "credentials.json").read_bytes()).get("current", ""))
    except (OSError, ValueError, AttributeError):
        return ""
