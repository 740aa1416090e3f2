"""What SageMaker answers alike, whatever it is asked about: not there, busy; and waits for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from provider.calls import call
from provider.errors import ProviderError

__all__ = ["described", "sleep", "unless_busy"]


async def described(function: Callable[[], dict[str, Any]], *missing: str) -> dict[str, Any] | None:
    """What a call describes; None when there is no such thing.

    SageMaker has no error code of its own for that: `missing` are words of what it says then.
    """
    try:
        return await call(function)
    except ProviderError as error:
        if any(words in str(error) for words in missing):
            return None
        raise


async def unless_busy(function: Callable[[], object]) -> bool:
    """Ask for a change; False when what it is of is busy with another one."""
    try:
        await call(function)
    except ProviderError as error:
        if "in-progress" in str(error):
            return False
        raise
    return True


async def sleep(
    cancelled: asyncio.Event, seconds: float, what: str, then: str = "continue"
) -> None:
    """Wait for `what`; raises `ProviderError` as soon as the update is cancelled."""
    try:
        await asyncio.wait_for(cancelled.wait(), seconds)
    except TimeoutError:
        return
    raise ProviderError(
        f"cancelled while waiting for {what}; SageMaker goes on by itself. Run `up` again to {then}"
    )
