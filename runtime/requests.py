"""From the bytes of a request to rows, from predictions to an answer; the same on every frame.

Request: `{"instances": [[5.1, 3.5, 1.4, 0.2], …]}`; for a model with several inputs
`{"inputs": {"<name>": [row, …], …}}`; with online features (runtime/features) also
`{"entities": [{"<key>": 7}, …]}`. Answer: `{"model_name", "model_version", "predictions"}`.
A refusal is one line, `{"error": "<reason>"}`.

| status | when |
|---|---|
| 200 | predicted |
| 400 | no JSON, or rows that do not fit the model's signature |
| 405 | another method than POST |
| 413 | a body over the limit |
| 500 | a fault of ours, or of what the feature store has; with the request's id, no internals |
| 503 | no model yet, draining, too many at once, no feature store; with `retry-after` |
| 504 | a prediction over the time limit |
"""

import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

from runtime.errors import FeatureFault, ModelInputError, StoreFault
from runtime.inference import InferenceError, InputError, Model, TimeLimitError

__all__ = [
    "Answer",
    "Entities",
    "RefusedError",
    "Rows",
    "answer",
    "decode",
    "encode",
    "failure",
    "predict",
    "sized",
]

CONTENT_TYPE: Final = "application/json"
RETRY_AFTER_SECONDS: Final = 5

Rows = list[object] | dict[str, object]
# `FeatureSource.rows`: the rows of the entities that a request names.
Entities = Callable[[object], Rows]


class RefusedError(Exception):
    """A request that is not answered: its HTTP status, and a reason that the caller may read."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a frame sends back, and what its log line says of it.

    `rows` counts the predictions; `fault` has the type and the place of an error of ours, and what
    the inference core says of it; of a 400 what may be the model's fault (`ModelInputError`).
    """

    status: int
    body: str
    rows: int = 0
    fault: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with body and status, lower case."""
        headers = {"content-type": CONTENT_TYPE}
        if self.status == HTTPStatus.METHOD_NOT_ALLOWED:
            # It names the methods that there are: RFC 9110, section 15.5.6.
            headers["allow"] = "POST"
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        return headers


def answer(
    model: Model,
    read: Callable[[], bytes],
    *,
    request_id: str,
    timeout_seconds: float | None = None,
    seconds_left: Callable[[], float | None] = lambda: None,
    entities: Entities | None = None,
) -> Answer:
    """Answer one request, whatever it holds; `read` gives its body or raises `RefusedError`.

    `timeout_seconds` is for the prediction alone; `seconds_left`, for all, is asked before it: the
    features may have taken some of them.
    """
    try:
        predictions = predict(
            model, read(), entities, seconds=lambda: _least(timeout_seconds, seconds_left())
        )
        return Answer(200, encode(model, predictions), len(predictions))
    except Exception as error:  # noqa: BLE001 - the boundary to the caller
        return failure(error, request_id)


def predict(
    model: Model,
    body: bytes,
    entities: Entities | None,
    *,
    seconds: Callable[[], float | None],
) -> Sequence[Mapping[str, Any]]:
    """The predictions for a request's body; `seconds` is asked once the rows are there.

    Raises:
        RefusedError: The body or its entities do not fit.
        InputError: Its rows do not fit.
        FeatureFault: Rows that came from the feature store do not: the caller has not sent them.
    """
    document = decode(body)
    rows = _rows_of(document, entities)
    try:
        return model.predict(rows, timeout_seconds=seconds())
    except InputError as error:
        if "entities" not in cast(dict[str, object], document):
            raise
        told = "the model does not take what the feature store has for these entities"
        raise FeatureFault(told) from error


def sized(data: bytes, limit: int) -> bytes:
    """The body itself.

    Raises:
        RefusedError: It is over `limit` bytes, or has none.
    """
    if len(data) > limit:
        raise RefusedError(413, f"the body is over {limit} bytes")
    if not data:
        raise RefusedError(400, "the request has no body")
    return data


def decode(data: bytes) -> object:
    """The JSON document of a body.

    Raises:
        RefusedError: It is no JSON, or no JSON that other parsers take.
    """
    try:
        return json.loads(data.decode(), parse_constant=_refuse_constant)
    # Too deep a nesting is a RecursionError, an endless integer a ValueError.
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "the body is no valid JSON") from error


def _rows_of(document: object, entities: Entities | None = None) -> Rows:
    """The rows of a document, or by input name the rows of each: what `Model.predict` takes.

    Raises:
        RefusedError: It has neither `instances` nor `inputs`, or both; or `entities` of a model
            that has no online features, or whose features cannot be had.
    """
    if not isinstance(document, dict):
        raise RefusedError(400, 'the body must be an object such as {"instances": [...]}')
    body = cast(dict[str, object], document)
    if set(body) == {"instances"}:
        rows = body["instances"]
        if isinstance(rows, list):
            return cast(list[object], rows)
        raise RefusedError(400, "instances: use a list of rows")
    if set(body) == {"inputs"}:
        columns = body["inputs"]
        if isinstance(columns, dict):
            return cast(dict[str, object], columns)
        raise RefusedError(400, "inputs: use an object with a list of rows per input")
    if set(body) == {"entities"} and entities is not None:
        return entities(body["entities"])
    more = "" if entities is None else ' or "entities"'
    raise RefusedError(400, f'use one key, "instances" or "inputs"{more}')


def encode(model: Model, predictions: Sequence[Mapping[str, Any]]) -> str:
    """The answer's body. Raises `ValueError` when a prediction is no JSON value."""
    return json.dumps(
        {"model_name": model.name, "model_version": model.version, "predictions": predictions},
        allow_nan=False,
    )


def failure(error: Exception, request_id: str) -> Answer:
    """The answer to a request that an error ended: the caller's fault, or one of ours."""
    if isinstance(error, RefusedError):
        return Answer(error.status, json.dumps({"error": str(error)}))
    if isinstance(error, InputError):
        return Answer(400, json.dumps({"error": str(error)}), 0, _doubt(error))
    # An error's text may quote the request; its type and place never do.
    fault = {"error": type(error).__name__, "at": _place(error)}
    if isinstance(error, InferenceError | StoreFault):
        fault["why"] = str(error)
    if isinstance(error, StoreFault):
        fault["reason"] = "feature_store"
    if isinstance(error, TimeLimitError):
        return Answer(504, json.dumps({"error": str(error), "request_id": request_id}), 0, fault)
    told = str(error) if isinstance(error, FeatureFault) else "internal error"
    body = json.dumps({"error": told, "request_id": request_id})
    return Answer(500, body, 0, fault)


def _doubt(error: InputError) -> dict[str, str]:
    """The signature allows it: it may be the model that is wrong, and not who asks."""
    if isinstance(error, ModelInputError):
        return {"error": error.kind, "reason": "model_input"}
    return {}


def _least(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _refuse_constant(name: str) -> float:
    raise RefusedError(400, f"the body holds {name}, which is no JSON number")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
