"""`serving invoke`: one request to a deployed model, as a caller of its target sends it."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from delivery import project, state
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.invoking import body
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.targets import call
from delivery.table import colour

SCHEMA_VERSION = 1
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _REDIRECTED = 400, 401, 403, 300
_REQUEST_TIMEOUT, _TOO_MANY, _SERVER_ERROR, _GATEWAY_TIMEOUT = 408, 429, 500, 504
# SageMaker's word for a container that gave no answer.
_FAILED_DEPENDENCY: Final = 424
# Of a body that is no line of JSON.
_MOST_SHOWN: Final = 2000
_HINTS: Final = {
    401: "the credentials do not count here; log in again, or give a token by --token",
    403: "the caller may not call it; the stack's output `invoke_policy` says what to grant",
    404: "nothing is at this path; say another one by --path, or run `serving status`",
    413: "send fewer rows at once",
    424: "the model failed, or took too long; its log says why",
    429: "too many requests at once: ask again later, or raise the limits in the model's file",
    501: "deploy it for real, or look at it with `serving status`",
    502: "the model failed, or could not be started; its log says why",
    503: "it is not ready, or has no room: ask again later",
    504: "the model took longer than its gateway waits",
}


def invoke(
    model: str,
    environment: str,
    *,
    data: str | None,
    content_type: str,
    asked: Mapping[str, Any],
    as_json: bool,
    plain: bool,
) -> int:
    """Send the request and print what came back; the exit code says whether it was an answer.

    `asked` holds the fields of `Asked` but for the body.
    """
    folder = project.root()
    project.known_environment(folder, environment)
    request = Asked(body=body.read(data, content_type), **asked)
    live = _live(folder, model, environment)
    answer = _with_version(live, call(live, request))
    code = _code(answer.status)
    target = str(live.deployed.status.get("target"))
    if as_json:
        print(json.dumps(_as_json(live, answer, environment, request, code), indent=2))
        return code
    told = [f"{answer.status}", f"in {answer.seconds * 1000:.0f} ms"]
    told += [f"by version {answer.version}"] if answer.version else []
    told += [f"({answer.variant})"] if answer.variant else []
    line = f"{model} ({target}, {environment}) answered {' '.join(told)}"
    if code is not Exit.OK:
        hint = _HINTS.get(answer.status, "")
        raise Failure(f"{line}: {_reason(answer)}{f'{chr(10)}  fix: {hint}' if hint else ''}", code)
    if colour(sys.stderr, plain=plain):
        line = f"\x1b[1m{line}\x1b[0m"
    print(line, file=sys.stderr, flush=True)
    print(_shown(answer))
    return code


def _live(folder: Path, model: str, environment: str) -> Live:
    """The deployed model.

    Raises:
        Failure: There is no such model, or it is not deployed.
    """
    resources = state.resources(folder, environment)
    for each in state.from_state(resources):
        if each.model == model:
            return Live(each, resources)
    project.known_model(folder, model)
    raise Failure(
        f"{model} is not deployed in {environment!r}\n"
        f"  fix: run `serving up --env {environment} --only {model}`",
        Exit.ERROR,
    )


def _with_version(live: Live, answer: Answer) -> Answer:
    """The answer's own word on its version comes first; one version alone can only be that one."""
    said = str(answer.members.get("model_version") or "")
    if not said and not answer.version and not live.version_of("candidate"):
        said = live.version_of("stable") if answer.status < _REDIRECTED else ""
    return replace(answer, version=said or answer.version)


def _code(status: int) -> Exit:
    """See docs/exit-codes.md."""
    if status < _REDIRECTED:
        return Exit.OK
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return Exit.AUTHENTICATION
    if status in {_REQUEST_TIMEOUT, _GATEWAY_TIMEOUT}:
        return Exit.TIMEOUT
    if status in {_FAILED_DEPENDENCY, _TOO_MANY} or status >= _SERVER_ERROR:
        return Exit.RESOURCE
    return Exit.CONFIGURATION if status >= _BAD_REQUEST else Exit.ERROR


def _reason(answer: Answer) -> str:
    """One line of why, where the answer has one; else the answer."""
    for key in ("error", "message", "detail", "errorMessage"):
        value = answer.members.get(key)
        if isinstance(value, Mapping):
            value = cast("Mapping[str, Any]", value).get("message")
        if isinstance(value, str) and value:
            return value
    text = answer.body.decode(errors="replace").strip()
    return text[:_MOST_SHOWN] or "no reason given"


def _shown(answer: Answer) -> str:
    document = answer.document
    if isinstance(document, str):
        return document
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_json(
    live: Live, answer: Answer, environment: str, asked: Asked, code: Exit
) -> dict[str, Any]:
    ok = code is Exit.OK
    return {
        "schema_version": SCHEMA_VERSION,
        "model": live.name,
        "environment": environment,
        "target": live.deployed.status.get("target"),
        "url": live.deployed.url,
        "candidate": asked.candidate,
        "ok": ok,
        "status": answer.status,
        "version": answer.version or None,
        "variant": answer.variant or None,
        "latency_ms": round(answer.seconds * 1000, 1),
        "answer": answer.document,
        "reason": None if ok else _reason(answer),
    }
