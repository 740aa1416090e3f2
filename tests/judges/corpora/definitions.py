"""The definitions of custom resources as their projects wrote them, for judges that are not ours.

`sandbox/kinds` makes its own schemas of the same files; here they stay as they are, but for the two
things that the API server does and JSON Schema does not say: a field that is not declared is
refused, and null is taken where a field is `nullable`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.kinds.build import documents, downloaded
from sandbox.kinds.modules import FOLDER, MODULES
from tests.judges.corpora.cache import cached
from tests.judges.corpora.model import Corpus, Example, Resource
from tests.judges.panel import KUBERNETES

__all__ = ["as_json_schema", "definitions"]

Schema = Mapping[str, Any]
# Definitions that no Go module carries.
_WRITTEN = sorted(FOLDER.glob("written/*.yaml"))
_OPEN = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_IDENTITY: Schema = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
}


def definitions() -> dict[tuple[str, str], Schema]:
    """Schemas by `apiVersion` and kind; empty where the Go modules cannot be had."""
    corpus = cached("definitions", [*KUBERNETES, *_WRITTEN], _read)
    return {
        (part.token, part.name): part.inputs for one in corpus.examples for part in one.resources
    }


def _read() -> Corpus:
    found: list[Example] = []
    for module, folder in downloaded().items():
        for pattern in module.definitions:
            for file in sorted(folder.glob(pattern)):
                name = f"{module.fact} {file.relative_to(folder).as_posix()}"
                text = file.read_text(encoding="utf-8")
                found.append(Example(name, tuple(_versions(text))))
    if found:
        found += [
            Example(file.name, tuple(_versions(file.read_text("utf-8")))) for file in _WRITTEN
        ]
    source = ", ".join(f"{module.path} {module.pinned()}" for module in MODULES)
    return Corpus(source, tuple(found), {})


def _versions(text: str) -> Iterator[Resource]:
    for document in documents(text):
        spec: dict[str, Any] = document.get("spec", {})
        if document.get("kind") != "CustomResourceDefinition" or "names" not in spec:
            continue  # Also files of Kustomize that patch a definition.
        versions: list[dict[str, Any]] = spec["versions"]
        for version in versions:
            if version.get("served", True):
                schema: dict[str, Any] = version.get("schema", {}).get("openAPIV3Schema", {})
                yield Resource(f"{spec['group']}/{version['name']}", spec["names"]["kind"], schema)


def as_json_schema(schema: Schema, *, root: bool = True) -> dict[str, Any]:
    """The schema in JSON Schema's draft 4, of which OpenAPI 3.0 made its own."""
    found = {key: value for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    # Said in English only, or of another JSON Schema.
    for key in ("default", "description", "example", "externalDocs", "format", "nullable"):
        found.pop(key, None)
    if schema.get("nullable") and "type" in schema:
        found["type"] = [schema["type"], "null"]
    if "properties" in schema or root:
        declared: Schema = schema.get("properties", {})
        found["properties"] = {
            **(_IDENTITY if root or schema.get(_EMBEDDED) else {}),
            **{name: as_json_schema(part, root=False) for name, part in declared.items()},
        }
        if not schema.get(_OPEN) and "additionalProperties" not in schema:
            found["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(part := schema.get(key), Mapping):
            found[key] = as_json_schema(cast("Schema", part), root=False)
    return found
