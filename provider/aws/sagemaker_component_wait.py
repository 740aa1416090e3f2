"""One deadline over all the waits for a SageMaker inference component within one operation."""

import time
from collections.abc import Callable
from typing import Protocol

from provider.aws.sagemaker_component_state import Live, reason
from provider.errors import ProviderError
from provider.waiting import Poll, Report

__all__ = ["ComponentWait"]


class Looks(Protocol):
    """How a component is looked at, and what is waited between two looks."""

    @property
    def poll(self) -> Poll:
        """How often."""
        ...

    async def describe(self, name: str) -> Live:
        """What is live."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; raises `ProviderError` as soon as the update is cancelled."""
        ...


class ComponentWait:
    """Looks at a component, ever more slowly."""

    def __init__(self, resource: Looks, name: str, seconds: float, report: Report) -> None:
        self.report = report
        self._resource = resource
        self._name = name
        self._seconds = seconds
        self._started = time.monotonic()

    async def until(
        self,
        ready: Callable[[Live], bool],
        *,
        settled: Callable[[Live], bool] = lambda _: True,
    ) -> Live:
        """The component once it is ready.

        One that is ready and not yet settled is looked at again before it is believed: what was
        just updated can for a moment still be described as it was before.
        """
        delay, doubts = self._resource.poll.first_seconds, 0
        while True:
            live = await self._resource.describe(self._name)
            if ready(live):
                if settled(live) or doubts >= self._resource.poll.settle_looks:
                    return live
                doubts += 1
            passed = time.monotonic() - self._started
            if passed + delay > self._seconds:
                raise ProviderError(
                    f"inference component {self._name} was not ready after {self._seconds:g} s: "
                    f"it is {live.status} with {live.placed} of {live.wanted} copies. "
                    f"{reason(live)}. SageMaker goes on by itself: run `up` again to wait "
                    "longer, or raise `timeoutSeconds`"
                )
            await self.report(
                f"{live.status}, {live.placed} of {live.wanted} copies, {passed:.0f} s of at most "
                f"{self._seconds:g} s"
            )
            await self._resource.sleep(delay)
            delay = min(delay * self._resource.poll.growth, self._resource.poll.longest_seconds)
