"""Invocations of deployed Lambda functions: which version, on which instance, and what is noted.

An alias of two versions deals requests out in turn: of its n requests, the weighted version has had
the whole part of n x weight. So 0.5 is every second request and 0.1 every tenth, also over several
runs of the sandbox, as the store's events count them.
"""

import hashlib
import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.api.call import AwsError
from sandbox.api.dropped import AT_ONCE, answered
from sandbox.clouds.aws import lambda_versions
from sandbox.clouds.aws.references import function_name
from sandbox.serving import metrics, packages
from sandbox.serving.instance import Function, Outcome
from sandbox.serving.log_files import written
from sandbox.serving.packages import FUNCTION, LATEST
from sandbox.serving.pool import Pool, ThrottledError
from sandbox.serving.refusals import NotServedError
from sandbox.serving.runtime_api import Event
from sandbox.serving.task import TaskError, prepared
from sandbox.store import Event as StoreEvent
from sandbox.store import Fault, Row, Store
from sandbox.values import at, mapped

__all__ = ["Functions", "Invocation", "Place"]

ALIAS = "aws:lambda/alias:Alias"
# An event for each request that an alias dealt out.
_ROUTE = "lambda:Route"
_INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and 1 MB of events.
_MOST_BYTES = 6 * 1024 * 1024
_MOST_ASYNCHRONOUS_BYTES = 1024 * 1024
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_RETRIES = 2

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a region of it."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came of an invocation, and the version that it ran on."""

    outcome: Outcome
    version: str
    request_id: str


class Functions:
    """The functions of a store; `close` ends their instances."""

    def __init__(self, store: Store, variables: Mapping[str, str]) -> None:
        """`variables`: see `Pool`."""
        self._store = store
        self._pool = Pool(variables)
        self._threads: list[threading.Thread] = []

    def close(self) -> None:
        """Let asynchronous invocations end, then end the instances."""
        for thread in self._threads:
            thread.join()
        self._pool.close()

    def invoke(
        self,
        place: Place,
        name: str,
        qualifier: str,
        payload: bytes,
        *,
        client_context: str = "",
        trace_id: str = "",
    ) -> Invocation:
        """Run one event.

        Raises:
            AwsError: Lambda refuses it, as in its own API.
            NotServedError: It is deployed, and the sandbox cannot run it.
        """
        row, version = self._found(place, name, qualifier, payload, _MOST_BYTES)
        arn = f"{row.outputs['arn']}:{qualifier}" if qualifier else str(row.outputs["arn"])
        function = self._function(row, version)
        event = Event(
            payload,
            arn,
            function.timeout_seconds,
            trace_id=trace_id,
            client_context=client_context,
        )
        return self._answered(row, lambda: self._run(row, function, qualifier, event))

    def accept(self, place: Place, name: str, qualifier: str, payload: bytes) -> str:
        """Take an event to be run later; failures are repeated, then told to a dead letter.

        Returns:
            The request's id.

        Raises:
            AwsError: Lambda refuses it, as in its own API.
            NotServedError: It is deployed, and the sandbox cannot run it.
        """
        row, version = self._found(place, name, qualifier, payload, _MOST_ASYNCHRONOUS_BYTES)
        function = self._function(row, version)
        arn = f"{row.outputs['arn']}:{qualifier}" if qualifier else str(row.outputs["arn"])
        event = Event(payload, arn, function.timeout_seconds)
        thread = threading.Thread(target=self._run_later, args=(row, function, qualifier, event))

        def begin() -> None:
            thread.start()
            self._threads.append(thread)

        self._answered(row, begin)
        return event.request_id

    def check(self, place: Place, name: str, qualifier: str) -> None:
        """Whether it could be run.

        Raises:
            AwsError: Lambda refuses it, as in its own API.
            NotServedError: It is deployed, and the sandbox cannot run it.
        """
        self._function(*self._found(place, name, qualifier, b"", _MOST_BYTES))

    # ---- which ----

    def _found(
        self, place: Place, name: str, qualifier: str, payload: bytes, most: int
    ) -> tuple[Row, str]:
        name = function_name(name)
        arn = f"arn:aws:lambda:{place.region}:{place.account}:function:{name}"
        scope = {"account": place.account, "region": place.region}
        row = self._store.by_name("aws", FUNCTION, name, **scope)
        if row is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)
        if len(payload) > most:
            raise AwsError(
                "RequestTooLargeException", f"Request must be smaller than {most} bytes", 413
            )
        _active(str(row.live.get("status", "Active")))
        if qualifier in ("", LATEST) or qualifier in (row.live.get("versions") or []):
            version = qualifier or LATEST
        else:
            version = self._aliased(arn, qualifier, scope)
        _active(lambda_versions.state(row, version).name)
        return row, version

    def _aliased(self, arn: str, qualifier: str, scope: dict[str, str]) -> str:
        alias = self._store.get("aws", ALIAS, f"{arn}:{qualifier}", **scope)
        if alias is None:
            message = f"Function not found: {arn}:{qualifier}"
            raise AwsError("ResourceNotFoundException", message, 404)
        return self._dealt(alias)

    def _dealt(self, alias: Row) -> str:
        """The version whose turn it is, and the turn is taken."""
        weights = mapped(at(alias.inputs, "routingConfig", "additionalVersionWeights"))
        with self._store.transaction():
            ((count,),) = self._store.query(
                "SELECT count(*) FROM events WHERE token = ? AND id = ? AND operation = ?",
                (ALIAS, alias.id, _ROUTE),
            )
            chosen = str(alias.inputs.get("functionVersion"))
            for version, weight in weights.items():
                if math.floor((count + 1) * float(weight)) > math.floor(count * float(weight)):
                    chosen = version
            self._log(_ROUTE, ALIAS, alias, chosen)
        return chosen

    def _function(self, row: Row, version: str) -> Function:
        snapshot = mapped(mapped(row.live.get("snapshots")).get(version))
        package = str(snapshot.get("package") or "")
        if snapshot.get("packageType") == "Image" or snapshot.get("imageUri"):
            raise NotServedError(
                f"{row.name} is an image; the sandbox runs functions of zips alone"
            )
        runtime = str(snapshot.get("runtime") or "")
        if not runtime.startswith("python"):
            raise NotServedError(
                f"{row.name} runs on {runtime or 'no runtime'}; the sandbox has Python's alone"
            )
        file = packages.folder(self._store.path) / f"{package}.zip"
        if not package or not file.is_file():
            raise NotServedError(
                f"the code of {row.name}, version {version}, is not on this machine: it came from "
                "a bucket, or was uploaded before the sandbox kept code; a change of the function "
                "uploads it again"
            )
        try:
            task = prepared(file, snapshot)
        except TaskError as error:
            raise NotServedError(f"{row.name}: {error}") from None
        return Function(row.name, version, row.account, row.region, snapshot, task)

    def _answered(self, row: Row, do: Callable[[], Answer]) -> Answer:
        fault = self._store.take_fault(FUNCTION, "Invoke", [row.name], modes=AT_ONCE)
        if fault is not None:
            self._log("lambda:Invoke", FUNCTION, row, f"rule {fault.rule}", outcome=fault.mode)
        return answered(fault, do, _refuse, AwsError)

    # ---- running ----

    def _run(self, row: Row, function: Function, qualifier: str, event: Event) -> Invocation:
        digest = hashlib.sha256(json.dumps(dict(function.snapshot)).encode()).hexdigest()
        key = f"{row.account} {row.region} {row.name} {function.version} {digest}"
        reserved = row.inputs.get("reservedConcurrentExecutions")
        most = reserved if isinstance(reserved, int) and reserved >= 0 else None
        where = metrics.Dimensions(row, qualifier, function.version)
        try:
            outcome = self._pool.invoke(key, function, event, most=most)
        except ThrottledError:
            metrics.throttled(self._store, where)
            self._note(row, function, "TooManyRequestsException")
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429) from None
        written(self._store.path.parent, function.log_group, outcome.log)
        metrics.invoked(self._store, where, outcome)
        metrics.embedded(self._store, row, outcome.log)
        self._note(row, function, outcome.error or "ok")
        return Invocation(outcome, function.version, event.request_id)

    def _run_later(self, row: Row, function: Function, qualifier: str, event: Event) -> None:
        asked = self._invoke_config(row, qualifier)
        retries = asked.get("maximumRetryAttempts")
        attempts = 1 + (retries if isinstance(retries, int) else _RETRIES)
        for _ in range(attempts):
            try:
                if not self._run(row, function, qualifier, event).outcome.error:
                    return
            except AwsError:
                # No instance was free: Lambda keeps the event for hours, and so it is tried again.
                continue
        dead = at(asked, "destinationConfig", "onFailure", "destination") or at(
            row.inputs, "deadLetterConfig", "targetArn"
        )
        told = f"{event.request_id} after {attempts} attempts, to {dead or 'nobody'}"
        self._log("lambda:DeadLetter" if dead else "lambda:Dropped", FUNCTION, row, told)

    def _invoke_config(self, row: Row, qualifier: str) -> dict[str, Any]:
        scope = {"account": row.account, "region": row.region}
        for each in self._store.list("aws", _INVOKE_CONFIG, **scope):
            mine = function_name(str(each.inputs.get("functionName"))) == row.name
            if mine and str(each.inputs.get("qualifier") or "") == qualifier:
                return each.inputs
        return {}

    def _note(self, row: Row, function: Function, outcome: str) -> None:
        told = f"version {function.version}"
        self._log("lambda:Invoke", FUNCTION, row, told, outcome=outcome)

    def _log(
        self, operation: str, token: str, row: Row, detail: str, *, outcome: str = "ok"
    ) -> None:
        self._store.log(
            StoreEvent(
                operation=operation,
                provider="aws",
                token=token,
                id=row.id,
                account=row.account,
                region=row.region,
                outcome=outcome,
                detail=detail,
            )
        )


def _refuse(fault: Fault) -> None:
    """As a rule for the function says."""
    if fault.mode == "throttle":
        raise AwsError("TooManyRequestsException", fault.message or "Rate exceeded", 429)
    if fault.mode == "fail":
        raise AwsError("ServiceException", fault.message or "An error occurred", 500)


def _active(state: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html."""
    if state != "Active":
        told = "The operation cannot be performed at this time. The function is currently in the"
        raise AwsError("ResourceConflictException", f"{told} following state: {state}", 409)
