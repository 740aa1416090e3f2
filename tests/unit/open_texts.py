"""The texts in settings that may be anything, found in the JSON Schema: none is forgotten."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

__all__ = ["OF_MODELS", "OpenText", "of_environments", "of_models"]

ROOT = Path(__file__).resolve().parents[2]
# Where any text may stand below a key: an item of a list, a value of a mapping.
ITEM, VALUE = "[]", "{}"
# What says by itself which texts there may be.
_BOUND = ("pattern", "enum", "const")

# Where an environment says what a model's file may say as well.
OF_MODELS = ("defaults", "models")

OpenText = tuple[str, ...]
"""Path of a setting; an item of a list is `[]`, a value of a mapping `{}`."""


def of_models() -> dict[str, list[OpenText]]:
    """By target."""
    schema = _schema("model")
    targets: Mapping[str, str] = schema["discriminator"]["mapping"]
    return {
        target: sorted(set(_texts(schema["$defs"], {"$ref": reference}, (), ())))
        for target, reference in targets.items()
    }


def of_environments() -> list[OpenText]:
    """Of `Pulumi.<env>.yaml`, without `model-serving:`; what models have too is in `of_models`."""
    schema = _schema("environment")
    keys: Mapping[str, Mapping[str, Any]] = schema["properties"]["config"]["properties"]
    return sorted(
        {
            text
            for key, part in keys.items()
            if (name := key.removeprefix("model-serving:")) not in OF_MODELS
            for text in _texts(schema["$defs"], part, (name,), ())
        }
    )


@cache
def _schema(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text())


def _texts(
    definitions: Mapping[str, Any], part: Mapping[str, Any], path: OpenText, within: tuple[str, ...]
) -> Iterator[OpenText]:
    if "$ref" in part:
        name = str(part["$ref"]).rpartition("/")[2]
        if name not in within:
            yield from _texts(definitions, definitions[name], path, (*within, name))
        return
    for key in ("anyOf", "oneOf", "allOf"):
        for each in part.get(key, ()):
            yield from _texts(definitions, each, path, within)
    if _is_open(part):
        yield path
    for key, each in part.get("properties", {}).items():
        yield from _texts(definitions, each, (*path, key), within)
    if isinstance(part.get("items"), dict):
        yield from _texts(definitions, part["items"], (*path, ITEM), within)
    below = [part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
    for each in below:
        if isinstance(each, dict):
            yield from _texts(definitions, cast("dict[str, Any]", each), (*path, VALUE), within)


def _is_open(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "string" and not any(key in part for key in _BOUND)
