"""Log lines of the runtime: one JSON object a line.

No payload is in them, unless the settings ask for it (request_logs.py). `level` is what Lambda
filters by, `severity` and `time` what Google Cloud's logs read.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

__all__ = ["call_time", "line", "now", "send_to", "write"]

_SEVERITIES: Final = {"INFO": "INFO", "WARN": "WARNING", "ERROR": "ERROR"}


def line(level: str, message: str, **fields: object) -> str:
    """One line as JSON: time, level (INFO, WARN, ERROR), message, the fields that are not empty."""
    found = {name: value for name, value in fields.items() if value not in ("", None)}
    begin = {_time: now(), "level": level, "severity": _SEVERITIES[level], "message": message}
    return json.dumps({**begin, **found})


def now() -> str:
    """The time as all three clouds' logs read it: RFC 3339 in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(level: str, message: str, **fields: object) -> None:
    """Write such a line, whole: to the standard output, or where `send_to` says."""
    _emit(level, line(level, message, **fields))


def send_to(emit: Callable[[str, str], None]) -> None:
    """Send all lines, with their level, to a function: not all platforms keep the output."""
    global _emit  # noqa: PLW0603 - one process has one log
    _emit = emit


def call_time(name: str) -> None:
    """Call the time by another name than `time`, where the platform knows it by that."""
    global _time  # noqa: PLW0603 - one process has one log
    _time = name


def _print(_level: str, text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


_emit: Callable[[str, str], None] = _print
_time = "time"
