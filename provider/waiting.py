"""How a resource waits for a vendor: how often it looks, and how it tells that it still does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provider.errors import ProviderError

Report = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Poll:
    """How often what moves is looked at: from `first_seconds`, ever slower."""

    first_seconds: float = 0.5
    growth: float = 1.6
    longest_seconds: float = 20.0
    # What was just updated can for a moment still be described as it was before.
    settle_looks: int = 2


class Deadline:
    """One deadline over all the waits of one operation, in steps that grow."""

    def __init__(
        self, seconds: float, poll: Poll, cancelled: asyncio.Event, report: Report
    ) -> None:
        self.seconds = seconds
        self.report = report
        self._poll = poll
        self._cancelled = cancelled
        self._started = time.monotonic()
        self._delay = poll.first_seconds

    def begin(self) -> None:
        """Wait for something else: in small steps again, to the same deadline."""
        self._delay = self._poll.first_seconds

    async def step(self, now: str, *, late: str, goes_on: str) -> None:
        """Tell how it is now, and wait one step.

        Raises `ProviderError` where the step would end after the deadline, with what is `late`
        then, and when the update is cancelled; `goes_on` says how it can be continued.
        """
        passed = time.monotonic() - self._started
        if passed + self._delay > self.seconds:
            raise ProviderError(f"{late}. {goes_on}; `timeoutSeconds` is how long `up` waits")
        await self.report(f"{now}; {passed:.0f} s of at most {self.seconds:g} s")
        try:
            await asyncio.wait_for(self._cancelled.wait(), self._delay)
        except TimeoutError:
            self._delay = min(self._delay * self._poll.growth, self._poll.longest_seconds)
            return
        raise ProviderError(f"cancelled while waiting: {now}. {goes_on}")
