"""`serving:index:VertexTrafficSplit`: which share of the requests each deployed model gets.

One resource after all deployments, so that a share is given to what is there and taken away from
what is about to go. A move is one UpdateEndpoint of the split alone; afterwards what is live is
compared with what was asked.

Source: UpdateEndpoint and Endpoint.traffic_split in the v1 client of google-cloud-aiplatform.
"""

from collections.abc import Mapping
from typing import Any, cast

from provider.errors import ProviderError
from provider.gcp.vertex import VertexError
from provider.gcp.vertex_inputs import PEERED_PAGE, endpoint_name, mapped, place, short
from provider.gcp.vertex_resource import VertexResource, Wait
from provider.gcp.vertex_traffic_split_inputs import (
    DEFAULT_TIMEOUT_SECONDS,
    PAGE,
    shares,
    told,
)
from provider.resource import Read, Settled
from provider.waiting import Report


class VertexTrafficSplit(VertexResource, Settled):
    """Create, read and update in any project and region."""

    def identity(self, inputs: Mapping[str, object]) -> str:
        """The endpoint's whole name, which an import names too."""
        return endpoint_name(inputs)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; `inputs` are the ones in state, empty for an import.

        The live split takes the place of the one in state, so that a refresh shows drift.
        """
        where = place(resource_id)
        if not where:
            raise ProviderError(f"got the id {resource_id}; use projects/…/locations/…/endpoints/…")
        endpoint = await self.get("GetEndpoint", str(where["region"]), {"name": resource_id})
        if endpoint is None:
            return None
        live = _split(endpoint)
        known = inputs.get("traffic")
        if known is None or shares(known) != live:
            known = [
                {"deployedModelId": name, "percent": percent}
                for name, percent in sorted(live.items())
            ]
        now: dict[str, object] = {
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            "endpoint": short(resource_id),
            **where,
            **inputs,
            "traffic": known,
        }
        return now, _outputs(now, endpoint)

    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float = 0, report: Report
    ) -> dict[str, object]:
        """Make the endpoint split its requests as asked; the outputs.

        Raises `ProviderError` when the endpoint splits them otherwise afterwards.
        """
        region, name = str(inputs["region"]), endpoint_name(inputs)
        asked = shares(inputs["traffic"])
        seconds = inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS
        wait = self.wait(f"endpoint {short(name)}", seconds, timeout_seconds, report)
        moved = False
        while True:
            endpoint = await self._endpoint(region, name)
            live = _split(endpoint)
            _require_deployed(endpoint, inputs, name)
            if live == asked:
                return _outputs(inputs, endpoint)
            if endpoint.get("network"):
                raise ProviderError(
                    f"traffic: got {told(asked)}; use all of it for the one model: endpoint "
                    f"{short(name)} is in a peered network, and splits nothing ({PEERED_PAGE})"
                )
            if moved:
                raise ProviderError(
                    f"endpoint {short(name)} gives {told(live)}; asked: {told(asked)}. Something "
                    "else moves the traffic of this endpoint; stop it and run `up` again"
                )
            await self._tell(live, inputs, asked, report)
            moved = await self._move(region, name, asked, wait)

    async def _endpoint(self, region: str, name: str) -> dict[str, Any]:
        endpoint = await self.get("GetEndpoint", region, {"name": name})
        if endpoint is None:
            raise ProviderError(
                f"endpoint: there is no endpoint {name}. Was it deleted by hand? "
                "`pulumi refresh`, then `up`, makes it again"
            )
        return endpoint

    async def _tell(
        self,
        live: Mapping[str, int],
        inputs: Mapping[str, object],
        asked: Mapping[str, int],
        report: Report,
    ) -> None:
        named = {str(mapped(each)["deployedModelId"]) for each in _listed(inputs["traffic"])}
        strangers = {key: share for key, share in live.items() if key not in named}
        more = f"; takes it from {told(strangers)}, not of this split" if strangers else ""
        await report(f"moving traffic from {told(live)} to {told(asked)}{more}")

    async def _move(self, region: str, name: str, asked: Mapping[str, int], wait: Wait) -> bool:
        """Set the split; False when the endpoint is busy with another change."""
        request = {
            "endpoint": {"name": name, "trafficSplit": dict(asked)},
            "updateMask": "trafficSplit",
        }
        try:
            await self.once("UpdateEndpoint", region, request)
        except VertexError as error:
            await wait.refused(error)
            return False
        return True


def _listed(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _split(endpoint: Mapping[str, Any]) -> dict[str, int]:
    split = mapped(endpoint.get("trafficSplit"))
    if endpoint.get("network"):
        # One model, which gets all; the API has no split of it.
        split = {str(mapped(each)["id"]): 100 for each in _listed(endpoint.get("deployedModels"))}
    return {str(key): int(share) for key, share in split.items() if int(share)}


def _require_deployed(endpoint: Mapping[str, Any], inputs: Mapping[str, object], name: str) -> None:
    """Each id of the split must be deployed, also one that gets nothing."""
    there = {str(mapped(each)["id"]) for each in _listed(endpoint.get("deployedModels"))}
    asked = [str(mapped(each)["deployedModelId"]) for each in _listed(inputs["traffic"])]
    if missing := [each for each in asked if each not in there]:
        deployed = ", ".join(sorted(there)) or "none"
        raise ProviderError(
            f"traffic: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not deployed to "
            f"endpoint {short(name)}; deployed are: {deployed} ({PAGE})"
        )


def _outputs(inputs: Mapping[str, object], endpoint: Mapping[str, Any]) -> dict[str, object]:
    return {
        **inputs,
        "liveTraffic": dict(_split(endpoint)),
        "dedicatedEndpointDns": str(endpoint.get("dedicatedEndpointDns", "")),
    }
