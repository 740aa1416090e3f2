"""Which cloud a resource is of, and which region it names: itself, or by its provider."""

import re
from collections.abc import Mapping
from typing import Final, cast

from policies.properties import Secret, decode
from policies.view import View

__all__ = ["cloud_of", "region_is_secret", "region_of"]

_PLACES: Final = ("region", "location")
_ZONE: Final = re.compile(r"([a-z]+-[a-z]+[0-9]+)-[a-z]")


def cloud_of(view: View) -> str:
    """aws, gcp or azure; empty for others, such as Kubernetes."""
    package = view.token.partition(":")[0]
    if view.token.startswith("serving:index:Vertex"):
        return "gcp"
    return {"aws": "aws", "gcp": "gcp", "azure-native": "azure"}.get(package, "")


def _said(view: View, key: str) -> object:
    """By the resource itself, else by its provider, whose inputs come in wire form."""
    own: object = view.properties.raw
    given = cast("Mapping[str, object]", own).get(key) if isinstance(own, Mapping) else None
    return given or decode(view.resource.provider.get(key))


def region_is_secret(view: View) -> bool:
    """Whether the region must not stand in a message."""
    return any(isinstance(_said(view, key), Secret) for key in _PLACES)


def region_of(view: View) -> str | None:
    """The region, of a zone its own; None where nobody says it, or the update does.

    A secret one too, or no price would be found for what is in it.
    """
    for key in _PLACES:
        value = _said(view, key)
        while isinstance(value, Secret):
            value = value.value
        if isinstance(value, str) and value:
            zone = _ZONE.fullmatch(value)
            return zone[1] if zone else value.replace(" ", "").lower()
    return None
