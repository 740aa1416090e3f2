"""The kinds that a CustomResourceDefinition defines."""

from collections.abc import Iterator
from typing import Any

from sandbox.kinds.library import Kind

__all__ = ["kinds_of"]


def kinds_of(definition: dict[str, Any], source: str, metadata: dict[str, Any]) -> Iterator[Kind]:
    """The kinds of a CustomResourceDefinition, one for each version that it serves."""
    spec = definition["spec"]
    for version in spec["versions"]:
        schema: dict[str, Any] = dict(version.get("schema", {}).get("openAPIV3Schema", {}))
        if not version.get("served", True):
            continue
        schema.setdefault("type", "object")
        given = schema.get("properties", {})
        text = {"type": "string"}
        schema["properties"] = {
            **given, "apiVersion": text, "kind": text, "metadata": _metadata(given, metadata)
        }  # fmt: skip
        yield Kind(
            spec["group"],
            version["name"],
            spec["names"]["kind"],
            schema,
            namespaced=spec.get("scope") != "Cluster",
            custom=True,
            plural=spec["names"]["plural"],
            source=source,
        )


def _metadata(given: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """A definition may say of metadata what the name must be like, and nothing else."""
    own = given.get("metadata", {})
    names = {
        name: {**metadata["properties"].get(name, {}), **part}
        for name, part in own.get("properties", {}).items()
    }
    kept = {key: own[key] for key in ("x-kubernetes-validations",) if key in own}
    return {**metadata, "properties": {**metadata["properties"], **names}, **kept}
