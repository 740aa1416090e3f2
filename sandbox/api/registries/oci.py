"""A registry of images: manifests by tag or digest, and tokens for what is private.

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md, and
https://distribution.github.io/distribution/spec/auth/token/ for the tokens. Every host leads here,
by a `registries.conf`.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from sandbox.api.http import Response
from sandbox.api.registries.asked import Asked, Refusal, answered
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["TOKEN", "answer", "operation", "refused"]

TOKEN = "oci:Repository"  # noqa: S105 - a type's
_MANIFEST = re.compile(r"/(?P<name>.+)/manifests/(?P<reference>[^/]+)")
# What a token of this registry is.
_BEARER = "Bearer pull"


def operation(asked: Asked) -> str:
    """What is asked for."""
    return "manifests" if _MANIFEST.fullmatch(asked.path) else asked.path.lstrip("/")


def answer(asked: Asked) -> Response:
    """Answer a HEAD or GET of a manifest, or a token."""
    if asked.path == "/token":
        given = asked.request.headers.get("authorization", "").removeprefix("Basic ")
        form = parse_qs(asked.request.body.decode())
        # https://distribution.github.io/distribution/spec/auth/oauth/
        refreshed = form.get("grant_type") == ["refresh_token"] and form.get("refresh_token")
        if not refreshed and b":" not in base64.b64decode(given or "", validate=False):
            raise Refusal(401, "UNAUTHORIZED", "authentication required")
        return answered({"token": _BEARER.removeprefix("Bearer ")})
    found = _MANIFEST.fullmatch(asked.path)
    row = asked.row(TOKEN, found["name"]) if found else None
    if found is None or row is None:
        raise Refusal(404, "NAME_UNKNOWN", "repository name not known to registry")
    if row.live.get("private") and asked.request.headers.get("authorization") != _BEARER:
        host = asked.request.headers.get("host", "")
        scope = f"repository:{found['name']}:pull"
        challenge = f'Bearer realm="http://{host}/v2/oci/token",service="models",scope="{scope}"'
        raise Refusal(
            401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": challenge}
        )
    return _manifest(row, found["reference"])


def refused(error: Refusal) -> Mapping[str, Any]:
    """As the specification words a refusal."""
    return {"errors": [{"code": error.code, "message": str(error)}]}


def _manifest(row: Row, reference: str) -> Response:
    digest = mapped(row.live.get("tags")).get(reference, reference)
    if digest not in mapped(row.live.get("tags")).values():
        raise Refusal(404, "MANIFEST_UNKNOWN", "manifest unknown to registry")
    kind = "application/vnd.oci.image.manifest.v1+json"
    made = answered({"schemaVersion": 2, "mediaType": kind}, {"Docker-Content-Digest": str(digest)})
    return Response(200, made.body, kind, made.headers)
