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

from provider.azure.clients import LOOPBACK, Arm
from provider.errors import ProviderError, one_line

__all__ = ["STORAGE_VERSION", "BlobClient", "BlobError", "Blobs", "endpoint_of"]

# The version by which pulumi-azure-native 3.29 speaks of storage accounts.
STORAGE_VERSION: Final = "2024-01-01"
_SCOPE: Final = "https://storage.azure.com/.default"
# Of the service itself; one request carries a blob of up to 5,000 MiB.
# https://learn.microsoft.com/rest/api/storageservices/put-blob
_VERSION: Final = "2022-11-02"
_NOT_FOUND: Final = 404
_REFUSED: Final = 400


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
        if response.status_code == _NOT_FOUND:
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
                self._made = _pipeline()
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
        from azure.core.exceptions import AzureError, ClientAuthenticationError  # noqa: PLC0415
        from azure.core.rest import HttpRequest  # noqa: PLC0415

        request = HttpRequest(
            method, url, headers={"x-ms-version": _VERSION, **(headers or {})}, content=content
        )
        try:
            response = self._client().send_request(
                request,
                # What goes to this machine alone needs no TLS.
                enforce_https=urllib.parse.urlsplit(url).hostname not in LOOPBACK,
            )
        except ClientAuthenticationError as error:
            raise ProviderError(
                f"credentials: {one_line(error)} Log in by `az login`, or set AZURE_TENANT_ID, "
                "AZURE_CLIENT_ID and a secret or certificate, as azure-identity takes them"
            ) from error
        except AzureError as error:
            raise ProviderError(one_line(error)) from error
        if response.status_code >= _REFUSED and not (
            missing and response.status_code == _NOT_FOUND
        ):
            code = str(response.headers.get("x-ms-error-code") or response.status_code)
            raise BlobError(f"{code}: Blob Storage answered {response.status_code} {method}", code)
        return response


def _pipeline() -> Any:  # noqa: ANN401 - azure-core's
    try:
        from azure.core import PipelineClient  # noqa: PLC0415
        from azure.core.pipeline.policies import (  # noqa: PLC0415
            BearerTokenCredentialPolicy,
            HeadersPolicy,
            RequestIdPolicy,
            RetryPolicy,
            UserAgentPolicy,
        )
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415
    except ImportError as error:
        raise ProviderError(
            "Azure's clients are not installed: run `uv sync --group azure`"
        ) from error
    policies: list[Any] = [
        RequestIdPolicy(),
        HeadersPolicy(),
        UserAgentPolicy(sdk_moniker="model-serving"),
        RetryPolicy(retry_total=6),
        BearerTokenCredentialPolicy(DefaultAzureCredential(), _SCOPE),
    ]
    return cast(Any, PipelineClient)(base_url="", policies=policies)


def _account(endpoint: str) -> str:
    """Its name: the host's first part, or where hosts have no names, the path's last."""
    parts = urllib.parse.urlsplit(endpoint)
    return parts.path.rpartition("/")[2] or (parts.hostname or "").partition(".")[0]
