"""What every registry answers, and how one that does not is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from facts.model_references import Reference
from provider.clients import Clients
from provider.errors import RefusedError

__all__ = ["Asked", "Found", "Registry", "UnresolvedError"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One reference, and what its target makes of the files.

    `pickles`: the target's server loads nothing else, as of scikit-learn.
    """

    reference: Reference
    pickles: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a reference stands for: the URI that names it for good, and its version.

    `digest` is the SHA-256 of the artifact, as `sha256:…`, where the registry knows it; `details`
    are what else the registry tells, for people.
    """

    uri: str
    version: str
    digest: str = ""
    details: Mapping[str, str] = field(default_factory=dict[str, str])


class UnresolvedError(RefusedError):
    """No answer that could be deployed."""


class Registry(Protocol):
    """A module of this package."""

    async def resolve(self, clients: Clients, asked: Asked) -> Found:
        """Ask once.

        Raises `UnresolvedError`.
        """
        ...
