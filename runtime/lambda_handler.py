"""AWS Lambda's handler: `POST /predict` with JSON, behind API Gateway, a function URL or an ALB.

Request: `{"instances": [[5.1, 3.5, 1.4, 0.2], …]}`; for a model with several inputs
`{"inputs": {"<name>": [row, …], …}}`. Answer: `{"model_name", "model_version", "predictions"}`.

| status | when |
|---|---|
| 200 | predicted |
| 400 | no JSON, or rows that do not fit the model's signature |
| 405 | another method than POST |
| 413 | a body over `MAX_BODY_BYTES` |
| 500 | a fault of ours; the caller gets the request's id and no internals |

Payload formats: API Gateway 2.0 and function URLs, API Gateway 1.0, and ALB target groups:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import functools
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

from runtime.inference import InputError, Model

__all__ = ["handler"]

# Lambda takes 6 MB per synchronous request, 1 MB from an ALB, and API Gateway 10 MB, base64
# included: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BODY_BYTES: Final = 1024 * 1024
# Beside this package in the zip, or where the environment says.
_MODEL_FILE: Final = Path(__file__).resolve().parent.parent / "model.onnx"


class _RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@functools.cache
def _model() -> Model:
    return Model(os.environ.get("MODEL_SERVING_MODEL_PATH", _MODEL_FILE))


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Answer one request: 2xx, 4xx, or 500 for any fault, whose type and place are logged.

    Raises:
        LoadError: The package holds no model that loads; only outside Lambda, which stops before.
    """
    started = time.perf_counter()
    model = _model()
    request_id = str(getattr(context, "aws_request_id", ""))
    fault: dict[str, str] = {}
    rows = 0
    try:
        predictions = model.predict(_instances(event))
        answer = {
            "model_name": model.name,
            "model_version": model.version,
            "predictions": predictions,
        }
        status, body, rows = 200, json.dumps(answer, allow_nan=False), len(predictions)
    except _RefusedError as error:
        status, body = error.status, json.dumps({"error": str(error)})
    except InputError as error:
        status, body = 400, json.dumps({"error": str(error)})
    except Exception as error:  # noqa: BLE001 - the boundary to the caller
        status, body = 500, json.dumps({"error": "internal error", "request_id": request_id})
        # An error's text may quote the request; its type and place never do.
        fault = {"error": type(error).__name__, "at": _place(error)}
    line = {
        "level": "ERROR" if fault else "INFO",
        "message": "predict",
        "request_id": request_id,
        "model_name": model.name,
        "model_version": model.version,
        "status": status,
        "rows": rows,
        "duration_ms": round((time.perf_counter() - started) * 1000, 3),
        **fault,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    headers = {"content-type": "application/json"}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        # It names the methods that there are: RFC 9110, section 15.5.6.
        headers["allow"] = "POST"
    return {
        "statusCode": status,
        "headers": headers,
        "isBase64Encoded": False,
        "body": body,
    }


def _instances(event: Mapping[str, Any]) -> list[object] | dict[str, object]:
    if _method(event) != "POST":
        raise _RefusedError(405, "use POST")
    document = _document(_body(event))
    if not isinstance(document, dict):
        raise _RefusedError(400, 'the body must be an object such as {"instances": [...]}')
    body = cast(dict[str, object], document)
    if set(body) == {"instances"}:
        rows = body["instances"]
        if isinstance(rows, list):
            return cast(list[object], rows)
        raise _RefusedError(400, "instances: use a list of rows")
    if set(body) == {"inputs"}:
        columns = body["inputs"]
        if isinstance(columns, dict):
            return cast(dict[str, object], columns)
        raise _RefusedError(400, "inputs: use an object with a list of rows per input")
    raise _RefusedError(400, 'use one key, "instances" or "inputs"')


def _method(event: Mapping[str, Any]) -> str:
    """The HTTP method, from either payload format; a direct invocation counts as POST."""
    context = event.get("requestContext")
    if isinstance(context, Mapping):
        http = cast(Mapping[str, Any], context).get("http")
        if isinstance(http, Mapping):
            return str(cast(Mapping[str, Any], http).get("method", "POST")).upper()
    return str(event.get("httpMethod", "POST")).upper()


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body")
    if not isinstance(body, str) or not body:
        raise _RefusedError(400, "the request has no body")
    # Base64 takes four characters for three bytes: refused before it is decoded.
    if len(body) > (MAX_BODY_BYTES * 4) // 3 + 4:
        raise _RefusedError(413, f"the body is over {MAX_BODY_BYTES} bytes")
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _RefusedError(400, "the body is not valid base64") from error
    else:
        data = body.encode(errors="surrogatepass")
    if len(data) > MAX_BODY_BYTES:
        raise _RefusedError(413, f"the body is over {MAX_BODY_BYTES} bytes")
    return data


def _document(data: bytes) -> object:
    try:
        return json.loads(data.decode(), parse_constant=_refuse_constant)
    # Too deep a nesting is a RecursionError, an endless integer a ValueError.
    except (ValueError, RecursionError) as error:
        raise _RefusedError(400, "the body is no valid JSON") from error


def _refuse_constant(name: str) -> float:
    raise _RefusedError(400, f"the body holds {name}, which is no JSON number")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # While Lambda starts the instance it has more CPU than a request gets. A model that does not
    # load stops the start, so that its deployment fails, and not its callers.
    _model()
