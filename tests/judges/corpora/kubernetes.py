"""Sample manifests in the Go modules that custom resources are from, written by their authors.

`manifests()` yields each object that a file or a code block of documentation holds, with where it
is: `kserve docs/samples/v1beta1/sklearn/v1/sklearn.yaml#0`. `token()` and `resource()` say what
Pulumi would register. What is no object that somebody would apply as it is, is not among them:
templates, patches of Kustomize, test data for other programs; `INVALID` are files that are there
to be refused, `refused()` yields those. The modules must be downloaded, which `sandbox/setup` does:

    for origin, document in manifests():
        problems = stack.problems(token(document), document)
"""

import datetime as dt
import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from sandbox.kinds.build import documents, downloaded
from sandbox.kinds.modules import MODULES, Module
from tests.judges.corpora.model import Corpus, Example, Resource

__all__ = ["INVALID", "corpus", "manifests", "refused", "token"]

INVALID = ("hack/invalid-examples/",)
# Parts of objects, templates, proposals, and what is written by or for other programs.
_NO_MANIFESTS = re.compile(
    r"(^|/)(assets|charts?|templates?|values|ytt|kustomization|node_modules|vendor|testdata|bundle)"
    r"([/.]|$)|patch|config/overlays|config/crd|overlays/|conformance/reports|^designs/|releasenotes|\.github"
)
_FENCE = re.compile(r"^([ \t>/*#]*)```+ *(?:ya?ml)\b[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_SUFFIXES = (".yaml", ".yml", ".md", ".proto")
_VERSIONS = re.compile(r"([a-z0-9.-]+/)?v\d+((alpha|beta)\d+)?")
_CORE = re.compile(r"v\d+(alpha\d+|beta\d+)?")


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that somebody would apply, with where it is written."""
    return ((origin, document) for origin, document in _all() if not _is_invalid(origin))


def refused() -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects that are there to be refused."""
    return ((origin, document) for origin, document in _all() if _is_invalid(origin))


def token(document: dict[str, Any]) -> str:
    """The type that Pulumi registers an object as."""
    version = str(document["apiVersion"])
    group = f"core/{version}" if _CORE.fullmatch(version) else version
    return f"kubernetes:{group}:{document['kind']}"


def corpus() -> Corpus:
    """The manifests as examples of one resource each."""
    found = [
        Example(origin, (Resource(token(document), "it", document),))
        for origin, document in manifests()
    ]
    source = ", ".join(f"{module.path} {module.pinned()}" for module in MODULES)
    return Corpus(source, tuple(found), {})


def _is_invalid(origin: str) -> bool:
    return any(part in origin for part in INVALID)


def _all() -> Iterator[tuple[str, dict[str, Any]]]:
    for module, folder in downloaded().items():
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder).as_posix()
            if file.suffix in _SUFFIXES and file.is_file() and not _NO_MANIFESTS.search(name):
                yield from _objects(module, name, file)


def _objects(module: Module, name: str, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = file.read_text(encoding="utf-8", errors="replace")
    blocks = [text] if file.suffix in {".yaml", ".yml"} else list(_blocks(text))
    number = 0
    for block in blocks:
        if any(sign in block for sign in ("{{", "<<", "$(", "FILLED")):
            continue  # A template.
        try:
            found = list(documents(block))
        except ValueError:
            continue  # A fragment, or another language.
        for document in found:
            for each in _expanded(document):
                if _is_object(each):
                    yield f"{module.fact} {name}#{number}", _as_json(each)
                    number += 1


def _blocks(text: str) -> Iterator[str]:
    """The blocks of YAML in Markdown, or in comments of a .proto file."""
    for prefix, block in _FENCE.findall(text):
        sign = str(prefix).strip()
        lines = str(block).splitlines()
        if sign:
            lines = [re.sub(rf"^\s*{re.escape(sign)} ?", "", line) for line in lines]
        yield textwrap.dedent("\n".join(lines)) + "\n"


def _expanded(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if document.get("kind") == "List" and isinstance(document.get("items"), list):
        for item in cast("list[Any]", document["items"]):
            if isinstance(item, dict):
                yield cast("dict[str, Any]", item)
    else:
        yield document


def _as_json(value: Any) -> Any:  # noqa: ANN401 - YAML
    """As Kubernetes reads YAML: keys are texts, also `8080:`, and so are dates."""
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return {key if isinstance(key, str) else json.dumps(key): _as_json(v) for key, v in items}
    if isinstance(value, list):
        return [_as_json(item) for item in cast("list[Any]", value)]
    return value.isoformat() if isinstance(value, dt.date) else value


def _is_object(document: dict[str, Any]) -> bool:
    version, kind = document.get("apiVersion"), document.get("kind")
    known = isinstance(version, str) and _VERSIONS.fullmatch(version) and isinstance(kind, str)
    return bool(known) and isinstance(document.get("metadata"), dict)
