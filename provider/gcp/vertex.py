"""Vertex AI for the resources: calls of Google's client, in a process that starts when needed.

`pulumi.provider` and Google's clients both register `google.rpc.Status`, so that one process cannot
load both; `vertex_worker.py` has Google's. Loading it costs about 1 s of CPU, which a preview never
pays. Credentials are Google's Application Default Credentials.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, Protocol, cast
from urllib.parse import urlsplit

from provider.errors import ProviderError

Method = Literal[
    "UploadModel",
    "GetModel",
    "ListModelVersions",
    "UpdateModel",
    "MergeVersionAliases",
    "DeleteModel",
    "DeleteModelVersion",
    "GetEndpoint",
    "UpdateEndpoint",
    "DeployModel",
    "UndeployModel",
    "MutateDeployedModel",
    "CreateBatchPredictionJob",
    "GetBatchPredictionJob",
    "ListBatchPredictionJobs",
    "CancelBatchPredictionJob",
    "DeleteBatchPredictionJob",
    "CreateModelDeploymentMonitoringJob",
    "GetModelDeploymentMonitoringJob",
    "ListModelDeploymentMonitoringJobs",
    "UpdateModelDeploymentMonitoringJob",
    "PauseModelDeploymentMonitoringJob",
    "DeleteModelDeploymentMonitoringJob",
    "GetOperation",
    "ListOperations",
    # Of Cloud Storage: the metadata of an object; the names of those below a prefix.
    "GetObject",
    "ListObjects",
]
# Read by pulumi-gcp for the same purpose, in the same form: `https://…/v1/`.
ENDPOINT_VARIABLE: Final = "GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"
_WORKER: Final = Path(__file__).with_name("vertex_worker.py")
# An answer is one line; a list of a hundred models is far below this.
_LONGEST_LINE: Final = 64 * 1024 * 1024
# What a second try can help against: quotas per minute, a service or connection that is not there.
PASSING: Final = frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE", "ABORTED", "WORKER_ENDED"})
_WAYS_OUT: Final = {
    "UNAUTHENTICATED": "Log in with `gcloud auth application-default login`",
    "NOT_INSTALLED": "Install Google's client with `uv sync --group gcp`",
}


class VertexError(ProviderError):
    """What Vertex AI answered: `code` is one of google.rpc.Code, or the client's own."""

    def __init__(self, code: str, message: str, method: str) -> None:
        hint = f". {_WAYS_OUT[code]}" if code in _WAYS_OUT else ""
        super().__init__(f"{method}: {code}: {message.rstrip('.')}{hint}")
        self.code = code
        self.reason = message


class Vertex(Protocol):
    """The calls that this provider makes, and no others; requests and answers are JSON."""

    async def call(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """Make one call, once; raises `VertexError`."""
        ...


def endpoint_of(region: str) -> str:
    """Where the API of a region is: Google's own address, or the one in the environment.

    Raises `ProviderError` where a credential would be sent in the clear.
    """
    given = os.environ.get(ENDPOINT_VARIABLE, "").strip()
    if not given:
        domain = os.environ.get("GOOGLE_CLOUD_UNIVERSE_DOMAIN") or "googleapis.com"
        return f"https://{region}-aiplatform.{domain}"
    if not given.startswith("https://") and not _is_here(given):
        raise ProviderError(
            f"{ENDPOINT_VARIABLE}: got {given!r}; use https://, or http:// of this machine for an "
            "emulator, which gets no credential"
        )
    plain = given.rstrip("/").removesuffix("/v1").removesuffix("/v1beta1")
    return plain.replace("{{region}}", region)


class VertexWorker:
    """Calls through a process that is started by the first one, and again when it has died.

    All calls are of one event loop; any number of them run at once.
    """

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0
        self._starting = asyncio.Lock()

    async def call(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """As `Vertex` says."""
        endpoint = endpoint_of(region)
        self._last += 1
        number = self._last
        asked: dict[str, object] = {"id": number, "method": method, "request": request}
        asked |= {"endpoint": endpoint, "anonymous": _is_here(endpoint)}
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        try:
            pipe = await self._started()
            self._waiting[number] = answer
            pipe.write(f"{json.dumps(asked)}\n".encode())
            await pipe.drain()
            found = await answer
        except (BrokenPipeError, ConnectionResetError):
            raise VertexError("WORKER_ENDED", "Google's client ended", method) from None
        finally:
            self._waiting.pop(number, None)
        if error := found.get("error"):
            raise VertexError(str(error["code"]), str(error["message"]), method)
        return cast(dict[str, Any], found["answer"])

    async def close(self) -> None:
        """End the process; safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()
        if self._reader is not None:
            await self._reader

    async def _started(self) -> asyncio.StreamWriter:
        async with self._starting:
            # A process that is dead can, for a moment, be told by the end of its answers alone.
            if self._process is None or self._reader is None or self._reader.done():
                self._process = await asyncio.create_subprocess_exec(
                    *_command(),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    limit=_LONGEST_LINE,
                )
                answers = cast(asyncio.StreamReader, self._process.stdout)
                self._reader = asyncio.create_task(self._read(answers))
            return cast(asyncio.StreamWriter, self._process.stdin)

    async def _read(self, answers: asyncio.StreamReader) -> None:
        # A line that is cut off is no answer.
        with suppress(ValueError):
            while line := await answers.readline():
                found = cast(dict[str, Any], json.loads(line))
                future = self._waiting.get(found["id"])
                if future is not None and not future.done():
                    future.set_result(found)
        ended = {"error": {"code": "WORKER_ENDED", "message": "Google's client ended"}}
        for future in self._waiting.values():
            if not future.done():
                future.set_result(ended)


def _command() -> tuple[str, ...]:
    """What is started; tests start a fork instead (tests/engine/first_use.py)."""
    # Safe path: this folder's `resource.py` would stand for Python's own module.
    return sys.executable, "-P", str(_WORKER)


def _is_here(endpoint: str) -> bool:
    """Whether an emulator on this machine is meant, which gets no credential."""
    parts = urlsplit(endpoint)
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
