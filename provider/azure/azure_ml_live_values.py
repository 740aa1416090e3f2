"""`serving:index:AzureMlLiveValues`: what others set, so that Pulumi writes it back as it is.

pulumi-azure-native writes endpoints and deployments whole. Written without its traffic, an endpoint
answers nobody; written with the instances of its first day, a deployment loses those that a scale
rule added. `ignore_changes` would send what the state remembers, not what is live. So this reads it
just before: its outputs change only when something else is about to be written too.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from provider.azure.azure_ml_place import BATCH, ONLINE
from provider.azure.clients import Arm
from provider.calls import call
from provider.resource import Read
from provider.waiting import Report

__all__ = ["AzureMlLiveValues"]


class AzureMlLiveValues:
    """Create, update and read by one client of ARM."""

    def __init__(self, arm: Arm) -> None:
        self._arm = arm
        self.cancelled = asyncio.Event()

    async def create(
        self,
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,  # noqa: ARG002 - it waits for nothing
        report: Report,  # noqa: ARG002
    ) -> tuple[str, dict[str, object]]:
        """Read what is live, if anything is."""
        return _id(inputs), await self._outputs(inputs, {})

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - a deployment's new name is no other resource
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,  # noqa: ARG002
        report: Report,  # noqa: ARG002
    ) -> dict[str, object]:
        """Read anew. A deployment that takes another one's place begins with its instances."""
        return await self._outputs(inputs, before)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """The same values as they are now; None when that is gone which they are of."""
        endpoint, _, deployment = resource_id.partition("/deployments/")
        place = ONLINE.find(endpoint)
        if place is None:
            place = BATCH.find(endpoint)
            if place is None:
                return None
            place["batch"] = True
        name = inputs.get("deploymentName") or deployment or None
        now: dict[str, object] = {"writes": "", **place, **inputs}
        if name is not None:
            now["deploymentName"] = name
        if await self._properties(now) is None:
            return None
        return now, await self._outputs(now, {})

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """Nothing of it is in the cloud."""

    async def _outputs(
        self, inputs: Mapping[str, object], before: Mapping[str, object]
    ) -> dict[str, object]:
        document = await self._properties(inputs)
        least = int(cast(float, inputs.get("capacity") or 1))
        if document is None and before.get("deploymentName") != inputs.get("deploymentName"):
            replaced = await self._properties(before)
            least = max(least, _instances(replaced, least))
        properties = cast(dict[str, Any], (document or {}).get("properties") or {})
        defaults = cast(dict[str, Any], properties.get("defaults") or {})
        return {
            **inputs,
            "traffic": properties.get("traffic") or {},
            "mirrorTraffic": properties.get("mirrorTraffic") or {},
            "instances": _instances(document, least),
            "defaultDeployment": str(defaults.get("deploymentName") or ""),
        }

    async def _properties(self, inputs: Mapping[str, object]) -> dict[str, Any] | None:
        if "endpointName" not in inputs:
            return None
        return await call(lambda: self._arm.get(_id(inputs)))


def _id(inputs: Mapping[str, object]) -> str:
    name = inputs.get("deploymentName")
    endpoint = (BATCH if inputs.get("batch") else ONLINE).identity(inputs)
    return f"{endpoint}/deployments/{name}" if name else endpoint


def _instances(document: Mapping[str, Any] | None, otherwise: int) -> int:
    sku = cast(dict[str, Any], (document or {}).get("sku") or {})
    return int(sku.get("capacity") or otherwise)
