"""S3's objects: read, listed, written whole or in parts, copied, deleted.

Source: botocore's model of S3; https://docs.aws.amazon.com/AmazonS3/latest/API/. A bucket is there
where a row says so (`s3:Bucket`, or one that Pulumi made) or where it has an object; versions are
kept where the row says `versioning`.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandbox.api.contents import base64_sha256, content_of, kept
from sandbox.api.http import Response
from sandbox.api.listing import entries, is_folder
from sandbox.api.registries.asked import PROVIDER, Asked, Refusal, ranged
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["S3", "answer", "operation", "refused"]

S3 = "s3:Object"
_BUCKET = "s3:Bucket"
_UPLOAD = "s3:Upload"
_OF_PULUMI = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
_META = "x-amz-meta-"
_PAGE = 1000
_SOURCE = "x-amz-copy-source"
_LARGEST_COPY = 5 * 1024**3
_SMALLEST_PART = 5 * 1024**2


def operation(asked: Asked) -> str:
    """The operation's name, by method, query and headers."""
    method, of_object = asked.request.method, bool(_key(asked))
    said = asked.parameters.keys()
    if not of_object:
        return {"HEAD": "HeadBucket", "GET": "ListObjectsV2"}.get(method, method)
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in said else "CompleteMultipartUpload"
    if method == "PUT":
        copied = _SOURCE in asked.request.headers
        if "partNumber" in said:
            return "UploadPartCopy" if copied else "UploadPart"
        return "CopyObject" if copied else "PutObject"
    if method == "DELETE":
        return "AbortMultipartUpload" if "uploadId" in said else "DeleteObject"
    return {"HEAD": "HeadObject", "GET": "GetObject"}.get(method, method)


def answer(asked: Asked) -> Response:
    """Answer one operation."""
    work = _OPERATIONS.get(operation(asked))
    if work is None:
        raise Refusal(501, "NotImplemented", "A header you provided implies functionality that is")
    if not _is_there(asked, _bucket(asked)):
        raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
    return work(asked)


def refused(error: Refusal) -> bytes:
    """As S3 words a refusal; a HEAD has no body."""
    said = f"<Code>{error.code}</Code><Message>{escape(str(error))}</Message>"
    return f"<Error>{said}</Error>".encode()


def _bucket(asked: Asked) -> str:
    return asked.path.lstrip("/").partition("/")[0]


def _key(asked: Asked) -> str:
    return asked.path.lstrip("/").partition("/")[2]


def _is_there(asked: Asked, bucket: str) -> bool:
    store = asked.store
    return (
        asked.row(_BUCKET, bucket) is not None
        or any(store.named("aws", token, bucket) for token in _OF_PULUMI)
        or bool(store.starting(PROVIDER, S3, f"{bucket}/"))
    )


def _versions(row: Row | None) -> list[dict[str, Any]]:
    return [mapped(each) for each in listed(row.live.get("versions"))] if row else []


def _version(row: Row | None, wanted: str | None, *, head: bool = False) -> dict[str, Any]:
    versions = _versions(row)
    for version in reversed(versions):
        if wanted in {None, str(version.get("version_id"))}:
            return version
    if head:
        raise Refusal(404, "404", "Not Found")
    code = "NoSuchVersion" if versions else "NoSuchKey"
    raise Refusal(404, code, "The specified key does not exist.")


def _head_bucket(_: Asked) -> Response:
    return Response(200, b"", "application/xml", {})


def _get(asked: Asked) -> Response:
    """HeadObject and GetObject, of the newest version or of the one that is named."""
    head = asked.request.method == "HEAD"
    row = asked.row(S3, asked.path.lstrip("/"))
    version = _version(row, asked.parameters.get("versionId"), head=head)
    headers = asked.request.headers
    wanted = headers.get("if-match", "").strip('"')
    if wanted and wanted != version["etag"]:
        raise Refusal(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
    told = {"ETag": f'"{version["etag"]}"'}
    if "version_id" in version:
        told["x-amz-version-id"] = str(version["version_id"])
    if "sha256" in version and headers.get("x-amz-checksum-mode"):
        told["x-amz-checksum-sha256"] = str(version["sha256"])
        told["x-amz-checksum-type"] = str(version.get("checksum_type", "FULL_OBJECT"))
    told |= {f"{_META}{key}": str(value) for key, value in mapped(version.get("metadata")).items()}
    return ranged(asked, content_of(asked.store, version), told)


def _list(asked: Asked) -> Response:
    bucket, said = _bucket(asked), asked.parameters
    prefix, delimiter = said.get("prefix", ""), said.get("delimiter", "")
    found = asked.store.starting(PROVIDER, S3, f"{bucket}/{prefix}")
    rows = {row.id.removeprefix(f"{bucket}/"): row for row in found}
    after = said.get("continuation-token", "")
    shown = [each for each in entries(rows, prefix, delimiter) if each > after]
    page, rest = shown[:_PAGE], shown[_PAGE:]
    items = "".join(
        f"<CommonPrefixes><Prefix>{quote(each)}</Prefix></CommonPrefixes>"
        if is_folder(each, delimiter)
        else _item(asked, rows[each], len(bucket) + 1)
        for each in page
    )
    more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if rest else ""
    document = (
        f"<ListBucketResult><Name>{bucket}</Name><EncodingType>url</EncodingType>"
        f"<IsTruncated>{str(bool(rest)).lower()}</IsTruncated>"
        f"<KeyCount>{len(page)}</KeyCount>{more}{items}</ListBucketResult>"
    )
    return Response(200, document.encode(), "application/xml", {})


def _item(asked: Asked, row: Row, cut: int) -> str:
    version = _version(row, None)
    size = len(content_of(asked.store, version))
    return (
        f"<Contents><Key>{quote(row.id[cut:])}</Key><Size>{size}</Size>"
        f"<ETag>&quot;{version['etag']}&quot;</ETag>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
    )


def _put(asked: Asked) -> Response:
    version = _write(asked, kept(asked.store, asked.request.body), _metadata(asked))
    return Response(200, b"", "application/xml", _written(version))


def _copy(asked: Asked) -> Response:
    content, version = _copied(asked)
    if len(content) > _LARGEST_COPY:
        raise Refusal(400, "InvalidRequest", "The specified copy source is larger than 5 GB")
    replaced = asked.request.headers.get("x-amz-metadata-directive") == "REPLACE"
    metadata = _metadata(asked) if replaced else mapped(version.get("metadata"))
    held: dict[str, Any] = kept(asked.store, content)
    if asked.request.headers.get("x-amz-checksum-algorithm") == "SHA256":
        held["sha256"] = base64_sha256(content)
    made = _write(asked, held, metadata)
    document = f"<CopyObjectResult><ETag>&quot;{held['etag']}&quot;</ETag></CopyObjectResult>"
    return Response(200, document.encode(), "application/xml", _written(made))


def _copied(asked: Asked) -> tuple[bytes, dict[str, Any]]:
    """What a copy is of; its version is a query of its own."""
    path, _, query = asked.request.headers[_SOURCE].partition("?")
    row = asked.row(S3, unquote(path).lstrip("/"))
    version = _version(row, parse_qs(query).get("versionId", [None])[0])
    wanted = asked.request.headers.get("x-amz-copy-source-if-match", "").strip('"')
    if wanted and wanted != version["etag"]:
        raise Refusal(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
    content = content_of(asked.store, version)
    if said := asked.request.headers.get("x-amz-copy-source-range"):
        first, _, last = said.removeprefix("bytes=").partition("-")
        content = content[int(first) : int(last) + 1]
    return content, version


def _create_upload(asked: Asked) -> Response:
    made = uuid.uuid4().hex
    live = {"key": asked.path.lstrip("/"), "metadata": _metadata(asked), "parts": {}}
    asked.store.put(Row(provider=PROVIDER, token=_UPLOAD, id=made, name=made, live=live))
    document = (
        "<InitiateMultipartUploadResult>"
        f"<UploadId>{made}</UploadId></InitiateMultipartUploadResult>"
    )
    return Response(200, document.encode(), "application/xml", {})


def _upload(asked: Asked) -> Row:
    found = asked.row(_UPLOAD, asked.parameters["uploadId"])
    if found is None or found.live["key"] != asked.path.lstrip("/"):
        raise Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.")
    return found


def _part(asked: Asked) -> Response:
    copied = _SOURCE in asked.request.headers
    content = _copied(asked)[0] if copied else asked.request.body
    number, upload = asked.parameters["partNumber"], _upload(asked)
    held = kept(asked.store, content)
    part = {number: {**held, "size": len(content)}}

    def with_part(row: Row) -> Row:
        return row.replace(live={**row.live, "parts": {**row.live["parts"], **part}})

    asked.store.update(PROVIDER, _UPLOAD, upload.id, with_part)
    etag = f"&quot;{held['etag']}&quot;"
    document = f"<CopyPartResult><ETag>{etag}</ETag></CopyPartResult>" if copied else ""
    headers = {"ETag": f'"{held["etag"]}"'}
    return Response(200, document.encode(), "application/xml", headers)


def _complete(asked: Asked) -> Response:
    upload = _upload(asked)
    chosen = [_numbered(upload, each) for each in _parts(asked.request.body)]
    if any(part["size"] < _SMALLEST_PART for part in chosen[:-1]):
        said = "Your proposed upload is smaller than the minimum allowed size"
        raise Refusal(400, "EntityTooSmall", said)
    content = b"".join(content_of(asked.store, part) for part in chosen)
    held = kept(asked.store, content)
    digests = b"".join(bytes.fromhex(part["etag"]) for part in chosen)
    of_parts = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    held["etag"] = f"{of_parts}-{len(chosen)}"
    made = _write(asked, held, upload.live["metadata"])
    asked.store.remove(upload)
    document = (
        f"<CompleteMultipartUploadResult><ETag>&quot;{held['etag']}&quot;</ETag>"
        "</CompleteMultipartUploadResult>"
    )
    return Response(200, document.encode(), "application/xml", _written(made))


def _parts(body: bytes) -> Iterator[str]:
    # Of boto3, on loopback.
    for each in ET.fromstring(body).iter():  # noqa: S314
        if each.tag.rpartition("}")[2] == "PartNumber":
            yield str(each.text)


def _numbered(upload: Row, number: str) -> dict[str, Any]:
    part = mapped(upload.live["parts"].get(number))
    if not part:
        raise Refusal(400, "InvalidPart", "One or more of the specified parts could not be found.")
    return part


def _abort(asked: Asked) -> Response:
    asked.store.remove(_upload(asked))
    return Response(204, b"", "application/xml", {})


def _delete(asked: Asked) -> Response:
    row = asked.row(S3, asked.path.lstrip("/"))
    if row is not None:
        asked.store.remove(row)
    return Response(204, b"", "application/xml", {})


def _write(asked: Asked, held: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    bucket, name = asked.row(_BUCKET, _bucket(asked)), asked.path.lstrip("/")
    versioned = bucket is not None and bool(bucket.live.get("versioning"))
    version = {**held, "metadata": dict(metadata)}
    if versioned:
        version["version_id"] = uuid.uuid4().hex
    before = _versions(asked.row(S3, name)) if versioned else []
    live = {"versions": [*before, version]}
    asked.store.put(Row(provider=PROVIDER, token=S3, id=name, name=name, live=live))
    return version


def _written(version: Mapping[str, Any]) -> dict[str, str]:
    headers = {"ETag": f'"{version["etag"]}"'}
    if "version_id" in version:
        headers["x-amz-version-id"] = str(version["version_id"])
    return headers


def _metadata(asked: Asked) -> dict[str, str]:
    headers = asked.request.headers.items()
    return {name.removeprefix(_META): each for name, each in headers if name.startswith(_META)}


_OPERATIONS: dict[str, Callable[[Asked], Response]] = {
    "AbortMultipartUpload": _abort,
    "CompleteMultipartUpload": _complete,
    "CopyObject": _copy,
    "CreateMultipartUpload": _create_upload,
    "DeleteObject": _delete,
    "GetObject": _get,
    "HeadBucket": _head_bucket,
    "HeadObject": _get,
    "ListObjectsV2": _list,
    "PutObject": _put,
    "UploadPart": _part,
    "UploadPartCopy": _part,
}
