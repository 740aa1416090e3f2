"""One deadline over all the waits for an endpoint of Azure ML within one operation."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from provider.azure.azure_documents import as_asked, why_failed
from provider.azure.clients import Arm, refused
from provider.calls import call
from provider.errors import ProviderError
from provider.waiting import Poll, Report

__all__ = ["MOVING", "Wait"]

# The other states of endpoints and deployments are final: Succeeded, Failed, Canceled.
MOVING: Final = frozenset({"Creating", "Updating", "Deleting", "Scaling"})
_BUSY: Final = ("Conflict", "ConflictingOperation", "AnotherOperationInProgress")


class Live(Protocol):
    """What an endpoint is just now."""

    @property
    def document(self) -> dict[str, Any]:
        """As ARM has it."""
        ...

    @property
    def status(self) -> str:
        """Its `provisioningState`."""
        ...


LiveT = TypeVar("LiveT", bound=Live)
# The same, or None where no endpoint is no error.
FoundT = TypeVar("FoundT", bound=Live | None)


class Wait:
    """`what` is waited for, as in `endpoint fraud`."""

    def __init__(
        self,
        what: str,
        arm: Arm,
        *,
        poll: Poll,
        cancelled: asyncio.Event,
        seconds: float,
        report: Report,
    ) -> None:
        self._what = what
        self._arm = arm
        self._poll = poll
        self._cancelled = cancelled
        self._seconds = seconds
        self._report = report
        self._started = time.monotonic()
        self._delay = poll.first_seconds

    async def until_final(
        self,
        look: Callable[[], Awaitable[FoundT]],
        fits: Callable[[FoundT], bool] = lambda _: True,
    ) -> FoundT:
        """The endpoint once nothing changes it; None where `look` finds none.

        One that does not fit is looked at again before it is believed.
        """
        doubts = 0
        while True:
            live = await look()
            if live is None:
                return live
            moving = live.status in MOVING
            if not moving and (fits(live) or doubts >= self._poll.settle_looks):
                return live
            doubts = 0 if moving else doubts + 1
            await self.once(f"the endpoint is {live.status}")

    async def write(
        self,
        resource_id: str,
        live: LiveT,
        look: Callable[[], Awaitable[LiveT]],
        changed: Mapping[str, object],
    ) -> str:
        """Write the endpoint as it is live, with some properties changed, and wait for the end.

        Why that failed, empty when it did not.
        """
        while True:
            document = as_asked(live.document, **changed)
            try:
                answer = await call(lambda: self._arm.put(resource_id, document))  # noqa: B023 - awaited here
                break
            except ProviderError as error:
                if not refused(error, *_BUSY):
                    raise
            # Somebody else's change (of tags, of the identity) came between; look again after it.
            await self.once("busy with another change")
            live = await look()
        return await self._until_done(answer.operation) if answer.operation else ""

    async def _until_done(self, url: str) -> str:
        """Wait for a long operation; why it failed, empty when it did not."""
        while True:
            answer = await call(lambda: self._arm.operation(url))
            if (reason := why_failed(answer)) is not None:
                return reason
            await self.once("the change is under way", answer.wait_seconds)

    async def once(self, now: str, asked_seconds: float | None = None) -> None:
        """Wait one step; raises `ProviderError` at the deadline, and when the run is cancelled."""
        delay = min(asked_seconds or self._delay, self._poll.longest_seconds)
        passed = time.monotonic() - self._started
        if passed + delay > self._seconds:
            raise ProviderError(
                f"{self._what} was not as asked after {self._seconds:g} s: {now}. Azure goes on by "
                "itself: run `up` again to wait longer, or raise `timeoutSeconds`"
            )
        await self._report(f"{now}, {passed:.0f} s of at most {self._seconds:g} s")
        self._delay = min(self._delay * self._poll.growth, self._poll.longest_seconds)
        try:
            await asyncio.wait_for(self._cancelled.wait(), delay)
        except TimeoutError:
            return
        raise ProviderError(
            f"cancelled while waiting for {self._what}; Azure goes on by itself. Run `up` again to "
            "continue"
        )
