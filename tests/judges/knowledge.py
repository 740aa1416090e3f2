"""What judges must know of types, from sources that the sandbox's checks do not read."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from sandbox.schema import Library, Property, Type, UnknownTokenError
from tests.judges import facts
from tests.judges.corpora.model import Resource
from tests.judges.walk import Step

__all__ = ["Declared", "Knowledge"]


class Knowledge(Protocol):
    """Names and kinds, so that no mutant is one that the vendor would take; and limits to break."""

    def inside(self, token: str, steps: tuple[Step, ...]) -> Collection[str] | None:
        """Names that the object at a place may have; None if it may have any, or is no object."""
        ...

    def takes_any(self, token: str, steps: tuple[Step, ...]) -> bool:
        """Whether values of several kinds may be at a place."""
        ...

    def steps(self, token: str, path: str) -> tuple[Step, ...] | None:
        """Where a path without positions begins: in the first item of each list."""
        ...

    def kinds(self, token: str, steps: tuple[Step, ...]) -> tuple[str, str]:
        """The kind of a place's value, and that of the items if it is an `array`."""
        ...

    def required(self, token: str, resources: Sequence[Resource]) -> Collection[str]:
        """Paths that must be given wherever the object around them is."""
        ...

    def limits(self, token: str, resources: Sequence[Resource]) -> Mapping[str, Mapping[str, Any]]:
        """What is allowed of values, by path, in the words of truth/README.md."""
        ...


class Declared:
    """Names and kinds as the Pulumi SDK declares them, the rest from a truth table."""

    def __init__(self, library: Library, table: str) -> None:
        """Use the table `truth/<table>.json`."""
        self._library = library
        self._table = table

    def inside(self, token: str, steps: tuple[Step, ...]) -> Collection[str] | None:
        """See `Knowledge`."""
        if not steps:
            return self._inputs(token)
        found = self.type(token, steps)
        return None if found is None else self._properties(found)

    def takes_any(self, token: str, steps: tuple[Step, ...]) -> bool:
        """See `Knowledge`."""
        found = self.type(token, steps)
        return found is None or found.kind in {"any", "union"}

    def steps(self, token: str, path: str) -> tuple[Step, ...] | None:
        """See `Knowledge`."""
        found: tuple[Step, ...] = ()
        for name in path.split("."):
            declared = self.type(token, found) if found else None
            while declared is not None and declared.kind == "array":
                found, declared = (*found, 0), declared.of[0]
            found = (*found, name)
        return found if self.type(token, found) is not None else None

    def kinds(self, token: str, steps: tuple[Step, ...]) -> tuple[str, str]:
        """See `Knowledge`."""
        found = self.type(token, steps)
        if found is None:
            return "any", ""
        return found.kind, found.of[0].kind if found.kind == "array" else ""

    def required(self, token: str, resources: Sequence[Resource]) -> Collection[str]:
        """See `Knowledge`."""
        del resources
        return facts.required(self._table, token)

    def limits(self, token: str, resources: Sequence[Resource]) -> Mapping[str, Mapping[str, Any]]:
        """See `Knowledge`."""
        del resources
        return facts.constraints(self._table).get(token, {}).get("paths", {})

    def type(self, token: str, steps: tuple[Step, ...]) -> Type | None:
        """The declared type of a place."""
        properties, found = self._inputs(token), None
        for step in steps:
            if isinstance(step, int) or (found is not None and found.kind == "map"):
                found = found.of[0] if found is not None and found.of else None
            else:
                if found is not None:
                    properties = self._properties(found)
                if properties is None or step not in properties:
                    return None
                found = properties[step].type
            if found is None:
                return None
        return found

    def _inputs(self, token: str) -> Mapping[str, Property] | None:
        try:
            return self._library.resource(token).inputs
        except UnknownTokenError:
            return None

    def _properties(self, declared: Type) -> Mapping[str, Property] | None:
        nested = self._library.nested(declared.ref) if declared.kind == "ref" else None
        return nested.properties if nested is not None else None
