"""JSON Schemas of requests and answers, from a model's signature where there is one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from runtime.inference import Model
from runtime.server.open_inference import DATATYPES
from runtime.tensors import TensorSpec

__all__ = ["model_schemas"]

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_YES_OR_NO: Final[Schema] = {"type": "boolean"}
_TENSOR_DATA: Final[Schema] = {
    "type": "array",
    "description": "Row major, flat or nested.",
    "items": {
        "anyOf": [
            {"type": "number"},
            {"type": "string"},
            {"type": "boolean"},
            {"$ref": "#/components/schemas/TensorData"},
        ]
    },
}


def model_schemas(model: Model | None, max_rows: int, *, entities: bool) -> Schema:
    """By name. Without a model, what holds for any; `entities`: it has online features."""
    inputs = model.inputs if model else ()
    outputs = model.output_specs if model else ()
    return {
        "Error": _object({"error": _TEXT}, {"request_id": _TEXT}),
        "Health": _object({"status": _TEXT}),
        "Live": _object({"live": _YES_OR_NO}),
        "Ready": _object({"ready": _YES_OR_NO}),
        "ModelReady": _object({"name": _TEXT, "ready": _YES_OR_NO}),
        "Models": _object({"models": _list(_TEXT)}),
        "Server": _object({"name": _TEXT, "version": _TEXT, "extensions": _list(_TEXT)}),
        "Model": _object(
            {
                "name": _TEXT,
                "platform": _TEXT,
                "inputs": _list(_reference("TensorMetadata")),
                "outputs": _list(_reference("TensorMetadata")),
            },
            {"versions": _list(_TEXT)},
        ),
        "TensorMetadata": _object(
            {
                "name": _TEXT,
                "datatype": {"type": "string", "enum": sorted(DATATYPES.values())},
                "shape": _list({"type": "integer", "minimum": -1}),
            }
        ),
        "PredictRequest": {"anyOf": _predict_requests(inputs, max_rows, entities=entities)},
        "Predictions": _object(
            {
                "model_name": _TEXT,
                "model_version": _TEXT,
                "predictions": _list(_object({spec.name: {} for spec in outputs})),
            }
        ),
        "Parameters": {"type": "object", "additionalProperties": True},
        "TensorData": _TENSOR_DATA,
        **_inference(inputs, outputs),
    }


def _predict_requests(
    inputs: Sequence[TensorSpec], max_rows: int, *, entities: bool
) -> list[Schema]:
    """The kinds of bodies that `POST /predict` takes, each with one key."""
    columns: Schema = {"type": "object"}
    instances: Schema = _list({})
    if inputs:
        columns = _exactly({spec.name: _rows(spec, max_rows) for spec in inputs})
        instances = _rows(inputs[0], max_rows)
    found = [_exactly({"inputs": columns})]
    if len(inputs) <= 1:
        found.insert(0, _exactly({"instances": instances}))
    if entities:
        keys = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
        found.append(_exactly({"entities": {**_list(keys), "minItems": 1, "maxItems": max_rows}}))
    return found


def _rows(spec: TensorSpec, max_rows: int) -> Schema:
    if spec.scalar:
        return _value(spec.dtype)
    found = _value(spec.dtype)
    for size in reversed(spec.shape):
        found = {**_list(found), "minItems": size or 1, **({"maxItems": size} if size else {})}
    return {**_list(found), "minItems": spec.rows or 1, "maxItems": spec.rows or max_rows}


def _value(dtype: str) -> Schema:
    if dtype == "str":
        return _TEXT
    if dtype == "bool":
        return _YES_OR_NO
    if dtype.startswith("float"):
        floats = np.finfo(dtype)
        return {"type": "number", "minimum": float(floats.min), "maximum": float(floats.max)}
    integers = np.iinfo(dtype)
    return {"type": "integer", "minimum": int(integers.min), "maximum": int(integers.max)}


def _inference(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> Schema:
    parameters = _reference("Parameters")
    shape = _list({"type": "integer", "minimum": 0})
    more = {"parameters": parameters, "data": _reference("TensorData")}

    def tensor(specs: Sequence[TensorSpec]) -> Mapping[str, Schema]:
        types = {DATATYPES[spec.dtype] for spec in specs if spec.dtype in DATATYPES}
        name = {"type": "string", **({"enum": [spec.name for spec in specs]} if specs else {})}
        types = types or set(DATATYPES.values())
        datatype = {"type": "string", "enum": sorted(types)}
        return {"name": name, "shape": shape, "datatype": datatype}

    given, answered = tensor(inputs), tensor(outputs)
    count = {"minItems": len(inputs), "maxItems": len(inputs)} if inputs else {"minItems": 1}
    return {
        "InferenceInput": _object(given, more),
        "InferenceOutput": _object({"name": answered["name"]}, {"parameters": parameters}),
        "InferenceRequest": _object(
            {"inputs": {**_list(_reference("InferenceInput")), **count}},
            {
                "id": _TEXT,
                "parameters": parameters,
                "outputs": _list(_reference("InferenceOutput")),
            },
        ),
        "InferenceResponse": _object(
            {"model_name": _TEXT, "outputs": _list(_object(answered, more))},
            {"model_version": _TEXT, "id": _TEXT, "parameters": parameters},
        ),
    }


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    properties = {**required, **(optional or {})}
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
    }


def _exactly(properties: Mapping[str, Schema]) -> Schema:
    return {**_object(properties), "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
