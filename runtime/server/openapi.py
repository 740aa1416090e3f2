"""The server's OpenAPI document: complete, and as narrow as the model's own signature.

The routes take no parameters that FastAPI could describe (routes.py), so that what it writes down
is given to it here. Before a model is loaded the document has what holds for any.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from runtime.requests import CONTENT_TYPE
from runtime.server.model_schemas import model_schemas
from runtime.server.open_inference import BINARY_CONTENT_TYPE, HEADER_LENGTH
from runtime.server.serving import Serving

__all__ = ["describe", "operation"]

_REASONS: Final = {
    400: "The body is not what the model takes; the reason says where.",
    404: "There is no such model, or no such version of it.",
    408: "The body did not come in time.",
    413: "The body is larger than the server takes.",
    415: "The body is compressed.",
    500: "A fault of the server; the log has a line with this request's id.",
    503: "The model is not loaded yet, the server is shutting down, or too busy.",
    504: "The prediction took longer than it may.",
}
_PREDICTING: Final = (400, 408, 413, 415, 500, 503, 504)
# Summary, tag, schema of the answer, and the statuses of errors, by operation.
_OPERATIONS: Final[Mapping[str, tuple[str, str, str, Sequence[int]]]] = {
    "live": ("The process runs.", "health", "Health", ()),
    "ready": ("Requests should be sent here.", "health", "Health", ()),
    "startup": ("The model is loaded.", "health", "Health", ()),
    "metrics": ("Metrics for Prometheus.", "health", "", ()),
    "predict": ("Predict rows.", "predict", "Predictions", _PREDICTING),
    "v1_models": ("Names of the models.", "v1", "Models", ()),
    "v1_model": ("Whether a model is ready.", "v1", "ModelReady", (404,)),
    "v1_predict": ("Predict rows.", "v1", "Predictions", (404, *_PREDICTING)),
    "v2_server": ("What the server is.", "v2", "Server", ()),
    "v2_live": ("The process runs.", "v2", "Live", ()),
    "v2_ready": ("All models are ready.", "v2", "Ready", ()),
    "v2_model": ("Inputs and outputs of a model.", "v2", "Model", (404, 503)),
    "v2_model_ready": ("Whether a model is ready.", "v2", "ModelReady", (404,)),
    "v2_infer": ("Predict tensors.", "v2", "InferenceResponse", (404, *_PREDICTING)),
}
# Those that answer 503 with the same document that they answer 200 with.
_PROBES: Final = frozenset({"ready", "startup", "v1_model", "v2_ready", "v2_model_ready"})
_TAGS: Final = (
    ("predict", "As the functions of the three clouds answer."),
    ("v1", "KServe's first protocol."),
    ("v2", "The open inference protocol."),
    ("health", "Probes and metrics."),
)


def operation(name: str, path: str) -> dict[str, Any]:
    """What FastAPI is told of one route, as arguments of `add_api_route`."""
    summary, tag, answer, errors = _OPERATIONS[name]
    # No schema is given: FastAPI would write one of its own.
    responses: dict[int | str, dict[str, Any]] = {200: _success(name, answer)}
    for status in errors:
        responses[status] = {"description": _REASONS[status], **_json("Error")}
    if name in _PROBES:
        responses[503] = {"description": "Not yet, or not any more.", **_json(answer)}
    if 503 in responses:  # noqa: PLR2004 - HTTP's
        schema = {"type": "integer", "minimum": 0}
        header = {"description": "Seconds after which to ask again.", "schema": schema}
        responses[503]["headers"] = {"Retry-After": header}
    extra: dict[str, Any] = {}
    if parameters := _parameters(name, path):
        extra["parameters"] = parameters
    if name == "v2_infer":
        body: dict[str, Any] = _json("InferenceRequest")
        body["content"][BINARY_CONTENT_TYPE] = {"schema": {"type": "string", "format": "binary"}}
        extra["requestBody"] = {"required": True, **body}
    elif name in {"predict", "v1_predict"}:
        extra["requestBody"] = {"required": True, **_json("PredictRequest")}
    suffix = "_version" if "{version}" in path else ""
    return {
        "operation_id": name + suffix,
        "summary": summary,
        "tags": [tag],
        "responses": responses,
        "openapi_extra": extra,
        "response_model": None,
    }


def describe(app: FastAPI, serving: Serving) -> None:
    """Let the application's document be this one."""
    known: dict[int, dict[str, Any]] = {}

    def document() -> dict[str, Any]:
        model = serving.life.loaded
        key = id(model)
        if key not in known:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=[{"name": name, "description": what} for name, what in _TAGS],
            )
            schemas = model_schemas(
                model, serving.settings.core.max_rows, entities=serving.features is not None
            )
            made["components"] = {"schemas": schemas}
            known.clear()
            known[key] = made
        return known[key]

    app.openapi = document


def _success(name: str, answer: str) -> dict[str, Any]:
    if name == "metrics":
        text: dict[str, Any] = {"schema": {"type": "string"}}
        types = ("text/plain", "application/openmetrics-text")
        return {"description": "Prometheus's text format.", "content": dict.fromkeys(types, text)}
    found: dict[str, Any] = {"description": "As asked.", **_json(answer)}
    if name == "v2_infer":
        found["content"][BINARY_CONTENT_TYPE] = {"schema": {"type": "string", "format": "binary"}}
        schema = {"type": "integer", "minimum": 1}
        what = "Where the JSON ends and bytes begin; only beside bytes."
        found["headers"] = {HEADER_LENGTH.title(): {"description": what, "schema": schema}}
    return found


def _parameters(name: str, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": each,
            "in": "path",
            "required": True,
            "description": f"The model's {each}.",
            "schema": {"type": "string", "minLength": 1},
        }
        for each in ("name", "version")
        if f"{{{each}}}" in path
    ]
    if name == "v2_infer":
        found.append(
            {
                "name": HEADER_LENGTH.title(),
                "in": "header",
                "required": False,
                "description": "Bytes of the JSON; the tensors' bytes follow it.",
                "schema": {"type": "integer", "minimum": 1},
            }
        )
    return found


def _json(schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"content": {CONTENT_TYPE: {"schema": reference}}}
