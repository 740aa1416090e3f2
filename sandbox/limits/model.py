"""Limits of properties as vendors and providers state them, and their JSON, which is cached."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

__all__ = ["ITEM", "KEY", "VALUE", "Limit", "TypeLimits"]

# In a path: the items of a list, the values of a map, the keys of a map.
ITEM, VALUE, KEY = "[]", "*", "#"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is allowed of one property; what a model does not say is not limited.

    Bounds are inclusive. Lengths are in characters for a string, in items for a list or a map.
    """

    values: tuple[str, ...] = ()
    # A regular expression of Python that the whole string matches.
    pattern: str = ""
    # The same as the vendor writes it, where Python needs another spelling; for messages only.
    published: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    # An empty string, list or map and a zero are let through: the provider takes them for none.
    blank: bool = False
    # The vendor wants it wherever the object around it is given, though the SDK does not.
    required: bool = False
    # The vendor's page, where it is another than the type's.
    page: str = ""
    # Of a text, lengths are those of its bytes in UTF-8.
    octets: bool = False
    # A named form of texts, see `sandbox.limits.formats`.
    format: str = ""
    # A regular expression of Python that is found nowhere in the text.
    forbidden: str = ""
    # Each of these holds as well; of `some`, one does.
    every: tuple["Limit", ...] = ()
    some: tuple["Limit", ...] = ()

    def to_json(self) -> dict[str, Any]:
        """An object of what is set."""
        found: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value != item.default:
                found[item.name] = _plain(value)
        return found

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Limit":
        """The reverse of `to_json`."""
        given: dict[str, Any] = {**document, "values": tuple(document.get("values", ()))}
        for name in ("every", "some"):
            if name in document:
                given[name] = tuple(cls.from_json(part) for part in document[name])
        return cls(**given)


def _plain(value: Any) -> Any:  # noqa: ANN401 - one of a field
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[Any, ...]", value)]
    return value.to_json() if isinstance(value, Limit) else value


@dataclass(frozen=True, slots=True)
class TypeLimits:
    """The limits of a resource type.

    `paths` are property names in wire spelling joined by dots; `[]` stands for the items of a list,
    `*` for the values of a map, `#` for its keys: `productionVariants.[].instanceType`, `tags.#`.
    """

    # The model that says so, as `botocore 1.44.2: sagemaker.CreateEndpoint`.
    source: str
    # The vendor's page of the call or type.
    page: str
    paths: Mapping[str, Limit] = field(default_factory=dict[str, Limit])
    # They are the provider's own, so that every message names it.
    provider: bool = False

    def to_json(self) -> dict[str, Any]:
        """The object that the cache holds."""
        paths = {path: limit.to_json() for path, limit in self.paths.items()}
        found: dict[str, Any] = {"source": self.source, "page": self.page, "paths": paths}
        return {**found, "provider": True} if self.provider else found

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TypeLimits":
        """The reverse of `to_json`."""
        paths = {path: Limit.from_json(limit) for path, limit in document["paths"].items()}
        own = bool(document.get("provider"))
        return cls(document["source"], document["page"], paths, provider=own)
