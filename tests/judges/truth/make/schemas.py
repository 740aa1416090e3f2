"""What CloudFormation's schemas allow of properties, where type and path are the same as Pulumi's.

Enumerations are left out: those that cfn-lint ships have words that it takes from botocore, which
the sandbox reads too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.schema import Library, Property
from tests.judges.truth.make.cloudformation import name_of, schemas_of
from tests.judges.truth.make.shapes import objects

__all__ = ["facts"]

_KEYS = {
    "string": {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"},
    "integer": {"minimum": "min", "maximum": "max"},
    "number": {"minimum": "min", "maximum": "max"},
    "array": {"minItems": "min_items", "maxItems": "max_items"},
}
_KINDS = {
    "string": {"string"},
    "integer": {"integer", "number"},
    "number": {"integer", "number"},
    "array": {"array"},
}
_DEEPEST = 6


def facts(library: Library) -> dict[str, dict[str, Any]]:
    """The facts of every type that CloudFormation has under the same name."""
    found: dict[str, dict[str, Any]] = {}
    for token, (name, schema) in schemas_of(library).items():
        inputs = library.resource(token).inputs
        noun = token.rpartition(":")[2]
        read_only = {path.split("/")[2] for path in schema.get("readOnlyProperties", ())}
        properties = {
            key: value for key, value in schema["properties"].items() if key not in read_only
        }
        told = dict(_told(library, schema, properties, inputs, noun, "", 0))
        if told:
            paths = {path: {**fact, "source": name} for path, fact in told.items()}
            found[token] = {"paths": dict(sorted(paths.items()))}
    return found


def _told(  # noqa: PLR0917 - a walk over two declarations
    library: Library,
    schema: Mapping[str, Any],
    properties: Mapping[str, Any],
    declared: Mapping[str, Property],
    noun: str,
    prefix: str,
    depth: int,
) -> Iterator[tuple[str, dict[str, Any]]]:
    for step, value in properties.items():
        name = name_of(declared, step, noun)
        if name is None or name in {"tags", "policy"} or depth > _DEEPEST:
            continue
        shape, type_ = _resolved(schema, value), declared[name].type
        kind = shape.get("type")
        path = f"{prefix}{name}"
        fact = _fact(shape, type_.kind)
        if kind == "array" and type_.kind == "array":
            item = _resolved(schema, shape.get("items", {}))
            fact |= _fact(item, type_.of[0].kind)
            shape = item
        if fact:
            yield path, fact
        inner = objects(library, type_)
        if shape.get("properties") and inner is not None and type_.kind != "map":
            yield from _told(library, schema, shape["properties"], inner, "", f"{path}.", depth + 1)


def _fact(shape: Mapping[str, Any], kind: str) -> dict[str, Any]:
    stated = shape.get("type")
    if not isinstance(stated, str) or kind not in _KINDS.get(stated, ()):
        return {}
    return {ours: shape[key] for key, ours in _KEYS[stated].items() if shape.get(key) is not None}


def _resolved(schema: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A shape, or the definition that it names."""
    for _ in range(_DEEPEST):
        name = str(value.get("$ref", "")).rpartition("/")[2]
        if not name:
            return value
        value = schema.get("definitions", {}).get(name, {})
    return value
