"""What callers of the clouds' own serving share: the vendor's tokens, and how it is reached."""

from collections.abc import Callable
from typing import Final

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["INSIDE", "of_vendor"]

INSIDE: Final = "call it from within its network, or by an address that leads there (--via)"
"""How a target is reached whose host only its network knows."""


def of_vendor(group: str, login: str, get: Callable[[], str]) -> str:
    """A token, by the vendor's own client; whatever it raises has no common class."""
    try:
        return get()
    except ImportError:
        raise Failure(
            f"the client of this cloud is not installed\n  fix: uv sync --group {group}"
        ) from None
    except Exception as error:  # noqa: BLE001 - see above
        reason = str(error).strip().splitlines()
        told = reason[0] if reason else type(error).__name__
        raise Failure(f"no credentials: {told}\n  fix: {login}", Exit.AUTHENTICATION) from None
