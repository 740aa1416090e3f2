"""Kubernetes' own kinds, from the JSON schemas that the package kubernetes-validate carries."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["OBJECT_META", "Builtin"]

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_ANYTHING: dict[str, Any] = {"x-kubernetes-preserve-unknown-fields": True}
# Schemas that hold any value, and one that holds itself.
_FREE = (
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
    "io.k8s.apimachinery.pkg.runtime.RawExtension",
)
_EITHER = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"x-kubernetes-int-or-string": True},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {
        "x-kubernetes-int-or-string": True,
        "format": "quantity",
    },
}


class Builtin:
    """The schemas of one release of Kubernetes."""

    def __init__(self, release: str) -> None:
        """Read the schemas of a release such as `1.34`.

        Raises:
            FileNotFoundError: The package is not installed, or has no such release.
        """
        spec = find_spec("kubernetes_validate")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("kubernetes-validate is not installed")
        folder = Path(spec.origin).parent / "kubernetes-json-schema" / f"v{release}.0-local-strict"
        text = (folder / "_definitions.json").read_text(encoding="utf-8")
        self._definitions: dict[str, Any] = json.loads(text)["$defs"]
        self._converted: dict[str, dict[str, Any]] = {}

    def kinds(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Group (empty for the core one), version, kind and schema of each kind of object."""
        for name, definition in self._definitions.items():
            kinds = definition.get("x-kubernetes-group-version-kind", [])
            if len(kinds) == 1 and "metadata" in definition.get("properties", {}):
                kind = kinds[0]
                if not kind["kind"].endswith("List"):
                    yield kind["group"], kind["version"], kind["kind"], self.schema(name)

    def schema(self, name: str) -> dict[str, Any]:
        """The structural schema of a definition."""
        if name in _FREE:
            return _ANYTHING
        if name in _EITHER:
            return _EITHER[name]
        if name not in self._converted:
            self._converted[name] = self._structural(self._definitions[name])
        return self._converted[name]

    def _structural(self, given: dict[str, Any]) -> dict[str, Any]:
        found = {key: value for key, value in given.items() if key.startswith("x-kubernetes-")}
        if "$ref" in given:
            return {**self.schema(given["$ref"].rpartition("/")[2]), **found}
        kinds = given.get("type", [])
        kind = kinds if isinstance(kinds, str) else next((k for k in kinds if k != "null"), "")
        if kind:
            found["type"] = kind
        for key in ("required", "enum", "format"):
            if key in given:
                found[key] = given[key]
        if "properties" in given:
            found["properties"] = {n: self._structural(p) for n, p in given["properties"].items()}
        if "items" in given:
            found["items"] = self._structural(given["items"])
        if isinstance(given.get("additionalProperties"), dict):
            found["additionalProperties"] = self._structural(given["additionalProperties"])
        if kind == "object" and not {"properties", "additionalProperties"} & found.keys():
            found |= _ANYTHING
        return found
