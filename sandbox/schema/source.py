"""Reads declarations from an installed Pulumi SDK: its source is parsed, never imported.

Importing pulumi_aws takes seconds and hundreds of megabytes; a module of it has one class per
resource, found here by its first lines and parsed alone.
"""

import ast
import functools
import itertools
import json
import os
import re
import sysconfig
from pathlib import Path
from typing import Any

from sandbox.schema.model import ANY, Function, Nested, Property, Resource, Type

__all__ = ["PACKAGES", "Source", "site"]

PACKAGES = {
    "aws": "pulumi_aws",
    "gcp": "pulumi_gcp",
    "azure-native": "pulumi_azure_native",
    "kubernetes": "pulumi_kubernetes",
}

_HEADS = re.compile(
    r"^((?:@[\w.]+(?:\(.*\))?\n)*)(?:class (\w+)|(?:async )?def (\w+)|if |elif )", re.MULTILINE
)
_MODULES = re.compile(r'"fqn": "([^"]+)",\s*"classes": \{(.*?)\}', re.DOTALL)
_CLASSES = re.compile(r'"([^"]+)": "(\w+)"')
# "Changing this forces a new resource", and its many spellings.
_REPLACES = re.compile(
    r"forces? (?:the )?(?:creation of )?(?:a )?new|forces? (?:a )?(?:re-?creat|replace)|force a new"
    r"|forces replacement|will (?:re-?create|replace)|immutable"
    r"|cannot be (?:changed|updated|modified)|can(?:'|no)t be changed|recreates? the",
    re.IGNORECASE,
)
_NOT_REPLACES = re.compile(r"without (?:forcing|re-?creat)|does not force", re.IGNORECASE)
_SCALARS = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "float": "number",
    "pulumi.Asset": "asset",
    "pulumi.Archive": "archive",
    "pulumi.FileArchive": "archive",
    "pulumi.AssetArchive": "archive",
}
# Twice, before and within an input.
_OPTIONAL = re.compile(r"(?:pulumi\.Input\[)?Optional\[(?:pulumi\.Input\[)?Optional\[")
_WRAPPERS = {"pulumi.Input", "Optional", "pulumi.Output", "NotRequired", "pulumi.InputType"}


def site(provider: str) -> Path:
    """Where a provider's SDK is installed: where the variable says if it is there, else here."""
    given = os.environ.get("MODEL_SERVING_SANDBOX_SDK_SITE")
    if given and (Path(given) / PACKAGES[provider]).is_dir():
        return Path(given)
    return Path(sysconfig.get_path("purelib"))


class Source:
    """The source of one provider's SDK."""

    def __init__(self, provider: str) -> None:
        """`provider` is a key of `PACKAGES`; nothing is read yet."""
        self.provider = provider
        self.root = site(provider) / PACKAGES[provider]
        self._text = functools.lru_cache(maxsize=64)(self._read)
        self._sections = functools.lru_cache(maxsize=64)(self._split)

    def version(self) -> str:
        """The SDK's version, `7.51.1`.

        Raises:
            FileNotFoundError: The SDK is not installed.
        """
        meta = json.loads((self.root / "pulumi-plugin.json").read_text(encoding="utf-8"))
        return str(meta["version"])

    def resources(self) -> dict[str, str]:
        """Every resource type: its token, and where it is as `folder:Class`."""
        text = self._text("__init__.py")
        found = {f"pulumi:providers:{self.provider}": ":Provider"}
        for module in _MODULES.finditer(text):
            folder = "/".join(module[1].split(".")[1:])
            for token, name in _CLASSES.findall(module[2]):
                found[token] = f"{folder}:{name}"
        return found

    def resource(self, token: str, place: str) -> Resource | None:
        """The declaration of the resource type that is at `place`."""
        folder, name = place.split(":")
        path = self._file(folder, name, f'type_token("{token}")')
        if path is None:
            return None
        arguments = f"{name}Args" if f"{name}Args" in self._sections(path) else f"{name}InitArgs"
        body = self._section(path, name)
        inputs = self._properties(path, arguments) or {}
        wire = {declared.python: key for key, declared in inputs.items()}
        secrets = set(_literals(body, r"additional_secret_outputs=(\[[^\]]*\])"))
        for python in re.findall(
            r'__dict__\["(\w+)"\] = None if \w+ is None else pulumi\.Output\.secret', body
        ):
            secrets.add(wire.get(str(python), str(python)))
        return Resource(
            token=token,
            inputs=inputs,
            outputs=self._getters(path, body),
            secrets=frozenset(secrets),
            replaces=frozenset(_literals(body, r"replace_on_changes=(\[[^\]]*\])")),
            aliases=tuple(re.findall(r'pulumi\.Alias\(type_="([^"]+)"\)', body)),
        )

    def nested(self, ref: str) -> Nested | None:
        """The nested type that `ref`, `folder:Class` or `folder:outputs.Class`, names."""
        folder, name = ref.split(":")
        if name.startswith("outputs."):
            path = _join(folder, "outputs.py")
            body = self._section(path, name.removeprefix("outputs."))
            return Nested(ref, self._getters(path, body)) if body else None
        path = _join(folder, "_inputs.py")
        if name in self._sections(path):
            return Nested(ref, self._properties(path, name) or {})
        path = _join(folder, "_enums.py")
        body = self._section(path, name)
        if not body:
            return None
        values = [
            statement.value.value
            for statement in _only_class(body).body
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        ]
        return Nested(ref, None, tuple(values))

    def function(self, token: str) -> Function | None:
        """The declaration of a function; None where the SDK has none of that name."""
        module, _, name = token.split(":", 1)[1].rpartition(":")
        folder = module.split("/")[0].replace("index", "").replace(".", "_")
        if self.provider in {"kubernetes", "azure-native"}:
            folder = module.replace(".", "_")
        sign = f"pulumi.runtime.invoke('{token}'"
        path = None
        for candidate in (folder, f"{folder}_"):
            path = path or self._file(candidate, name, sign)
        if path is None:
            return None
        body = next(
            (part for key in self._sections(path) if sign in (part := self._section(path, key))), ""
        )
        definition = _only_function(body)
        annotations = {a.arg: a.annotation for a in definition.args.args}
        required = self._required_arguments(path, definition.name)
        arguments = {
            wire: Property(
                self._type(annotations[python], path), python, required=python in required
            )
            for wire, python in re.findall(r"__args__\['(\w+)'\] = (\w+)", body)
            if python in annotations
        }
        result = re.search(r"typ=(\w+)\)", body)
        results = self._getters(path, self._section(path, result[1])) if result else {}
        return Function(token, arguments, results)

    def _required_arguments(self, path: str, name: str) -> set[str]:
        """What a function needs.

        In its signature all is optional. That of its twin for outputs says so once of what is
        needed, `Input[Optional[str]]` or in older SDKs `Optional[Input[str]]`, and twice of what is
        not.
        """
        twin = self._section(path, f"{name}_output")
        if not twin:
            return set()
        return {
            argument.arg
            for argument in _only_function(twin).args.args
            if argument.annotation is not None
            and argument.arg != "opts"
            and _OPTIONAL.match(ast.unparse(argument.annotation)) is None
        }

    # ---- files ----

    def _read(self, path: str) -> str:
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def _split(self, path: str) -> dict[str, tuple[int, int]]:
        text = self._text(path)
        heads = [(str(m[2] or m[3] or ""), m.start()) for m in _HEADS.finditer(text)]
        heads.append(("", len(text)))
        found: dict[str, tuple[int, int]] = {}
        for (name, start), (_, end) in itertools.pairwise(heads):
            if name:
                found[name] = (start, end)
        return found

    def _section(self, path: str, name: str) -> str:
        place = self._sections(path).get(name)
        return self._text(path)[slice(*place)] if place else ""

    def _file(self, folder: str, name: str, sign: str) -> str | None:
        """The module of a folder that holds `sign`; its name is most often that of the class."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        for guess in (snake, name):
            path = _join(folder, f"{guess}.py")
            if sign in self._text(path):
                return path
        place = self.root / folder
        if not place.is_dir():
            return None
        for file in sorted(place.iterdir()):
            if file.suffix == ".py" and not file.name.startswith("_"):
                path = _join(folder, file.name)
                if sign in file.read_text(encoding="utf-8"):
                    return path
        return None

    # ---- classes ----

    def _properties(self, path: str, name: str) -> dict[str, Property] | None:
        """Properties of an arguments class, with which are required from its constructor."""
        body = self._section(path, name)
        if not body:
            return None
        node = _only_class(body)
        init = next(
            (n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None
        )
        if init is None:
            return {}
        declared = {
            argument.arg: (default is None, argument.annotation)
            for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
        }
        found: dict[str, Property] = {}
        for wire, getter in _getter_functions(node):
            if getter.name not in declared:
                continue
            required, annotation = declared[getter.name]
            doc = ast.get_docstring(getter) or ""
            found[wire] = Property(
                self._type(annotation, path),
                getter.name,
                required=required,
                replaces=bool(_REPLACES.search(doc)) and not _NOT_REPLACES.search(doc),
            )
        return found

    def _getters(self, path: str, body: str) -> dict[str, Property]:
        """Properties of a class that only answers."""
        if not body:
            return {}
        return {
            wire: Property(self._type(getter.returns, path), getter.name)
            for wire, getter in _getter_functions(_only_class(body))
        }

    def _type(self, node: ast.expr | None, path: str) -> Type:  # noqa: PLR0911 - one per form
        if isinstance(node, ast.Constant):
            return Type("ref", ref=self._ref(str(node.value), path)) if node.value else ANY
        if isinstance(node, ast.Subscript):
            head = ast.unparse(node.value)
            if head in _WRAPPERS:
                return self._type(node.slice, path)
            if head == "Sequence":
                return Type("array", (self._type(node.slice, path),))
            if head == "Mapping" and isinstance(node.slice, ast.Tuple):
                return Type("map", (self._type(node.slice.elts[1], path),))
            if head == "Union" and isinstance(node.slice, ast.Tuple):
                return self._union(node.slice.elts, path)
            return ANY
        text = ast.unparse(node).removeprefix("_builtins.") if node else ""
        return Type(_SCALARS[text]) if text in _SCALARS else ANY

    def _union(self, nodes: list[ast.expr], path: str) -> Type:
        parts: list[Type] = []
        for node in nodes:
            # Each nested class is declared twice, as a class and as a TypedDict.
            if isinstance(node, ast.Constant) and str(node.value).endswith("ArgsDict"):
                continue
            part = self._type(node, path)
            if part not in parts:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Type("union", tuple(parts))

    def _ref(self, name: str, path: str) -> str:
        folder = path.rpartition("/")[0]
        if "." not in name or name.startswith("outputs."):
            return f"{folder}:{name}"
        # `_core.v1.PodSpecArgs`, where the file says `from ... import core as _core`.
        *modules, name = name.split(".")
        imported = re.search(
            rf"^from (\.+) import (\w+) as {re.escape(modules[0])}$", self._text(path), re.MULTILINE
        )
        if imported is None:
            return f"{'/'.join(modules)}:{name}"
        parents = folder.split("/")
        parents = parents[: len(parents) - len(imported[1]) + 1]
        if modules[-1] == "outputs":
            modules.pop()
            name = f"outputs.{name}"
        return f"{'/'.join([*parents, imported[2], *modules[1:]])}:{name}"


def _join(folder: str, file: str) -> str:
    return f"{folder}/{file}" if folder else file


def _only_class(body: str) -> ast.ClassDef:
    return next(n for n in ast.parse(body).body if isinstance(n, ast.ClassDef))


def _only_function(body: str) -> ast.FunctionDef:
    return next(n for n in ast.parse(body).body if isinstance(n, ast.FunctionDef))


def _getter_functions(node: ast.ClassDef) -> list[tuple[str, ast.FunctionDef]]:
    """Properties of a class by their names on the wire."""
    found: list[tuple[str, ast.FunctionDef]] = []
    for function in node.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        for decorator in function.decorator_list:
            if not ast.unparse(decorator).startswith("pulumi.getter"):
                continue
            wire = function.name
            if isinstance(decorator, ast.Call):
                names = [k.value for k in decorator.keywords if k.arg == "name"]
                wire = str(names[0].value) if names and isinstance(names[0], ast.Constant) else wire
            found.append((wire, function))
    return found


def _literals(body: str, pattern: str) -> list[str]:
    found: list[Any] = [ast.literal_eval(text) for text in re.findall(pattern, body)]
    return [str(item) for items in found for item in items]
