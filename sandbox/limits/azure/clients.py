"""Azure's generated management clients, read from their source: models and `PUT` operations.

Two generations are understood: models with `_attribute_map` and `_validation` (they state patterns,
lengths and ranges), and models of `rest_field` (they state when a field may be set).
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

__all__ = ["Client", "Field", "Model", "Operation", "read"]

Constraints = dict[str, Any]
_MODEL = re.compile(r"_?models\.(\w+)")
_OLD_CONTAINER = re.compile(r"^(\[|\{)(.*)[\]}]$")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model.

    Attributes:
        wire: Names on the way to it in the JSON document: `("properties", "maxSize")`.
        containers: `[]` for a list and `*` for a map, outermost first.
        model: The model that it holds, empty for a plain value.
        constraints: What `_validation` says of it.
        create_only: It may be set at creation and not later.
    """

    wire: tuple[str, ...]
    containers: tuple[str, ...]
    model: str
    constraints: Constraints
    create_only: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its fields, without those of its bases."""

    name: str
    bases: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A request: its method, the template of its path, what it allows of the path's parameters."""

    group: str
    name: str
    method: str
    url: str
    parameters: Mapping[str, Constraints]
    body: str


@dataclass(slots=True)
class Client:
    """What one API version of a client states."""

    models: dict[str, Model] = field(default_factory=dict[str, Model])
    operations: list[Operation] = field(default_factory=list[Operation])
    # Its models are of the newer generation, which says what is create-only.
    newer: bool = False

    def fields(self, name: str) -> list[Field]:
        """All fields of a model, its bases' first; a model overrides its bases."""
        found: dict[tuple[str, ...], Field] = {}
        model = self.models.get(name)
        if model is not None:
            for base in model.bases:
                found |= {item.wire: item for item in self.fields(base)}
            found |= {item.wire: item for item in model.fields}
        return list(found.values())


def read(folder: Path) -> Client:
    """The client in a folder with `models` and `operations`."""
    client = Client()
    for path in sorted((folder / "models").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        client.newer |= "rest_field(" in source
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and (model := _model(node)):
                # Two files of old clients have the same models, for Python 2 and 3.
                client.models.setdefault(model.name, model)
    for path in sorted((folder / "operations").glob("*.py")):
        client.operations.extend(_operations(path.read_text(encoding="utf-8"), client.models))
    return client


# ---- models ----


def _model(node: ast.ClassDef) -> Model | None:
    bases = tuple(_last(base) for base in node.bases)
    if "Enum" in bases:
        return None
    old = {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    if "_attribute_map" in old:
        return Model(node.name, bases, tuple(_old_fields(old)))
    fields = tuple(item for statement in node.body if (item := _new_field(statement)))
    return Model(node.name, bases, fields) if fields or bases else None


def _old_fields(assigned: Mapping[str, ast.expr]) -> Iterator[Field]:
    attributes = cast("dict[str, dict[str, str]]", ast.literal_eval(assigned["_attribute_map"]))
    validation = (
        cast("dict[str, Constraints]", ast.literal_eval(assigned["_validation"]))
        if "_validation" in assigned
        else {}
    )
    for name, attribute in attributes.items():
        constraints = validation.get(name, {})
        if constraints.get("readonly"):
            continue
        keys = re.split(r"(?<!\\)\.", attribute["key"])
        containers, model = _old_type(attribute["type"])
        yield Field(tuple(key.replace("\\", "") for key in keys), containers, model, constraints)


def _old_type(text: str) -> tuple[tuple[str, ...], str]:
    containers: list[str] = []
    while match := _OLD_CONTAINER.match(text):
        containers.append("[]" if match[1] == "[" else "*")
        text = match[2]
    return tuple(containers), text if text[:1].isupper() else ""


def _new_field(statement: ast.stmt) -> Field | None:
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.value, ast.Call):
        return None
    call = statement.value
    if _last(call.func) not in {"rest_field", "rest_discriminator"}:
        return None
    given = {word.arg: word.value for word in call.keywords}
    name = ast.literal_eval(given["name"]) if "name" in given else _last(statement.target)
    seen = cast("list[str]", ast.literal_eval(given["visibility"])) if "visibility" in given else []
    if seen == ["read"]:
        return None
    containers, model = _new_type(statement.annotation)
    create_only = "create" in seen and "update" not in seen
    return Field((name,), containers, model, {}, create_only)


def _new_type(annotation: ast.expr) -> tuple[tuple[str, ...], str]:
    containers: list[str] = []
    while True:
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        if not isinstance(annotation, ast.Subscript):
            break
        outer, inner = _last(annotation.value), annotation.slice
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if outer in {"list", "List"}:
            containers.append("[]")
        elif outer in {"dict", "Dict"}:
            containers.append("*")
        elif outer == "Union":
            # A string or an enumeration: no model.
            return tuple(containers), ""
        annotation = parts[-1]
    text = ast.unparse(annotation)
    return tuple(containers), text.removeprefix("_models.") if "_models." in text else ""


# ---- operations ----


def _operations(source: str, models: Mapping[str, Model]) -> Iterator[Operation]:
    tree = ast.parse(source)
    lines = source.splitlines()
    builders = {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("build_")
    }
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or not node.name.endswith("Operations"):
            continue
        for method in node.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            for called in _called(method):
                if called in builders:
                    named = _MODEL.findall(_signature(lines, method))
                    # Enumerations of the path's parameters are there too.
                    body = next((name for name in named if name in models), "")
                    yield _operation(node.name, method, builders[called], body)


def _operation(
    group: str, method: ast.FunctionDef, builder: ast.FunctionDef, body: str
) -> Operation:
    url, verb = "", ""
    parameters: dict[str, Constraints] = {}
    for node in ast.walk(builder):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.startswith("/") and ("{" in node.value or "/providers/" in node.value):
                url = url or node.value
        elif isinstance(node, ast.Call) and _last(node.func) == "HttpRequest":
            verb = next((_text(w.value) for w in node.keywords if w.arg == "method"), verb)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None and isinstance(value, ast.Call) and _last(value.func) == "url":
                    parameters[_text(key)] = {
                        word.arg: ast.literal_eval(word.value)
                        for word in value.keywords
                        if word.arg and word.arg != "skip_quote"
                    }
    name = method.name.strip("_").removeprefix("begin_").removesuffix("_initial")
    return Operation(group.removesuffix("Operations"), name, verb, url, parameters, body)


def _called(method: ast.FunctionDef) -> list[str]:
    return list(
        dict.fromkeys(
            _last(node.func)
            for node in ast.walk(method)
            if isinstance(node, ast.Call) and _last(node.func).startswith("build_")
        )
    )


def _signature(lines: list[str], method: ast.FunctionDef) -> str:
    """The arguments as written, with type comments, without what is returned."""
    text = "\n".join(lines[method.lineno - 1 : method.body[0].lineno - 1])
    return re.split(r"\)\s*->|# type: \(\.\.\.\)", text)[0]


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""
