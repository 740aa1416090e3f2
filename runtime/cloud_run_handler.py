"""Cloud Run's function: `POST /predict` with JSON, in Google's functions framework.

`runtime/requests.py` has request, answer and statuses; `GET /health/startup`, `/health/ready` and
`/health/live` answer 200 once the model is loaded. The framework starts gunicorn, which imports
this module and then forks its workers. ONNX Runtime has a thread from its import on, and threads do
not outlive a fork: a worker that inherits it hangs or aborts when it ends (tried with 1.31). So
before the fork the model's file is pulled and checked, and a wrong one stops the start; ONNX
Runtime is imported, and the model loaded, in the worker.

SIGTERM: gunicorn takes no new connections, finishes the requests that have begun and ends.
Variables that are read beside `runtime/settings.py`: `GOOGLE_CLOUD_PROJECT`, by which Cloud Logging
groups lines under their request's trace.
"""

import os
import traceback
import uuid
from typing import Any, Final

from runtime.starting import StartError, checked

__all__ = ["predict"]

# gunicorn's own for a worker that does not start: it ends all, instead of trying for ever.
_WORKER_BOOT_ERROR: Final = 3


def predict(request: Any) -> tuple[str, int, dict[str, str]]:  # noqa: ANN401 - a flask.Request
    """Answer one request with body, status and headers. A fault shows its place in the log alone.

    Raises:
        StartError: There is no model; only where no worker was forked.
    """
    from runtime.functions import Request, answered  # noqa: PLC0415 - not before the fork
    from runtime.loading import started  # noqa: PLC0415 - the same

    now = started()
    trace = _trace_id(request)
    answer = answered(
        now,
        Request(
            method=request.method,
            path=request.path,
            read=lambda: _body(request, now.settings.max_body_bytes),
            request_id=trace or uuid.uuid4().hex,
            trace_id=trace,
            trace=_trace(trace),
        ),
    )
    return answer.body, answer.status, answer.headers


def _body(request: Any, limit: int) -> bytes:  # noqa: ANN401 - a flask.Request
    from runtime.requests import RefusedError, sized  # noqa: PLC0415 - not before the fork

    if (request.content_length or 0) > limit:
        raise RefusedError(413, f"the body is over {limit} bytes")
    # A chunked body has no length before it is read.
    return sized(request.stream.read(limit + 1), limit)


def _trace_id(request: Any) -> str:  # noqa: ANN401 - a flask.Request
    """The trace's id by W3C's header, else by Google's; empty where it is none of 32 digits.

    https://cloud.google.com/trace/docs/trace-context.
    """
    from runtime.request_logs import trace_id  # noqa: PLC0415 - not before the fork

    google = str(request.headers.get("x-cloud-trace-context", "")).partition("/")[0].lower()
    # As W3C's header would say it.
    parent = f"00-{google}-{'1' * 16}-00"
    return trace_id(str(request.headers.get("traceparent", ""))) or trace_id(parent)


def _trace(trace: str) -> dict[str, str]:
    """https://cloud.google.com/logging/docs/structured-logging has the field's name."""
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if trace and project:
        return {"logging.googleapis.com/trace": f"projects/{project}/traces/{trace}"}
    return {}


def _load_in_worker() -> None:
    from runtime.loading import started  # noqa: PLC0415 - not before the fork

    try:
        started()
    except StartError:
        # The log has said why. An exception here would be ignored.
        os._exit(_WORKER_BOOT_ERROR)
    except BaseException:  # noqa: BLE001 - without a model every request would be a fault
        traceback.print_exc()
        os._exit(_WORKER_BOOT_ERROR)


if "K_SERVICE" in os.environ:
    # Cloud Run's variable for every service.
    checked()
    os.register_at_fork(after_in_child=_load_in_worker)
