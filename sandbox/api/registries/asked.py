"""A question to a registry, and its refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.api.contents import sliced
from sandbox.api.http import Request, Response
from sandbox.store import Row, Store

__all__ = ["PROVIDER", "Asked", "Refusal", "answered", "ranged"]

PROVIDER = "registries"


class Refusal(Exception):  # noqa: N818 - an answer too
    """What the registry says no with."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `path` is below the registry's address, unquoted and without the query."""

    store: Store
    request: Request
    path: str
    parameters: dict[str, str]

    def row(self, token: str, name: str) -> Row | None:
        """What has this name there."""
        return self.store.get(PROVIDER, token, name)


def answered(document: Any, headers: Mapping[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON
    """An answer of JSON."""
    return Response(200, json.dumps(document).encode(), "application/json", dict(headers or {}))


def ranged(asked: Asked, content: bytes, headers: Mapping[str, str]) -> Response:
    """An answer of bytes, from an offset on where the request says so."""
    part = sliced(content, asked.request.headers.get("range", ""))
    if part is None:
        raise Refusal(416, "InvalidRange", "The requested range is not satisfiable")
    kind = "application/octet-stream"
    return Response(part.status, part.body, kind, {**headers, **part.headers})
