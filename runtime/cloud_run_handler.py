"""Cloud Run's function: `POST /predict` with JSON, in Google's functions framework.

`runtime/requests.py` has request, answer and statuses; `GET /health/startup`, `/health/ready` and
`/health/live` answer 200 once the model is loaded. The framework starts gunicorn, which imports
this module and then forks its workers. ONNX Runtime's threads do not outlive a fork: a prediction
of more than one thread would wait for them for ever. So the file is pulled and checked before the
fork, and a wrong one stops the start; it is loaded in the worker.

SIGTERM: gunicorn takes no new connections, finishes the requests that have begun and ends.
Variables that are read beside `runtime/settings.py`: `GOOGLE_CLOUD_PROJECT`, by which Cloud Logging
groups lines under their request's trace.
"""

import os
import uuid
from typing import Any, Final

from runtime import logs
from runtime.functions import Request, answered
from runtime.loading import StartError, checked, started
from runtime.requests import RefusedError

__all__ = ["predict"]

# gunicorn's own for a worker that does not start: it ends all, instead of trying for ever.
_WORKER_BOOT_ERROR: Final = 3


def predict(request: Any) -> tuple[str, int, dict[str, str]]:  # noqa: ANN401 - a flask.Request
    """Answer one request with body, status and headers. A fault shows its place in the log alone.

    Raises:
        StartError: There is no model; only where no worker was forked.
    """
    now = started()
    trace = _trace_id(request)
    answer = answered(
        now,
        Request(
            method=request.method,
            path=request.path,
            read=lambda: _body(request, now.settings.max_body_bytes),
            request_id=trace or uuid.uuid4().hex,
            trace=_trace(trace),
        ),
        logs.write,
    )
    return answer.body, answer.status, answer.headers


def _body(request: Any, limit: int) -> bytes:  # noqa: ANN401 - a flask.Request
    if (request.content_length or 0) > limit:
        raise RefusedError(413, f"the body is over {limit} bytes")
    # A chunked body has no length before it is read.
    data: bytes = request.stream.read(limit + 1)
    if len(data) > limit:
        raise RefusedError(413, f"the body is over {limit} bytes")
    if not data:
        raise RefusedError(400, "the request has no body")
    return data


def _trace_id(request: Any) -> str:  # noqa: ANN401 - a flask.Request
    """The trace's id by W3C's header, else by Google's; empty where it is none of 32 digits.

    https://cloud.google.com/trace/docs/trace-context.
    """
    parts = str(request.headers.get("traceparent", "")).split("-")
    google = str(request.headers.get("x-cloud-trace-context", "")).partition("/")[0]
    for found in (parts[1] if len(parts) == 4 else "", google):  # noqa: PLR2004 - its fields
        if len(found) == 32 and found.isalnum():  # noqa: PLR2004 - hexadecimal digits
            return found
    return ""


def _trace(trace: str) -> dict[str, str]:
    """https://cloud.google.com/logging/docs/structured-logging has the field's name."""
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if trace and project:
        return {"logging.googleapis.com/trace": f"projects/{project}/traces/{trace}"}
    return {}


def _load_in_worker() -> None:
    try:
        started()
    except StartError:
        # The log has said why. An exception here would be ignored.
        os._exit(_WORKER_BOOT_ERROR)


if "K_SERVICE" in os.environ:
    # Cloud Run's variable for every service.
    checked()
    os.register_at_fork(after_in_child=_load_in_worker)
