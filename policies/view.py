"""What rules see: one resource, or the whole stack, each decoded once for all rules."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, cast

from facts import tags
from policies import tokens
from policies.properties import UNKNOWN, Fault, Property, decode
from policies.resource_types import GKE_NODE_POOL


@dataclass(frozen=True)
class Resource:
    """A resource as the engine, or a recorder of a program, tells it. Properties in wire form."""

    type: str
    urn: str
    name: str
    properties: Mapping[str, Any]
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    parent: str = ""
    protect: bool = False


class View:
    """One resource, decoded. A Kubernetes list gives one view per item.

    `token` is its folded type where that is not the one that the program gave it.
    """

    def __init__(
        self,
        resource: Resource,
        properties: Property,
        *,
        token: str = "",
        today: date | None = None,
    ) -> None:
        self.resource = resource
        # For what ends on a day: support, a promise.
        self.today = today or datetime.now(UTC).date()
        self.urn = resource.urn
        self.name = resource.name
        self.token = token or tokens.fold(resource.type)
        self.properties = properties
        # Rules keep what is costly to read twice, for example the pods.
        self.cache: dict[str, object] = {}

    def get(self, *keys: str) -> Property:
        """A property by its path from the top."""
        return self.properties.get(*keys)

    @cached_property
    def tags(self) -> dict[str, str]:
        """The vocabulary's values on this resource, by plain key. Unknown ones are left out."""
        return tags.read(self._all_tags)

    def tags_unknown(self) -> bool:
        """Whether the tags, or one of the vocabulary, are decided by the update; noted if so."""
        unknown: list[Property] = []
        for place in self.tag_places():
            if place.unknown:
                unknown.append(place)
            unknown += [
                place.get(key)
                for key, value in place.values().items()
                if value is UNKNOWN and tags.read({key: ""})
            ]
        # Asking whether it is absent notes it as not judged.
        return any([not place.absent for place in unknown])  # noqa: C419 - all of them.

    @cached_property
    def _all_tags(self) -> dict[str, str]:
        found: dict[str, str] = dict(self._default_tags())
        for place in self.tag_places():
            for key, value in place.values().items():
                if isinstance(value, str | int | float):
                    found[key] = str(value)
        return found

    def tag_places(self) -> list[Property]:
        """Where tags may be; the last is where a program writes them."""
        if self.token.startswith("kubernetes:"):
            metadata = self.get("metadata")
            return [metadata.get("annotations"), metadata.get("labels")]
        if self.token == GKE_NODE_POOL:
            return [self.get("nodeConfig", "resourceLabels")]
        if self.token.startswith(("gcp:", "serving:index:Vertex")):
            # Of alert policies and services of Cloud Monitoring the first.
            return [self.get("userLabels"), self.get("labels")]
        return [self.get("tagsAll"), self.get("tags")]

    def _default_tags(self) -> Iterable[tuple[str, str]]:
        """The provider's `defaultTags`, which the SDK sends as JSON in a text."""
        given = decode(self.resource.provider.get("defaultTags"))
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except ValueError:
                return
        if isinstance(given, dict):
            inner = cast("dict[str, object]", given).get("tags")
            if isinstance(inner, dict):
                for key, value in cast("dict[str, object]", inner).items():
                    if isinstance(value, str):
                        yield key, value


class Stack:
    """All resources of a stack; stack rules look for what is missing between them."""

    def __init__(self, views: list[View]) -> None:
        self.views = views
        self._by_urn = {view.urn: view for view in views}
        # Rules ask for the same types once for each resource of another.
        self._by_token: dict[str, list[tuple[int, View]]] = {}
        for place, view in enumerate(views):
            self._by_token.setdefault(view.token, []).append((place, view))

    def of(self, *types: str) -> list[View]:
        """The resources of these types, in the engine's order."""
        wanted = {tokens.fold(one) for one in types}
        found = [placed for token in wanted for placed in self._by_token.get(token, ())]
        return [view for _, view in sorted(found, key=itemgetter(0))]

    def upstream(self, view: View, *keys: str, until: Collection[str] = ()) -> set[str]:
        """URNs of what properties are computed from, through all resources but those in `until`."""
        found: set[str] = set()
        todo = [one for key in keys for one in view.resource.property_dependencies.get(key, ())]
        while todo:
            urn = todo.pop()
            if urn in found:
                continue
            found.add(urn)
            if urn in self._by_urn and urn not in until:
                todo.extend(self._by_urn[urn].resource.dependencies)
        return found

    @staticmethod
    def fault(view: View, place: Property, expected: str, found: str | None = None) -> Fault:
        """A finding of a stack rule, on one of the stack's resources."""
        fault = place.fault(expected, found)
        return Fault(fault.path, fault.found, fault.expected, view.urn)


def views(
    resource: Resource, *, today: date | None = None, unread: list[str] | None = None
) -> list[View]:
    """The views of a resource: one, or one per item of a Kubernetes list.

    What says in its body that it is an object of another kind than its type gives one of each.
    `unread` takes the paths of unknown values that are asked for, of several resources together.
    """
    noted: list[str] = [] if unread is None else unread
    whole = Property("", decode(resource.properties), unread=noted)
    each = [whole]
    if tokens.is_list(resource.type) or tokens.is_list(_said(whole)):
        items = whole.get("items")
        # An unknown list is one item of which nothing is known.
        each = [items] if items.unknown else items.items()
    given = tokens.fold(resource.type)
    found: list[View] = []
    for one in each:
        kinds = dict.fromkeys((given, tokens.fold(_said(one)) or given))
        found += [View(resource, one, token=token, today=today) for token in kinds]
    return found


def _said(place: Property) -> str:
    """The type that an object of Kubernetes says it is of; empty for anything else."""
    raw = place.raw
    # Nearly all others have not even the first word.
    return tokens.of_object(place.values()) if isinstance(raw, dict) and "apiVersion" in raw else ""
