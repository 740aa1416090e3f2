"""Plain data of others, of which any key may be missing or be something else."""

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["mapping"]


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping as it is; an empty one for anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
