"""`serving:index:AzureMlLiveValues`: what others set, so that Pulumi writes it back as it is.

pulumi-azure-native writes endpoints and deployments whole. Written without its traffic, an endpoint
answers nobody; written with the instances of its first day, a deployment loses those that a scale
rule added. `ignore_changes` would send what the state remembers, not what is live. So this reads it
just before: its outputs change only when something else is about to be written too. Where that was
not written after all, they are read anew: `seen` is what was live before, as a digest.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.azure.azure_ml_live_values_inputs import COMPUTED
from provider.azure.azure_ml_place import BATCH, ONLINE
from provider.azure.clients import Arm
from provider.calls import call
from provider.resource import Kept, Read
from provider.waiting import Report

__all__ = ["AzureMlLiveValues"]

# What changes of a resource though nobody writes it, or is no part of what is written here. The
# inner `properties` are the service's notes of its last operation.
_NOT_WRITTEN: Final = frozenset(
    {"defaults", "mirrorTraffic", "properties", "provisioningState", "traffic"}
)
_ENDED_BADLY: Final = frozenset({"Canceled", "Failed"})


class AzureMlLiveValues(Kept):
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
        return _id(inputs), await self._read(inputs, {})

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
        return await self._read(inputs, before)

    async def moved(self, state: Mapping[str, object]) -> list[str]:
        """Outputs that are not live any more, where what they were read for was not written."""
        document = await self._properties(state) if "seen" in state else None
        if document is None or _is_written(document, state):
            return []
        now = _values(document, int(cast(float, state["instances"])))
        return [key for key in COMPUTED if now[key] != state.get(key)]

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
        document = await self._properties(now)
        if document is None:
            return None
        # Without `seen`: whether that is written which the state is for, nobody knows here.
        return now, {**now, **_values(document, _capacity(now))}

    async def _read(
        self, inputs: Mapping[str, object], before: Mapping[str, object]
    ) -> dict[str, object]:
        document = await self._properties(inputs)
        least = _capacity(inputs)
        if document is None and before.get("deploymentName") != inputs.get("deploymentName"):
            replaced = await self._properties(before)
            least = max(least, _instances(replaced, least))
        return {**inputs, **_values(document, least), **_seen(document, inputs, before)}

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


def _capacity(inputs: Mapping[str, object]) -> int:
    return int(cast(float, inputs.get("capacity") or 1))


def _values(document: Mapping[str, Any] | None, otherwise: int) -> dict[str, object]:
    properties = cast(dict[str, Any], (document or {}).get("properties") or {})
    defaults = cast(dict[str, Any], properties.get("defaults") or {})
    return {
        "traffic": properties.get("traffic") or {},
        "mirrorTraffic": properties.get("mirrorTraffic") or {},
        "instances": _instances(document, otherwise),
        "defaultDeployment": str(defaults.get("deploymentName") or ""),
    }


def _digest(document: Mapping[str, Any] | None) -> str:
    """Of what Pulumi writes; empty of nothing."""
    if document is None:
        return ""
    properties = cast(dict[str, Any], document.get("properties") or {})
    kept = {key: value for key, value in properties.items() if key not in _NOT_WRITTEN}
    told = json.dumps([document.get("tags"), document.get("identity"), kept], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _seen(
    document: Mapping[str, Any] | None, inputs: Mapping[str, object], before: Mapping[str, object]
) -> dict[str, object]:
    """What is live now, for a write that is to come.

    A capacity is no such: the digest is without it. Where the state is for a write that came, or
    of which nobody knows whether it did, it stays so.
    """
    other = any(before.get(key) != inputs.get(key) for key in ("deploymentName", "writes"))
    if other or document is None or ("seen" in before and not _is_written(document, before)):
        return {"seen": _digest(document)}
    return {"seen": before["seen"]} if "seen" in before else {}


def _is_written(document: Mapping[str, Any], state: Mapping[str, object]) -> bool:
    """Whether a write came after what was seen, and to a good end.

    An endpoint's last operation may be one of its traffic, which another resource moves.
    """
    properties = cast(dict[str, Any], document.get("properties") or {})
    if state.get("deploymentName") and properties.get("provisioningState") in _ENDED_BADLY:
        return False
    return _digest(document) != state["seen"]
