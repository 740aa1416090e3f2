"""Writes `provider.json`: what the provider does to values before the vendor sees them.

    python -m sandbox.limits.aws.build resources.json --source 'terraform-provider-aws 6.47.1'

`resources.json` is what `sandbox/rules/extract` prints of the Terraform provider; see
`sandbox/rules/README.md`. A type's entry has paths of properties, without the items of lists:

- `given`: an empty value is refused, where it would else be taken for none
- `any_case`: a word is taken in any case
- `rewritten`: JSON or white space is normalised, so that what is sent is another text
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from sandbox.rules.build.names import Field, fields_of, walk
from sandbox.rules.build.overlays import RENAMED
from sandbox.schema import Library

__all__ = ["main"]

_TABLE = Path(__file__).with_name("provider.json")
# Says which type of the Terraform provider each is.
_RULES = Path(__file__).parents[2] / "rules" / "aws.json"
# Validators with the index of the lowest number or length that they let pass.
_LOWEST = {
    "AtLeast": 0,
    "Between": 0,
    "FloatAtLeast": 0,
    "FloatBetween": 0,
    "IntAtLeast": 0,
    "IntBetween": 0,
    "LengthAtLeast": 0,
    "LengthBetween": 0,
    "StringLenBetween": 0,
    "UTF8LengthBetween": 0,
    "StringUTF8LenBetween": 0,
    "SizeAtLeast": 0,
    "SizeBetween": 0,
}
_CLOSED = frozenset({"FrameworkValidate", "Validate"})
_NEVER_EMPTY = frozenset({"NoZeroValues", "StringIsNotEmpty", "StringIsNotWhiteSpace"})
_ALL = frozenset({"All", "AllDiag"})
_REWRITES = re.compile(r"JSON|Json|IAMPolicy|EquivalentPolicy|TrimSpace|Normalized")
_DOCUMENTS = re.compile(r"JSON|Json")


def main() -> int:
    """Read the extractor's answer and write the table; answers the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("resources", type=Path, help="what sandbox/rules/extract printed")
    arguments.add_argument("--source", required=True, help="name and version of the provider read")
    given = arguments.parse_args()
    read: list[dict[str, Any]] = json.loads(given.resources.read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in read}
    library = Library("aws")
    rules: dict[str, Any] = json.loads(_RULES.read_text(encoding="utf-8"))["types"]
    types: dict[str, dict[str, list[str]]] = {}
    for token, name in ((token, entry["terraform"]) for token, entry in sorted(rules.items())):
        if name not in resources:
            continue
        inputs, attributes = library.resource(token).inputs, resources[name]["attributes"]
        found = _entry(fields_of(library, attributes, inputs, RENAMED.get(name, {}), []))
        if found:
            types[token] = found
    lines = [f"  {json.dumps(token)}: {json.dumps(entry)}" for token, entry in types.items()]
    head = f'{{"source": {json.dumps(given.source)}, "types": {{\n'
    _TABLE.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    print(f"{len(types)} types")
    return 0


def _entry(fields: tuple[Field, ...]) -> dict[str, list[str]]:
    every = list(walk(fields))
    found = {
        "given": sorted(item.dotted for item in every if _is_given(item.attribute)),
        "any_case": sorted(item.dotted for item in every if _is_any_case(item.attribute)),
        "rewritten": sorted(item.dotted for item in every if _is_rewritten(item.attribute)),
    }
    return {name: paths for name, paths in found.items() if paths}


def _is_given(attribute: Mapping[str, Any]) -> bool:
    """Whether the provider refuses an empty value, of names too, which the SDK fills in."""
    return any(_refuses_empty(rule) for rule in attribute.get("validators", ()))


def _refuses_empty(rule: Any) -> bool:  # noqa: ANN401, PLR0911 - JSON; one per kind
    if not isinstance(rule, dict):
        return False
    name, args = _parts(cast("dict[str, Any]", rule))
    if name in _ALL:
        return any(_refuses_empty(part) for part in args)
    if name == "Any":
        return bool(args) and all(_refuses_empty(part) for part in args)
    if name in _NEVER_EMPTY:
        return True
    if name in _CLOSED:
        return not args or "" not in args[0]
    if name in ("StringInSlice", "OneOf", "IntInSlice"):
        words = cast("list[Any]", args[0]) if args and isinstance(args[0], list) else None
        return words is not None and None not in words and "" not in words and 0 not in words
    if name in _LOWEST:
        low = args[_LOWEST[name]] if args else None
        return isinstance(low, int | float) and low > 0
    if name in ("StringMatch", "RegexMatches") and args and isinstance(args[0], str):
        return _misses_empty(args[0])
    return False


def _misses_empty(pattern: str) -> bool:
    try:
        return re.search(pattern, "") is None
    except re.error:
        return False


def _is_any_case(attribute: Mapping[str, Any]) -> bool:
    for name, args in _rules(attribute):
        if name.endswith("IgnoreCase") or name == "CaseInsensitiveMatchDeprecation":
            return True
        if name == "StringInSlice" and args[1:] == [True]:
            return True
    return "CaseInsensitive" in str(attribute.get("custom_type", ""))


def _is_rewritten(attribute: Mapping[str, Any]) -> bool:
    told = " ".join(
        str(attribute.get(key, "")) for key in ("suppress", "state_func", "custom_type")
    )
    return bool(_REWRITES.search(told)) or any(
        _DOCUMENTS.search(name) for name, _ in _rules(attribute)
    )


def _rules(attribute: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    waiting = [*attribute.get("validators", ()), *attribute.get("element_validators", ())]
    while waiting:
        rule = waiting.pop()
        if isinstance(rule, dict):
            name, args = _parts(cast("dict[str, Any]", rule))
            yield name, args
            waiting.extend(args)


def _parts(rule: dict[str, Any]) -> tuple[str, list[Any]]:
    return str(rule.get("name", "")), list(rule.get("args") or [])


if __name__ == "__main__":
    sys.exit(main())
