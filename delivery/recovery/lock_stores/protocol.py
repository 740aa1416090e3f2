"""What locks are read from and removed from, and how a store that cannot be asked is told."""

from collections.abc import Mapping
from typing import Protocol

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["Locks", "NotInstalledError", "not_asked"]


class NotInstalledError(Failure):
    """The client of a store is not there, so that nobody here can look."""

    def __init__(self, place: str, group: str) -> None:
        super().__init__(
            f"the locks in {place} are not looked at: the client of this store is not installed\n"
            f"  fix: uv sync --group {group}",
            Exit.ERROR,
        )


class Locks(Protocol):
    """The lock files of one stack."""

    def read(self) -> Mapping[str, bytes]:
        """Their contents by name.

        Raises:
            Failure: the store cannot be asked.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove this one, and no other.

        Raises:
            Failure: the store refuses.
        """
        ...


def not_asked(place: str, error: object, fix: str) -> Failure:
    """A store that refuses, or does not answer; the vendor's first line says why."""
    lines = str(error).strip().splitlines()
    why = lines[0] if lines else type(error).__name__
    return Failure(f"the locks in {place} cannot be looked at: {why}\n  fix: {fix}", Exit.ERROR)
