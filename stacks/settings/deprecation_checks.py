"""Rules over the end of a model."""

from collections.abc import Collection, Iterator
from typing import Final

from stacks.settings.deprecation import Deprecation
from stacks.settings.fields import NotKnown
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.validate import PlaceOf

__all__ = ["deprecation_problems"]

_PATH: Final = ("deprecation", "replacement")


def deprecation_problems(
    name: str, asked: Deprecation | None, where: PlaceOf, names: Collection[str]
) -> Iterator[Problem]:
    """A replacement has a file, and is another model."""
    try:
        replacement = asked.replacement if asked else None
    except NotKnown:
        return
    if replacement is None or (replacement in names and replacement != name):
        return
    what = "the model itself" if replacement == name else "no model"
    close = nearest(replacement, [each for each in names if each != name])
    yield Problem(
        where(_PATH),
        "MS0261",
        ".".join(_PATH),
        f"got {shown(replacement)}, which is {what}",
        allowed="the name of another model's file",
        nearest=close or "",
        fix="name the model that callers use instead, or leave it out",
    )
