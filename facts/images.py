"""Names of container images: which registry, and the same image in a mirror."""

import re
from typing import Final

__all__ = ["HUB", "is_of_a_cloud", "mirrored", "registry_of"]

# Registries of an account of one's own, which nodes reach privately.
_CLOUDS: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?"
    r"|[a-z0-9-]+-docker\.pkg\.dev"
    r"|[a-z0-9]+\.azurecr\.io"
)
HUB: Final = "docker.io"
"""The registry of an image that names none."""


def registry_of(image: str) -> str:
    """The registry of an image; Docker Hub's where none is named.

    https://github.com/distribution/reference/blob/main/reference.go
    """
    first, slash, _ = image.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return first if named else HUB


def is_of_a_cloud(image: str) -> bool:
    """Whether it is in a registry of AWS, Google Cloud or Azure, of somebody's own account."""
    return _CLOUDS.fullmatch(registry_of(image)) is not None


def mirrored(image: str, mirror: str) -> str:
    """The image in a mirror, below the name of its registry: mirror/quay.io/name@sha256:….

    Images of the mirror, and of a cloud's own registries, are left as they are.
    """
    if image.startswith(f"{mirror}/") or is_of_a_cloud(image):
        return image
    registry = registry_of(image)
    path = image.removeprefix(f"{registry}/")
    if registry == HUB and "/" not in path:
        path = f"library/{path}"
    return f"{mirror}/{registry}/{path}"
