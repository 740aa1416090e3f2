"""Whether a JSON document, that a property carries whole, is what one of Google's APIs takes.

The model is the API's discovery document; spelling is that of protobuf's JSON: names in camel case
or as in the API's own definition, whole numbers also as texts.
https://protobuf.dev/programming-guides/json/
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from sandbox.check import nearest
from sandbox.limits.gcp.discovery import DURATION, Models
from sandbox.values import listed, mapped

__all__ = ["misfits"]

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
}
_MOST_NAMED: Final = 6


@cache
def _schemas(api: str) -> Mapping[str, Any]:
    return Models().document(api).get("schemas", {})


def misfits(api: str, schema: str, value: Any, at: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """What is wrong, each with its place.

    Args:
        api: document of the client, as `monitoring.v1`.
        schema: name of the schema in it.
        value: what was read from JSON.
        at: where it is.
    """
    yield from _object(api, _schemas(api).get(schema, {}), value, at)


def _object(api: str, schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    parts = mapped(value)
    if not isinstance(value, dict):
        yield f"{at or 'it'} is to be an object"
        return
    known: Mapping[str, Any] = schema.get("properties", {})
    for key, part in parts.items():
        place, name = f"{at}.{key}" if at else str(key), _camel(str(key))
        if name in known:
            yield from _value(api, known[name], part, place)
        else:
            meant = nearest(name, list(known))
            hint = f"; did you mean {meant}?" if meant else f"; there is {_some(list(known))}"
            yield f"{place} is unknown{hint}"


def _value(api: str, schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    if value is None:
        return
    if "$ref" in schema:
        yield from misfits(api, schema["$ref"], value, at)
        return
    kind, items, parts = schema.get("type", ""), listed(value), mapped(value)
    if kind == "array":
        if not isinstance(value, list):
            yield f"{at} is to be a list"
            return
        for number, item in enumerate(items):
            yield from _value(api, schema["items"], item, f"{at}[{number}]")
    elif kind == "object":
        if not isinstance(value, dict):
            yield f"{at} is to be an object"
            return
        further = mapped(schema.get("additionalProperties"))
        for key, part in parts.items() if further else ():
            yield from _value(api, further, part, f"{at}.{key}")
    elif kind in _KINDS:
        yield from _scalar(schema, kind, value, at)


def _scalar(schema: Mapping[str, Any], kind: str, value: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    # int64 is a text in the model, and either in JSON.
    if "int" in schema.get("format", "") and re.fullmatch(r"-?\d+", str(value)):
        return
    if kind == "number" and value in {"NaN", "Infinity", "-Infinity"}:
        return
    if not isinstance(value, _KINDS[kind]) or (kind != "boolean" and isinstance(value, bool)):
        yield f"{at} is to be a {kind}, and is {value!r}"
        return
    text = str(value)
    if "enum" in schema and text not in schema["enum"]:
        meant = nearest(text, schema["enum"])
        hint = f"did you mean {meant}?" if meant else f"there is {_some(schema['enum'])}"
        yield f'{at} is "{text}"; {hint}'
    elif schema.get("format") == "google-duration" and not re.fullmatch(DURATION, text):
        yield f'{at} is "{text}"; use seconds, written as 300s'


def _camel(key: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), key)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + ("" if len(names) <= _MOST_NAMED else ", …")
