"""When an endpoint that is described is believed."""

import asyncio

import pytest

from provider.aws.sagemaker_live_state import Live
from provider.aws.sagemaker_live_wait import Wait
from provider.waiting import Poll


class Lagging:
    """An endpoint that is described as it was for so many looks."""

    poll = Poll(first_seconds=0.001)

    def __init__(self, looks: int) -> None:
        self.looks = looks

    async def describe(self, name: str) -> Live:
        self.looks -= 1
        config = "old" if self.looks >= 0 else "new"
        assert name == "fraud"
        return Live("InService", config, {"stable": 100}, "", "")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.mark.parametrize(
    ("looks", "doubtful", "config"),
    [(2, True, "new"), (3, True, "old"), (1, False, "old"), (0, False, "new")],
)
def test_what_was_just_updated_can_be_described_as_before(
    looks: int, config: str, *, doubtful: bool
) -> None:
    async def silent(_message: str) -> None:
        return

    wait = Wait(Lagging(looks), "fraud", 10, silent)
    live = asyncio.run(wait.until_final("new", doubtful=doubtful))
    assert live.config_name == config
