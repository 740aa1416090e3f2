"""Schemas made small: what checks nothing is dropped, and what is the same is kept once.

A pod's template is in thirty kinds, and forty times in InferenceService alone.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

__all__ = ["Pool", "unpacked"]

# Keywords of structural schemas that the checks read.
_KEPT = (
    *("type", "properties", "items", "additionalProperties", "required", "enum", "pattern"),
    *("format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    *("uniqueItems", "nullable", "default", "oneOf", "anyOf", "allOf", "not"),
    *("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
    *("x-kubernetes-embedded-resource", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    *("x-kubernetes-map-type", "x-kubernetes-validations"),
)
_RULE = (*("rule", "message", "messageExpression", "fieldPath", "reason", "optionalOldSelf"),)
_REF = "$ref"
_REFERENCE = re.compile(r'\{"\$ref":(\d+)\}')


class Pool:
    """Schemas by number; a schema inside another one is `{"$ref": number}`."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def add(self, schema: Mapping[str, Any]) -> int:
        """The number of a schema, which is added where it is new."""
        text = json.dumps(self._packed(schema), separators=(",", ":"), sort_keys=True)
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self._texts)
            self._texts.append(text)
        return number

    def parts(self, number: int) -> list[int]:
        """The numbers of all schemas that a schema is made of, its own too."""
        found: set[int] = set()
        waiting = [number]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting.extend(int(part) for part in _REFERENCE.findall(self._texts[each]))
        return sorted(found)

    def texts(self) -> list[str]:
        """The JSON of each schema, by number; one refers to lower numbers only."""
        return self._texts

    def _packed(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in _KEPT:
            if key not in schema:
                continue
            value: Any = schema[key]
            match key:
                case "properties":
                    found[key] = {name: self._ref(part) for name, part in value.items()}
                case "items" | "additionalProperties" | "not":
                    found[key] = self._ref(value) if isinstance(value, dict) else value
                case "oneOf" | "anyOf" | "allOf":
                    found[key] = [self._ref(part) for part in value]
                case "x-kubernetes-validations":
                    found[key] = [{n: rule[n] for n in _RULE if n in rule} for rule in value]
                case _:
                    found[key] = value
        return found

    def _ref(self, schema: Any) -> dict[str, int]:  # noqa: ANN401 - a schema
        return {_REF: self.add(cast("Mapping[str, Any]", schema))}


def unpacked(texts: Mapping[int, str], found: dict[int, dict[str, Any]]) -> None:
    """Put schemas into `found`, their parts in place; equal parts are one object."""

    def resolved(value: dict[str, Any]) -> dict[str, Any]:
        return found[value[_REF]]

    for number in sorted(texts):
        schema: dict[str, Any] = json.loads(texts[number])
        for key in ("items", "additionalProperties", "not"):
            if isinstance(schema.get(key), dict):
                schema[key] = resolved(schema[key])
        if "properties" in schema:
            schema["properties"] = {n: resolved(p) for n, p in schema["properties"].items()}
        for key in ("oneOf", "anyOf", "allOf"):
            if key in schema:
                schema[key] = [resolved(part) for part in schema[key]]
        found[number] = schema
