"""What the functions of the three clouds share: one HTTP request, its answer and its log line."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from runtime import logs, requests
from runtime.loading import Started
from runtime.requests import Answer, RefusedError

__all__ = ["Request", "answered", "record"]

_PROBES: Final = ("/health/live", "/health/ready", "/health/startup")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a frame hands it on: `read` gives the body, or raises `RefusedError`.

    `seconds_left` says what the platform still gives, and is asked once the rows are there; `trace`
    has the fields of the log line by which a trace is found.
    """

    method: str
    path: str
    read: Callable[[], bytes]
    request_id: str
    seconds_left: Callable[[], float | None] = lambda: None
    trace: Mapping[str, str] = field(default_factory=dict[str, str])


def answered(
    started: Started,
    request: Request,
    emit: Callable[..., None] = logs.write,
    fitted: Callable[[Answer], Answer] = lambda answer: answer,
) -> Answer:
    """The answer to a request, whatever it holds; one line of log, without payloads, says so.

    `fitted` gives another answer for one that the platform would not pass on. A health probe is
    answered 200 and not logged: the instance takes requests once it is loaded.
    """
    if request.method in {"GET", "HEAD"} and request.path.endswith(_PROBES):
        return Answer(200, '{"status": "ready"}')
    begin = time.perf_counter()
    answer = requests.answer(
        started.model,
        lambda: _body(request),
        request_id=request.request_id,
        timeout_seconds=started.settings.timeout_seconds,
        seconds_left=request.seconds_left,
        entities=started.features.rows if started.features else None,
    )
    answer = fitted(answer)
    emit(**record(started, request, answer, (time.perf_counter() - begin) * 1000))
    return answer


def record(
    started: Started, request: Request, answer: Answer, duration_ms: float
) -> dict[str, Any]:
    """The fields of a request's log line: names, ids, counts and times, nothing of its payload."""
    return {
        "level": _level(answer),
        "message": "predict",
        "request_id": request.request_id,
        **request.trace,
        "model_name": started.model.name,
        "model_version": started.model.version,
        "status": answer.status,
        "rows": answer.rows,
        "duration_ms": round(duration_ms, 3),
        **answer.fault,
    }


def _level(answer: Answer) -> str:
    if not answer.fault:
        return "INFO"
    return "ERROR" if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "WARN"


def _body(request: Request) -> bytes:
    if request.method != "POST":
        raise RefusedError(405, "use POST")
    return request.read()
