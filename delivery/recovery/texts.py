"""All texts in what a state or a vendor says of a resource."""

from collections.abc import Iterator, Mapping
from typing import cast

__all__ = ["texts"]


def texts(value: object) -> Iterator[str]:
    """Those below a value of JSON, without keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from texts(each)
