"""Versions of objects in Cloud Storage: `objects.get`, of metadata alone.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get.
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
    "gcs_answer",
    "gcs_operation",
    "gcs_refused",
]

GCS = "gcs:Object"
_OBJECT = re.compile(r"/b/(?P<bucket>[^/]+)/o/(?P<name>.+)")


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
