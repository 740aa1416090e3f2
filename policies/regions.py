"""Which cloud a resource is of, and which region it names: itself, or by its provider."""

import re
from collections.abc import Mapping
from typing import Final, cast

from policies.properties import UNKNOWN_MARKERS
from policies.view import View

__all__ = ["cloud_of", "region_of"]

_PLACES: Final = ("region", "location")
_ZONE: Final = re.compile(r"([a-z]+-[a-z]+[0-9]+)-[a-z]")


def cloud_of(view: View) -> str:
    """aws, gcp or azure; empty for others, such as Kubernetes."""
    package = view.token.partition(":")[0]
    if view.token.startswith("serving:index:Vertex"):
        return "gcp"
    return {"aws": "aws", "gcp": "gcp", "azure-native": "azure"}.get(package, "")


def _plain(values: object, key: str) -> str | None:
    found = cast("Mapping[str, object]", values).get(key) if isinstance(values, Mapping) else None
    return found if isinstance(found, str) and found not in UNKNOWN_MARKERS else None


def region_of(view: View) -> str | None:
    """The region, of a zone its own; None where nobody says it, or the update does."""
    for key in _PLACES:
        # Not judged, only used; a secret one is not, as it would stand in messages.
        value = _plain(view.properties.raw, key) or _plain(view.resource.provider, key)
        if value:
            zone = _ZONE.fullmatch(value)
            return zone[1] if zone else value.replace(" ", "").lower()
    return None
