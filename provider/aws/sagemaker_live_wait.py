"""One deadline over all the waits for a SageMaker endpoint within one operation."""

import time
from typing import Final, Protocol

from provider.aws.sagemaker_live_state import Live
from provider.aws.sagemaker_rollback import still
from provider.errors import ProviderError
from provider.waiting import Poll, Report

__all__ = ["Wait"]

# EndpointStatus in SageMaker's API model; the others are final.
_MOVING: Final = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})


class Looks(Protocol):
    """How an endpoint is looked at, and what is waited between two looks."""

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


class Wait:
    """Looks at an endpoint, ever more slowly, until it no longer moves.

    `seen` are configurations that an update was on its way to, `began` when this began (epoch),
    `before` is the endpoint as it was seen last on another configuration than the one asked for.
    """

    def __init__(self, looks: Looks, name: str, seconds: float, report: Report) -> None:
        self.name = name
        self.report = report
        self.seen: set[str] = set()
        self.began = time.time()
        self.before: Live | None = None
        self._looks = looks
        self._seconds = seconds
        self._started = time.monotonic()
        self._delay = looks.poll.first_seconds

    async def until_final(
        self, config: str, shares: dict[str, float] | None = None, *, doubtful: bool = True
    ) -> Live:
        """The endpoint once it is no longer moving.

        One in service that is not yet as asked is looked at again before it is believed, if that
        is `doubtful`.
        """
        self._delay = self._looks.poll.first_seconds
        looks = self._looks.poll.settle_looks if doubtful else 0
        doubts = 0
        while True:
            live = await self._looks.describe(self.name)
            if live.pending_config_name:
                self.seen.add(live.pending_config_name)
            if live.config_name != config:
                self.before = live
            moving = live.status in _MOVING or live.pending_config_name != ""
            as_asked = live.config_name == config and shares in (None, live.shares)
            settled = live.status != "InService" or doubts >= looks
            if not moving and (as_asked or settled):
                return live
            doubts = 0 if moving else doubts + 1
            await self.once(live)

    async def once(self, live: Live | None = None) -> None:
        """Wait one step; raises `ProviderError` at the deadline."""
        passed = time.monotonic() - self._started
        if passed + self._delay > self._seconds:
            now = f"it is {live.status} with configuration {live.config_name}" if live else "busy"
            raise ProviderError(
                f"endpoint {self.name} was not ready after {self._seconds:g} s: {now}. "
                f"{still(live) + '. ' if live else ''}SageMaker goes on by itself: run `up` "
                "again to wait longer, or raise `timeoutSeconds`"
            )
        if live:
            stage = f" ({live.stage})" if live.stage else ""
            await self.report(
                f"{live.status}{stage}, {passed:.0f} s of at most {self._seconds:g} s"
            )
        await self._looks.sleep(self._delay)
        self._delay = min(self._delay * self._looks.poll.growth, self._looks.poll.longest_seconds)
