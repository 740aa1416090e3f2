"""The limits of AWS's types, from the API models in botocore."""

from sandbox.limits.aws.reader import Counts, limits_of
from sandbox.limits.model import TypeLimits
from sandbox.schema import Library

__all__ = ["read", "survey"]


def read(library: Library) -> dict[str, TypeLimits]:
    """The limits of every type whose calls are known."""
    return survey(library, Counts())


def survey(library: Library, counts: Counts) -> dict[str, TypeLimits]:
    """The same, with figures."""
    found: dict[str, TypeLimits] = {}
    for token in library.tokens():
        if token.startswith("aws:") and (limits := limits_of(library, token, counts)) is not None:
            found[token] = limits
    for token, limits in list(found.items()):
        for older in library.resource(token).aliases:
            if older in library.tokens() and _same(library, token, older):
                found.setdefault(older, limits)
    return found


def _same(library: Library, token: str, older: str) -> bool:
    """Whether two names of a type have the same properties."""
    return library.resource(token).inputs.keys() == library.resource(older).inputs.keys()
