"""Resources that are made by Cloud Control: a state in JSON, held to its CloudFormation schema.

`aws:cloudcontrol/resource:Resource` sends the whole state when it makes something, and afterwards
the differences between the old text and the new one as a JSON patch. Cloud Control applies that to
what it reads, in which write-only properties are missing: one that was given before can then
neither be replaced nor removed. What is not in the patch is not touched.

Sources: internal/service/cloudcontrol/resource.go of the Terraform AWS provider;
https://github.com/hashicorp/terraform-provider-awscc/pull/1737 (write-only properties).
"""

import functools
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from sandbox.check import Problem, nearest, not_in, shown
from sandbox.clouds.base import Call
from sandbox.diff import Change
from sandbox.values import mapped

__all__ = [
    "CREATE_ONLY",
    "PROPERTY",
    "RESOURCE",
    "patched",
    "problems",
    "replacing",
    "schema",
    "state_of",
    "unpatchable",
]

RESOURCE = "aws:cloudcontrol/resource:Resource"
PROPERTY = "desiredState"
# The path, in rules of replacement, of a change within the state that needs a new resource.
CREATE_ONLY = f"{PROPERTY}.createOnly"
_PYTHON = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


@functools.lru_cache(maxsize=64)
def schema(type_name: str) -> dict[str, Any]:
    """The schema of a CloudFormation type as cfn-lint carries it; empty where there is none."""
    spec = importlib.util.find_spec("cfnlint")  # Finds, does not import.
    if spec is None or spec.origin is None:
        return {}
    folder = Path(spec.origin).parent / "data" / "schemas"
    index: dict[str, str] = json.loads((folder / "providers" / "us-east-1.json").read_text())
    if type_name not in index:
        return {}
    return json.loads((folder / "resources" / f"{index[type_name]}.json").read_text())


def state_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for; empty where that is no JSON object, or not known yet."""
    try:
        return mapped(json.loads(str(inputs.get(PROPERTY))))
    except ValueError:
        return {}


def problems(call: Call) -> list[Problem]:
    """What the type's schema refuses, as the provider asks it before anything is done."""
    text, type_name = call.inputs.get(PROPERTY), call.inputs.get("typeName")
    if not isinstance(text, str) or not isinstance(type_name, str):
        return []
    try:
        state: Any = json.loads(text)
    except ValueError as error:
        return [Problem(PROPERTY, f"this is no JSON ({error})")]
    document = schema(type_name)
    if not document:
        return []
    found = list(_value(document, document, state, PROPERTY))
    if not found and document.get("oneOf"):
        found = list(_one_of(document, mapped(state)))
    for path in document.get("readOnlyProperties", []):
        if path.count("/") == 2 and (name := path.rpartition("/")[2]) in mapped(state):  # noqa: PLR2004 - /properties/<name>
            found.append(Problem(f"{PROPERTY}.{name}", "is read only; leave it out"))
    return found


def patched(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:  # noqa: ANN401
    """The JSON patch between two states: operation, path (`/A/B`) and new value."""
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        for name in sorted({*before, *after}):
            at = f"{path}/{name}"
            if name not in after:
                yield "remove", at, None
            elif name not in before:
                yield "add", at, after[name]
            else:
                yield from patched(before[name], after[name], at)
    elif old != new:
        yield "replace", path, new


def replacing(call: Call, found: list[Change], state: Mapping[str, Any]) -> list[Change]:
    """The changes, where one of the state says whether a create-only property is in it."""
    names = schema(str(call.inputs.get("typeName"))).get("createOnlyProperties", [])
    fixed = [str(path).removeprefix("/properties") for path in names]
    steps = list(patched(state_of(state), state_of(call.inputs))) if fixed else []
    if not any(
        path == each or path.startswith(f"{each}/") for _, path, _ in steps for each in fixed
    ):
        return found
    made_anew = Change(PROPERTY, "update", tuple(CREATE_ONLY.split(".")))
    return [made_anew if change.path == PROPERTY else change for change in found]


def unpatchable(call: Call) -> list[Problem]:
    """Changes of write-only properties that Cloud Control cannot apply to what it reads."""
    if call.previous is None:
        return []
    document = schema(str(call.inputs.get("typeName")))
    hidden = [
        str(path).removeprefix("/properties") for path in document.get("writeOnlyProperties", [])
    ]
    old, new = state_of(call.previous.inputs), state_of(call.inputs)
    return [
        Problem(
            PROPERTY,
            f'ValidationException: "{operation}" of {path}: the path is not in the resource\'s '
            "current state, for it is write only; what was given when it was made cannot be "
            "changed by Cloud Control",
        )
        for operation, path, _ in patched(old, new)
        if operation != "add"
        and any(path == each or path.startswith(f"{each}/") for each in hidden)
    ]


def _value(
    document: dict[str, Any],
    node: dict[str, Any],
    value: Any,  # noqa: ANN401
    at: str,
) -> Iterator[Problem]:
    while "$ref" in node:
        node = mapped(document["definitions"].get(str(node["$ref"]).rpartition("/")[2]))
    kind = node.get("type")
    if isinstance(kind, str) and not _is(kind, value):
        yield Problem(at, f"got {shown(value)}; use a value of type {kind}")
        return
    if "enum" in node and value not in node["enum"]:
        yield Problem(at, not_in(value, node["enum"]))
    elif isinstance(value, dict):
        yield from _object(document, node, cast("dict[str, Any]", value), at)
    elif isinstance(value, list):
        items = cast("list[Any]", value)
        yield from _sized(len(items), node.get("minItems"), node.get("maxItems"), "items", at)
        for index, item in enumerate(items):
            yield from _value(document, mapped(node.get("items")), item, f"{at}[{index}]")
    elif isinstance(value, str):
        yield from _sized(
            len(value), node.get("minLength"), node.get("maxLength"), "characters", at
        )
        if not _matches(str(node.get("pattern", "")), value):
            yield Problem(at, f"got {shown(value)}; use a text that matches {node['pattern']}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _sized(value, node.get("minimum"), node.get("maximum"), "", at)


def _object(
    document: dict[str, Any], node: dict[str, Any], values: dict[str, Any], at: str
) -> Iterator[Problem]:
    known = mapped(node.get("properties"))
    patterns = mapped(node.get("patternProperties"))
    for name, value in values.items():
        inner = next((each for key, each in patterns.items() if _matches(key, name)), None)
        if name in known:
            yield from _value(document, known[name], value, f"{at}.{name}")
        elif inner is not None:
            yield from _value(document, inner, value, f"{at}.{name}")
        elif node.get("additionalProperties") is False:
            meant = nearest(name, known)
            hint = f"; did you mean {meant}?" if meant else f"; known: {', '.join(sorted(known))}"
            yield Problem(f"{at}.{name}", f"no such property{hint}")
    for name in node.get("required", []):
        if name not in values:
            yield Problem(f"{at}.{name}", "missing required property")


def _one_of(document: dict[str, Any], state: dict[str, Any]) -> Iterator[Problem]:
    groups = [list(each.get("required", [])) for each in document["oneOf"]]
    if sum(all(name in state for name in group) for group in groups) != 1:
        names = " or ".join(", ".join(group) for group in groups)
        yield Problem(PROPERTY, f"exactly one of these is needed: {names}")


def _sized(
    number: float, low: float | None, high: float | None, unit: str, at: str
) -> Iterator[Problem]:
    if (low is not None and number < low) or (high is not None and number > high):
        allowed = " and ".join(
            f"{word} {limit:g}"
            for word, limit in (("at least", low), ("at most", high))
            if limit is not None
        )
        yield Problem(at, f"got {number:g}{f' {unit}' if unit else ''}; use {allowed}")


def _is(kind: str, value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, cast("Any", _PYTHON.get(kind, object)))


def _matches(pattern: str, text: str) -> bool:
    try:
        return not pattern or re.search(pattern, text) is not None
    except re.error:
        return True  # Such as `\p{L}`, which Python does not know.
