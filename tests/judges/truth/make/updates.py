"""What the calls take by which CloudFormation updates a type: only that surely changes in place."""

import functools
import gzip
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.rules.build.names import plain, singular

__all__ = ["updates"]

_NO_UPDATES = ("get", "describe", "list", "tag", "untag", "passrole", "create", "delete")


def updates(schema: Mapping[str, Any]) -> frozenset[str]:
    """The plain names that the inputs of the update's calls have; none if no call is known."""
    handler = schema.get("handlers", {}).get("update", {})
    found: set[str] = set()
    for permission in handler.get("permissions", ()):
        prefix, _, action = permission.partition(":")
        if action and not action.lower().startswith(_NO_UPDATES):
            found |= _members(prefix, action)
    return frozenset(found)


@functools.lru_cache(maxsize=2048)
def _members(prefix: str, action: str) -> frozenset[str]:
    """The input's members of a call, by the name of its permission, where one API has it."""
    models = _models().get(prefix, [])
    if len(models) != 1 or action not in models[0]["operations"]:
        return frozenset()
    shape = models[0]["operations"][action].get("input", {}).get("shape", "")
    members = models[0]["shapes"].get(shape, {}).get("members", {})
    return frozenset(singular(plain(name)) for name in members)


@functools.cache
def _models() -> Mapping[str, list[dict[str, Any]]]:
    """The API models in botocore, by the prefix of their permissions."""
    spec = importlib.util.find_spec("botocore")
    assert spec is not None
    assert spec.origin is not None
    found: dict[str, list[dict[str, Any]]] = {}
    for folder in sorted((Path(spec.origin).parent / "data").iterdir()):
        files = sorted(folder.glob("*/service-2.json*"))
        if not files:
            continue
        model = json.loads(gzip.decompress(files[-1].read_bytes()))
        metadata = model["metadata"]
        for name in {metadata.get("signingName", metadata["endpointPrefix"]), folder.name}:
            found.setdefault(name, []).append(model)
    return found
