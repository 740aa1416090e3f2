"""Printing to whoever may have seen enough, as `serving … | head`, or to a disk without room."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext, suppress
from typing import cast

__all__ = ["all_printed", "reader_may_leave"]


@contextmanager
def reader_may_leave() -> Generator[None]:
    """What cannot be printed any more is left out, here and at the process's end."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _print_nowhere()


@contextmanager
def all_printed() -> Generator[None]:
    """What was printed has arrived when this ends, unless its reader has left.

    Raises:
        OSError: it cannot arrive, as on a full disk; the interpreter would say so in its own words.
    """
    try:
        yield
    except BaseException as end:
        done = isinstance(end, SystemExit) and not end.code
        # What went wrong before is what is told.
        with nullcontext() if done else suppress(OSError):
            _flush()
        raise
    _flush()


def _flush() -> None:
    try:
        if cast("object", sys.stdout):  # None where it was closed from the start.
            sys.stdout.flush()
    except BrokenPipeError:
        _print_nowhere()
    except OSError:
        _print_nowhere()
        raise


def _print_nowhere() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
