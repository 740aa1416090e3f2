"""Whether an artifact is pinned: the same settings mean the same bytes tomorrow."""

import re
from typing import Final

from facts.model_references import parse
from facts.pods import PINNED_IMAGE

_FLOATING: Final = {"latest", "main", "master", "head", "stable", "current", "newest", "dev"}
_COMMIT: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_DIGEST: Final = re.compile(r"sha256[:/-][0-9a-f]{64}(?![0-9a-f])")
# A version in a registry of models is written once: SageMaker's by its number, Vertex AI's too.
_REGISTRIES: Final = ("arn:", "vertex:")
_STORES: Final = ("s3:", "gs:")


def exact_version(version: str) -> bool:
    """Whether a version names one release: a commit, or a digit in it, no `latest`, no branch."""
    if _COMMIT.fullmatch(version):
        return True
    words = set(re.split(r"[^a-z0-9]+", version.lower()))
    return not words & _FLOATING and any(c.isdigit() for c in version)


def floating(uri: str) -> bool:
    """Whether a part of a URI's path is what moves, `latest` or a branch, and nothing pins it."""
    parts = re.split(r"[/@]", uri.partition("://")[2].lower())[1:]
    return bool(set(parts) & _FLOATING) and not (_COMMIT.search(uri) or _DIGEST.search(uri))


def pinned_uri(uri: str, version: str, digest: str | None) -> bool:
    """Whether a URI holds the version, a 40-digit commit or a digest, or one is given beside it.

    `image:` is a path in the server's image, which is pinned itself.
    """
    # `?versionId=` on S3, `#` on Cloud Storage: one version of an object.
    if uri.startswith("image:") or registered(uri) or _names_a_version(uri, _STORES):
        return True
    if digest or _COMMIT.search(uri) or _DIGEST.search(uri):
        return True
    # The version as a part of its own: 1.4.0 is not in …/11.4.0/…
    return (
        re.search(rf"(?<![0-9A-Za-z.]){re.escape(version)}(?![0-9A-Za-z]|\.[0-9])", uri) is not None
    )


def registered(uri: str) -> bool:
    """Whether a URI is that of a version in a registry of models, which knows what serves it."""
    return _names_a_version(uri, _REGISTRIES)


def _names_a_version(uri: str, begins: tuple[str, ...]) -> bool:
    found = parse(uri) if uri.startswith(begins) else None
    return found is not None and bool(found.version)


def has_commit(uri: str) -> bool:
    """Whether a URI holds a commit."""
    return _COMMIT.search(uri) is not None


def pinned_image(image: str) -> bool:
    """Whether a container image is named by digest."""
    return re.fullmatch(PINNED_IMAGE, image) is not None
