"""One type's entry of the table, from its attributes with their declared properties."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.rules.build.groups import groups_of
from sandbox.rules.build.names import Field, walk
from sandbox.rules.build.overlays import CASES, DEFAULTS, DELETE_FIRST, TRANSFORMED

__all__ = ["entry"]

# What `DiffSuppressFunc`, `StateFunc` and types of values make equal, by the name of the function.
_ALIKE = {
    "SuppressEquivalentPolicyDiffs": "policy",
    "IAMPolicyType": "policy",
    "SuppressEquivalentJSONDiffs": "json",
    "SuppressEquivalentJSONOrYAMLDiffs": "json",
    "SuppressEquivalentJSONWithEmptyDiffs": "json",
    "NormalizeJsonStringSchemaStateFunc": "json",
    "NormalizedType": "json",
    "SuppressEquivalentStringCaseInsensitive": "case",
    "CaseInsensitiveStringType": "case",
    "ToLowerSchemaStateFunc": "case",
    "ToUpperSchemaStateFunc": "case",
    "CaseDiffSuppress": "case",
    "CompareSelfLinkOrResourceName": "link_or_name",
    "CompareSelfLinkRelativePaths": "link",
    "CompareResourceNames": "name",
}
# A block or value that was there and is no longer given stays as it is.
_KEEPING = {"SuppressMissingOptionalConfigurationBlock", "EmptyOrUnsetBlockDiffSuppress"}


def entry(
    resource: Mapping[str, Any],
    fields: tuple[Field, ...],
    unknown: Mapping[tuple[str, ...], set[str]],
    missed: list[str],
) -> dict[str, Any]:
    """What the table says of a type; a key is there only where it says something.

    `unknown` are the declared properties that no attribute is, with their kinds.
    """
    name: str = resource["name"]
    conditional = {_bare(path) for path in resource.get("force_new_if", ())}
    sdk = not resource.get("framework", False)
    replaces: list[str] = []
    itself: list[str] = []
    for item in _replacing(fields, conditional, sdk=sdk):
        (replaces if _all_below(item, conditional, sdk=sdk) else itself).append(item.dotted)
    every = list(walk(fields))
    paths = {item.dotted for item in every}
    cases = {path: case for path, case in CASES.get(name, {}).items() if path in paths}
    itself += [path for path, case in cases.items() if case == "comes_or_goes"]
    found: dict[str, Any] = {
        "replaces": sorted(replaces),
        "replaces_itself": sorted(itself),
        "sometimes": sorted(
            item.dotted
            for item in every
            if _sometimes(item, conditional) and item.dotted not in cases
        ),
        "cases": {path: case for path, case in cases.items() if case != "comes_or_goes"},
        **groups_of(resource, fields, unknown, missed),
        "sets": sorted(item.dotted for item in every if item.attribute["type"] == "set"),
        "kept": sorted(item.dotted for item in every if _kept(item)),
        "defaults": _defaults(name, every),
        "alike": _alike(name, every),
        "delete_first": name in DELETE_FIRST,
        # The older SDK has no difference between an empty value and none.
        "empty": sdk,
    }
    return {key: value for key, value in found.items() if value}


def _bare(path: str) -> str:
    return ".".join(step for step in path.split(".") if not step.isdigit() and step != "#")


def _steps(item: Field) -> str:
    return ".".join(step for step in item.steps if step != "*")


def _sometimes(item: Field, conditional: set[str]) -> bool:
    """Code decides, case by case, whether the change needs a new resource."""
    return bool(item.attribute.get("force_new_if")) or (
        _steps(item) in conditional and not item.attribute.get("force_new")
    )


def _replacing(fields: tuple[Field, ...], conditional: set[str], *, sdk: bool) -> Iterator[Field]:
    """The highest ones whose change replaces."""
    for item in fields:
        if item.attribute.get("force_new"):
            yield item
            if _all_below(item, conditional, sdk=sdk):
                continue
        yield from _replacing(item.parts, conditional, sdk=sdk)


def _all_below(item: Field, conditional: set[str], *, sdk: bool) -> bool:
    """Whether a change of anything below replaces, too.

    In the older SDK the items of a list of values have its `ForceNew`, the parts of a block have
    their own; a plan modifier of the plugin framework sees the block as one value.
    """
    if not sdk or not item.is_block:
        return True
    return all(
        part.attribute.get("force_new") and _all_below(part, conditional, sdk=sdk)
        for part in item.parts
    )


def _kept(item: Field) -> bool:
    attribute = item.attribute
    if attribute.get("suppress") in _KEEPING:
        return True
    return bool(attribute.get("optional") and attribute.get("computed"))


def _defaults(name: str, every: list[Field]) -> dict[str, Any]:
    """Values for which leaving the property out stands; empty ones are what absence is anyway."""
    found = {
        item.dotted: item.attribute["default"] for item in every if "default" in item.attribute
    }
    return dict(sorted({**found, **DEFAULTS.get(name, {})}.items()))


def _alike(name: str, every: list[Field]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in every:
        for key in ("suppress", "state_func", "custom_type"):
            kind = _ALIKE.get(item.attribute.get(key, ""))
            if kind is not None:
                found[item.dotted] = kind
                break
    for path in TRANSFORMED.get(name, ()):
        found.setdefault(path, "json")
    return dict(sorted(found.items()))
