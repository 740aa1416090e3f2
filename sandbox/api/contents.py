"""What objects, blobs and files of the sandbox hold, in files beside the store by their digest.

A row says what it holds: `text` for what is seeded, `content` the SHA-256 of what was written.
"""

import base64
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.store import Store

__all__ = ["Part", "base64_sha256", "content_of", "crc32c", "kept", "sliced"]

_PARTIAL = 206


def content_of(store: Store, held: Mapping[str, Any]) -> bytes:
    """The bytes of an object's version or of a file."""
    if digest := held.get("content"):
        return (_folder(store) / str(digest)).read_bytes()
    return str(held.get("text", "")).encode()


def kept(store: Store, content: bytes) -> dict[str, Any]:
    """What a row says of some bytes, once they are stored."""
    folder = _folder(store)
    folder.mkdir(exist_ok=True)
    digest = hashlib.sha256(content).hexdigest()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(content)
    # Whole or not at all: several requests may write the same.
    Path(file.name).replace(folder / digest)
    return {"content": digest, "etag": hashlib.md5(content, usedforsecurity=False).hexdigest()}


def base64_sha256(content: bytes) -> str:
    """As S3 writes it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def crc32c(content: bytes) -> str:
    """As Cloud Storage writes it: RFC 3720, appendix B.4, in the order of the network."""
    found = 0xFFFFFFFF
    for byte in content:
        found = _CRC32C[(found ^ byte) & 0xFF] ^ (found >> 8)
    return base64.b64encode((found ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CRC32C = tuple(map(_remainder, range(256)))


@dataclass(frozen=True, slots=True)
class Part:
    """What of some bytes a request wants: status, bytes, and the headers that say so."""

    status: int
    body: bytes
    headers: dict[str, str]


def sliced(content: bytes, said: str) -> Part | None:
    """All, or the range that a header says; None where there is nothing of it."""
    if not said:
        return Part(200, content, {"Accept-Ranges": "bytes"})
    start, _, end = said.removeprefix("bytes=").partition("-")
    first = int(start)
    if first >= len(content):
        return None
    last = min(int(end), len(content) - 1) if end else len(content) - 1
    told = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Part(_PARTIAL, content[first : last + 1], told)


def _folder(store: Store) -> Path:
    return store.path.parent / "objects"
