"""Objects in Cloud Storage: read, listed, written whole or in parts, rewritten.

Sources: https://cloud.google.com/storage/docs/json_api/v1/objects, and
https://cloud.google.com/storage/docs/performing-resumable-uploads. A bucket is there where a row
says so (`gcs:Bucket`, or one that Pulumi made) or where it has an object. A generation that is
written over stays where the row of the bucket says `versioning`.
"""

import json
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.api.contents import content_of, crc32c, kept
from sandbox.api.http import Response
from sandbox.api.registries.asked import PROVIDER, Asked, Refusal, answered, ranged
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["GCS", "answer", "operation", "refused"]

GCS = "gcs:Object"
_BUCKET = "gcs:Bucket"
_UPLOAD = "gcs:Upload"
_OF_PULUMI = "gcp:storage/bucket:Bucket"
_PATH = re.compile(
    r"(?P<upload>/upload)?/storage/v1/b/(?P<bucket>[^/]+)/o(/(?P<name>[^/]+)"
    r"(/rewriteTo/b/(?P<to_bucket>[^/]+)/o/(?P<to_name>[^/]+))?)?"
)
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
    return "objects.get" if found.get("name") else "objects.list"


def answer(asked: Asked) -> Response:
    """Answer one method."""
    bucket = _found(asked).get("bucket", "")
    if not _is_there(asked, bucket):
        raise Refusal(404, "404", "The specified bucket does not exist.")
    return _METHODS[operation(asked)](asked)


def refused(error: Refusal) -> Mapping[str, Any]:
    """As Google words a refusal."""
    return {"error": {"code": error.status, "message": str(error), "errors": []}}


def _found(asked: Asked) -> dict[str, str]:
    """The parts of the path; a slash of a name is quoted there."""
    found = _PATH.fullmatch(asked.request.path.partition("?")[0])
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
    if asked.parameters.get("alt") == "media":
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
    begins, after = f"{bucket}/{said.get('prefix', '')}", said.get("pageToken", "")
    rows = sorted(asked.store.starting(PROVIDER, GCS, begins), key=lambda row: row.id)
    rows = [row for row in rows if row.id > after]
    page, rest = rows[:_PAGE], rows[_PAGE:]
    items = [_item(asked, row.id, _version(row, None)) for row in page]
    more = {"nextPageToken": page[-1].id} if rest else {}
    return answered({"kind": "storage#objects", "items": items, **more})


def _insert(asked: Asked) -> Response:
    """An upload of one request, the beginning of a resumable one, or a part of that."""
    said, bucket = asked.parameters, _found(asked)["bucket"]
    if upload := said.get("upload_id"):
        return _part(asked, upload)
    name = f"{bucket}/{said['name']}"
    if said.get("uploadType") != "resumable":
        return answered(_write(asked, name, asked.request.body, {}))
    made = uuid.uuid4().hex
    metadata = mapped(json.loads(asked.request.body or b"{}")).get("metadata")
    live: dict[str, Any] = {"name": name, "metadata": mapped(metadata), "parts": []}
    asked.store.put(Row(provider=PROVIDER, token=_UPLOAD, id=made, name=made, live=live))
    host = asked.request.headers.get("host", "")
    place = f"http://{host}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={made}"
    return Response(200, b"", "application/json", {"Location": place})


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
    "objects.get": _get,
    "objects.insert": _insert,
    "objects.list": _list,
    "objects.rewrite": _rewrite,
}
