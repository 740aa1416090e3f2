"""Where locks are read and removed, and how a store that cannot be asked is told."""

from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = [
    "Locks",
    "NotInstalledError",
    "NotLookedAtError",
    "folder_of",
    "is_true",
    "not_asked",
    "parameters",
]

# https://pkg.go.dev/strconv#ParseBool.
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})


class NotLookedAtError(Failure):
    """Nobody here can ask the store; the engine may be able to, with a login of its own."""


class NotInstalledError(NotLookedAtError):
    """The client of a store is not there."""

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
            NotLookedAtError: the store cannot be asked.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove this one, and no other.

        Raises:
            NotLookedAtError: the store refuses.
        """
        ...


def parameters(url: str) -> dict[str, str]:
    """A backend's parameters; of several of one name the first counts, as for Go."""
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


def is_true(text: str | None) -> bool:
    """Whether Go takes a parameter, or a variable, for true."""
    return text in _TRUE


def folder_of(url: str, path: str) -> str:
    """Where a path of the engine's is in the bucket: behind `?prefix=`, then the URL's own path.

    The prefix stands as it is written, without a slash that it does not have. Sources:
    applyPrefixParam of gocloud.dev/blob, newDIYBackend of backend/diy/backend.go of Pulumi 3.259.
    """
    below = unquote(urlsplit(url).path).lstrip("/")
    if below and not below.endswith("/"):
        below += "/"
    return f"{parameters(url).get('prefix', '')}{below}{path}"


def not_asked(place: str, error: object, fix: str) -> NotLookedAtError:
    """A store that refuses, or does not answer; the vendor's first line says why."""
    lines = str(error).strip().splitlines()
    why = lines[0] if lines else type(error).__name__
    told = f"the locks in {place} cannot be looked at: {why}\n  fix: {fix}"
    return NotLookedAtError(told, Exit.ERROR)
