"""Versions of objects: HeadObject of S3, and `objects.get` of Cloud Storage, of metadata alone.

Sources: HeadObject in botocore's model of S3;
https://cloud.google.com/storage/docs/json_api/v1/objects/get.
"""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from sandbox.api.http import Response
from sandbox.api.registries.asked import Asked, Refusal, answered
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = [
    "GCS",
    "S3",
    "gcs_answer",
    "gcs_operation",
    "gcs_refused",
    "s3_answer",
    "s3_operation",
    "s3_refused",
]

S3 = "s3:Object"
GCS = "gcs:Object"
_OBJECT = re.compile(r"/b/(?P<bucket>[^/]+)/o/(?P<name>.+)")


def s3_operation(asked: Asked) -> str:
    """The operation's name."""
    return "HeadObject" if asked.request.method == "HEAD" else asked.request.method


def s3_answer(asked: Asked) -> Response:
    """Answer HeadObject, of the newest version or of the one that is named."""
    row = asked.row(S3, asked.path.lstrip("/"))
    if asked.request.method != "HEAD":
        raise Refusal(501, "NotImplemented", "This sandbox answers HeadObject alone.")
    version = _version(row, asked.parameters.get("versionId"))
    headers = {"ETag": f'"{version["etag"]}"'}
    if "version_id" in version:
        headers["x-amz-version-id"] = str(version["version_id"])
    if "sha256" in version and asked.request.headers.get("x-amz-checksum-mode"):
        headers["x-amz-checksum-sha256"] = str(version["sha256"])
        headers["x-amz-checksum-type"] = str(version.get("checksum_type", "FULL_OBJECT"))
    return Response(200, b"", "application/octet-stream", headers)


def s3_refused(error: Refusal) -> Mapping[str, Any]:
    """A HEAD has no body."""
    return {"Code": error.code}


def gcs_operation(_: Asked) -> str:
    """The method's name."""
    return "objects.get"


def gcs_answer(asked: Asked) -> Response:
    """Answer `objects.get`, of the live generation or of the one that is named."""
    path = asked.request.path.partition("?")[0]
    found = _OBJECT.search(urllib.parse.unquote(path.partition("/storage/v1")[2]))
    name = f"{found['bucket']}/{found['name']}" if found else ""
    version = _version(asked.row(GCS, name), asked.parameters.get("generation"))
    bucket, _, key = name.partition("/")
    return answered(
        {
            "kind": "storage#object",
            "bucket": bucket,
            "name": key,
            "generation": str(version["version_id"]),
            "md5Hash": version.get("md5", ""),
            "size": "1024",
        }
    )


def gcs_refused(error: Refusal) -> Mapping[str, Any]:
    """As Google words a refusal."""
    return {"error": {"code": error.status, "message": str(error), "errors": []}}


def _version(row: Row | None, wanted: str | None) -> dict[str, Any]:
    versions = [mapped(each) for each in listed(row.live.get("versions"))] if row else []
    for version in reversed(versions):
        if wanted in {None, str(version.get("version_id"))}:
            return version
    raise Refusal(404, "404", "Not Found")
