"""What limits say of inputs, for tests."""

import functools
from typing import Any

from sandbox.limits import TypeLimits, problems
from sandbox.limits.aws.reader import Counts, limits_of
from sandbox.limits.check import tree
from sandbox.schema import Library

__all__ = ["found", "limits"]


@functools.cache
def limits(token: str) -> TypeLimits:
    found = limits_of(Library("aws"), token, Counts())
    assert found is not None, token
    return found


def found(token: str, inputs: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by path."""
    return {p.path: p.reason for p in problems(limits(token), tree(limits(token)), inputs)}
