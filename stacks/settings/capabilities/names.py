"""A rule over versions that are parts of names, whatever the target."""

from collections.abc import Iterator

from facts.strategies import slug
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.common import Common
from stacks.settings.problems import Problem

__all__ = ["one_name_for_two"]


def one_name_for_two(asked: Asked, model: Common | None) -> Iterator[Problem]:
    """A candidate whose version differs from the stable one's in nothing that names keep."""
    if model is None or model.candidate is None or model.candidate.version == model.model.version:
        return
    if slug(model.candidate.version) == slug(model.model.version):
        path = ("candidate", "version")
        yield refuse("kubernetes/one-name-for-two", path, model.candidate.version, asked)
