"""What the functions of the three clouds share: one HTTP request, its answer and its log line.

| of a line | what |
|---|---|
| `request_id`, `trace_id` | the platform's id, and the trace's by W3C's header or X-Ray's |
| `model_name`, `model_version` | who answered |
| `status`, `rows`, `duration_ms` | what came of it |
| `received_bytes`, `sent_bytes` | of the bodies |
| `error`, `at`, `why`, `reason` | of a fault; never of what a request holds |
| `request_body`, `response_body` | their beginnings, where payloads are asked for |

With a profile of drift (runtime/drift) there is a line `drift` each thousand rows:

| of a line | what |
|---|---|
| `model_name`, `model_version` | as above |
| `drift_rows` | the rows of this instance that it is of |
| `drift_psi`, `drift_column` | the largest population stability index, and the column that has it |
| `psi`, `jensen_shannon` | those of each column |
| `drift_faults` | requests since the start that could not be counted |
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from runtime import logs, requests
from runtime.drift.window import Estimate, Window
from runtime.loading import Started
from runtime.requests import Answer, RefusedError

__all__ = ["Request", "answered"]

_PROBES: Final = ("/health/live", "/health/ready", "/health/startup")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a frame hands it on: `read` gives the body, or raises `RefusedError`.

    `seconds_left` says what the platform still gives, and is asked once the rows are there;
    `trace_id` decides with others of its trace whether there is a line; `trace` has more fields by
    which the platform finds a trace.
    """

    method: str
    path: str
    read: Callable[[], bytes]
    request_id: str
    seconds_left: Callable[[], float | None] = lambda: None
    trace_id: str = ""
    trace: Mapping[str, str] = field(default_factory=dict[str, str])


def _nothing(**_fields: object) -> None:
    """Write no line."""


def answered(
    started: Started,
    request: Request,
    emit: Callable[..., None] = logs.write,
    fitted: Callable[[Answer], Answer] = lambda answer: answer,
    count: Callable[..., None] = _nothing,
    *,
    tell_drift: Callable[..., None] = logs.write,
) -> Answer:
    """The answer to a request, whatever it holds; one line of log says so, if it is of the share.

    `fitted` gives another answer for one that the platform would not pass on. A health probe is
    answered 200 and not logged: the instance takes requests once it is loaded. `count` gets the
    fields of a request that has no line; `tell_drift` those of a line of drift.
    """
    if request.method in {"GET", "HEAD"} and request.path.endswith(_PROBES):
        return Answer(200, '{"status": "ready"}')
    begin = time.perf_counter()
    body = b""

    def read() -> bytes:
        nonlocal body
        body = _body(request)
        return body

    answer = requests.answer(
        started.model,
        read,
        request_id=request.request_id,
        timeout_seconds=started.settings.timeout_seconds,
        seconds_left=request.seconds_left,
        entities=started.features.rows if started.features else None,
    )
    answer = fitted(answer)
    share = started.settings.request_logs
    is_told = bool(answer.fault) or share.takes(request.trace_id, request.request_id)
    tell = emit if is_told else count
    tell(**_record(started, request, answer, body, (time.perf_counter() - begin) * 1000))
    if started.drift is not None and (found := started.drift.due()):
        tell_drift(**_drift_record(started, started.drift, found))
    return answer


def _record(
    started: Started, request: Request, answer: Answer, body: bytes, duration_ms: float
) -> dict[str, Any]:
    """The fields of a request's log line; of its payload nothing, unless it is asked for."""
    payloads = started.settings.request_logs
    return {
        "level": _level(answer),
        "message": "predict",
        "request_id": request.request_id,
        "trace_id": request.trace_id,
        **request.trace,
        "model_name": started.model.name,
        "model_version": started.model.version,
        "status": answer.status,
        "rows": answer.rows,
        "duration_ms": round(duration_ms, 3),
        "received_bytes": len(body),
        "sent_bytes": len(answer.body.encode(errors="replace")),
        **answer.fault,
        "request_body": payloads.shown(body),
        "response_body": payloads.shown(answer.body),
    }


def _drift_record(started: Started, window: Window, found: Estimate) -> dict[str, Any]:
    """The fields of a line of drift: names and distances."""
    return {
        "level": "INFO",
        "message": "drift",
        "model_name": started.model.name,
        "model_version": started.model.version,
        "drift_rows": found.rows,
        "drift_psi": found.psi[found.farthest],
        "drift_column": found.farthest,
        "drift_faults": window.bins.faults,
        "psi": found.psi,
        "jensen_shannon": found.jensen_shannon,
    }


def _level(answer: Answer) -> str:
    if not answer.fault:
        return "INFO"
    return "ERROR" if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "WARN"


def _body(request: Request) -> bytes:
    if request.method != "POST":
        raise RefusedError(405, "use POST")
    return request.read()
