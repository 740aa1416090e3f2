"""Google's discovery documents: the models of its APIs, and what they limit.

The documents are those that google-api-python-client carries; it is not imported.
"""

import importlib.metadata
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.limits.gcp.descriptions import bounds, words
from sandbox.limits.model import Limit
from sandbox.values import mapped

__all__ = ["DURATION", "Models", "limit_of"]

_PACKAGE = "google-api-python-client"
# JSON's form of google.protobuf.Duration and Timestamp.
# https://protobuf.dev/programming-guides/json/
DURATION = r"-?\d+(\.\d{1,9})?s"
_FORMATS = {
    "int32": Limit(minimum=-(2.0**31), maximum=2.0**31 - 1),
    "uint32": Limit(minimum=0, maximum=2.0**32 - 1),
    "uint64": Limit(minimum=0),
    "google-duration": Limit(pattern=DURATION, published="seconds written as 7776000s"),
}

Node = Mapping[str, Any]


class Models:
    """The documents of the installed client, read one by one."""

    def __init__(self) -> None:
        """Find them.

        Raises:
            importlib.metadata.PackageNotFoundError: The client is not installed.
        """
        package = importlib.metadata.distribution(_PACKAGE)
        self.version = package.version
        self._folder = Path(str(package.locate_file("googleapiclient/discovery_cache/documents")))

    def document(self, name: str) -> dict[str, Any]:
        """A document by name, as `aiplatform.v1`; empty if there is none."""
        return _read(self._folder / f"{name}.json")

    def find(self, service: str, version: str, kind: str, call: str) -> list[list[str]]:
        """The schemas that a call sends, of a version and its preview, with the method's name.

        Without such a call, the one schema that has the name of the kind.
        """
        found: list[list[str]] = []
        for name in (f"{service}.{version}", f"{service}.{version}beta1", f"{service}.beta"):
            document = self.document(name)
            if not document:
                continue
            schema, method = _sent(document, call)
            schema = schema or _of_kind(mapped(document.get("schemas")), kind)
            if schema:
                found.append([name, schema, method])
        return found

    def field(self, model: list[str], path: str) -> Node | None:
        """The node of a field; `?name` is a parameter of the method; lists are seen through."""
        document = self.document(model[0])
        if path.startswith("?"):
            for name, method in _methods(document):
                if name == model[2]:
                    return mapped(method.get("parameters")).get(path[1:])
            return None
        schemas = mapped(document.get("schemas"))
        node: Node = mapped(schemas.get(model[1]))
        for part in path.split("."):
            node = _resolved(schemas, node)
            node = mapped(mapped(node.get("properties")).get(part))
            if not node:
                return None
        return _resolved(schemas, node)


def limit_of(node: Node) -> Limit | None:
    """What a field's node allows of one value; None where it allows anything."""
    limit = _FORMATS.get(str(node.get("format", "")), Limit())
    kind = node.get("type")
    values: dict[str, Any] = {}
    if kind == "string" and node.get("enum"):
        values["values"] = tuple(str(value) for value in node["enum"])
    elif kind == "string" and node.get("pattern"):
        values["pattern"] = str(node["pattern"])
    elif kind == "string" and (stated := words(str(node.get("description", "")))):
        values["values"] = stated
    if not node.get("enum") and kind in {"string", "integer", "number"}:
        values |= bounds(str(node.get("description", "")), number=_is_number(node))
    for name in ("minimum", "maximum"):
        if node.get(name) is not None:
            values[name] = float(node[name])
    given = {**limit.to_json(), **values}
    return Limit.from_json(given) if given else None


def _is_number(node: Node) -> bool:
    return node.get("type") in {"integer", "number"} or "int" in str(node.get("format", ""))


def _resolved(schemas: Mapping[str, Any], node: Node) -> Node:
    """The node that is meant: a reference's schema, a list's item."""
    while True:
        if "$ref" in node:
            node = {**mapped(schemas.get(str(node["$ref"]))), "described": node.get("description")}
        elif node.get("type") == "array":
            node = mapped(node.get("items"))
        else:
            return node


def _of_kind(schemas: Mapping[str, Any], kind: str) -> str:
    """The one schema of a kind, prefixed or not: `Cluster`, `GoogleCloudRunV2Service`."""
    prefixed = re.compile(rf"(GoogleCloud[A-Za-z]+V\d+(beta\d+)?)?{kind}")
    found = [name for name in schemas if kind and prefixed.fullmatch(name)]
    return found[0] if len(found) == 1 else ""


def _sent(document: Mapping[str, Any], call: str) -> tuple[str, str]:
    wanted = _plain(re.sub(r"^v\d\w*/", "", call))
    if not wanted:
        return "", ""
    version = str(document.get("version"))
    for name, method in _methods(document):
        path = str(method.get("flatPath") or method.get("path", ""))
        path = path.removeprefix(f"{version}/")
        if method.get("httpMethod") == "POST" and _plain(path) == wanted:
            return str(mapped(method.get("request")).get("$ref", "")), name
    return "", ""


def _plain(path: str) -> str:
    return re.sub(r"\{+[^}]*\}+", "{}", path).strip("/")


def _methods(node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for method in mapped(node.get("methods")).values():
        yield str(method.get("id")), method
    for resource in mapped(node.get("resources")).values():
        yield from _methods(resource)


@cache
def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
