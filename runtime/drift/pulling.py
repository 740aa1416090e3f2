"""A profile by its URI, pulled whole, its digest checked."""

from typing import Final

from runtime import downloads, model_source
from runtime.drift.profile import MAX_BYTES, Profile, ProfileError, read
from runtime.errors import SourceError

__all__ = ["profile_at"]

_CHUNK: Final = 64 * 1024


def profile_at(uri: str, digest: str) -> Profile:
    """The profile of a URI, with this digest, `sha256:…`, or whatever it has if that is empty.

    Raises:
        SourceError: The profile cannot be had, or has another digest.
        ProfileError: It is none.
    """
    content = model_source.tried(lambda: _pulled(uri, has_digest=bool(digest)))
    if digest:
        model_source.check_digest(downloads.shown(uri), content, digest)
    return read(content)


def _pulled(uri: str, *, has_digest: bool) -> bytes:
    content = bytearray()
    with downloads.opened(uri, other_hosts=has_digest) as download:
        while chunk := download.read(_CHUNK):
            content += chunk
            if len(content) > MAX_BYTES:
                raise ProfileError(f"{downloads.shown(uri)} has over {MAX_BYTES} bytes")
    if download.length is not None and len(content) != download.length:
        told = f"{downloads.shown(uri)}: {len(content)} of {download.length} bytes came"
        raise SourceError(told, transient=True)
    return bytes(content)
