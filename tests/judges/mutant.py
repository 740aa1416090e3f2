"""A mutant, and whether the sandbox catches it."""

import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.check import Problem
from tests.judges.corpora.model import Resource
from tests.judges.walk import plain
from tests.unit.sandbox_life import Stack

__all__ = ["BrokenCheckError", "Mutant", "caught", "near", "problems"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """An example's resource with one mistake.

    Attributes:
        kind: of mistake.
        resource: as its author wrote it.
        path: of the property, without positions.
        at: the path where the mistake is, where it is another, as that of a misspelt name.
        inputs: with the mistake.
        mistake: what is wrong, for a reader.
    """

    kind: str
    resource: Resource
    path: str
    at: str
    inputs: Mapping[str, Any]
    mistake: str


class BrokenCheckError(Exception):
    """The Check of the sandbox fails; the message says how and where."""


def problems(stack: Stack, resource: Resource, inputs: Mapping[str, Any]) -> list[Problem]:
    """What the provider's Check says of inputs.

    Raises:
        BrokenCheckError: It ends with an exception.
    """
    try:
        return stack.problems(resource.token, inputs, resource.name)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, {place.name}"
        raise BrokenCheckError(f"{type(error).__name__} in {where}: {error}") from error


def caught(stack: Stack, mutant: Mutant, before: Collection[Problem]) -> bool:
    """Whether the Check says something new of where the mistake is, of what is in or around it.

    Raises:
        BrokenCheckError: It ends with an exception.
    """
    return any(
        near(plain(problem.path), mutant.at) or near(plain(problem.path), mutant.path)
        for problem in problems(stack, mutant.resource, mutant.inputs)
        if problem not in before
    )


def near(found: str, path: str) -> bool:
    """Whether a problem's path is that of a property, inside it, or that of its object."""
    return found == path or found.startswith(f"{path}.") or found == path.rpartition(".")[0]
