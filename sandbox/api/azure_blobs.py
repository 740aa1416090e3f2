"""Blobs of the sandbox's storage accounts, below `/blob/<account>/<container>/`.

Their size and digest are kept, not their content. A request has a token, as Entra gives it, or the
signature of a login's key, which is given here; neither is checked. The account's keys are not
taken.
"""

import datetime as dt
import hashlib
import urllib.parse
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.api.dropped import DroppedError, wait_or_drop
from sandbox.api.http import Request, Response
from sandbox.clouds.azure import ids
from sandbox.rows import OVER_HTTP
from sandbox.store import Event, Row, Store

__all__ = ["PATH", "answer", "blob_row"]

PATH = "/blob/"
_BLOB = "azure-native:storage:Blob"
_CONTAINER = "azure-native:storage:BlobContainer"
_ACCOUNT = "azure-native:storage:StorageAccount"
_META = "x-ms-meta-"
_OPERATIONS = {
    "HEAD": "Blob_GetProperties",
    "PUT": "BlockBlob_Upload",
    "DELETE": "Blob_Delete",
    "POST": "Service_GetUserDelegationKey",
}
_KEY = (
    "<UserDelegationKey><SignedOid>{oid}</SignedOid><SignedTid>{tid}</SignedTid>"
    "<SignedStart>{start}</SignedStart><SignedExpiry>{expiry}</SignedExpiry>"
    "<SignedService>b</SignedService><SignedVersion>2022-11-02</SignedVersion>"
    "<Value>c2FuZGJveA==</Value></UserDelegationKey>"
)


class _Error(Exception):
    """A refusal by its code, as Blob Storage words it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status


def answer(store: Store, request: Request) -> Response:
    """Answer one request; each is logged as an event such as `blob:BlockBlob_Upload`."""
    address = urllib.parse.urlsplit(request.path)
    path = urllib.parse.unquote(address.path).removeprefix(PATH)
    account, _, rest = path.partition("/")
    container, _, name = rest.partition("/")
    operation = _OPERATIONS.get(request.method, request.method)
    row = next((each for each in store.named(ids.PROVIDER, _ACCOUNT, account)), None)
    outcome = "ok"
    try:
        return _answer(store, request, operation, row, rest)
    except _Error as error:
        outcome = str(error)
        return Response(error.status, b"", "application/xml", {"x-ms-error-code": str(error)})
    except DroppedError:
        outcome = "no answer"
        return Response(0, b"", "", {})
    finally:
        place = row.id if row is not None else account
        store.log(
            Event(
                operation=f"blob:{operation}",
                provider=ids.PROVIDER,
                token=_BLOB,
                id=f"{place}/blobServices/default/containers/{container}/blobs/{name}",
                account=row.account if row is not None else "",
                outcome=outcome,
            )
        )


def _answer(
    store: Store, request: Request, operation: str, account: Row | None, path: str
) -> Response:
    fault = store.take_fault(_BLOB, operation, modes=OVER_HTTP)
    if fault is not None:
        wait_or_drop(fault)
        raise _Error(403, fault.code or fault.message or "AuthorizationPermissionMismatch")
    if not request.headers.get("authorization"):
        raise _Error(401, "NoAuthenticationInformation")
    if account is None:
        raise _Error(404, "AccountNotFound")
    if operation == "Service_GetUserDelegationKey":
        return _key()
    container, _, name = path.partition("/")
    return _of_blob(store, request, account, container, name)


def blob_row(container: Row, name: str, outputs: Mapping[str, Any]) -> Row:
    """A blob in a container: its size and digest."""
    return Row(
        provider=ids.PROVIDER,
        account=container.account,
        token=_BLOB,
        id=f"{container.id}/blobs/{name}",
        name=name,
        inputs={"containerName": container.name, "blobName": name},
        outputs=dict(outputs),
    )


def _of_blob(store: Store, request: Request, account: Row, container: str, name: str) -> Response:
    above = f"{account.id}/blobServices/default/containers/{container}"
    home = ids.found(store, _CONTAINER, above)
    if home is None:
        raise _Error(404, "ContainerNotFound")
    found = ids.found(store, _BLOB, f"{home.id}/blobs/{name}")
    if request.method == "PUT":
        if request.headers.get("x-ms-blob-type") != "BlockBlob":
            raise _Error(400, "InvalidHeaderValue")
        said = {
            key.removeprefix(_META): value
            for key, value in request.headers.items()
            if key.startswith(_META)
        }
        digest = hashlib.sha256(request.body).hexdigest()
        kept = {"contentLength": len(request.body), "sha256": digest, "metadata": said}
        store.put(blob_row(home, name, kept), operation="create" if found is None else "update")
        return Response(201, b"", "application/xml", _headers())
    if found is None:
        raise _Error(404, "BlobNotFound")
    if request.method == "DELETE":
        store.remove(found)
        return Response(202, b"", "application/xml", _headers())
    if request.method != "HEAD":
        raise _Error(405, "UnsupportedHttpVerb")
    said = {f"{_META}{key}": value for key, value in found.outputs["metadata"].items()}
    return Response(200, b"", "application/zip", {**_headers(), **said})


def _headers() -> dict[str, str]:
    return {"x-ms-request-id": str(uuid.uuid4()), "x-ms-version": "2022-11-02"}


def _key() -> Response:
    now = dt.datetime.now(dt.UTC)
    body = _KEY.format(
        oid=uuid.uuid4(),
        tid=uuid.uuid4(),
        start=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        expiry=f"{now + dt.timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}",
    )
    return Response(200, body.encode(), "application/xml", _headers())
