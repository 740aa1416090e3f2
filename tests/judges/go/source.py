"""Reads Go's declarations of API types: structs, their fields, names of types, constants.

Only what generated and API packages use of Go is understood: one declaration after another, fields
with tags, comments with markers before them.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Declared", "Field", "Package", "package"]

_TYPE = re.compile(
    r"(?P<doc>(?:^[ \t]*//[^\n]*\n)*)^(?:type )(?P<name>\w+) (?:= )?(?P<rest>[^\n]+)", re.MULTILINE
)
_FIELD = re.compile(r"^\s*(?:(?P<name>\w+)\s+)?(?P<type>[\w.*\[\]{}]+)\s*(?:`(?P<tag>[^`]*)`)?")
_CONSTANT = re.compile(r'^\s*\w+\s+(?P<type>\w+)\s*=\s*"(?P<value>[^"]*)"', re.MULTILINE)
_CONVERTED = re.compile(r'=\s*(?P<type>\w+)\("(?P<value>[^"]*)"\)')
_IMPORT = re.compile(r'^(?:import )?\s*(?:(?P<alias>[\w.]+) )?"(?P<path>[\w./-]+)"', re.MULTILINE)
_PROTO_ENUM = re.compile(r"(?P<name>\w+)_name = map\[int32\]string\{(?P<body>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct; an embedded one has no name."""

    name: str
    type: str
    tag: str
    doc: tuple[str, ...]


@dataclass(slots=True)
class Declared:
    """A declared type: a struct with fields, or another type's name."""

    name: str
    doc: tuple[str, ...]
    # Aliases of imported packages, in the file where it is declared.
    imports: dict[str, str]
    fields: list[Field] | None = None
    type: str = ""


@dataclass(slots=True)
class Package:
    """The declarations of a folder."""

    path: str
    types: dict[str, Declared] = field(default_factory=dict[str, Declared])
    # String constants by type.
    constants: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    optional: bool = False


@functools.cache
def package(path: str, folder: Path) -> Package:
    """Read the Go files of a folder, tests left out."""
    found = Package(path)
    for file in sorted(folder.glob("*.go")):
        if not file.name.endswith("_test.go") and not file.name.startswith("zz_generated"):
            _read(found, file.read_text(encoding="utf-8"))
    return found


def _read(found: Package, text: str) -> None:
    imports = dict(_imports(text))
    head = text[: text.find("\nimport")]
    if re.search(r"^// \+kubebuilder:validation:Optional", head, re.MULTILINE):
        found.optional = True
    for match in _TYPE.finditer(text):
        declared = Declared(match["name"], _lines(match["doc"]), imports)
        if match["rest"].startswith("struct {"):
            end = text.find("\n}", match.end())
            body = "" if match["rest"].endswith("}") else text[match.end() : end]
            declared.fields = list(_fields(body))
        else:
            declared.type = match["rest"].split("//")[0].strip()
        found.types[declared.name] = declared
    for match in (*_CONSTANT.finditer(text), *_CONVERTED.finditer(text)):
        values = found.constants.setdefault(match["type"], [])
        if match["value"] not in values:
            values.append(match["value"])
    for match in _PROTO_ENUM.finditer(text):
        found.constants[match["name"]] = re.findall(r'"(\w+)"', match["body"])


def _imports(text: str) -> Iterator[tuple[str, str]]:
    block = re.search(r"^import \((.*?)^\)", text, re.DOTALL | re.MULTILINE)
    single = "\n".join(re.findall(r"^import [^(\n]+", text, re.MULTILINE))
    for match in _IMPORT.finditer((block[1] if block else "") + "\n" + single):
        path = match["path"]
        last = path.rsplit("/", 1)[-1]
        if re.fullmatch(r"v\d+", last) and match["alias"] is None and "/" in path:
            yield path.rsplit("/", 2)[-2], path
        yield match["alias"] or last, path


def _fields(body: str) -> Iterator[Field]:
    doc: list[str] = []
    depth = 0
    for line in body.split("\n"):
        text = line.strip()
        if depth:  # Inside an anonymous struct, which no API type of ours has more of.
            depth += text.count("{") - text.count("}")
        elif text.startswith("//"):
            doc.append(text.lstrip("/ "))
        elif text and not text.startswith(("/*", "*/")):
            match = _FIELD.match(line)
            depth = text.count("struct {") - text.count("}")
            if match and match["type"]:
                yield Field(match["name"] or "", match["type"], match["tag"] or "", tuple(doc))
            doc = []
        elif not text and not (doc and doc[-1].startswith("+")):
            doc = []


def _lines(doc: str) -> tuple[str, ...]:
    return tuple(line.strip().lstrip("/ ") for line in doc.splitlines())
