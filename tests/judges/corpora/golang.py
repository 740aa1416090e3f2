"""Reads calls of generated Go clients: their text, by a small parser of literals."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

__all__ = ["Call", "Literal", "Names", "calls", "enumerations", "names"]

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)'
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>[{}()\[\],:.*&]))"
)
_EXAMPLE = re.compile(r"^func Example(\w+)Client_(\w+)\(\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
# `clientFactory.NewXClient().Create(ctx, …)`; older modules keep the client in a variable.
_CALL = re.compile(r"New(\w+)Client\((?:\)\.|.*?\bclient\.)(\w+)\(ctx,\s*", re.DOTALL)
_CONSTANT = re.compile(r"^\s+(\w+)\s+\w+ = (\"[^\"]*\"|-?\d+)$", re.MULTILINE)
_MARSHAL = re.compile(r"^func \(\w+ \*?(\w+)\) MarshalJSON\(\).*?^\}", re.MULTILINE | re.DOTALL)
_POPULATE = re.compile(
    r'populate\w*(?:\[[^\]]*\])?\(objectMap, "([^"]+)", \w+\.(\w+)\)'
    r'|objectMap\["([^"]+)"\] = (?:\w+\.(\w+)|("?[\w.]+"?))'
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A struct: the name of its type, and its fields by their names in Go."""

    type: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a client: `ManagedClusters`, `BeginCreateOrUpdate`, strings, the body."""

    example: str
    client: str
    method: str
    arguments: tuple[str, ...]
    body: Literal | None


@dataclass(frozen=True, slots=True)
class Names:
    """The names of fields in JSON, by type and by their names in Go."""

    fields: Mapping[str, Mapping[str, str]]

    def document(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """A literal as JSON."""
        if isinstance(value, Literal):
            known = self.fields.get(value.type, {})
            return {
                known.get(name, name[0].lower() + name[1:]): self.document(item)
                for name, item in value.fields.items()
            }
        if isinstance(value, list):
            return [self.document(item) for item in cast("list[Any]", value)]
        if isinstance(value, dict):
            given = cast("dict[str, Any]", value)
            return {key: self.document(item) for key, item in given.items()}
        return value


def names(serde: str) -> Names:
    """From `models_serde.go`, which writes every struct as JSON."""
    found: dict[str, dict[str, str]] = {}
    for marshal in _MARSHAL.finditer(serde):
        found[marshal[1]] = {
            goes[2] or goes[4]: goes[1] or goes[3]
            for goes in _POPULATE.finditer(marshal[0])
            if goes[2] or goes[4]
        }
    return Names(found)


def enumerations(constants: str) -> dict[str, Any]:
    """The values of constants, by their names."""
    return {name: json.loads(value) for name, value in _CONSTANT.findall(constants)}


def calls(source: str, words: Mapping[str, Any]) -> Iterator[Call]:
    """The calls in a file of examples; what cannot be read has no body."""
    for example in _EXAMPLE.finditer(source):
        call = _CALL.search(example[3])
        if call is None:
            continue
        parser = _Parser(example[3], call.end(), words)
        try:
            given = parser.arguments()
        except ValueError:
            continue
        body = _body(given)
        strings = tuple(item for item in given if isinstance(item, str))
        yield Call(f"{example[1]}_{example[2]}", call[1], call[2], strings, body)


def _body(given: list[Any]) -> Literal | None:
    """The document: an argument, or an option where it may be left out."""
    literals = [item for item in given if isinstance(item, Literal)]
    plain = [item for item in literals if not item.type.endswith("Options")]
    options = [item.fields.get("Parameters") for item in literals]
    return next((item for item in [*plain, *options] if isinstance(item, Literal)), None)


class _Parser:
    def __init__(self, text: str, position: int, words: Mapping[str, Any]) -> None:
        self.text, self.position, self.words = text, position, words
        # The last word that was passed over: the type of a map's values.
        self.kind = ""

    def arguments(self) -> list[Any]:
        """Values up to the closing parenthesis."""
        found: list[Any] = []
        while self.peek() != ")":
            found.append(self.value())
            if self.peek() == ",":
                self.take()
        return found

    def peek(self) -> str:
        return self._next()[0]

    def take(self, wanted: str = "") -> str:
        text, end = self._next()
        if wanted and text != wanted:
            raise ValueError(f"got {text}, not {wanted}")
        self.position = end
        return text

    def _next(self) -> tuple[str, int]:
        found = _TOKEN.match(self.text, self.position)
        if found is None:
            raise ValueError(self.text[self.position : self.position + 40])
        return found[0].strip(), found.end()

    def value(self) -> Any:  # noqa: ANN401, C901, PLR0911 - one per form of a literal
        first = self.take()
        if first[0] == '"':
            return json.loads(first)
        if first[0] == "`":
            return first[1:-1]
        if re.fullmatch(r"-?\d.*", first):
            return float(first) if "." in first or "e" in first else int(first)
        if first == "&":
            return self.value()
        if first == "[":
            # `[]*pkg.Type{…}`, `[]byte("…")`
            self.take("]")
            return self._list()
        if first == "map":
            self.take("[")
            self._until("]")
            self._until("{", consume=False)
            return self._map()
        if first in {"true", "false"}:
            return first == "true"
        if first == "nil":
            return None
        if first == "{":
            # An item of a list, whose type is the list's.
            return self._struct("")
        if first == "func":
            return self._time()
        return self._named(first)

    def _named(self, first: str) -> Any:  # noqa: ANN401 - any literal
        word = first
        while self.peek() == ".":
            self.take()
            word = self.take()
        if self.peek() == "[":
            # `to.Ptr[int32](3)`
            self.take()
            self._until("]")
        if self.peek() == "(":
            self.take()
            given = self.arguments()
            self.take(")")
            return given[0] if given else None
        if self.peek() == "{":
            self.take()
            return self._struct(word)
        if word in self.words:
            return self.words[word]
        raise ValueError(word)

    def _list(self) -> Any:  # noqa: ANN401 - a list or the bytes of a string
        kind = ""
        while self.peek() not in "{(":
            kind = self.take()
        if self.peek() == "(":
            self.take()
            text = self.value()
            self.take(")")
            return text
        self.take("{")
        found: list[Any] = []
        while self.peek() != "}":
            item = self.value()
            if isinstance(item, Literal) and not item.type:
                item = Literal(kind, item.fields)
            found.append(item)
            if self.peek() == ",":
                self.take()
        self.take("}")
        return found

    def _map(self) -> dict[str, Any]:
        kind = self.kind
        self.take("{")
        found: dict[str, Any] = {}
        while self.peek() != "}":
            key = json.loads(self.take())
            self.take(":")
            item = self.value()
            if isinstance(item, Literal) and not item.type:
                item = Literal(kind, item.fields)
            found[key] = item
            if self.peek() == ",":
                self.take()
        self.take("}")
        return found

    def _struct(self, kind: str) -> Literal:
        """The fields after the opening brace."""
        found: dict[str, Any] = {}
        while self.peek() != "}":
            name = self.take()
            self.take(":")
            found[name] = self.value()
            if self.peek() == ",":
                self.take()
        self.take("}")
        return Literal(kind, found)

    def _time(self) -> Any:  # noqa: ANN401 - the text of a time
        """`func() time.Time { t, _ := time.Parse(time.RFC3339Nano, "…"); return t }()`."""
        end = self.text.index("}()", self.position)
        quoted = re.search(r'"([^"]*)"', self.text[self.position : end])
        self.position = end + len("}()")
        return quoted[1] if quoted else None

    def _until(self, sign: str, *, consume: bool = True) -> None:
        while self.peek() != sign:
            self.kind = self.take()
        if consume:
            self.take()
