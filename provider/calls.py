"""How a vendor's client that blocks is called, whatever the vendor."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

from provider.errors import ProviderError, one_line

__all__ = ["at_once", "call"]

T = TypeVar("T")
Given = TypeVar("Given")
_AT_ONCE: Final = 8


async def call(function: Callable[[], T]) -> T:
    """Run a blocking call of a vendor's client beside the event loop.

    A vendor's error becomes a `ProviderError` of one line, the original being its cause.
    """
    try:
        return await asyncio.to_thread(function)
    except ProviderError:
        raise
    except Exception as error:
        raise ProviderError(one_line(error)) from error


async def at_once(one: Callable[[Given], Awaitable[T]], given: Iterable[Given]) -> list[T]:
    """What is answered to each, in their order; not more than eight are asked at a time."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(each: Given) -> T:
        async with turns:
            return await one(each)

    return await asyncio.gather(*(in_turn(each) for each in given))
