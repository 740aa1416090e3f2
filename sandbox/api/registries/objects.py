"""Objects in Cloud Storage: `objects.get`, of metadata alone, and `objects.list`, of names.

Sources: https://cloud.google.com/storage/docs/json_api/v1/objects/get and …/list.
"""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from sandbox.api.http import Response
from sandbox.api.registries.asked import PROVIDER, Asked, Refusal, answered
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
_OBJECTS = re.compile(r"/b/(?P<bucket>[^/]+)/o/?")
_PAGE = 1000


def gcs_operation(asked: Asked) -> str:
    """The method's name."""
    return "objects.list" if _OBJECTS.fullmatch(asked.path) else "objects.get"


def gcs_answer(asked: Asked) -> Response:
    """Answer `objects.list`; or `objects.get`, of the live generation or of the one named."""
    if of := _OBJECTS.fullmatch(asked.path):
        return _list(asked, of["bucket"])
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


def _list(asked: Asked, bucket: str) -> Response:
    """One page of the names below a prefix."""
    rows = asked.store.starting(PROVIDER, GCS, f"{bucket}/")
    if not rows:
        raise Refusal(404, "notFound", "The specified bucket does not exist.")
    begins, after = asked.parameters.get("prefix", ""), asked.parameters.get("pageToken", "")
    names = sorted(row.id.partition("/")[2] for row in rows)
    left = [name for name in names if name.startswith(begins) and name > after]
    page = left[: min(int(asked.parameters.get("maxResults", _PAGE)), _PAGE)]
    more = {"nextPageToken": page[-1]} if page and page != left else {}
    return answered({"kind": "storage#objects", "items": [{"name": name} for name in page], **more})


def _version(row: Row | None, wanted: str | None) -> dict[str, Any]:
    versions = [mapped(each) for each in listed(row.live.get("versions"))] if row else []
    for version in reversed(versions):
        if wanted in {None, str(version.get("version_id"))}:
            return version
    raise Refusal(404, "404", "Not Found")
