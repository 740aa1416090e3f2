"""Declared objects behind a type."""

from collections.abc import Mapping

from sandbox.schema import Library, Property, Type

__all__ = ["objects"]


def objects(library: Library, declared: Type) -> Mapping[str, Property] | None:
    """The properties of an object, or of each item of a list or map; None of a plain value."""
    if declared.kind == "ref":
        nested = library.nested(declared.ref)
        return nested.properties if nested is not None else None
    for part in declared.of:
        found = objects(library, part)
        if found is not None:
            return found
    return None
