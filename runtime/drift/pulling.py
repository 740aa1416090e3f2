"""A profile by its URI, pulled whole, its digest checked."""

from runtime import downloads, model_source
from runtime.drift.profile import MAX_BYTES, Profile, ProfileError, read

__all__ = ["profile_at"]


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
    with downloads.opened(uri, other_hosts=has_digest) as download:
        content = downloads.whole(uri, download, MAX_BYTES)
    if content is None:
        raise ProfileError(f"{downloads.shown(uri)} has over {MAX_BYTES} bytes")
    return content
