"""Objects in Cloud Storage: read, listed, written whole or in parts, rewritten, deleted.

Sources: https://cloud.google.com/storage/docs/json_api/v1/objects, and
https://cloud.google.com/storage/docs/uploading-objects. Google's client for Go reads by the XML
API: https://cloud.google.com/storage/docs/xml-api/get-object-download. A bucket is there where a
row says so (`gcs:Bucket`, or one that Pulumi made) or where it has an object. A generation that is
written over stays where the row of the bucket says `versioning`; a delete takes them all.
"""

import json
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.api.contents import content_of, crc32c, kept
from sandbox.api.http import Request, Response
from sandbox.api.listing import entries, is_folder
from sandbox.api.registries.asked import PROVIDER, Asked, Refusal, answered, ranged
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["GCS", "answer", "is_xml", "operation", "refused"]

GCS = "gcs:Object"
_BUCKET = "gcs:Bucket"
_UPLOAD = "gcs:Upload"
_OF_PULUMI = "gcp:storage/bucket:Bucket"
_PATH = re.compile(
    r"(/download|(?P<upload>/upload))?/storage/v1/b/(?P<bucket>[^/]+)/o(/(?P<name>[^/]+)"
    r"(/rewriteTo/b/(?P<to_bucket>[^/]+)/o/(?P<to_name>[^/]+))?)?"
)
_XML_PATH = re.compile(r"/(?P<bucket>[^/]+)/(?P<name>.+)")
# In one call, so that a rewrite of more goes on with its token.
_REWRITTEN = 4
_PAGE = 1000
_UNIT = 256 * 1024


def operation(asked: Asked) -> str:
    """The method's name."""
    found = _found(asked)
    if found.get("to_name"):
        return "objects.rewrite"
    if found.get("upload"):
        return "objects.insert"
    if asked.request.method == "DELETE":
        return "objects.delete"
    return "objects.get" if found.get("name") else "objects.list"


def answer(asked: Asked) -> Response:
    """Answer one method."""
    bucket = _found(asked).get("bucket", "")
    if not _is_there(asked, bucket):
        raise Refusal(404, "404", "The specified bucket does not exist.")
    return _METHODS[operation(asked)](asked)


def is_xml(request: Request) -> bool:
    """Whether a request is one of Google's client for Go to read an object."""
    by_client = "gccl" in request.headers.get("x-goog-api-client", "")
    by_json = _PATH.fullmatch(request.path.partition("?")[0])
    return by_client and not by_json and request.method in {"GET", "HEAD"}


def refused(error: Refusal) -> Mapping[str, Any]:
    """As Google words a refusal."""
    return {"error": {"code": error.status, "message": str(error), "errors": []}}


def _found(asked: Asked) -> dict[str, str]:
    """The parts of the path; a slash of a name is quoted there."""
    path = asked.request.path.partition("?")[0]
    found = _PATH.fullmatch(path) or _XML_PATH.fullmatch(path)
    parts = found.groupdict() if found else {}
    return {key: urllib.parse.unquote(value) for key, value in parts.items() if value}


def _is_there(asked: Asked, bucket: str) -> bool:
    store = asked.store
    return (
        asked.row(_BUCKET, bucket) is not None
        or bool(store.named("gcp", _OF_PULUMI, bucket))
        or bool(store.starting(PROVIDER, GCS, f"{bucket}/"))
    )


def _version(row: Row | None, wanted: str | None) -> dict[str, Any]:
    versions = [mapped(each) for each in listed(row.live.get("versions"))] if row else []
    for version in reversed(versions):
        if wanted in {None, str(version.get("version_id"))}:
            return version
    raise Refusal(404, "404", "Not Found")


def _get(asked: Asked) -> Response:
    """`objects.get`, of the live generation or of the one that is named: metadata, or its bytes."""
    found = _found(asked)
    name = f"{found['bucket']}/{found['name']}"
    version = _version(asked.row(GCS, name), asked.parameters.get("generation"))
    if asked.parameters.get("alt") == "media" or is_xml(asked.request):
        return ranged(asked, content_of(asked.store, version), {})
    return answered(_item(asked, name, version))


def _item(asked: Asked, name: str, version: Mapping[str, Any]) -> dict[str, Any]:
    bucket, _, key = name.partition("/")
    content = content_of(asked.store, version)
    checksum = version.get("crc32c") or crc32c(content)
    return {
        "kind": "storage#object",
        "bucket": bucket,
        "name": key,
        "generation": str(version["version_id"]),
        "md5Hash": version.get("md5", ""),
        "crc32c": checksum,
        "size": str(len(content)),
        "metadata": mapped(version.get("metadata")),
    }


def _list(asked: Asked) -> Response:
    bucket, said = _found(asked)["bucket"], asked.parameters
    prefix, delimiter = said.get("prefix", ""), said.get("delimiter", "")
    found = asked.store.starting(PROVIDER, GCS, f"{bucket}/{prefix}")
    rows = {row.id.removeprefix(f"{bucket}/"): row for row in found}
    after = said.get("pageToken", "")
    shown = [each for each in entries(rows, prefix, delimiter) if each > after]
    page, rest = shown[:_PAGE], shown[_PAGE:]
    folders = [each for each in page if is_folder(each, delimiter)]
    items = [
        _item(asked, rows[each].id, _version(rows[each], None))
        for each in page
        if not is_folder(each, delimiter)
    ]
    more = {"nextPageToken": page[-1]} if rest else {}
    return answered({"kind": "storage#objects", "items": items, "prefixes": folders, **more})


def _delete(asked: Asked) -> Response:
    found = _found(asked)
    row = asked.row(GCS, f"{found['bucket']}/{found['name']}")
    _version(row, None)
    if row is not None:
        asked.store.remove(row)
    return Response(204, b"", "application/json", {})


def _insert(asked: Asked) -> Response:
    """An upload of one request, the beginning of a resumable one, or a part of that."""
    said, bucket = asked.parameters, _found(asked)["bucket"]
    if upload := said.get("upload_id"):
        return _part(asked, upload)
    name = f"{bucket}/{said['name']}"
    if said.get("uploadType") == "multipart":
        metadata, content = _multipart(asked)
        return answered(_write(asked, name, content, mapped(metadata.get("metadata"))))
    if said.get("uploadType") != "resumable":
        return answered(_write(asked, name, asked.request.body, {}))
    made = uuid.uuid4().hex
    metadata = mapped(json.loads(asked.request.body or b"{}")).get("metadata")
    live: dict[str, Any] = {"name": name, "metadata": mapped(metadata), "parts": []}
    asked.store.put(Row(provider=PROVIDER, token=_UPLOAD, id=made, name=made, live=live))
    host = asked.request.headers.get("host", "")
    place = f"http://{host}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={made}"
    return Response(200, b"", "application/json", {"Location": place})


def _multipart(asked: Asked) -> tuple[dict[str, Any], bytes]:
    """Metadata and bytes of an upload of both: multipart/related, RFC 2387."""
    said = asked.request.headers.get("content-type", "")
    boundary = said.partition("boundary=")[2].partition(";")[0].strip('"')
    parts = asked.request.body.split(f"--{boundary}".encode())[1:-1]
    if len(parts) != 2:  # noqa: PLR2004 - metadata and media
        raise Refusal(400, "400", "Malformed multipart body.")
    metadata, content = (each.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for each in parts)
    return mapped(json.loads(metadata or b"{}")), content


def _part(asked: Asked, upload: str) -> Response:
    found = asked.row(_UPLOAD, upload)
    if found is None:
        raise Refusal(404, "404", "Not Found")
    said = asked.request.headers.get("content-range", "").removeprefix("bytes ")
    total, parts = int(said.rpartition("/")[2]), listed(found.live.get("parts"))
    content = b"".join(content_of(asked.store, each) for each in parts)
    if not said.startswith("*") and int(said.partition("-")[0]) != len(content):
        raise Refusal(503, "503", "Invalid request. The part does not follow the last one.")
    body = asked.request.body
    content += body
    if len(content) == total:
        asked.store.remove(found)
        name, metadata = str(found.live["name"]), mapped(found.live.get("metadata"))
        return answered(_write(asked, name, content, metadata))
    if len(body) % _UNIT:
        raise Refusal(
            400, "400", "The number of bytes uploaded is required to be 262144's multiple"
        )
    more = [*parts, kept(asked.store, body)]
    asked.store.put(found.replace(live={**found.live, "parts": more}))
    return Response(308, b"", "application/json", {"Range": f"bytes=0-{len(content) - 1}"})


def _rewrite(asked: Asked) -> Response:
    found, said = _found(asked), asked.parameters
    row = asked.row(GCS, f"{found['bucket']}/{found['name']}")
    content = content_of(asked.store, _version(row, said.get("sourceGeneration")))
    if not _is_there(asked, found["to_bucket"]):
        raise Refusal(404, "404", "The specified bucket does not exist.")
    begun = int(said.get("rewriteToken") or 0)
    done = begun + len(content) // _REWRITTEN + 1
    if done < len(content):
        token = {"rewriteToken": str(done), "totalBytesRewritten": str(done), "done": False}
        return answered(token)
    metadata = mapped(mapped(json.loads(asked.request.body or b"{}")).get("metadata"))
    made = _write(asked, f"{found['to_bucket']}/{found['to_name']}", content, metadata)
    whole = str(len(content))
    return answered({"done": True, "totalBytesRewritten": whole, "resource": made})


def _write(asked: Asked, name: str, content: bytes, metadata: Mapping[str, Any]) -> dict[str, Any]:
    bucket, row = asked.row(_BUCKET, name.partition("/")[0]), asked.row(GCS, name)
    keeps = bucket is not None and bool(bucket.live.get("versioning"))
    before = listed(row.live.get("versions")) if row is not None and keeps else []
    generation = str(time.time_ns() // 1000)
    version = {
        **kept(asked.store, content),
        "version_id": generation,
        "crc32c": crc32c(content),
        "metadata": dict(metadata),
    }
    live = {"versions": [*before, version]}
    asked.store.put(Row(provider=PROVIDER, token=GCS, id=name, name=name, live=live))
    return _item(asked, name, version)


_METHODS: dict[str, Callable[[Asked], Response]] = {
    "objects.delete": _delete,
    "objects.get": _get,
    "objects.insert": _insert,
    "objects.list": _list,
    "objects.rewrite": _rewrite,
}
