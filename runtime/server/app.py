"""The application: FastAPI with the server's routes, errors and document."""

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from runtime.server import openapi
from runtime.server.replies import record_of, refusal, reply_to_error
from runtime.server.routes import SERVER_VERSION, add_routes
from runtime.server.serving import Serving

__all__ = ["make_app"]

# Spans are made in tracing.py; FastAPI's own log would have the texts of errors.
_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_REASONS: Final = {404: "there is nothing at this path", 405: "use another method"}


def make_app(serving: Serving) -> FastAPI:
    """FastAPI's application for one server. Its pages are off unless the settings say `docs`."""
    app = FastAPI(
        title="Model server",
        version=SERVER_VERSION,
        description="One ONNX model by KServe's protocols; errors are one line of JSON.",
        docs_url="/docs" if serving.settings.docs else None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    add_routes(app.router, serving)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _fault)
    openapi.describe(app, serving)
    return app


async def _http_error(_request: Request, error: Exception) -> Response:
    """What the router refuses, in the words of everything else; `Allow` stays."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    named = {name.lower(): text for name, text in (headers or {}).items()}
    if named.get("allow") == "GET":
        named["allow"] = "GET, HEAD"
    return refusal(status, _REASONS.get(status, "refused"), named)


async def _validation_error(_request: Request, _error: Exception) -> Response:
    """FastAPI's own check of a route's parameters is 422 elsewhere; its text quotes the request."""
    return refusal(400, "a parameter of the request is missing or wrong")


async def _fault(request: Request, error: Exception) -> Response:
    """Starlette raises it again, to the boundary's log."""
    return reply_to_error(error, record_of(request).request_id).response()
