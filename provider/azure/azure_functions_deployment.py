"""`serving:index:AzureFunctionsDeployment`: the package that an app on Flex Consumption runs.

What is put into the app's deployment container by hand is not deployed, and one deploy
(`Microsoft.Web/sites/extensions/onedeploy`) is the plan's only way. pulumi-azure-native has no
resource for it, and ARM's template wants a URL that the app can read: here one that is signed for
hours by a login's key. The call goes through ARM, so that an app without a public address is
reached too.

Source: https://learn.microsoft.com/azure/azure-functions/functions-infrastructure-as-code
#deployment-package, read 2026-11-26. What ARM answers is Kudu's document of a deployment; no page
of ARM has it, so it is read in both of its spellings, below `properties` and without.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any, Final, cast

from typing_extensions import override

from facts.azure_functions import PACKAGE_NAME
from provider.azure.azure_functions_deployment_inputs import COMPUTED, DEFAULT_TIMEOUT_SECONDS
from provider.azure.azure_functions_place import account_id, app_id, blob_path
from provider.azure.blobs import STORAGE_VERSION, Blobs, endpoint_of
from provider.azure.clients import Arm, refused
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Deployed, Read
from provider.waiting import Poll, Report

__all__ = ["AzureFunctionsDeployment"]

# The version by which pulumi-azure-native 3.29 speaks of apps.
_WEB: Final = "2025-05-01"
# DeployStatus of github.com/projectkudu/kudu, and what one deploy adds to it.
_SUCCESS: Final = 4
_FAILED: Final = {-1: "cancelled", 3: "failed", 5: "in conflict", 6: "partly done"}
_ENDED: Final = {"Succeeded": "", "Failed": "failed", "Canceled": "cancelled"}
_BUSY: Final = ("Conflict", "AnotherOperationInProgress")
_HOURS: Final = 4
# Of an app that may not write to its container: a right that was just granted takes minutes to hold
# there. https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
_FORBIDDEN: Final = re.compile(r"Forbidden|\b403\b|not authorized to perform this operation")
# Of the URL that is handed over; what Azure answers may repeat it.
_SIGNATURE: Final = re.compile(r"(sig(=|%3D))((?!%26)[^&\s\"'<>])+", re.IGNORECASE)


class AzureFunctionsDeployment(Deployed):
    """Create, update and read by clients of ARM and of Blob Storage."""

    def __init__(self, arm: Arm, blobs: Blobs, *, poll: Poll | None = None) -> None:
        self._arm = arm
        self._blobs = blobs
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    @override
    def identity(self, inputs: Mapping[str, object]) -> str:
        return f"{app_id(inputs)}/extensions/onedeploy"

    @override
    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        until = time.monotonic() + (timeout_seconds or usual)
        app, name = self.identity(inputs), str(inputs["appName"])
        endpoint = await call(lambda: endpoint_of(self._arm, account_id(inputs)))
        path = blob_path(inputs, str(inputs["digest"]))
        if await call(lambda: self._blobs.head(f"{endpoint}/{path}")) is None:
            raise ProviderError(
                f"digest: the container {inputs['containerName']} has no package "
                f"{inputs['digest']}. Make it first (`serving:index:AzureFunctionsPackage`)"
            )
        last = before = _Deployment(await call(lambda: self._arm.get(app, _WEB)) or {})
        # The other half is for the deployment itself.
        again_until = (time.monotonic() + until) / 2
        delay = self._poll.first_seconds
        while True:
            url = await call(lambda: self._blobs.readable(endpoint, path, _HOURS))
            live = await self._deployed(app, url, before, until=until, report=report)
            if not live.failure:
                return {**inputs, "status": "Succeeded", "deploymentId": live.identity}
            if not _FORBIDDEN.search(live.message) or again_until < time.monotonic() + delay:
                told = live.message or "Its log is at the app's deployment centre"
                raise ProviderError(
                    f"app {name}: the deployment {live.identity} is {live.failure}: "
                    f"{told.rstrip('.')}. {last.leaves}"
                )
            now = f"app {name} may not write to its container yet"
            delay, before = await self._pause(delay, until, now, report), live

    async def _deployed(
        self, app: str, url: str, before: "_Deployment", *, until: float, report: Report
    ) -> "_Deployment":
        """The deployment of what the URL leads to, once it has ended; another than `before`."""
        document = {"properties": {"packageUri": url, "remoteBuild": False}}
        name, delay = app.split("/")[-3], self._poll.first_seconds
        while True:
            try:
                answer = await call(lambda: self._arm.put(app, document, _WEB))
                break
            except ProviderError as error:
                if not refused(error, *_BUSY):
                    raise ProviderError(_unsigned(str(error))) from None
            delay = await self._pause(
                delay, until, f"app {name} is busy with another change", report
            )
        live = _Deployment(answer.body)
        while not live.ended or live.identity in {"", before.identity}:
            delay = await self._pause(delay, until, f"app {name} takes the package", report)
            found = await call(lambda: self._arm.get(app, _WEB))
            if found is None:
                raise ProviderError(f"appName: there is no app {name} any more")
            live = _Deployment(found)
        return live

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """As `Resource` says, with the outputs in state; an import needs more than the id holds.

        Which package runs Azure does not tell. Unless the last deployment is the one in state, and
        a success, none is known, and what is asked is handed over again. An update that failed has
        none in state. So it is where the app's own copy is gone: no new instance starts without it.
        """
        if not inputs:
            raise ProviderError(
                f"id: got {resource_id!r}; a deployment is not imported: an app gets the package "
                "again"
            )
        app = resource_id.rpartition("/extensions/")[0]
        document = await call(lambda: self._arm.get(app, _WEB))
        if document is None:
            return None
        found = _Deployment(await call(lambda: self._arm.get(resource_id, _WEB)) or {})
        now = {key: value for key, value in inputs.items() if key not in COMPUTED}
        noted = inputs.get("deploymentId")
        other = found.identity and found.identity != noted
        if found.is_in_doubt or other or not noted or await self._is_lost(document, inputs):
            now["digest"] = ""
        return now, {**now, "status": found.status, "deploymentId": found.identity}

    async def _is_lost(self, app: Mapping[str, Any], inputs: Mapping[str, object]) -> bool:
        """Whether the package is gone from the container that the app reads it from.

        What may not be looked at, and a container of another account, are taken to have it.
        """
        host, _, container = _container(app).removeprefix("https://").rstrip("/").partition("/")
        if not container or host.partition(".")[0] != inputs["accountName"]:
            return False
        account = account_id(inputs)
        try:
            if await call(lambda: self._arm.get(account, STORAGE_VERSION)) is None:
                return True
            endpoint = await call(lambda: endpoint_of(self._arm, account))
            blob = f"{endpoint}/{container}/{PACKAGE_NAME}"
            return await call(lambda: self._blobs.head(blob)) is None
        except ProviderError:
            return False

    async def _pause(self, delay: float, until: float, now: str, report: Report) -> float:
        left = until - time.monotonic()
        if left < delay:
            raise ProviderError(
                f"{now}, and the time for it is over. Azure goes on by itself: run `up` again to "
                "wait longer, or raise `timeoutSeconds`"
            )
        await report(f"{now}, {left:.0f} s left")
        try:
            await asyncio.wait_for(self.cancelled.wait(), delay)
        except TimeoutError:
            return min(delay * self._poll.growth, self._poll.longest_seconds)
        raise ProviderError(
            f"cancelled while {now}; Azure goes on by itself. Run `up` again to continue"
        )


def _container(app: Mapping[str, Any]) -> str:
    """The URL of the container that an app on Flex Consumption reads its package from."""
    found: object = app.get("properties")
    for key in ("functionAppConfig", "deployment", "storage", "value"):
        found = cast(dict[str, Any], found or {}).get(key)
    return str(found or "")


class _Deployment:
    """What ARM tells of the last one."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        below = cast(dict[str, Any], document.get("properties") or {})
        self._told = {**document, **below}

    @property
    def identity(self) -> str:
        return str(self._told.get("deploymentId") or self._told.get("id") or "")

    @property
    def message(self) -> str:
        told = self._told.get("message") or self._told.get("status_text") or ""
        return _unsigned(" ".join(str(told).split()))

    @property
    def status(self) -> str:
        return self.failure or ("Succeeded" if self.ended else "")

    @property
    def ended(self) -> bool:
        known = self._told.get("status")
        state = self._told.get("provisioningState")
        return state in _ENDED or known == _SUCCESS or known in _FAILED

    @property
    def is_in_doubt(self) -> bool:
        """Whether it tells of itself that it is no success, or none yet."""
        told = [self._told.get(key) for key in ("status", "provisioningState")]
        return any(each is not None for each in told) and self.status != "Succeeded"

    @property
    def leaves(self) -> str:
        """What the app runs after the next one, if that fails."""
        if not self.identity:
            return "It was the app's first one: the app has no package, and answers nobody"
        if self.status == "Succeeded":
            return "The app goes on with the package that it had"
        # ARM tells of the last one alone.
        return "The one before did not succeed either: the app has what came earlier, if any did"

    @property
    def failure(self) -> str:
        """How it ended badly, empty where it did not."""
        known = self._told.get("status")
        if known in _FAILED:
            return _FAILED[cast(int, known)]
        return _ENDED.get(str(self._told.get("provisioningState")), "")


def _unsigned(text: str) -> str:
    """What may be shown: who has the signature reads the package."""
    return _SIGNATURE.sub(r"\1…", text)
