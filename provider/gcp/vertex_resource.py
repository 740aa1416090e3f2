"""What the resources of Vertex AI share: calls that are repeated, waits, long-running operations.

A long operation is polled by its name from here, never waited for in the client: when the process
with Google's client dies, the next look starts another one and finds the operation where it was.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.errors import ProviderError
from provider.gcp.vertex import PASSING, Method, Vertex, VertexError
from provider.gcp.vertex_inputs import OWN_LABEL, mapped, parent
from provider.ownership import Owned
from provider.waiting import Poll, Report

# With pauses of 1 s, 2 s, 4 s, 8 s and 16 s between them: Google asks for exponential backoff,
# https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429
_TRIES: Final = 6
_MOST_REFUSALS: Final = 10
# Names of google.rpc.Code by number, as the error of an operation has it:
# https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
_CODES: Final = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND"),
    *("ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION"),
    *("ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"),
    "UNAUTHENTICATED",
)


class StoppedError(ProviderError):
    """The wait ended, by its deadline or because it was cancelled; Vertex AI goes on by itself."""


class Wait:
    """One deadline over all the waits of one operation of a resource."""

    def __init__(
        self,
        what: str,
        seconds: float,
        poll: Poll,
        cancelled: asyncio.Event,
        report: Report,
    ) -> None:
        self._what = what
        self._seconds = seconds
        self._poll = poll
        self._cancelled = cancelled
        self._delay = poll.first_seconds
        self._refusals = 0
        self._started = time.monotonic()
        self.report = report

    def again(self) -> None:
        """Look often at first: what is waited for is another thing now."""
        self._delay = self._poll.first_seconds

    async def step(self, state: str) -> None:
        """Tell the state and wait a little; raises `StoppedError` at the deadline."""
        passed = time.monotonic() - self._started
        if passed + self._delay > self._seconds:
            raise StoppedError(
                f"{self._what} was not ready after {self._seconds:g} s: {state}. Vertex AI goes on "
                "by itself: run `up` again to wait longer, or raise `timeoutSeconds`"
            )
        await self.report(f"{state}, {passed:.0f} s of at most {self._seconds:g} s")
        await self.sleep(self._delay)
        self._delay = min(self._delay * self._poll.growth, self._poll.longest_seconds)

    async def refused(self, error: VertexError) -> None:
        """Wait where a refusal passes by itself, else raise it.

        While another operation runs, to the deadline; for what else may pass, ten times in about a
        minute and a half.
        """
        if not is_busy(error):
            raise error
        if error.code != "FAILED_PRECONDITION":
            self._refusals += 1
            if self._refusals > _MOST_REFUSALS:
                raise error
        await self.step(f"Vertex AI is busy: {error.reason.rstrip('.')}")

    async def sleep(self, seconds: float) -> None:
        """Wait; raises `StoppedError` as soon as the update is cancelled."""
        try:
            await asyncio.wait_for(self._cancelled.wait(), seconds)
        except TimeoutError:
            return
        raise StoppedError(
            f"cancelled while waiting for {self._what}; Vertex AI goes on by itself. Run `up` "
            "again to continue"
        )


class VertexResource(Owned):
    """Calls and waits of one resource, in any region."""

    def __init__(self, client: Vertex, *, poll: Poll | None = None) -> None:
        self._client = client
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    def wait(self, what: str, seconds: object, timeout: float, report: Report) -> Wait:
        """A deadline: the resource option `customTimeouts` wins over the input."""
        return Wait(what, timeout or cast(float, seconds), self._poll, self.cancelled, report)

    @property
    def patience(self) -> int:
        """How often something is looked at again before it is believed."""
        return self._poll.settle_looks + 2

    async def once(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """One call, not repeated: what it makes is looked for before it is asked for again."""
        return await self._client.call(method, region, request)

    async def call(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """A call that may as well be made twice: repeated while the service is busy or away."""
        delay = self._poll.first_seconds * 2
        for tries in range(_TRIES):
            try:
                return await self._client.call(method, region, request)
            except VertexError as error:
                if error.code not in PASSING or tries == _TRIES - 1:
                    raise
            try:
                await asyncio.wait_for(self.cancelled.wait(), delay)
            except TimeoutError:
                delay *= 2
            else:
                raise StoppedError(f"cancelled before {method} was answered; run `up` again")
        raise AssertionError(method)

    async def get(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any] | None:
        """What a call answers; None where there is nothing of that name."""
        try:
            return await self.call(method, region, request)
        except VertexError as error:
            if error.code == "NOT_FOUND":
                return None
            raise

    async def jobs(
        self, method: Method, key: str, inputs: Mapping[str, object], label: str
    ) -> list[dict[str, Any]]:
        """The jobs that an earlier run gave this provider's label; answers have them by `key`."""
        request = {"parent": parent(inputs), "filter": f'labels.{OWN_LABEL}="{label}"'}
        answer = await self.call(method, str(inputs["region"]), request)
        return [mapped(each) for each in cast(list[Any], answer[key])]

    async def running(self, region: str, name: str) -> list[dict[str, Any]]:
        """The operations on a resource that have not ended."""
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            page = {"page_token": token} if token else {}
            answer = await self.get("ListOperations", region, {"name": name, **page})
            operations = cast(list[Any], (answer or {}).get("operations", []))
            found += [mapped(each) for each in operations if not mapped(each).get("done")]
            token = str((answer or {}).get("nextPageToken", ""))
            if not token:
                return found

    async def ended(self, region: str, operation: Mapping[str, Any], wait: Wait) -> dict[str, Any]:
        """The response of an operation once it has ended.

        Raises `VertexError` with the reason of one that failed: such an operation was accepted,
        and nothing of it is left.
        """
        name = str(operation["name"])
        kind = kind_of(operation)
        wait.again()
        found = dict(operation)
        while not found.get("done"):
            await wait.step(f"{kind} runs")
            found = await self.call("GetOperation", region, {"name": name})
        if error := mapped(found.get("error")):
            number = int(error.get("code", 2))
            code = _CODES[number] if number < len(_CODES) else str(number)
            raise VertexError(code, str(error.get("message", "no reason given")), kind)
        return mapped(found.get("response"))


def require_job(job: dict[str, Any] | None, resource_id: str) -> dict[str, Any]:
    """The job that an update is of, which must be there."""
    if job is None:
        raise ProviderError(
            f"there is no job {resource_id}. Was it deleted by hand? `pulumi refresh`, then "
            "`up`, makes another one"
        )
    return job


def kind_of(operation: Mapping[str, Any]) -> str:
    """What an operation does, as in `DeployModel`."""
    kind = str(mapped(operation.get("metadata")).get("@type", "")).rpartition(".")[2]
    return kind.removesuffix("OperationMetadata") or "operation"


def is_busy(error: VertexError) -> bool:
    """Whether a refusal passes by itself: another operation runs, or a name is just being made.

    An endpoint takes one change at a time, and says so with FAILED_PRECONDITION.
    """
    if error.code in PASSING or error.code == "ALREADY_EXISTS":
        return True
    return error.code == "FAILED_PRECONDITION" and "operation" in error.reason.lower()
