"""When what is encrypted by a key is asked for again: as long as the right over it may not hold."""

import asyncio
from collections.abc import Awaitable

import pulumi
import pytest

from components.azure.key_right import key_right

_REFUSED = (
    'Status=400 Code="KeyVaultAuthenticationFailure" Message="The operation failed because of '
    'authentication issue on the keyvault."'
)


def _failed(operation: str, *errors: str) -> pulumi.ErrorHookArgs:
    return pulumi.ErrorHookArgs(
        "urn", "", "storage", "type", failed_operation=operation, errors=list(errors)
    )


@pytest.mark.parametrize(
    ("operation", "errors", "again"),
    [
        ("create", [_REFUSED], True),
        ("update", [_REFUSED], True),
        ("create", ["The operation failed because of authentication issue on the keyvault."], True),
        # The newest counts.
        ("create", ["Code=Conflict", _REFUSED], False),
        ("create", [_REFUSED, "Code=Conflict"], True),
        ("create", ['Code="KeyVaultPolicyError"'], False),
        # What is there is not made again: the state has it. It is written again.
        ("create", [f"1 error occurred:\n\t* {_REFUSED}\n\n"], False),
        ("update", [f"1 error occurred:\n\t* {_REFUSED}\n\n"], True),
    ],
)
def test_what_is_asked_again(operation: str, errors: list[str], *, again: bool) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    asked = key_right("storage", pause=pause)(_failed(operation, *errors))
    assert asyncio.run(_awaited(asked)) is again
    assert bool(paused) is again


def test_it_is_asked_ever_more_slowly_and_fewer_times_than_the_engine_allows() -> None:
    """The engine gives up after a hundred."""
    paused: list[float] = []
    now = 0.0

    async def pause(seconds: float) -> None:
        nonlocal now
        paused.append(seconds)
        now += seconds

    async def ask() -> None:
        hook = key_right("storage", pause=pause)
        while now < 900:
            assert await hook(_failed("create", _REFUSED))

    asyncio.run(ask())
    assert paused == sorted(paused)
    assert (paused[0], paused[-1]) == (0.5, 20)
    assert len(paused) < 100


def test_when_the_time_is_over_it_says_what_to_look_at() -> None:
    asked = key_right("storage", longest_seconds=0.1)(_failed("create", _REFUSED))
    with pytest.raises(pulumi.RunError, match=r"enableRbacAuthorization.*run `up` again") as caught:
        asyncio.run(_awaited(asked))
    assert _REFUSED in str(caught.value)


async def _awaited(asked: Awaitable[bool]) -> bool:
    return await asked
