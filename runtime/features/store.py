"""What a store of online features is: what each of them answers, and how it fails."""

from collections.abc import Mapping, Sequence
from typing import Protocol

__all__ = ["Entity", "Store"]

Entity = Mapping[str, int | str]


class Store(Protocol):
    """Where values are. May be asked from several threads."""

    def read(self, entities: Sequence[Entity]) -> list[list[object]]:
        """For each entity the features in the order of the settings; None where there is none.

        A value is a JSON value, or the bytes that were written.

        Raises:
            RefusedError: 503, the store does not answer in time or not now.
            StoreFault: It refuses what the settings ask for.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
