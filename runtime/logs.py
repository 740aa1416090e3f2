"""Log lines of the runtime: one JSON object a line, without payloads.

`level` is what Lambda filters by, `severity` what Google Cloud's logs do.
"""

import json
import sys
from collections.abc import Callable
from typing import Final

__all__ = ["line", "send_to", "write"]

_SEVERITIES: Final = {"INFO": "INFO", "WARN": "WARNING", "ERROR": "ERROR"}


def line(level: str, message: str, **fields: object) -> str:
    """One line as JSON: level (INFO, WARN, ERROR), message, then the fields that are not empty."""
    found = {name: value for name, value in fields.items() if value not in ("", None)}
    return json.dumps({"level": level, "severity": _SEVERITIES[level], "message": message, **found})


def write(level: str, message: str, **fields: object) -> None:
    """Write such a line, whole: to the standard output, or where `send_to` says."""
    _emit(level, line(level, message, **fields))


def send_to(emit: Callable[[str, str], None]) -> None:
    """Send all lines, with their level, to a function: not all platforms keep the output."""
    global _emit  # noqa: PLW0603 - one process has one log
    _emit = emit


def _print(_level: str, text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


_emit: Callable[[str, str], None] = _print
