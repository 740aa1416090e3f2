"""How a vendor's client that blocks is called, whatever the vendor."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from provider.errors import ProviderError, one_line

__all__ = ["call"]

T = TypeVar("T")


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
