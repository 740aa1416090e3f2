"""The Kubernetes API types as Go declares them, from the table beside this file."""

import functools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from typing_extensions import override

from sandbox.schema import Library
from tests.judges.corpora.model import Resource
from tests.judges.knowledge import Declared
from tests.judges.walk import Step, places

__all__ = ["AzureTypes", "GoTypes", "go_types"]

_LIMITS = ("enum", "pattern", "min", "max", "min_length", "max_length", "min_items", "max_items")


class GoTypes:
    """`Knowledge` from Go types; a type that is not there is not judged."""

    def __init__(self) -> None:
        document = json.loads(Path(__file__).with_name("kubernetes.json").read_text("utf-8"))
        self.source: str = document["source"]
        self.tokens: Mapping[str, Mapping[str, Any]] = document["tokens"]
        self._structs: Mapping[str, Mapping[str, Mapping[str, Any]]] = document["structs"]

    def inside(self, token: str, steps: tuple[Step, ...]) -> Collection[str] | None:
        """See `Knowledge`."""
        found = self.at(token, steps)
        return self._structs.get(found.get("ref", "")) if found else None

    def takes_any(self, token: str, steps: tuple[Step, ...]) -> bool:
        """See `Knowledge`."""
        found = self.at(token, steps)
        return found is None or found["kind"] == "any"

    def at(self, token: str, steps: tuple[Step, ...]) -> Mapping[str, Any] | None:
        """The declaration of a place: `kind`, and what is said of it."""
        found = self.tokens.get(token)
        for step in steps:
            if found is None:
                return None
            if isinstance(step, int):
                found = found.get("of") if found["kind"] == "list" else None
            elif found["kind"] == "map":
                found = found.get("of")
            else:
                found = self._structs.get(found.get("ref", ""), {}).get(step)
        return found

    def steps(self, token: str, path: str) -> tuple[Step, ...] | None:
        """See `Knowledge`."""
        place: tuple[Step, ...] = ()
        for name in path.split("."):
            around = self.at(token, place)
            while around is not None and around["kind"] == "list":
                place = (*place, 0)
                around = around["of"]
            place = (*place, name)
        return place if self.at(token, place) is not None else None

    def kinds(self, token: str, steps: tuple[Step, ...]) -> tuple[str, str]:
        """See `Knowledge`."""
        found = self.at(token, steps) or {"kind": "any"}
        return ("array", found["of"]["kind"]) if found["kind"] == "list" else (found["kind"], "")

    def required(self, token: str, resources: Sequence[Resource]) -> Collection[str]:
        """See `Knowledge`; what projects embed of Kubernetes itself, their schemas often relax."""
        custom = self.is_custom(token)
        return {
            ".".join(names)
            for ref, names, told in self._around(resources)
            if told.get("required") and not (custom and ref.startswith("k8s.io/"))
        }

    def limits(self, token: str, resources: Sequence[Resource]) -> Mapping[str, Mapping[str, Any]]:
        """See `Knowledge`."""
        builtin = not self.is_custom(token)
        found: dict[str, dict[str, Any]] = {}
        for _, names, told in self._around(resources):
            both = {**told.get("of", {}), **told} if told["kind"] == "list" else told
            if builtin:
                both = {**both, **both.get("own", {})}
            limits = {name: both[name] for name in _LIMITS if name in both}
            if limits:
                found[".".join(names)] = limits
        return found

    def is_custom(self, token: str) -> bool:
        """Whether a type is a custom resource's, which the API server knows by its schema alone."""
        return not self.tokens.get(token, {}).get("ref", "").startswith("k8s.io/api/")

    def _around(
        self, resources: Collection[Resource]
    ) -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
        """Struct, path and declaration of every property of the objects in examples."""
        seen: set[tuple[str, ...]] = set()
        for resource in resources:
            for steps in [(), *_objects(resource)]:
                names = tuple(step for step in steps if isinstance(step, str))
                ref = (self.at(resource.token, steps) or {}).get("ref", "")
                for name, told in self._structs.get(ref, {}).items():
                    if (*names, name) not in seen:
                        seen.add((*names, name))
                        yield ref, (*names, name), told


def _objects(resource: Resource) -> Iterator[tuple[Step, ...]]:
    for place in places(resource.inputs):
        if isinstance(place.value, Mapping):
            yield place.steps
        elif isinstance(place.value, list):
            yield (*place.steps, 0)


class AzureTypes(Declared):
    """`Knowledge` of azure-native's types: what is required and allowed is from Go's clients."""

    def __init__(self, library: Library) -> None:
        super().__init__(library, "")
        document = json.loads(Path(__file__).with_name("azure.json").read_text("utf-8"))
        self._types: Mapping[str, Mapping[str, Any]] = document["types"]

    @override
    def required(self, token: str, resources: Sequence[Resource]) -> Collection[str]:
        del resources
        paths = self._paths(token).items()
        # The provider takes the place from the group or its settings.
        return {path for path, told in paths if told.get("required") and path != "location"}

    @override
    def limits(self, token: str, resources: Sequence[Resource]) -> Mapping[str, Mapping[str, Any]]:
        del resources
        return self._paths(token)

    def _paths(self, token: str) -> Mapping[str, Mapping[str, Any]]:
        return self._types.get(token, {}).get("paths", {})


@functools.cache
def go_types() -> GoTypes:
    """The table, read once."""
    return GoTypes()
