"""Reads a request's body: within a size and a time, whatever its length is said to be."""

import asyncio
from typing import Final

from starlette.requests import Request

from runtime.requests import RefusedError

__all__ = ["DisconnectedError", "UnreadError", "read_body"]

# What more of a refused body is read and thrown away: a client that is still sending would see a
# broken connection instead of the answer.
_DISCARDED_BYTES: Final = 1024 * 1024


class DisconnectedError(Exception):
    """The client went before its request was whole; nobody is there to be answered."""


class UnreadError(RefusedError):
    """Refused while parts of the body are still to come: the connection ends with the answer."""


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body of at most `limit` bytes, which comes within `seconds`.

    Raises:
        RefusedError: 413, it is larger; 415, it is compressed.
        UnreadError: The same, and 408, while the body is not read to its end.
        DisconnectedError: The client is gone.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnreadError(415, "the body is compressed; send it as it is")
    length = request.headers.get("content-length", "0")
    most = limit + _DISCARDED_BYTES
    if not length.isdecimal() or int(length[:20]) > most:
        raise UnreadError(413, f"the body is over {limit} bytes")
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, limit, most)
    except TimeoutError:
        raise UnreadError(408, f"the body did not come within {seconds:g} s") from None


async def _read(request: Request, limit: int, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] != "http.request":
            raise DisconnectedError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise UnreadError(413, f"the body is over {limit} bytes")
        if size <= limit:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if size > limit:
        raise RefusedError(413, f"the body is over {limit} bytes")
    return b"".join(chunks)
