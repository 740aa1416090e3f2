"""Ends runs of a model that take too long, with one thread for all of them.

A thread per run costs more than a small model's prediction (measured: 134 of 170 µs).
"""

import math
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["time_limit"]


class _Watch:
    """The runs and their deadlines. Its thread starts with the first and sleeps between them."""

    def __init__(self) -> None:
        self._runs: dict[int, tuple[float, Any]] = {}
        self._changed = threading.Condition()
        self._wakes = math.inf
        self._thread: threading.Thread | None = None

    def enter(self, options: Any, deadline: float) -> None:  # noqa: ANN401 - it has no types
        with self._changed:
            self._runs[id(options)] = (deadline, options)
            if self._thread is None or not self._thread.is_alive():
                # None, or one that a fork has left behind.
                self._thread = threading.Thread(target=self._watch, name="time-limit", daemon=True)
                self._thread.start()
            elif deadline < self._wakes:
                self._changed.notify()

    def leave(self, options: Any) -> None:  # noqa: ANN401 - it has no types
        # The thread is not woken for it: its next look finds nothing.
        with self._changed:
            del self._runs[id(options)]

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline, options in self._runs.values():
                    if deadline <= now:
                        options.terminate = True
                late = [deadline for deadline, _ in self._runs.values() if deadline > now]
                self._wakes = min(late, default=math.inf)
                self._changed.wait(None if self._wakes == math.inf else self._wakes - now)


_WATCH: Final = _Watch()


@contextmanager
def time_limit(options: Any, seconds: float | None) -> Generator[None]:  # noqa: ANN401 - as above
    """Set `terminate` on ONNX Runtime's `RunOptions` once `seconds` are over; None for no limit."""
    if seconds is None:
        yield
        return
    _WATCH.enter(options, time.monotonic() + seconds)
    try:
        yield
    finally:
        _WATCH.leave(options)
