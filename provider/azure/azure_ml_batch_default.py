"""`serving:index:AzureMlBatchDefault`: the deployment that gets a batch endpoint's runs.

pulumi-azure-native has the default among the endpoint's own properties, where it cannot be: it
names a deployment, which is made after the endpoint. Azure's own example writes the endpoint a
second time (github.com/Azure/azureml-examples, cli/batch-score-rest.sh). So does this resource,
once the deployment is there, and looks again: its PATCH takes tags and identity alone.

Source: the REST reference of batch endpoints and deployments, api-version 2025-12-01.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from typing_extensions import override

from provider.azure.azure_ml_batch_default_inputs import DEFAULT_TIMEOUT_SECONDS
from provider.azure.azure_ml_place import BATCH
from provider.azure.azure_ml_wait import MOVING, Wait
from provider.azure.clients import Arm
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Read, Settled
from provider.waiting import Poll, Report

__all__ = ["AzureMlBatchDefault"]

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
        return BATCH.identity(inputs)

    @override
    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        endpoint, asked = BATCH.identity(inputs), str(inputs["deploymentName"])
        wait = Wait(
            f"batch endpoint {inputs['endpointName']}",
            self._arm,
            poll=self._poll,
            cancelled=self.cancelled,
            seconds=timeout_seconds or usual,
            report=report,
        )
        live = await wait.until_final(lambda: self._look(endpoint))
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
        place = BATCH.place(resource_id)
        document = await call(lambda: self._arm.get(resource_id))
        if document is None:
            return None
        live = _Live(document)
        known = str(inputs.get("deploymentName") or "")
        name = known if _same(known, live.default) else live.default
        now: dict[str, object] = {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **place, **inputs}
        now["deploymentName"] = name
        return now, _outputs(now, live)

    async def _look(self, endpoint: str) -> _Live:
        document = await call(lambda: self._arm.get(endpoint))
        if document is None:
            raise ProviderError(
                f"endpointName: there is no batch endpoint {endpoint.rpartition('/')[2]}. Was it "
                "deleted by hand? `pulumi refresh`, then `up`, makes it again"
            )
        return _Live(document)

    async def _ready(self, wait: Wait, deployment: str) -> None:
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
            if status not in MOVING:
                raise ProviderError(f"deployment {name} is {status}; asked: Succeeded. {_WAY_OUT}")
            await wait.once(f"deployment {name} is {status}")

    async def _set(self, wait: Wait, endpoint: str, live: _Live, asked: str) -> _Live:
        async def still() -> _Live:
            return await wait.until_final(lambda: self._look(endpoint))

        changed = {"defaults": {"deploymentName": asked}}
        reason = await wait.write(endpoint, live, still, changed)
        live = await wait.until_final(
            lambda: self._look(endpoint), lambda now: _same(now.default, asked)
        )
        if reason or not _same(live.default, asked):
            told = reason or "Something else sets the default of this endpoint; stop it"
            raise ProviderError(
                f"batch endpoint {endpoint.rpartition('/')[2]} ({live.status}) has the default "
                f"deployment {live.default or 'none'}; asked: {asked}. {told.rstrip('.')}. "
                f"{_WAY_OUT}"
            )
        return live


def _same(name: str, other: str) -> bool:
    """As ARM compares names."""
    return name.lower() == other.lower()


def _outputs(inputs: Mapping[str, object], live: _Live) -> dict[str, object]:
    return {**inputs, "status": live.status, "liveDeploymentName": live.default}
