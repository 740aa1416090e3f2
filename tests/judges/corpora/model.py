"""What a corpus holds: examples, each of one or more resources."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Corpus", "Example", "Resource"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of an example; inputs are in wire spelling, some of them `UNKNOWN`."""

    token: str
    name: str
    inputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody else wrote, and where: `lambda_/function#3`, or a file of a module.

    `needs` names what it takes from elsewhere; one without such names is a whole program.
    """

    name: str
    resources: tuple[Resource, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples for one provider.

    Attributes:
        source: The package or modules, with versions.
        left_out: Examples that could not be run, with the reason.
    """

    source: str
    examples: tuple[Example, ...]
    left_out: dict[str, str]
