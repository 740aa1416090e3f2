"""The server's log: one JSON object a line, as runtime/logs.py writes them.

structlog makes the lines; those of uvicorn, asyncio and OpenTelemetry are brought into the same
form.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from runtime.logs import now

__all__ = ["Log", "gather", "make_log"]

Log = structlog.typing.FilteringBoundLogger
_SEVERITIES: Final = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR"}
_LEVELS: Final = {"warning": "WARN"}


def _shape(_logger: object, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The words of runtime/logs.py, in its order; empty fields are left out."""
    level = event.pop("level", method)
    message = event.pop("event", "")
    return {
        "time": now(),
        "level": _LEVELS.get(level, level.upper()),
        "severity": _SEVERITIES.get(level, "ERROR"),
        "message": message,
        **{name: value for name, value in event.items() if value not in ("", None)},
    }


def make_log(level: str, file: TextIO | None = None) -> Log:
    """A logger for `level` and above, to the standard output if not to a file."""
    return structlog.wrap_logger(
        structlog.PrintLogger(file or sys.stdout),
        processors=[_shape, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
    )


def gather(level: str, file: TextIO | None = None) -> None:
    """Let the libraries' loggers write there too, from WARNING on."""
    handler = logging.StreamHandler(file or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, _with_fault],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _shape,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(_number(level), logging.WARNING))
    # Its warnings are of what clients do.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _with_fault(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:  # noqa: ANN401 - structlog's type
    """A library's error by its type: its text, and a traceback's lines, may quote a request."""
    record: logging.LogRecord = event["_record"]
    error = record.exc_info[0] if record.exc_info else None
    event.pop("exc_info", None)
    event["error"] = error.__name__ if error else ""
    event["logger"] = record.name
    record.exc_info = record.exc_text = None
    return event
