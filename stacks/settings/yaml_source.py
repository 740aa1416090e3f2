"""YAML with positions: plain data, and for each key path the line and column it was written at.

Read with libyaml where it is there (about 20 times faster), otherwise in pure Python. Scalars
follow YAML 1.2's core schema, so `on`, `no` and `1:30` stay text.
"""

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import yaml

from stacks.settings.problems import Place, Problem, nearest, shown

KeyPath: TypeAlias = tuple[str | int, ...]

# A model file is one or two kB; what is much larger is not one, and may be an attack.
LARGEST_FILE_BYTES: Final = 256 * 1024
MOST_NODES: Final = 20_000
DEEPEST: Final = 32

_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,400}|0x[0-9a-fA-F]{1,64}|0o[0-7]{1,64}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# C0 without tab and line breaks, C1, what turns the direction of text, other line breaks.
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_SPECIAL: Final = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    ".nan": math.nan,
    ".NaN": math.nan,
    ".NAN": math.nan,
    ".inf": math.inf,
    ".Inf": math.inf,
    ".INF": math.inf,
    "+.inf": math.inf,
    "-.inf": -math.inf,
}


@dataclass(frozen=True, slots=True)
class YamlSource:
    """One file: its data, where each key and value stands, and what is wrong with it as YAML."""

    name: str
    data: dict[str, object] = field(default_factory=dict[str, object])
    keys: dict[KeyPath, tuple[int, int]] = field(default_factory=dict[KeyPath, tuple[int, int]])
    values: dict[KeyPath, tuple[int, int]] = field(default_factory=dict[KeyPath, tuple[int, int]])
    problems: tuple[Problem, ...] = ()

    def place(self, path: KeyPath, /, *, key: bool = False) -> Place:
        """Where a path stands, or the nearest part above it that is written down."""
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        for length in range(len(path), 0, -1):
            part = path[:length]
            exact = length == len(path)
            found = first.get(part) if exact else self.keys.get(part)
            found = found or second.get(part)
            if found:
                return Place(self.name, *found)
        return Place(self.name, 1, 1) if self.data else Place(self.name)

    def has(self, path: KeyPath) -> bool:
        """Whether the path is written in this file."""
        return path in self.values


def read(path: Path, name: str, *, empty_is_problem: bool = True) -> YamlSource:
    """Read one file. Never raises for what is in it: problems come back with the source."""
    if not empty_is_problem and not path.exists():
        return YamlSource(name)
    try:
        raw = path.read_bytes()
    except OSError as error:
        return _refused(
            Place(name),
            "MS0002",
            f"cannot be read: {error.strerror}",
            "make it a readable file",
        )
    return parse(raw, name, empty_is_problem=empty_is_problem)


def parse(raw: bytes, name: str, *, empty_is_problem: bool = True) -> YamlSource:
    """Parse the bytes of one file; see `read`. The same bytes give the same object, to be read."""
    return _parsed(raw, name, empty_is_problem)


# A check reads the same files for itself, and for the program that it runs.
@lru_cache(maxsize=4096)
def _parsed(  # noqa: PLR0911 - one per way to be no settings file
    raw: bytes,
    name: str,
    empty_is_problem: bool,  # noqa: FBT001
) -> YamlSource:
    if len(raw) > LARGEST_FILE_BYTES:
        return _refused(
            Place(name),
            "MS0002",
            f"{len(raw)} bytes; at most {LARGEST_FILE_BYTES} are read",
            "split it: one file per model",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        return _refused(
            Place(name, line, column),
            "MS0002",
            "not UTF-8 text",
            "save the file as UTF-8",
        )
    if text.count("[") + text.count("{") > MOST_NODES:
        return _too_large(name)
    try:
        # The C loader builds nodes only: no Python object comes from a tag.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        root = cast("yaml.Node | None", yaml.compose(text, Loader=loader))  # pyright: ignore[reportUnknownMemberType]
    except RecursionError:
        return _too_large(name)
    except yaml.YAMLError as error:
        return _refused(_mark(name, error), "MS0001", _reason(error), _yaml_fix(text))
    except ValueError as error:
        return _refused(Place(name), "MS0001", f"not YAML: {error}", "correct the YAML")
    return _from_root(name, root, empty_is_problem=empty_is_problem)


def _from_root(name: str, root: yaml.Node | None, *, empty_is_problem: bool) -> YamlSource:
    if root is None:
        if not empty_is_problem:
            return YamlSource(name)
        return _refused(
            Place(name),
            "MS0003",
            "the file is empty",
            "write the settings, or delete the file",
        )
    if not isinstance(root, yaml.MappingNode):
        kind = (
            "a list"
            if isinstance(root, yaml.SequenceNode)
            else f"text ({shown(str(cast(Any, root).value))})"
        )
        return _refused(
            _at(name, root),
            "MS0003",
            f"got {kind}; a settings file is a mapping of `key: value` lines",
            "write `target: …` and the other keys, each on its own line",
        )
    return _Reader(name).read(root)


class _Reader:
    """Turns nodes into plain data, noting positions, duplicates and what is too deep or too big."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: dict[KeyPath, tuple[int, int]] = {}
        self.values: dict[KeyPath, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def read(self, root: yaml.MappingNode) -> YamlSource:
        data = self._mapping(root, ())
        return YamlSource(self.name, data, self.keys, self.values, tuple(self.problems))

    def _value(self, node: yaml.Node, path: KeyPath) -> object:
        self.count += 1
        if self.count > MOST_NODES or len(path) > DEEPEST:
            if not any(problem.code == "MS0002" for problem in self.problems):
                self.problems.append(
                    Problem(
                        _at(self.name, node),
                        "MS0002",
                        dotted(path[:3]),
                        "nested too deep or too large (are there aliases of aliases?)",
                        fix="write the values out",
                    )
                )
            return None
        self.values[path] = _position(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        self._refuse_control_characters(node, path)
        return _scalar(node)

    def _refuse_control_characters(self, node: yaml.Node, path: KeyPath) -> None:
        found = _CONTROL.search(str(node.value))
        if found:
            self.problems.append(
                Problem(
                    _at(self.name, node),
                    "MS0007",
                    dotted(tuple(_printable(each) for each in path)),
                    f"has the control character U+{ord(found[0]):04X}",
                    allowed="text that shows what it is; line breaks and tabs",
                    fix="remove it",
                )
            )

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag == "tag:yaml.org,2002:merge":
                merged = self._value(value_node, path)
                parts = cast("list[object]", merged) if isinstance(merged, list) else [merged]
                for part in parts:
                    if isinstance(part, dict):
                        data = {**cast("dict[str, object]", part), **data}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(
                    Problem(
                        _at(self.name, key_node),
                        "MS0003",
                        dotted(path),
                        "a key is a word, not a mapping or a list",
                        fix="write `key: value`",
                    )
                )
                continue
            key = str(key_node.value)
            inner = (*path, key)
            if inner in self.keys:
                line, _ = self.keys[inner]
                self.problems.append(
                    Problem(
                        _at(self.name, key_node),
                        "MS0004",
                        dotted(inner),
                        f"written twice (first in line {line})",
                        fix="keep one of them",
                    )
                )
                continue
            self._refuse_control_characters(key_node, inner)
            self.keys[inner] = _position(key_node)
            data[key] = self._value(value_node, inner)
        return data


def _printable(part: str | int) -> str | int:
    return _CONTROL.sub("?", part) if isinstance(part, str) else part


def dotted(path: KeyPath) -> str:
    """A path as people write it: `resources.cpu`, `arguments[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    # A quoted or tagged scalar is text; only plain ones are numbers and truth values.
    if getattr(node, "style", None) or node.tag.startswith("!"):
        return text
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INTEGER.fullmatch(text):
        # A leading zero is part of an identifier (an account id), never octal.
        if re.fullmatch(r"[-+]?0[0-9]+", text):
            return text
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _position(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _at(name: str, node: yaml.Node) -> Place:
    return Place(name, *_position(node))


def _mark(name: str, error: yaml.YAMLError) -> Place:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)


def _reason(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    context = getattr(error, "context", None)
    return "not YAML: " + " ".join(str(part) for part in (problem, context) if part)


def _yaml_fix(text: str) -> str:
    if text.startswith("<<<<<<< ") or "\n<<<<<<< " in text:
        return "settle the merge: keep one side, without the lines <<<<<<<, ======= and >>>>>>>"
    if "\t" in text:
        return "indent with spaces; YAML refuses tabs"
    return "correct the line, or the one above it (indentation, a missing `:` or quote)"


def _refused(place: Place, code: str, message: str, fix: str) -> YamlSource:
    return YamlSource(place.file, problems=(Problem(place, code, "", message, fix=fix),))


def _too_large(name: str) -> YamlSource:
    return _refused(Place(name), "MS0002", "nested too deep or too large", "write it flat")


__all__ = ["KeyPath", "YamlSource", "dotted", "nearest", "parse", "read"]
