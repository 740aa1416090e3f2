"""`serving:index:AzureMlBatchDefault`: the deployment that gets a batch endpoint's runs.

pulumi-azure-native has the default among the endpoint's own properties, where it cannot be: it
names a deployment, which is made after the endpoint. Azure's own example writes the endpoint a
second time (github.com/Azure/azureml-examples, cli/batch-score-rest.sh). So does this resource,
once the deployment is there, and looks again: its PATCH takes tags and identity alone.

Source: the REST reference of batch endpoints and deployments, api-version 2025-12-01.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from typing_extensions import override

from provider.azure.azure_documents import as_asked, why_failed
from provider.azure.azure_ml_batch_default_inputs import DEFAULT_TIMEOUT_SECONDS, identity, place_of
from provider.azure.clients import Arm, refused
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Read, Settled
from provider.waiting import Poll, Report

__all__ = ["AzureMlBatchDefault"]

# The other states are final: Succeeded, Failed, Canceled.
_MOVING: Final = frozenset({"Creating", "Updating", "Deleting", "Scaling"})
_BUSY: Final = ("Conflict", "ConflictingOperation", "AnotherOperationInProgress")
_WAY_OUT: Final = "Correct the deployment and run `up` again; the old default stays until then"


@dataclass(frozen=True, slots=True)
class _Live:
    document: dict[str, Any]

    @property
    def status(self) -> str:
        return str(self._properties.get("provisioningState") or "")

    @property
    def default(self) -> str:
        defaults = cast(dict[str, Any], self._properties.get("defaults") or {})
        return str(defaults.get("deploymentName") or "")

    @property
    def _properties(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.document.get("properties") or {})


class AzureMlBatchDefault(Settled):
    """Create, update and read by one client of ARM."""

    def __init__(self, arm: Arm, *, poll: Poll | None = None) -> None:
        self._arm = arm
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    @override
    def identity(self, inputs: Mapping[str, object]) -> str:
        return identity(inputs)

    @override
    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        wait = _Wait(self.cancelled, self._poll, timeout_seconds or usual, report)
        endpoint, asked = identity(inputs), str(inputs["deploymentName"])
        live = await self._final(wait, endpoint)
        await self._ready(wait, f"{endpoint}/deployments/{asked}")
        if not _same(live.default, asked):
            await report(f"making {asked} the default, after {live.default or 'none'}")
            live = await self._set(wait, endpoint, live, asked)
        if live.status != "Succeeded":
            raise ProviderError(
                f"batch endpoint {inputs['endpointName']} is {live.status}; asked: Succeeded. Its "
                f"default deployment is {live.default}. Run `up` again once it is well"
            )
        return _outputs(inputs, live)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; None when there is no such endpoint."""
        place = place_of(resource_id)
        if place is None:
            raise ProviderError(
                f"id: got {resource_id!r}; use the id of a batch endpoint: /subscriptions/…"
                "/workspaces/<workspace>/batchEndpoints/<name>"
            )
        document = await call(lambda: self._arm.get(resource_id))
        if document is None:
            return None
        live = _Live(document)
        known = str(inputs.get("deploymentName") or "")
        name = known if _same(known, live.default) else live.default
        now: dict[str, object] = {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **place, **inputs}
        now["deploymentName"] = name
        return now, _outputs(now, live)

    async def _final(self, wait: "_Wait", endpoint: str, asked: str | None = None) -> _Live:
        """The endpoint once nothing changes it; what does not fit is looked at again."""
        doubts = 0
        while True:
            document = await call(lambda: self._arm.get(endpoint))
            if document is None:
                raise ProviderError(
                    f"endpointName: there is no batch endpoint {endpoint.rpartition('/')[2]}. Was "
                    "it deleted by hand? `pulumi refresh`, then `up`, makes it again"
                )
            live = _Live(document)
            moving = live.status in _MOVING
            if not moving and (asked is None or _same(live.default, asked)):
                return live
            if not moving and doubts >= self._poll.settle_looks:
                return live
            doubts = 0 if moving else doubts + 1
            await wait.once(f"the endpoint is {live.status}")

    async def _ready(self, wait: "_Wait", deployment: str) -> None:
        name = deployment.rpartition("/")[2]
        while True:
            document = await call(lambda: self._arm.get(deployment))
            if document is None:
                raise ProviderError(
                    f"deploymentName: the batch endpoint has no deployment {name}. Make it first"
                )
            status = _Live(document).status
            if status == "Succeeded":
                return
            if status not in _MOVING:
                raise ProviderError(f"deployment {name} is {status}; asked: Succeeded. {_WAY_OUT}")
            await wait.once(f"deployment {name} is {status}")

    async def _set(self, wait: "_Wait", endpoint: str, live: _Live, asked: str) -> _Live:
        while True:
            document = as_asked(live.document, defaults={"deploymentName": asked})
            try:
                answer = await call(lambda: self._arm.put(endpoint, document))  # noqa: B023 - awaited here
                break
            except ProviderError as error:
                if not refused(error, *_BUSY):
                    raise
            # Somebody else's change came between; look again after it.
            await wait.once("busy with another change")
            live = await self._final(wait, endpoint)
        reason = await self._why(wait, answer.operation) if answer.operation else ""
        live = await self._final(wait, endpoint, asked)
        if reason or not _same(live.default, asked):
            told = reason or "Something else sets the default of this endpoint; stop it"
            raise ProviderError(
                f"batch endpoint {endpoint.rpartition('/')[2]} ({live.status}) has the default "
                f"deployment {live.default or 'none'}; asked: {asked}. {told.rstrip('.')}. "
                f"{_WAY_OUT}"
            )
        return live

    async def _why(self, wait: "_Wait", url: str) -> str:
        while True:
            answer = await call(lambda: self._arm.operation(url))
            reason = why_failed(answer)
            if reason is not None:
                return reason
            await wait.once("the change is under way", answer.wait_seconds)


class _Wait:
    """One deadline over all the waits of one operation."""

    def __init__(
        self, cancelled: asyncio.Event, poll: Poll, seconds: float, report: Report
    ) -> None:
        self._cancelled = cancelled
        self._poll = poll
        self._seconds = seconds
        self._report = report
        self._started = time.monotonic()
        self._delay = poll.first_seconds

    async def once(self, now: str, asked_seconds: float | None = None) -> None:
        """Wait one step; raises `ProviderError` at the deadline, and when the run is cancelled."""
        delay = min(asked_seconds or self._delay, self._poll.longest_seconds)
        passed = time.monotonic() - self._started
        if passed + delay > self._seconds:
            raise ProviderError(
                f"the batch endpoint was not as asked after {self._seconds:g} s: {now}. Azure goes "
                "on by itself: run `up` again to wait longer, or raise `timeoutSeconds`"
            )
        await self._report(f"{now}, {passed:.0f} s of at most {self._seconds:g} s")
        self._delay = min(self._delay * self._poll.growth, self._poll.longest_seconds)
        try:
            await asyncio.wait_for(self._cancelled.wait(), delay)
        except TimeoutError:
            return
        raise ProviderError(
            "cancelled while waiting for the batch endpoint; Azure goes on by itself. Run `up` "
            "again to continue"
        )


def _same(name: str, other: str) -> bool:
    """As ARM compares names."""
    return name.lower() == other.lower()


def _outputs(inputs: Mapping[str, object], live: _Live) -> dict[str, object]:
    return {**inputs, "status": live.status, "liveDeploymentName": live.default}
