"""Blob Storage for the resources, without the account's keys: by Azure's own pipeline and login.

Where an account's blobs are is what ARM says of it. Azure's storage client takes no token without
TLS, not even to loopback; so its requests are made here, and its signatures by it.
"""

import datetime as dt
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast
from xml.etree import ElementTree as ET

from provider.azure import pipeline
from provider.azure.clients import Arm
from provider.errors import ProviderError

__all__ = ["STORAGE_VERSION", "BlobClient", "BlobError", "Blobs", "endpoint_of"]

# The version by which pulumi-azure-native 3.29 speaks of storage accounts.
STORAGE_VERSION: Final = "2024-01-01"
_SCOPE: Final = "https://storage.azure.com/.default"
# Of the service itself; one request carries a blob of up to 5,000 MiB.
# https://learn.microsoft.com/rest/api/storageservices/put-blob
_VERSION: Final = "2022-11-02"


class BlobError(ProviderError):
    """A refusal of Blob Storage; `code` is its own word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Blobs(Protocol):
    """The calls of Blob Storage that this provider makes, and no others. They block."""

    def head(self, url: str) -> Mapping[str, str] | None:
        """A blob's headers, in lower case; None when there is none."""
        ...

    def put(self, url: str, content: bytes, digest: str) -> None:
        """Write a blob whole, with its digest among its metadata."""
        ...

    def delete(self, url: str) -> None:
        """Delete a blob; one that is not there is no error."""
        ...

    def readable(self, endpoint: str, path: str, hours: int) -> str:
        """The URL of a blob with the right to read it for so long, signed by a login's key."""
        ...


def endpoint_of(arm: Arm, account_id: str) -> str:
    """Where the blobs of an account are, without a slash at the end; raises `ProviderError`."""
    document = arm.get(account_id, STORAGE_VERSION)
    name = account_id.rpartition("/")[2]
    if document is None:
        raise ProviderError(
            f"accountName: there is no storage account {name}. Was it deleted by hand? `pulumi "
            "refresh`, then `up`, makes it again"
        )
    properties = cast(dict[str, Any], document.get("properties") or {})
    endpoints = cast(dict[str, Any], properties.get("primaryEndpoints") or {})
    found = str(endpoints.get("blob") or "")
    if not found:
        raise ProviderError(f"accountName: storage account {name} keeps no blobs")
    return found.rstrip("/")


class BlobClient:
    """The client of one process. Safe from several threads."""

    def __init__(self) -> None:
        self._made: Any = None
        self._lock = threading.Lock()

    def head(self, url: str) -> Mapping[str, str] | None:
        """As `Blobs` says."""
        response = self._send("HEAD", url, missing=True)
        if response.status_code == pipeline.NOT_FOUND:
            return None
        return {str(name).lower(): str(value) for name, value in response.headers.items()}

    def put(self, url: str, content: bytes, digest: str) -> None:
        """As `Blobs` says."""
        headers = {
            "x-ms-blob-type": "BlockBlob",
            "x-ms-meta-sha256": digest.removeprefix("sha256:"),
            "Content-Type": "application/zip",
        }
        self._send("PUT", url, headers=headers, content=content)

    def delete(self, url: str) -> None:
        """As `Blobs` says."""
        self._send("DELETE", url, missing=True)

    def readable(self, endpoint: str, path: str, hours: int) -> str:
        """As `Blobs` says."""
        from azure.storage.blob import (  # noqa: PLC0415
            BlobSasPermissions,
            UserDelegationKey,
            generate_blob_sas,
        )

        now = dt.datetime.now(dt.UTC)
        # Clocks differ.
        start, expiry = now - dt.timedelta(minutes=15), now + dt.timedelta(hours=hours)
        body = (
            '<?xml version="1.0" encoding="utf-8"?><KeyInfo>'
            f"<Start>{start:%Y-%m-%dT%H:%M:%SZ}</Start>"
            f"<Expiry>{expiry:%Y-%m-%dT%H:%M:%SZ}</Expiry></KeyInfo>"
        )
        answer = self._send(
            "POST",
            f"{endpoint}/?restype=service&comp=userdelegationkey",
            headers={"Content-Type": "application/xml"},
            content=body.encode(),
        )
        # Of the service that the login's token was sent to.
        document = ET.fromstring(answer.text())  # noqa: S314
        key = UserDelegationKey()
        for name in ("oid", "tid", "start", "expiry", "service", "version"):
            setattr(key, f"signed_{name}", document.findtext(f"Signed{name.title()}"))
        key.value = document.findtext("Value")
        container, _, name = path.partition("/")
        account = _account(endpoint)
        token = cast(Any, generate_blob_sas)(
            account,
            container,
            name,
            user_delegation_key=key,
            permission=BlobSasPermissions(read=True),
            start=start,
            expiry=expiry,
        )
        return f"{endpoint}/{path}?{token}"

    def _client(self) -> Any:  # noqa: ANN401 - azure-core's
        with self._lock:
            if self._made is None:
                self._made = _made_client()
            return self._made

    def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        missing: bool = False,
    ) -> Any:  # noqa: ANN401 - a response of azure-core
        response = pipeline.send(
            self._client(),
            method,
            url,
            headers={"x-ms-version": _VERSION, **(headers or {})},
            content=content,
        )
        if pipeline.is_refused(response.status_code, missing=missing):
            code = str(response.headers.get("x-ms-error-code") or response.status_code)
            raise BlobError(f"{code}: Blob Storage answered {response.status_code} {method}", code)
        return response


def _made_client() -> Any:  # noqa: ANN401 - azure-core's
    def token(credential: Any) -> Any:  # noqa: ANN401 - azure-core's
        from azure.core.pipeline.policies import BearerTokenCredentialPolicy  # noqa: PLC0415

        return cast(Any, BearerTokenCredentialPolicy)(credential, _SCOPE)

    return pipeline.client_of(token)


def _account(endpoint: str) -> str:
    """Its name: the host's first part, or where hosts have no names, the path's last."""
    parts = urllib.parse.urlsplit(endpoint)
    return parts.path.rpartition("/")[2] or (parts.hostname or "").partition(".")[0]
