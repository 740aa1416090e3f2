"""What a provider says of a question that it did not answer."""

from collections.abc import Generator
from contextlib import contextmanager

import pulumi

__all__ = ["as_fix", "asking_serving", "reason"]


def reason(error: Exception) -> str:
    """The provider's own words: the SDK puts a sentence of its own before them."""
    return str(error).rpartition("returned an error: ")[2]


def as_fix(way_out: str) -> str:
    """The way out that an answer names, as a problem's fix is written."""
    return f"{way_out[:1].lower()}{way_out[1:]}"


@contextmanager
def asking_serving(title: str) -> Generator[None]:
    """Where the provider `serving` itself cannot be asked: told under a title, with the way out."""
    try:
        yield
    # The SDK raises nothing narrower for an invoke that failed.
    except Exception as error:  # noqa: BLE001
        raise pulumi.RunError(
            f"{title}: {reason(error) or error}\n"
            "  fix: see that the provider `serving` starts (provider/README.md)"
        ) from None
