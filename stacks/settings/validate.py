"""Pydantic's findings in the words of a report: place, key, what is there, what is allowed."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, Protocol, Union, cast, get_args, get_origin

import annotated_types
from pydantic import BaseModel, StringConstraints, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stacks.settings.partial import nested, options
from stacks.settings.problems import Place, Problem, nearest, shown
from stacks.settings.yaml_source import KeyPath, dotted


class PlaceOf(Protocol):
    """Where a path of the validated data is written."""

    def __call__(self, path: KeyPath, /, *, key: bool = False) -> Place:
        """The place of the value, or of its key."""
        ...


UNKNOWN_KEY: Final = "MS0101"
MISSING: Final = "MS0102"
WRONG_TYPE: Final = "MS0103"
OUT_OF_RANGE: Final = "MS0104"
NOT_ONE_OF: Final = "MS0105"
MALFORMED: Final = "MS0106"

# Of a report; a target has some hundred keys.
_MOST_KEYS: Final = 20
_MAPPING: Final = "a mapping of `key: value` lines"

_RANGE: Final = {
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "too_large",
    "not_finite",
    "finite_number",
    "too_short",
    "too_long",
}
_SHAPE: Final = {
    *("string_pattern_mismatch", "string_too_short", "string_too_long"),
    *("not_a_block", "not_a_place"),
}

# What people write for a key that has another name here.
SYNONYMS: Final = {
    "accelerator_type": "resources.accelerator",
    "args": "arguments",
    "canary": "canary_percent",
    "canary_traffic_percent": "canary_percent",
    "canarytrafficpercent": "canary_percent",
    "gpu": "resources.accelerator",
    "gpus": "resources.accelerator_count",
    "memory": "memory_mib",
    "provisioned_concurrency": "min_replicas",
    "replicas": "min_replicas",
    "reserved_concurrency": "max_replicas",
    "storage_uri": "model.uri",
    "team": "owner",
    "timeout": "timeout_seconds",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """The typed value, or None; each problem by the path it is about; and what is not clear.

    `unclear` are keys that are missing while something like them is written.
    """

    value: Any = None
    found: tuple[tuple[KeyPath, Problem], ...] = ()
    unclear: frozenset[KeyPath] = frozenset()

    @property
    def problems(self) -> list[Problem]:
        """The problems alone."""
        return [problem for _, problem in self.found]


def check(
    model: type[BaseModel],
    data: object,
    place_of: PlaceOf,
    *,
    prefix: KeyPath = (),
    unclear: Iterable[KeyPath] = (),
) -> Checked:
    """Validate one layer, or all of them merged. `unclear` keys are not reported as missing."""
    try:
        return Checked(model.model_validate(data))
    except ValidationError as error:
        found: list[tuple[KeyPath, Problem]] = []
        for details in error.errors(include_url=False, include_context=True):
            location = tuple(part for part in details["loc"] if part != "[key]")
            path = _real_path(model, location)
            found.append((path, _problem(model, details, path, place_of, prefix)))
    nearly = frozenset(unclear) | {
        near
        for path, problem in found
        if problem.code == UNKNOWN_KEY and problem.nearest
        if not _is_written(data, near := (*path[:-1], *problem.nearest.split(".")))
    }
    told = [
        (path, problem)
        for path, problem in found
        if problem.code != MISSING or not any(near[: len(path)] == path for near in nearly)
    ]
    return Checked(None, tuple(told), nearly)


def _is_written(data: object, path: KeyPath) -> bool:
    for part in path:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = cast("Mapping[object, object]", data)[part]
    return True


def _problem(
    model: type[BaseModel],
    details: ErrorDetails,
    path: KeyPath,
    place_of: PlaceOf,
    prefix: KeyPath,
) -> Problem:
    kind = details["type"]
    key = dotted((*prefix, *path))
    got = shown(details["input"])
    if kind == "extra_forbidden":
        return _unknown_key(model, path, place_of, prefix)
    if kind == "missing":
        parent = place_of(path[:-1], key=True)
        return Problem(
            place_of(path, key=True) if path else parent,
            MISSING,
            key,
            "missing",
            allowed=allowed(_field(model, path)),
            fix=f"add `{path[-1]}: …`" + (f" under `{dotted(path[:-1])}`" if path[1:] else ""),
        )
    info = _field(model, path)
    text = allowed(info) if path else _MAPPING
    if "[key]" in details["loc"]:
        text = _allowed_key(_field(model, path[:-1]))
    close = ""
    if kind in {"literal_error", "enum"}:
        code = NOT_ONE_OF
        close = nearest(details["input"], _choices(info))
    elif kind in _RANGE:
        code = OUT_OF_RANGE
    elif kind in _SHAPE:
        code = MALFORMED
    else:
        code = WRONG_TYPE
    fix = ""
    if kind == "string_type" and isinstance(details["input"], (int, float, bool)):
        fix = f'put it in quotes: {path[-1]}: "{details["input"]}"'
    elif kind == "not_a_number":
        fix = "write the number without quotes or unit"
    return Problem(place_of(path), code, key, f"got {got}", allowed=text, nearest=close, fix=fix)


def _allowed_key(info: FieldInfo | None) -> str:
    """What the keys of a map may be."""
    for option in options(info.annotation) if info else []:
        if get_origin(option) is dict:
            key = FieldInfo.from_annotation(get_args(option)[0])
            if key.json_schema_extra:
                return allowed(key)
    return "letters, digits and . _ : / -, at most 63 characters"


def _unknown_key(
    model: type[BaseModel], path: KeyPath, place_of: PlaceOf, prefix: KeyPath
) -> Problem:
    word = str(path[-1])
    owner = _class_at(model, path[:-1])
    known = list(owner.model_fields) if owner else []
    meant = SYNONYMS.get(word.lower().replace("-", "_"), word)
    close = meant if meant.partition(".")[0] in known else _one_below(owner, meant)
    close = close or nearest(word, known)
    return Problem(
        place_of(path, key=True),
        UNKNOWN_KEY,
        dotted((*prefix, *path)),
        "unknown key",
        allowed=_keys(known, close),
        nearest=close,
        fix=f"write `{close}`" if close else "remove the line",
    )


def _one_below(owner: type[BaseModel] | None, word: str) -> str:
    """A key of the mappings below, where just one of them has it: `resources.memory_mib`."""
    fields = owner.model_fields if owner else {}
    below = {name: nested(info.annotation) for name, info in fields.items()}
    found = [name for name, inner in below.items() if inner and word in inner.model_fields]
    return f"{found[0]}.{word}" if len(found) == 1 else ""


def _keys(known: list[str], close: str) -> str:
    """The keys that there are, where so many can be read."""
    if len(known) <= _MOST_KEYS:
        return ", ".join(known)
    return "" if close else f"the {len(known)} keys in docs/schema/, which editors complete"


def _real_path(model: type[BaseModel], location: tuple[int | str, ...]) -> KeyPath:
    """Pydantic's location without the names of union members that it adds."""
    path: list[int | str] = []
    current: Any = model
    for part in location:
        here = _class_at(model, tuple(path))
        if (
            current is not None
            and here is None
            and isinstance(part, str)
            and not _is_container(_field(model, tuple(path)))
        ):
            continue
        path.append(part)
    return tuple(path)


def _is_container(info: FieldInfo | None) -> bool:
    if info is None:
        return True
    return any(
        get_origin(option) in {dict, list} or option in {dict, list}
        for option in options(info.annotation)
    )


def _class_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    annotation: Any = model
    for part in path:
        if current is not None:
            info = current.model_fields.get(str(part))
            if info is None:
                return None
            annotation = info.annotation
        else:
            annotation = _item(annotation)
        current = nested(annotation)
    return current


def _item(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    for option in options(annotation):
        if get_origin(option) in {dict, list}:
            return get_args(option)[-1]
    return None


def _field(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """The field that rules a path; for an item of a list or a map, made from the item's type."""
    if not path:
        return None
    owner = _class_at(model, path[:-1])
    if owner is not None:
        return owner.model_fields.get(str(path[-1]))
    above = _field(model, path[:-1])
    item = _item(above.annotation) if above else None
    return FieldInfo.from_annotation(item) if item is not None else None


def _metadata(info: FieldInfo) -> list[Any]:
    found = list(info.metadata)
    stack = [info.annotation]
    while stack:
        annotation = stack.pop()
        found += getattr(annotation, "__metadata__", ())
        if get_origin(annotation) in {Union, types.UnionType} or hasattr(
            annotation, "__metadata__"
        ):
            stack += [part for part in get_args(annotation) if not isinstance(part, str)]
    return found


def _choices(info: FieldInfo | None) -> list[str]:
    found: list[str] = []
    for option in options(info.annotation) if info else []:
        if get_origin(option) is Literal:
            found += [str(value) for value in get_args(option)]
        elif isinstance(option, type) and issubclass(option, Enum):
            found += [str(member.value) for member in option]
    return found


def allowed(info: FieldInfo | None) -> str:  # noqa: PLR0911 - one per kind of field
    """What a field takes, in words."""
    if info is None:
        return ""
    metadata = _metadata(info)
    extras: list[Any] = [info.json_schema_extra]
    extras += [inner.json_schema_extra for inner in metadata if isinstance(inner, FieldInfo)]
    for extra in extras:
        if isinstance(extra, dict) and "allowed" in extra:
            return str(cast("dict[str, object]", extra)["allowed"])
    if choices := _choices(info):
        return "one of " + ", ".join(choices)
    if nested(info.annotation):
        return _MAPPING
    plain = {get_origin(option) or option for option in options(info.annotation)}
    if bool in plain:
        return "true or false"
    if float in plain or int in plain:
        return ("a number" if float in plain else "a whole number") + _range(metadata)
    if list in plain:
        return "a list with at least one item" if _least(metadata) else "a list"
    if dict in plain:
        return _MAPPING
    longest = [m.max_length for m in metadata if isinstance(m, StringConstraints) and m.max_length]
    return f"text of at most {longest[0]} characters" if longest else "text"


def _least(metadata: list[Any]) -> int:
    return max(
        [item.min_length for item in metadata if isinstance(item, annotated_types.MinLen)],
        default=0,
    )


def _range(metadata: list[Any]) -> str:
    low = high = ""
    for item in metadata:
        if isinstance(item, annotated_types.Ge):
            low = f"{item.ge:g}"  # pyright: ignore[reportGeneralTypeIssues]
        elif isinstance(item, annotated_types.Gt):
            low = f"above {item.gt:g}"  # pyright: ignore[reportGeneralTypeIssues]
        elif isinstance(item, annotated_types.Le):
            high = f"{item.le:g}" if item.le < 1e6 else f"{item.le}"  # pyright: ignore # noqa: PGH003, PLR2004
        elif isinstance(item, annotated_types.Lt):
            high = f"below {item.lt:g}"  # pyright: ignore[reportGeneralTypeIssues]
    if low and high:
        return f" from {low} to {high}" if not low.startswith("above") else f" {low}, up to {high}"
    return f" of at least {low}" if low else f" of at most {high}" if high else ""
