"""Log lines of the runtime: one JSON object a line, without payloads.

`level` is what Lambda filters by, `severity` what Google Cloud's logs do.
"""

import json
import sys
from typing import Final

__all__ = ["line", "write"]

_SEVERITIES: Final = {"INFO": "INFO", "WARN": "WARNING", "ERROR": "ERROR"}


def line(level: str, message: str, **fields: object) -> str:
    """One line as JSON: level (INFO, WARN, ERROR), message, then the fields that are not empty."""
    found = {name: value for name, value in fields.items() if value not in ("", None)}
    return json.dumps({"level": level, "severity": _SEVERITIES[level], "message": message, **found})


def write(level: str, message: str, **fields: object) -> None:
    """Write such a line to the standard output, whole."""
    sys.stdout.write(line(level, message, **fields) + "\n")
    sys.stdout.flush()
