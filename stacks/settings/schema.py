"""JSON Schemas for editors, generated from the typed settings."""

from typing import Any, Final

from pydantic import TypeAdapter

from stacks.settings.environment import NAMESPACE, Environment
from stacks.settings.models import AnyModel
from stacks.settings.partial import any_target

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"


def model_schema() -> dict[str, Any]:
    """Schema of `stacks/models/<name>.yaml`."""
    made = TypeAdapter(AnyModel).json_schema()
    return _tidy(
        {
            "$schema": _DIALECT,
            "title": "Model",
            "description": "One deployed model: a file in stacks/models/, named like the model.",
            **made,
        }
    )


def environment_schema() -> dict[str, Any]:
    """Schema of `Pulumi.<env>.yaml`: our keys, and Pulumi's own left open."""
    site = Environment.model_json_schema()
    partial = any_target().model_json_schema()
    definitions = {**site.pop("$defs", {}), **partial.pop("$defs", {})}
    partial["properties"]["target"] = {"enum": ["kserve", "sagemaker", "lambda"]}
    definitions["PartialModel"] = {
        **partial,
        "title": "PartialModel",
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
            "title": "Environment",
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


def _tidy(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Without what only clutters an editor's hints: generated titles, our own hints."""
    if isinstance(value, dict):
        return {
            key: _tidy(inner)
            for key, inner in value.items()  # pyright: ignore[reportUnknownVariableType]
            if key != "allowed"
            and not (key == "title" and isinstance(inner, str) and "type" in value)
        }
    if isinstance(value, list):
        return [_tidy(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
