"""Printing to whoever may have seen enough: `serving … | head`."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["reader_may_leave"]


@contextmanager
def reader_may_leave() -> Generator[None]:
    """What cannot be printed any more is left out, here and at the process's end."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
