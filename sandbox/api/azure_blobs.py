"""Blobs of the sandbox's storage accounts, below `/blob/<account>/<container>/`.

A request has a token, as Entra gives it, the signature of a login's key, which is given here, or of
a key of the account where that takes them; none is checked. Sources:
https://learn.microsoft.com/rest/api/storageservices/list-blobs, put-block, put-block-from-url,
put-block-list and copy-blob.
"""

import base64
import datetime as dt
import hashlib
import urllib.parse
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandbox.api.contents import content_of, kept, sliced
from sandbox.api.dropped import AT_ONCE, DroppedError, answered
from sandbox.api.http import Request, Response
from sandbox.api.listing import entries, is_folder
from sandbox.clouds.azure import ids
from sandbox.store import Event, Fault, Row, Store

__all__ = ["PATH", "answer", "blob_row"]

PATH = "/blob/"
_BLOB = "azure-native:storage:Blob"
_CONTAINER = "azure-native:storage:BlobContainer"
_ACCOUNT = "azure-native:storage:StorageAccount"
_META = "x-ms-meta-"
_OPERATIONS = {
    "HEAD": "Blob_GetProperties",
    "GET": "Blob_Download",
    "PUT": "BlockBlob_Upload",
    "DELETE": "Blob_Delete",
    "POST": "Service_GetUserDelegationKey",
}
_OF_BLOCKS = {"block": "BlockBlob_StageBlock", "blocklist": "BlockBlob_CommitBlockList"}
_BLOCKS = "azure-native:storage:BlobBlocks"
_PAGE = 5000
# When a blob was written is not kept.
_WRITTEN = "Thu, 01 Jan 2026 00:00:00 GMT"
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
    operation = _operation(request)
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


def _query(request: Request) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.path).query))


def _operation(request: Request) -> str:
    comp = _query(request).get("comp", "")
    if request.method == "GET" and comp == "list":
        return "Container_ListBlobs"
    if request.method == "PUT" and comp in _OF_BLOCKS:
        from_url = comp == "block" and "x-ms-copy-source" in request.headers
        return "BlockBlob_StageBlockFromURL" if from_url else _OF_BLOCKS[comp]
    if request.method == "PUT" and "x-ms-copy-source" in request.headers:
        return "Blob_StartCopyFromURL"
    return _OPERATIONS.get(request.method, request.method)


def _answer(
    store: Store, request: Request, operation: str, account: Row | None, path: str
) -> Response:
    fault = store.take_fault(_BLOB, operation, modes=AT_ONCE)
    done = partial(_done, store, request, operation, account, path)
    return answered(fault, done, _refuse, _Error)


def _refuse(fault: Fault) -> None:
    if fault.mode == "throttle":
        raise _Error(503, fault.code or "ServerBusy")
    if fault.mode == "fail":
        raise _Error(403, fault.code or fault.message or "AuthorizationPermissionMismatch")


def _done(
    store: Store, request: Request, operation: str, account: Row | None, path: str
) -> Response:
    if not request.headers.get("authorization"):
        raise _Error(401, "NoAuthenticationInformation")
    if account is None:
        raise _Error(404, "AccountNotFound")
    by_key = request.headers["authorization"].startswith("SharedKey")
    if by_key and account.inputs.get("allowSharedKeyAccess") is False:
        raise _Error(403, "KeyBasedAuthenticationNotPermitted")
    if operation == "Service_GetUserDelegationKey":
        return _key()
    container, _, name = path.partition("/")
    home = ids.found(store, _CONTAINER, f"{account.id}/blobServices/default/containers/{container}")
    if home is None:
        raise _Error(404, "ContainerNotFound")
    if operation == "Container_ListBlobs":
        return _list(store, request, home)
    if operation.startswith("BlockBlob_Stage"):
        return _stage(store, request, home, name)
    return _of_blob(store, request, home, name)


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


def _of_blob(store: Store, request: Request, home: Row, name: str) -> Response:
    found = ids.found(store, _BLOB, f"{home.id}/blobs/{name}")
    if request.method == "PUT":
        return _put(store, request, home, name, is_new=found is None)
    if found is None:
        raise _Error(404, "BlobNotFound")
    if request.method == "DELETE":
        store.remove(found)
        return Response(202, b"", "application/xml", _headers())
    if request.method not in {"HEAD", "GET"}:
        raise _Error(405, "UnsupportedHttpVerb")
    wanted, etag = request.headers.get("if-match", "").strip('"'), _etag(found)
    if wanted and wanted != etag:
        raise _Error(412, "ConditionNotMet")
    said = {f"{_META}{key}": value for key, value in found.outputs["metadata"].items()}
    headers = {**_headers(), **said, "ETag": f'"{etag}"', "Last-Modified": _WRITTEN}
    headers |= {"x-ms-creation-time": _WRITTEN, "x-ms-blob-type": "BlockBlob"}
    asked = request.headers.get("x-ms-range") or request.headers.get("range", "")
    part = sliced(content_of(store, found.outputs), asked)
    if part is None:
        raise _Error(416, "InvalidRange")
    return Response(part.status, part.body, "application/octet-stream", {**headers, **part.headers})


def _put(store: Store, request: Request, home: Row, name: str, *, is_new: bool) -> Response:
    """A blob written whole, of its blocks or as a copy of another, which is there at once."""
    content, copied = request.body, request.headers.get("x-ms-copy-source", "")
    if copied:
        content = content_of(store, _source(store, copied).outputs)
    elif _query(request).get("comp") == "blocklist":
        content = _committed(store, home, name, request.body)
    elif request.headers.get("x-ms-blob-type") != "BlockBlob":
        raise _Error(400, "InvalidHeaderValue")
    said = {
        key.removeprefix(_META): value
        for key, value in request.headers.items()
        if key.startswith(_META)
    }
    held = {
        **kept(store, content),
        "contentLength": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "metadata": said,
        # Of the write, not of the bytes.
        "etag": f"0x{uuid.uuid4().hex[:15].upper()}",
    }
    store.put(blob_row(home, name, held), operation="create" if is_new else "update")
    told = {**_headers(), "ETag": f'"{held["etag"]}"'}
    if copied:
        told |= {"x-ms-copy-id": str(uuid.uuid4()), "x-ms-copy-status": "success"}
    return Response(202 if copied else 201, b"", "application/xml", told)


def _etag(row: Row) -> str:
    """Of rows that Pulumi's stand-in wrote, by what they hold."""
    return str(row.outputs.get("etag") or row.outputs.get("sha256") or "0x0")


def _list(store: Store, request: Request, home: Row) -> Response:
    said, above = _query(request), f"{home.id}/blobs/"
    prefix, delimiter = said.get("prefix", ""), said.get("delimiter", "")
    found = store.starting(ids.PROVIDER, _BLOB, f"{above}{prefix}")
    rows = {row.id.removeprefix(above): row for row in found}
    after = said.get("marker", "")
    shown = [each for each in entries(rows, prefix, delimiter) if each > after]
    page, rest = shown[:_PAGE], shown[_PAGE:]
    items = "".join(
        f"<BlobPrefix><Name>{escape(each)}</Name></BlobPrefix>"
        if is_folder(each, delimiter)
        else _item(rows[each], each)
        for each in page
    )
    more = f"<NextMarker>{escape(page[-1])}</NextMarker>" if rest else "<NextMarker />"
    document = (
        '<?xml version="1.0" encoding="utf-8"?><EnumerationResults>'
        f"<Blobs>{items}</Blobs>{more}</EnumerationResults>"
    )
    return Response(200, document.encode(), "application/xml", _headers())


def _item(row: Row, name: str) -> str:
    metadata = row.outputs.get("metadata", {}).items()
    said = "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in metadata)
    return (
        f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{_WRITTEN}</Last-Modified>"
        f"<Content-Length>{row.outputs.get('contentLength', 0)}</Content-Length>"
        f"<Etag>{_etag(row)}</Etag></Properties><Metadata>{said}</Metadata></Blob>"
    )


def _stage(store: Store, request: Request, home: Row, name: str) -> Response:
    block, content = _query(request)["blockid"], request.body
    if source := request.headers.get("x-ms-copy-source"):
        content = _copied(store, request, source)
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    if request.headers.get("content-md5", md5) != md5:
        raise _Error(400, "Md5Mismatch")
    blocks = f"{home.id}/blobs/{name}"
    before = store.get(ids.PROVIDER, _BLOCKS, blocks)
    live = {**(before.live if before is not None else {}), block: kept(store, content)}
    store.put(Row(provider=ids.PROVIDER, token=_BLOCKS, id=blocks, name=name, live=live))
    return Response(201, b"", "application/xml", _headers())


def _copied(store: Store, request: Request, source: str) -> bytes:
    """What a block is of, read by the service with a token of its own."""
    if not request.headers.get("x-ms-copy-source-authorization", "").startswith("Bearer "):
        raise _Error(401, "CannotVerifyCopySource")
    found = _source(store, source)
    wanted = request.headers.get("x-ms-source-if-match", "").strip('"')
    if wanted and wanted != _etag(found):
        raise _Error(412, "SourceConditionNotMet")
    said = request.headers.get("x-ms-source-range", "")
    part = sliced(content_of(store, found.outputs), said)
    if part is None:
        raise _Error(416, "InvalidRange")
    return part.body


def _source(store: Store, url: str) -> Row:
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path).removeprefix(PATH)
    account, container, name = path.split("/", 2)
    row = next(iter(store.named(ids.PROVIDER, _ACCOUNT, account)), None)
    above = f"{row.id if row else ''}/blobServices/default/containers/{container}/blobs/{name}"
    found = ids.found(store, _BLOB, above)
    if found is None:
        raise _Error(404, "CannotVerifyCopySource")
    return found


def _committed(store: Store, home: Row, name: str, body: bytes) -> bytes:
    found = store.get(ids.PROVIDER, _BLOCKS, f"{home.id}/blobs/{name}")
    live = found.live if found is not None else {}
    # Of the caller, on loopback.
    listed = [str(each.text) for each in ET.fromstring(body)]  # noqa: S314
    if any(block not in live for block in listed):
        raise _Error(400, "InvalidBlockList")
    if found is not None:
        store.remove(found)
    return b"".join(content_of(store, live[block]) for block in listed)


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
