"""Azure Functions' app: `POST /predict` with JSON, by the Python programming model v2.

`runtime/requests.py` has request, answer and statuses; `GET /health/ready` and its likes answer 200
once the model is loaded. The worker imports this module when it starts: a model that does not load
leaves the app without functions, and the log says why in one line.

Who may call is decided before a request comes here, by the app's network and its authentication by
identity; a function's key, which is a secret that callers share, is not asked for.
"""

import logging
import os
from typing import Final

import azure.functions as func

from runtime import logs
from runtime.functions import Request, answered
from runtime.loading import started
from runtime.request_logs import trace_id
from runtime.requests import sized

__all__ = ["app", "health", "predict"]

# The standard output is the platform's own log; what a logger says is the app's.
_LOGGER: Final = logging.getLogger("model_serving")
_LEVELS: Final = {"INFO": logging.INFO, "WARN": logging.WARNING, "ERROR": logging.ERROR}

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.function_name("predict")
@app.route(route="predict")
def predict(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer one request. A fault shows its type and place in the log alone."""
    return _answer(req, context, "/predict")


@app.function_name("health")
@app.route(route="health/{probe}", methods=[func.HttpMethod.GET])
def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Say that the model is loaded."""
    return _answer(req, context, f"/health/{req.route_params.get('probe', '')}")


def _answer(req: func.HttpRequest, context: func.Context, path: str) -> func.HttpResponse:
    now = started()
    parent = _traceparent(context)
    answer = answered(
        now,
        Request(
            method=str(req.method).upper(),
            path=path,
            read=lambda: sized(req.get_body(), now.settings.max_body_bytes),
            request_id=context.invocation_id,
            trace_id=trace_id(parent),
            trace={"traceparent": parent},
        ),
    )
    headers = answer.headers
    return func.HttpResponse(
        answer.body,
        status_code=answer.status,
        mimetype=headers.pop("content-type"),
        headers=headers,
    )


def _traceparent(context: func.Context) -> str:
    # Workers of other versions have it under another name, and may have none.
    found = getattr(context, "trace_context", None)
    return str(getattr(found, "trace_parent", None) or getattr(found, "Traceparent", ""))[:64]


if "FUNCTIONS_WORKER_RUNTIME" in os.environ:
    # The platform's variable in every worker.
    logs.send_to(lambda level, text: _LOGGER.log(_LEVELS[level], text))
    started()
