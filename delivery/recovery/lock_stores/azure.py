"""Locks in a container of Azure Blob Storage, by Azure's client: the backend `azblob://`."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from delivery.recovery.lock_stores.protocol import (
    Locks,
    NotInstalledError,
    folder_of,
    is_true,
    not_asked,
    parameters,
)

__all__ = ["opened"]

_LOGIN: Final = (
    "log in (`az login`), or set AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or "
    "AZURE_STORAGE_SAS_TOKEN as the engine has it; a login needs the role Storage Blob Data "
    "Contributor on the container"
)
_DOMAIN: Final = "blob.core.windows.net"
_LOOPBACK: Final = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class _Blobs:
    client: Any
    folder: str

    def read(self) -> Mapping[str, bytes]:
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415

        found: dict[str, bytes] = {}
        with _asked(self.client.container_name):
            for name in self.client.list_blob_names(name_starts_with=f"{self.folder}/"):
                if not name.endswith(".json"):
                    continue
                try:
                    found[name] = self.client.download_blob(name).readall()
                except ResourceNotFoundError:
                    continue  # Its run has just ended.
        return found

    def remove(self, name: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415

        with _asked(self.client.container_name):
            try:
                self.client.delete_blob(name)
            except ResourceNotFoundError:
                return


@contextmanager
def _asked(container: str) -> Generator[None]:
    from azure.core.exceptions import AzureError  # noqa: PLC0415

    try:
        yield
    except AzureError as error:
        # Blob Storage's own code says more than the status that the message begins with.
        code = str(getattr(error, "error_code", None) or "")
        said = f"{code}: {error}" if code else error
        raise not_asked(f"azblob://{container}", said, _LOGIN) from None


def opened(url: str, path: str) -> Locks:
    """The locks below a path of a backend.

    Where it is, and who asks, is told by the URL's parameters and by the environment, as
    gocloud.dev/blob/azureblob reads them.

    Raises:
        NotLookedAtError: Azure's client is not installed, or nothing names the account.
    """
    container = urlsplit(url).netloc
    try:
        from azure.storage.blob import ContainerClient  # noqa: PLC0415
    except ImportError:
        raise NotInstalledError(f"azblob://{container}", "azure") from None
    asked, folder = parameters(url), folder_of(url, path)
    connection = _environment("AZURE_STORAGE_CONNECTION_STRING") or _environment(
        "AZURE_STORAGEBLOB_CONNECTIONSTRING"
    )
    key, token = _environment("AZURE_STORAGE_KEY"), _environment("AZURE_STORAGE_SAS_TOKEN")
    account = _environment("AZURE_STORAGE_ACCOUNT")
    made: Any = ContainerClient
    try:
        if connection and not (account and key) and not token:
            return _Blobs(made.from_connection_string(connection, container), folder)
        told = asked.get("storage_account") or account or _of(connection, "AccountName")
        address = _address(told, asked)
        if account and key:
            login: Any = {"account_name": account, "account_key": key}
        else:
            login = token or _default()
        return _Blobs(made(address, container, credential=login), folder)
    except ImportError:  # Of the login alone.
        raise NotInstalledError(f"azblob://{container}", "azure") from None
    except ValueError as error:
        raise not_asked(f"azblob://{container}", error, _LOGIN) from None


def _address(account: str, asked: Mapping[str, str]) -> str:
    """The service's URL. Source: NewServiceURL of gocloud.dev/blob/azureblob."""
    if not account:
        raise ValueError("nothing names the storage account")
    domain = asked.get("domain") or _environment("AZURE_STORAGE_DOMAIN") or _DOMAIN
    protocol = asked.get("protocol") or _environment("AZURE_STORAGE_PROTOCOL") or "https"
    emulated = is_true(asked.get("localemu") or _environment("AZURE_STORAGE_IS_LOCAL_EMULATOR"))
    if emulated or domain.startswith(_LOOPBACK):
        return f"{protocol}://{domain}/{account}"
    if is_true(asked.get("cdn") or _environment("AZURE_STORAGE_IS_CDN")):
        return f"{protocol}://{domain}"
    return f"{protocol}://{account}.{domain}"


def _default() -> Any:  # noqa: ANN401 - azure-identity's
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415

    return cast("Any", DefaultAzureCredential)()


def _environment(name: str) -> str:
    return os.environ.get(name, "")


def _of(connection: str, key: str) -> str:
    pairs = (each.partition("=") for each in connection.split(";"))
    return next((value for name, _, value in pairs if name == key), "")
