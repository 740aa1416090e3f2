"""Waits for a right over a key: whatever is encrypted by it can be made only once the right holds.

A role that was just assigned takes minutes to hold in Key Vault, and no call of Azure's says when
it does: only who is encrypted by the key finds out. So what Azure refuses for it is asked again.
https://learn.microsoft.com/azure/role-based-access-control/troubleshooting and, of a storage
account, github.com/Azure/bicep, issue 16601
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

import pulumi

__all__ = ["asked_again_until_it_holds", "key_right"]

_REFUSED: Final = re.compile(
    r"KeyVaultAuthenticationFailure|authentication issue on the key ?vault", re.IGNORECASE
)
# What the provider says of something that is there, but not as it was asked for. It would not be
# made again beside itself: the state has it, and the next run goes on with it.
_THERE: Final = re.compile(r"\s*\d+ errors? occurred:")
# The page says ten minutes.
_LONGEST_SECONDS: Final = 900.0
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 20.0
_GROWTH: Final = 1.6


def asked_again_until_it_holds(name: str) -> pulumi.ResourceHookBinding:
    """For what the key encrypts, `name` being its name in the program."""
    return pulumi.ResourceHookBinding(
        on_error=[pulumi.ErrorHook(f"{name}-key-right", key_right(name))]
    )


def key_right(
    name: str,
    *,
    longest_seconds: float = _LONGEST_SECONDS,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Callable[[pulumi.ErrorHookArgs], Awaitable[bool]]:
    """Whether to ask again, after a pause; another refusal than of the key is as it was.

    Raises:
        RunError: The time for it is over; with what to look at.
    """
    until: float | None = None
    delay = _FIRST_PAUSE_SECONDS

    async def again(args: pulumi.ErrorHookArgs) -> bool:
        nonlocal until, delay
        told = args.errors[0]
        is_there = args.failed_operation == "create" and _THERE.match(told)
        if not _REFUSED.search(told) or is_there:
            return False
        if until is None:
            until = time.monotonic() + longest_seconds
        left = until - time.monotonic()
        if left < delay:
            raise pulumi.RunError(
                f"{name}: its identity may not use the key, {longest_seconds / 60:.0f} minutes "
                "after it was allowed to. Roles have to count in the vault "
                "(`enableRbacAuthorization`), and its firewall has to let Microsoft's trusted "
                f"services through. Then run `up` again. Azure said: {told}"
            )
        pulumi.log.info(
            f"{name}: waiting for the right over its key to hold, {left:.0f} s left",
            ephemeral=True,
        )
        await pause(delay)
        delay = min(delay * _GROWTH, _LONGEST_PAUSE_SECONDS)
        return True

    return again
