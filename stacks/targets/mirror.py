"""Images of a component's arguments in the mirror that the environment's nodes pull from."""

from collections.abc import Mapping
from typing import Any, cast

from facts.images import mirrored

__all__ = ["in_mirror"]


def in_mirror(arguments: Mapping[str, Any], mirror: str) -> dict[str, Any]:
    """The arguments with every image, at any depth, in the mirror; digests stay as they are."""
    return {key: _value(key, value, mirror) for key, value in arguments.items()}


def _value(key: str, value: Any, mirror: str) -> Any:  # noqa: ANN401 - any argument
    if isinstance(value, str) and (key == "image" or key.endswith("_image")):
        return mirrored(value, mirror)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [
            in_mirror(cast("dict[str, Any]", one), mirror) if isinstance(one, dict) else one
            for one in items
        ]
    return value
