"""Rules of custom resources in CEL (`x-kubernetes-validations`), evaluated by Google's runtime.

The runtime is loaded, and a rule compiled, when the first object of a kind with rules is checked.
Of the API server's own functions those are here that the known definitions use; a rule that needs
another one is not judged, and counted. Values are typed by the schema, as the API server does it.
Source: https://kubernetes.io/docs/reference/using-api/cel/
"""

import base64
import datetime as dt
import importlib
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from google.protobuf import duration_pb2, timestamp_pb2

from sandbox.check import Problem
from sandbox.clouds.kubernetes.formats import duration_seconds
from sandbox.clouds.kubernetes.schema import MISSING, matching, part_of
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["Rules"]

Schema = Mapping[str, Any]
_RULES = "x-kubernetes-validations"
_OLD = re.compile(r"\boldSelf\b")
_IDENTIFIER = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# Words of the language that are no names of fields.
_RESERVED = frozenset(
    (
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for"),
        *("function", "if", "import", "let", "loop", "package", "namespace", "return"),
    )
)
_ESCAPED = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


class Rules:
    """Compiled rules, shared by all kinds."""

    def __init__(self) -> None:
        self._environment: Any = None
        self._lock = threading.Lock()
        self._programs: dict[str, Any] = {}
        # By identity, with the schema, so that it lives as long as the entry.
        self._with_rules: dict[int, tuple[Schema, bool]] = {}
        # Rules that this runtime cannot judge, with the reason.
        self.skipped: dict[str, str] = {}

    def problems(
        self,
        value: Any,  # noqa: ANN401 - an object
        schema: Schema,
        old: Any = MISSING,  # noqa: ANN401
    ) -> list[Problem]:
        """What the rules of a schema, at any depth, say of an object with its defaults."""
        return list(self._visit(value, schema, "", old))

    def programs(self, schema: Schema) -> list[str]:
        """The text of every rule in a schema."""
        found = [str(rule["rule"]) for rule in schema.get(_RULES, ())]
        for part in _parts(schema):
            found += self.programs(part)
        return found

    def _visit(self, value: Any, schema: Schema, at: str, old: Any) -> Iterator[Problem]:  # noqa: ANN401
        if value is UNKNOWN or value is None or not self._has_rules(schema):
            return
        unchanged = old is not MISSING and value == old
        for rule in schema.get(_RULES, ()):
            yield from self._judged(rule, value, schema, at, old, unchanged=unchanged)
        if isinstance(value, dict):
            before = cast("dict[str, Any]", old) if isinstance(old, dict) else {}
            for name, item in cast("dict[str, Any]", value).items():
                part = part_of(schema, name)
                if part is not None:
                    where = f"{at}.{name}" if at else name
                    yield from self._visit(item, part, where, before.get(name, MISSING))
        elif isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                was = matching(item, schema, old)
                yield from self._visit(item, schema.get("items", {}), f"{at}[{index}]", was)

    def _judged(
        self,
        rule: Mapping[str, Any],
        value: Any,  # noqa: ANN401
        schema: Schema,
        at: str,
        old: Any,  # noqa: ANN401
        *,
        unchanged: bool,
    ) -> Iterator[Problem]:
        text = str(rule["rule"])
        transition = _OLD.search(text) is not None
        if unchanged or (transition and old is MISSING) or has_unknown(value):
            return
        program = self._compiled(text)
        if program is None:
            return
        data = {"self": _native(value, schema)}
        data["oldSelf"] = None if old is MISSING else _native(old, schema)
        answer = program.eval(data=data)
        if answer.plain_value() is True:
            return
        where = f"{at}{rule.get('fieldPath', '')}".lstrip(".")
        if _is_error(answer):
            yield Problem(where, f"rule evaluation error: {answer}: {text}")
        else:
            yield Problem(where, self._message(rule, data))

    def _message(self, rule: Mapping[str, Any], data: dict[str, Any]) -> str:
        expression = rule.get("messageExpression")
        program = self._compiled(str(expression)) if expression else None
        if program is not None:
            answer = program.eval(data=data)
            text = answer.plain_value()
            if isinstance(text, str) and text.strip() and not _is_error(answer):
                return text
        return str(rule.get("message") or f"failed rule: {rule['rule']}").strip()

    def _compiled(self, text: str) -> Any:  # noqa: ANN401 - a compiled program
        with self._lock:
            if text not in self._programs:
                if self._environment is None:
                    self._environment = _environment()
                try:
                    self._programs[text] = self._environment.compile(text)
                except Exception as error:  # noqa: BLE001 - the runtime has no class of its own
                    self._programs[text] = None
                    self.skipped[text] = str(error)
            return self._programs[text]

    def _has_rules(self, schema: Schema) -> bool:
        known = self._with_rules.get(id(schema))
        if known is None:
            found = bool(schema.get(_RULES)) or any(map(self._has_rules, _parts(schema)))
            known = self._with_rules[id(schema)] = (schema, found)
        return known[1]


def _parts(schema: Schema) -> Iterator[Schema]:
    yield from schema.get("properties", {}).values()
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield schema[key]


def _native(value: Any, schema: Schema) -> Any:  # noqa: ANN401 - one per type
    """A value as the rules see it."""
    if isinstance(value, dict):
        declared: Mapping[str, Schema] = schema.get("properties", {})
        more: Any = schema.get("additionalProperties")
        found: dict[str, Any] = {}
        for name, item in cast("dict[str, Any]", value).items():
            if name in declared:
                if item is not None:
                    found[_field(name)] = _native(item, declared[name])
            else:
                found[name] = _native(item, cast("Schema", more)) if more else item
        return found
    if isinstance(value, list):
        items: Schema = schema.get("items", {})
        return [_native(item, items) for item in cast("list[Any]", value)]
    if isinstance(value, str):
        return _text(value, schema.get("format", ""))
    if schema.get("type") == "number" and isinstance(value, int):
        return float(value)
    return value


def _text(value: str, form: str) -> Any:  # noqa: ANN401
    """A text as the rules see it; the runtime takes times as messages of protobuf only."""
    if form == "duration":
        seconds = duration_seconds(value)
        if seconds is None:
            return value
        nanos = round(seconds * 1e9)
        return duration_pb2.Duration(seconds=nanos // 10**9, nanos=nanos % 10**9)
    if form == "date-time":
        time = timestamp_pb2.Timestamp()
        time.FromDatetime(dt.datetime.fromisoformat(value.upper()))
        return time
    return base64.b64decode(value) if form == "byte" else value


def _field(name: str) -> str:
    """A field's name as rules write it."""
    if name in _RESERVED:
        return f"__{name}__"
    if _IDENTIFIER.fullmatch(name) and "__" not in name:
        return name
    for sign, escaped in _ESCAPED.items():
        name = name.replace(sign, escaped)
    return name


def _environment() -> Any:  # noqa: ANN401 - of a library with no types for it
    # 0.1 s and 14 MB, which only a cluster with such custom resources pays.
    cel = cast("Any", importlib.import_module("cel_expr_python.cel"))
    ext = "cel_expr_python.ext.ext_"
    optional = cast("Any", importlib.import_module(f"{ext}optional")).ExtOptional()
    strings = cast("Any", importlib.import_module(f"{ext}strings")).ExtStrings()

    text, truth, anything = cel.Type.STRING, cel.Type.BOOL, cel.Type.DYN
    functions = [
        cel.FunctionDecl(
            "url", [cel.Overload("url", return_type=text, parameters=[text], impl=str)]
        ),
        cel.FunctionDecl(
            "isURL", [cel.Overload("is_url", return_type=truth, parameters=[text], impl=_is_url)]
        ),
        cel.FunctionDecl(
            "getScheme",
            [
                cel.Overload(
                    "get_scheme",
                    return_type=text,
                    parameters=[text],
                    is_member=True,
                    impl=_scheme,
                )
            ],
        ),
        cel.FunctionDecl(
            "find",
            [
                cel.Overload(
                    "string_find_string",
                    return_type=text,
                    parameters=[text, text],
                    is_member=True,
                    impl=_find,
                )
            ],
        ),
    ]
    return cel.NewEnv(
        variables={"self": anything, "oldSelf": anything},
        extensions=[strings, optional],
        functions=functions,
    )


def _is_error(answer: Any) -> bool:  # noqa: ANN401
    return answer.type().name() == "ERROR"


def _find(text: str, pattern: str) -> str:
    """The first match, or nothing."""
    found = re.search(pattern, text)
    return found.group() if found else ""


def _scheme(url: str) -> str:
    return urlsplit(url).scheme


def _is_url(text: str) -> bool:
    """Whether it is an absolute URL or an absolute path, as the API server has it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) or text.startswith("/")
