"""`serving:index:AzureFunctionsPackage`: a package of code in Blob Storage.

pulumi-azure-native's own blob is written with the account's keys, and fails where the account takes
none (github.com/pulumi/pulumi-azure-native, issue 2015); here it is written by Microsoft Entra. A
package is named by its digest and never written over: what runs it goes on with its own.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from facts.azure_functions import package_blob
from provider.azure.azure_functions_package_inputs import DEFAULT_TIMEOUT_SECONDS
from provider.azure.azure_functions_place import account_id, blob_path, container_id
from provider.azure.blobs import STORAGE_VERSION, BlobError, Blobs, endpoint_of
from provider.azure.clients import Arm
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Read
from provider.waiting import Poll, Report

__all__ = ["AzureFunctionsPackage"]

# What is answered until a right that was just granted holds.
_NO_RIGHT: Final = ("AuthorizationPermissionMismatch", "AuthorizationFailure", "403")
_ROLE: Final = "Storage Blob Data Contributor"


class AzureFunctionsPackage:
    """Create, read and delete by clients of ARM and of Blob Storage; nothing is updated."""

    def __init__(self, arm: Arm, blobs: Blobs, *, poll: Poll | None = None) -> None:
        self._arm = arm
        self._blobs = blobs
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """As `Resource` says; a blob of the same digest is taken as it is."""
        digest, path = str(inputs["digest"]), Path(str(inputs["path"]))
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        content = await call(lambda: _content(path, digest))
        endpoint = await call(lambda: endpoint_of(self._arm, account_id(inputs)))
        url = f"{endpoint}/{blob_path(inputs, digest)}"
        started, delay = time.monotonic(), self._poll.first_seconds
        while True:
            try:
                live = await call(lambda: self._blobs.head(url))
                if live is None or live.get("x-ms-meta-sha256") != digest.removeprefix("sha256:"):
                    await report(f"writing {len(content) / 1e6:.1f} MB to {path.name}")
                    await call(lambda: self._blobs.put(url, content, digest))
                break
            except BlobError as error:
                if error.code not in _NO_RIGHT:
                    raise
                if time.monotonic() - started + delay > (timeout_seconds or usual):
                    raise ProviderError(
                        f"{error}. Whoever runs Pulumi needs the role {_ROLE} on the container, or "
                        "above it, and a way to the account's network"
                    ) from error
            await report("waiting for the right to write to the container")
            await self._pause(delay)
            delay = min(delay * self._poll.growth, self._poll.longest_seconds)
        return self._identity(inputs), {**inputs, "blobName": package_blob(digest)}

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """As `Resource` says; an import needs the inputs, which the id does not hold."""
        if not inputs:
            raise ProviderError(
                f"id: got {resource_id!r}; a package is not imported: the same one is taken as it "
                "is"
            )
        arm_id, digest = account_id(inputs), str(inputs["digest"])
        if await call(lambda: self._arm.get(arm_id, STORAGE_VERSION)) is None:
            return None
        endpoint = await call(lambda: endpoint_of(self._arm, arm_id))
        url = f"{endpoint}/{blob_path(inputs, digest)}"
        if await call(lambda: self._blobs.head(url)) is None:
            return None
        return dict(inputs), {**inputs, "blobName": package_blob(digest)}

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - of `Resource`
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,  # noqa: ARG002
        report: Report,  # noqa: ARG002
    ) -> dict[str, object]:
        """As `Resource` says; all that differs replaces."""
        return {**inputs, "blobName": before["blobName"]}

    async def delete(
        self,
        resource_id: str,  # noqa: ARG002
        state: Mapping[str, object],
        *,
        timeout_seconds: float,  # noqa: ARG002
        report: Report,  # noqa: ARG002
    ) -> None:
        """As `Resource` says."""
        arm_id = account_id(state)
        if await call(lambda: self._arm.get(arm_id, STORAGE_VERSION)) is None:
            return
        endpoint = await call(lambda: endpoint_of(self._arm, arm_id))
        path = blob_path(state, str(state["digest"]))
        await call(lambda: self._blobs.delete(f"{endpoint}/{path}"))

    def _identity(self, inputs: Mapping[str, object]) -> str:
        return f"{container_id(inputs)}/blobs/{package_blob(str(inputs['digest']))}"

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.cancelled.wait(), seconds)
        except TimeoutError:
            return
        raise ProviderError("cancelled while waiting for Blob Storage; run `up` again to continue")


def _content(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ProviderError(f"path: {path} cannot be read: {error.strerror}") from error
    actual = "sha256:" + hashlib.sha256(content).hexdigest()
    if actual != digest:
        raise ProviderError(
            f"digest: got {digest}, and {path} has {actual}: it was changed after Pulumi looked at "
            "it. Run `up` again"
        )
    return content
