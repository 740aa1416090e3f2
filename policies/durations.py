"""Durations in texts, as the clouds write them."""

import re
from typing import Final

from policies.properties import MalformedError, Property

__all__ = ["seconds"]

_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_DURATION: Final = re.compile(rf"PT(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?|{_NUMBER}s")


def seconds(place: Property, usual: float) -> float | None:
    """A duration as Google (`10s`) and ISO 8601 (`PT1M30S`) write it; None where it is unknown.

    `usual` is what counts where nothing is said.
    """
    if place.absent:
        return usual
    text = place.text()
    if text is None:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise MalformedError(place.path, place.shown, "a duration such as 10s or PT10S")
    hours, minutes, rest, plain = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest + plain
