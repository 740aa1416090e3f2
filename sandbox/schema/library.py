"""Declarations by token: from memory, else from the cache on disk, else from the SDK's source."""

import threading
from collections.abc import Iterator

from sandbox.schema.cache import Cache
from sandbox.schema.model import Function, Nested, Resource, Type
from sandbox.schema.source import Source

__all__ = ["Library", "UnknownTokenError"]


class UnknownTokenError(KeyError):
    """The SDK has no such resource type or function."""


class Library:
    """Every declaration of one provider's SDK, read when it is first asked for."""

    def __init__(self, provider: str) -> None:
        """Open the cache of the installed SDK's version.

        Raises:
            FileNotFoundError: The SDK is not installed.
        """
        self.provider = provider
        self.source = Source(provider)
        self.version = self.source.version()
        self._cache = Cache(f"{provider}-{self.version}")
        self._resources: dict[str, Resource] = {}
        self._nested: dict[str, Nested | None] = {}
        self._functions: dict[str, Function] = {}
        self._lock = threading.RLock()

    def tokens(self) -> dict[str, str]:
        """Every resource type, with its place in the SDK."""
        index = self._cache.get("index")
        if index is None:
            index = self.source.resources()
            self._cache.put({"index": index, **{f"place {k}": v for k, v in index.items()}})
        return index

    def resource(self, token: str) -> Resource:
        """A resource type's declaration.

        Raises:
            UnknownTokenError: The SDK has no such type.
        """
        found = self._resources.get(token)
        if found is not None:
            return found
        with self._lock:
            document = self._cache.get(f"resource {token}")
            if document is not None:
                found = Resource.from_json(token, document)
            else:
                place = self._cache.get(f"place {token}") or self.tokens().get(token)
                found = self.source.resource(token, place) if place else None
                if found is None:
                    raise UnknownTokenError(token)
                self._cache.put({f"resource {token}": found.to_json()})
            self._resources[token] = found
            return found

    def nested(self, ref: str) -> Nested | None:
        """A nested type's declaration; None where the SDK's source does not tell."""
        if ref in self._nested:
            return self._nested[ref]
        with self._lock:
            document = self._cache.get(f"nested {ref}")
            if document is None:
                found = self.source.nested(ref)
                self._cache.put({f"nested {ref}": found.to_json() if found else {"values": []}})
            else:
                found = Nested.from_json(ref, document)
            if found is not None and found.properties is None and not found.values:
                found = None
            self._nested[ref] = found
            return found

    def function(self, token: str) -> Function:
        """A function's declaration.

        Raises:
            UnknownTokenError: The SDK has no such function.
        """
        found = self._functions.get(token)
        if found is not None:
            return found
        with self._lock:
            document = self._cache.get(f"function {token}")
            if document is not None:
                found = Function.from_json(token, document)
            else:
                found = self.source.function(token)
                if found is None:
                    raise UnknownTokenError(token)
                self._cache.put({f"function {token}": found.to_json()})
            self._functions[token] = found
            return found

    def load(self, token: str) -> int:
        """Read a resource type with all that it refers to, into the cache; returns how many."""
        resource = self.resource(token)
        waiting = [declared.type for declared in resource.inputs.values()]
        seen: set[str] = set()
        while waiting:
            for ref in _refs(waiting.pop()):
                if ref in seen:
                    continue
                seen.add(ref)
                nested = self.nested(ref)
                if nested is not None and nested.properties:
                    waiting.extend(declared.type for declared in nested.properties.values())
        return 1 + len(seen)


def _refs(declared: Type) -> Iterator[str]:
    if declared.kind == "ref":
        yield declared.ref
    for part in declared.of:
        yield from _refs(part)
