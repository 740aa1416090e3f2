"""Predictions in a bounded number of threads, for a bounded number of requests.

The event loop only reads and writes; a worker decodes, predicts and encodes, so that a request
changes threads once. Workers are as many as CPUs (docs/adr/0024).
"""

import asyncio
import contextvars
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from runtime.errors import TimeLimitError
from runtime.requests import RefusedError

__all__ = ["Pool"]

_T = TypeVar("_T")


class Pool:
    """The workers, and the requests that were let in. Used from the event loop's thread."""

    def __init__(self, workers: int, concurrency: int) -> None:
        """At most `concurrency` requests at once, of which `workers` run."""
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="predict")
        self._concurrency = concurrency
        self.in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def admit(self) -> Generator[None]:
        """Let one request in, from before its body is read: that bounds the memory.

        Raises:
            RefusedError: 503, there are too many.
        """
        if self.in_flight >= self._concurrency:
            raise RefusedError(503, "too many requests at once")
        self._enter()
        try:
            yield
        finally:
            self._leave()

    async def run(self, work: Callable[[float], _T], seconds: float) -> _T:
        """What `work` returns; it is given the seconds that are left when it starts.

        Raises:
            TimeLimitError: It did not start, or did not end, in time. Work that does not end keeps
                its thread, and counts as a request until it does.
        """
        deadline = time.monotonic() + seconds
        context = contextvars.copy_context()

        def begin() -> _T:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _late(seconds)
            return context.run(work, left)

        future = self._executor.submit(begin)
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not limit.expired():
                raise
            self._count_until_done(future)
            raise _late(seconds) from None

    async def idle(self, seconds: float) -> None:
        """Wait until no request is in flight, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def close(self) -> bool:
        """Start no more work; whether all of it has ended."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        return self.in_flight == 0

    def _count_until_done(self, future: Future[Any]) -> None:
        if future.cancelled():
            return
        loop = asyncio.get_running_loop()
        self._enter()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))

    def _enter(self) -> None:
        self.in_flight += 1
        self._idle.clear()

    def _leave(self) -> None:
        self.in_flight -= 1
        if not self.in_flight:
            self._idle.set()


def _late(seconds: float) -> TimeLimitError:
    return TimeLimitError(f"the prediction took over {seconds:g} s")
