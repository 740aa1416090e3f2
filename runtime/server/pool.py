"""Where predictions run, and for how many requests at once.

The event loop only reads and writes. What takes longer than it takes to change threads is done by
workers, as many as CPUs: they decode, predict and encode, so that a request changes threads once.
What is known to be short runs on the event loop itself (docs/adr/0024 has the figures).
"""

import asyncio
import contextvars
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from runtime.errors import TimeLimitError
from runtime.requests import RefusedError

__all__ = ["Pool"]

_T = TypeVar("_T")
# A slow prediction of some size sends those after it to the workers, some 60 where it was 20 times
# as slow as a short one may be.
_FORGETS: Final = 0.95
# Meanwhile nobody is answered, no probe either; over it, what seemed short begins again elsewhere.
_LOOP_SECONDS: Final = 0.25
# A model that is told to end does so after the operator that it is in.
_TO_END_SECONDS: Final = 0.1


class Pool:
    """The workers, and the requests that were let in. Used from the event loop's thread."""

    def __init__(self, workers: int, concurrency: int, short_seconds: float) -> None:
        """At most `concurrency` requests at once, of which `workers` run.

        Work of a size that took at most `short_seconds` of CPU lately needs no worker; 0: all does.
        """
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="predict")
        self._concurrency = concurrency
        self._short_seconds = short_seconds
        self._took: dict[int, float] = {}
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

    async def run(self, work: Callable[[float], _T], seconds: float, size: int) -> _T:
        """What `work` returns; it is given the seconds that are left when it starts.

        `size` is that of the request in bytes: requests of about the same take about as long. What
        took longer than they did is begun a second time, by a worker.

        Raises:
            TimeLimitError: It did not start, or did not end, in time. Work that does not end keeps
                its thread, and counts as a request until it does.
        """
        kind = size.bit_length()
        deadline = time.monotonic() + seconds
        if self._took.get(kind, self._short_seconds + 1) <= self._short_seconds:
            try:
                return self._timed(kind, work, min(seconds, _LOOP_SECONDS))
            except TimeLimitError:
                if seconds <= _LOOP_SECONDS:
                    raise
        context = contextvars.copy_context()

        def begin() -> _T:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _late(seconds)
            return context.run(self._timed, kind, work, left)

        future = self._executor.submit(begin)
        limit = asyncio.timeout(deadline - time.monotonic() + _TO_END_SECONDS)
        try:
            async with limit:
                return await asyncio.wrap_future(future)
        except TimeLimitError as error:
            # It knows what was left of the time, and the caller the whole.
            raise _late(seconds) from error
        except TimeoutError:
            if not limit.expired():
                raise
            raise _late(seconds) from None
        finally:
            self._count_until_done(future)

    async def idle(self, seconds: float) -> None:
        """Wait until no request is in flight, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def close(self) -> bool:
        """Start no more work; whether all of it has ended."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        return self.in_flight == 0

    def _timed(self, kind: int, work: Callable[[float], _T], seconds: float) -> _T:
        """The CPU's time, and not the clock's: it does not tell of who else wants the CPU."""
        begin = time.thread_time()
        try:
            return work(seconds)
        finally:
            took = time.thread_time() - begin
            self._took[kind] = max(took, self._took.get(kind, 0) * _FORGETS)

    def _count_until_done(self, future: Future[Any]) -> None:
        if future.done():
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
