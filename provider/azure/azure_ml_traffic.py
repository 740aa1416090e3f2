"""`serving:index:AzureMlTraffic`: an Azure ML endpoint parts its requests as asked, or this fails.

pulumi-azure-native has the traffic among the endpoint's own properties, where it cannot be: it
names deployments, which are made after the endpoint. And Azure answers a change with a long
operation that can end `Failed`, the old traffic being live. This resource waits for the deployments
that it names, writes the endpoint as it is live with other traffic (its PATCH takes tags and
identity alone), waits for the operation's end, and looks again.

Source: the REST reference of online endpoints and deployments, api-version 2025-12-01.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from provider.azure.azure_ml_place import ONLINE
from provider.azure.azure_ml_traffic_inputs import (
    DEFAULT_TIMEOUT_SECONDS,
    SHARES,
    percent,
)
from provider.azure.azure_ml_wait import MOVING, Wait
from provider.azure.clients import Arm
from provider.calls import call
from provider.errors import NotReadyError, ProviderError
from provider.resource import Read
from provider.waiting import Poll, Report

_WAY_OUT: Final = (
    "Fix the deployment (`az ml online-deployment get-logs` says why it does not start) and run "
    "`up` again, or go back with `serving rollback <model>`"
)


@dataclass(frozen=True, slots=True)
class Live:
    """What an endpoint is: its document, its state, shares without the deployments that get 0."""

    document: dict[str, Any]
    status: str
    traffic: dict[str, float]
    mirrored: dict[str, float]

    @property
    def shares(self) -> tuple[dict[str, float], dict[str, float]]:
        """Live and mirrored traffic."""
        return self.traffic, self.mirrored

    def named(self, key: str) -> dict[str, float]:
        """`traffic` or `mirrorTraffic`, with the deployments that get 0."""
        properties = cast(dict[str, Any], self.document.get("properties") or {})
        shares = cast(dict[str, float], properties.get(key) or {})
        return {name: float(share) for name, share in shares.items()}

    def __str__(self) -> str:
        copies = f"; copies to {percent(self.mirrored)}" if self.mirrored else ""
        return f"{percent(self.traffic)}{copies}"


class AzureMlTraffic:
    """Create, update, read and delete by one client of ARM."""

    def __init__(self, arm: Arm, *, poll: Poll | None = None) -> None:
        self._arm = arm
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """Move the traffic. A move that failed stays in state: it may have given traffic."""
        try:
            outputs = await self._apply(inputs, timeout_seconds=timeout_seconds, report=report)
        except ProviderError as error:
            live = await self._find(ONLINE.identity(inputs))
            if live is None:
                raise
            raise NotReadyError(
                str(error), ONLINE.identity(inputs), _outputs(inputs, live)
            ) from error
        return ONLINE.identity(inputs), outputs

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - what is live decides
        before: Mapping[str, object],  # noqa: ARG002
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """The same: what is live decides, not what was in state."""
        return await self._apply(inputs, timeout_seconds=timeout_seconds, report=report)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; None when there is no such endpoint."""
        place = ONLINE.place(resource_id)
        live = await self._find(resource_id)
        if live is None:
            return None
        now: dict[str, object] = {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **place, **inputs}
        for key, shares in zip(SHARES, live.shares, strict=True):
            known = cast(dict[str, float], now.get(key) or {})
            # A deployment that gets 0 may be named there or not; without inputs it is as it is.
            now[key] = known if key in inputs and _given(known) == shares else live.named(key)
        return now, _outputs(now, live)

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """Take all traffic away: Azure refuses to delete a deployment that has any."""
        wait = self._wait(resource_id, state, timeout_seconds, report)
        live = await wait.until_final(lambda: self._find(resource_id))
        if live is not None and (live.traffic or live.mirrored):
            await report(f"taking the traffic from {live}")
            await self._move(wait, resource_id, live, ({}, {}))

    async def _apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        asked = cast(
            "tuple[dict[str, float], dict[str, float]]",
            tuple(dict(cast(Mapping[str, float], inputs.get(key) or {})) for key in SHARES),
        )
        endpoint = ONLINE.identity(inputs)
        wait = self._wait(endpoint, inputs, timeout_seconds, report)
        live = await wait.until_final(lambda: self._find(endpoint))
        if live is None:
            raise ProviderError(
                f"endpointName: there is no online endpoint {inputs['endpointName']} in workspace "
                f"{inputs['workspaceName']}. Was it deleted by hand? `pulumi refresh`, then `up`, "
                "makes it again"
            )
        await self._ready(wait, endpoint, live, {**asked[0], **asked[1]})
        wanted = (_given(asked[0]), _given(asked[1]))
        # A change that failed leaves the endpoint Failed; the next one that works ends that.
        if live.shares != wanted or live.status != "Succeeded":
            await report(f"moving traffic from {live} to {_told(wanted)}")
            live = await self._move(wait, endpoint, live, asked)
        return _outputs(inputs, live)

    async def _ready(
        self, wait: Wait, endpoint: str, live: Live, named: Mapping[str, float]
    ) -> None:
        """Wait for each deployment that is named; the traffic stays where one is not as asked."""
        while True:
            rows = await call(lambda: self._arm.list(f"{endpoint}/deployments"))
            states = {
                str(row["name"]).lower(): str(row.get("properties", {}).get("provisioningState"))
                for row in rows
            }
            for name in named:
                state = states.get(name.lower())
                if state is None:
                    known = ", ".join(sorted(str(row["name"]) for row in rows)) or "none"
                    raise ProviderError(
                        f"traffic: the endpoint has no deployment {name}; it has {known}. The "
                        f"traffic stays: {live}"
                    )
                if state not in MOVING and state != "Succeeded":
                    raise ProviderError(
                        f"deployment {name} is {state}; asked: Succeeded. The traffic stays: "
                        f"{live}. {_WAY_OUT}"
                    )
            moving = [name for name in named if states[name.lower()] in MOVING]
            if not moving:
                return
            await wait.once(f"deployment {moving[0]} is {states[moving[0].lower()]}")

    async def _move(
        self,
        wait: Wait,
        endpoint: str,
        live: Live,
        asked: tuple[dict[str, float], dict[str, float]],
    ) -> Live:
        """Write the endpoint with other traffic; what is live afterwards."""
        name, wanted = endpoint.rpartition("/")[2], (_given(asked[0]), _given(asked[1]))

        async def look() -> Live:
            found = await self._find(endpoint)
            if found is None:
                raise ProviderError(f"endpoint {name} was deleted while its traffic was moved")
            return found

        async def still() -> Live:
            return await wait.until_final(look)

        changed = {
            key: {deployment: int(share) for deployment, share in shares.items()}
            for key, shares in zip(SHARES, asked, strict=True)
        }
        reason = await wait.write(endpoint, live, still, changed)
        live = await wait.until_final(look, lambda now: now.shares == wanted)
        if reason or live.shares != wanted or live.status != "Succeeded":
            said = reason or "Something else moves the traffic of this endpoint; stop it"
            raise ProviderError(
                f"endpoint {name} ({live.status}) serves {live}; asked: {_told(wanted)}. "
                f"{said.rstrip('.')}. {_WAY_OUT}"
            )
        return live

    async def _find(self, resource_id: str) -> Live | None:
        document = await call(lambda: self._arm.get(resource_id))
        if document is None:
            return None
        properties = cast(dict[str, Any], document.get("properties") or {})
        return Live(
            document=document,
            status=str(properties.get("provisioningState") or ""),
            traffic=_given(properties.get("traffic") or {}),
            mirrored=_given(properties.get("mirrorTraffic") or {}),
        )

    def _wait(
        self,
        resource_id: str,
        inputs: Mapping[str, object],
        timeout_seconds: float,
        report: Report,
    ) -> Wait:
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        return Wait(
            f"endpoint {resource_id.rpartition('/')[2]}",
            self._arm,
            poll=self._poll,
            cancelled=self.cancelled,
            seconds=timeout_seconds or usual,
            report=report,
        )


def _given(shares: Mapping[str, float]) -> dict[str, float]:
    return {name: float(share) for name, share in shares.items() if share}


def _told(shares: tuple[dict[str, float], dict[str, float]]) -> str:
    return str(Live({}, "", *shares))


def _outputs(inputs: Mapping[str, object], live: Live) -> dict[str, object]:
    return {
        **inputs,
        "status": live.status,
        "liveTraffic": dict(live.traffic),
        "liveMirrorTraffic": dict(live.mirrored),
    }
