"""JSON Schemas for editors, generated from the typed settings."""

from typing import Any, Final, cast

from pydantic import TypeAdapter

from stacks.settings.descriptions import described
from stacks.settings.environment import NAMESPACE, Environment
from stacks.settings.models import MODEL_CLASSES, AnyModel
from stacks.settings.partial import any_target

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"


def model_schema() -> dict[str, Any]:
    """Schema of `stacks/models/<name>.yaml`."""
    made = described(TypeAdapter(AnyModel).json_schema())
    return _tidy(
        {
            "$schema": _DIALECT,
            "description": "One deployed model: a file in stacks/models/, named like the model.",
            **made,
        }
    )


def environment_schema() -> dict[str, Any]:
    """Schema of `Pulumi.<env>.yaml`: our keys, and Pulumi's own left open."""
    site = described(Environment.model_json_schema())
    partial = described(any_target().model_json_schema())
    definitions = {**site.pop("$defs", {}), **partial.pop("$defs", {})}
    partial["properties"]["target"] = {"enum": list(MODEL_CLASSES)}
    definitions["PartialModel"] = {
        **partial,
        "description": "Any key of a model file; null takes the file's value away.",
    }
    ours: dict[str, Any] = {
        f"{NAMESPACE}:{key}": value for key, value in site["properties"].items()
    }
    ours[f"{NAMESPACE}:defaults"] = {
        "description": "Settings of every model whose file does not say otherwise.",
        "$ref": "#/$defs/PartialModel",
    }
    ours[f"{NAMESPACE}:models"] = {
        "description": "Settings per model; they win over the model's file.",
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/PartialModel"},
    }
    return _tidy(
        {
            "$schema": _DIALECT,
            "description": "One environment: a Pulumi stack and its settings.",
            "type": "object",
            "properties": {
                "config": {
                    "type": "object",
                    "properties": ours,
                    # Keys of other namespaces are Pulumi's and the providers' own.
                    "propertyNames": {
                        "anyOf": [{"enum": sorted(ours)}, {"pattern": f"^(?!{NAMESPACE}:).+:.+"}]
                    },
                },
                "environment": {},
                "secretsprovider": {"type": "string"},
                "encryptedkey": {"type": "string"},
                "encryptionsalt": {"type": "string"},
            },
            "additionalProperties": False,
            "$defs": definitions,
        }
    )


# What pydantic calls them when a number may also be null.
_RANGES: Final = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}
_MARKS: Final = ("type", "anyOf", "$ref", "enum")


def _tidy(value: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Without what only clutters an editor's hints: generated titles, our own hints.

    `names` says that the keys are names of settings, and stay.
    """
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        return {
            key if names else _RANGES.get(key, key): _tidy(
                inner, names=not names and key in {"properties", "$defs"}
            )
            for key, inner in known.items()
            if names
            or not (key == "allowed" or (key == "title" and any(m in known for m in _MARKS)))
        }
    if isinstance(value, list):
        return [_tidy(inner) for inner in cast("list[Any]", value)]
    return value
