"""A request and a response, as the server and the vendors' protocols pass them."""

from dataclasses import dataclass

__all__ = ["Request", "Response"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: header names are lower case, `path` keeps its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back. `status` 0 closes the connection without an answer."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str]
