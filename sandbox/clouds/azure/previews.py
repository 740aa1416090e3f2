"""What a preview tells of properties that are given and answered: more is answered than given.

Source: previewOutputs.go of pulumi-azure-native: what the service adds to an object is not known.
"""

from collections.abc import Mapping
from typing import Any, cast

from sandbox.schema import Library, Resource, Type
from sandbox.store import Row
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["previewed"]


def previewed(
    library: Library, declared: Resource, inputs: Mapping[str, Any], previous: Row | None
) -> dict[str, Any]:
    """The answered form of inputs; `previous` is what is updated."""
    found: dict[str, Any] = {}
    for name, value in inputs.items():
        if name not in declared.outputs or not isinstance(value, dict | list):
            continue
        before = previous.outputs.get(name) if previous is not None else None
        if previous is not None and before is not None and previous.inputs.get(name) == value:
            found[name] = before
        else:
            found[name] = _value(library, declared.outputs[name].type, value, before)
    return found


def _value(library: Library, type_: Type, value: Any, before: Any) -> Any:  # noqa: ANN401 - JSON
    nested = library.nested(type_.ref) if type_.kind == "ref" else None
    if type_.kind == "array" and isinstance(value, list):
        items, known = cast("list[Any]", value), listed(before)
        known = [*known, *[None] * (len(items) - len(known))]
        pairs = zip(items, known, strict=False)
        return [_value(library, type_.of[0], item, was) for item, was in pairs]
    if type_.kind == "map" and isinstance(value, dict):
        document, known = cast("dict[str, Any]", value), mapped(before)
        return {k: _value(library, type_.of[0], v, known.get(k)) for k, v in document.items()}
    if nested is not None and nested.properties is not None and isinstance(value, dict):
        document, known = cast("dict[str, Any]", value), mapped(before)
        return {
            name: _value(library, property_.type, document[name], known.get(name))
            if name in document
            else known.get(name, UNKNOWN)
            for name, property_ in nested.properties.items()
        }
    # Identities are given as a list of ids, and answered as a map by them.
    if type_.kind in {"array", "map"} and isinstance(value, dict | list):
        return UNKNOWN if before is None else before
    return value
