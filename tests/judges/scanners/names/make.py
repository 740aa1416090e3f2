"""Writes `<provider>.json`: what Terraform calls the properties of each type that Pulumi has.

    python -m tests.judges.scanners.names.make aws aws-resources.json

The second argument is what the extractor of `sandbox/rules` printed; its README says how.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.rules.build.names import Field, fields_of, kinds_of, walk
from sandbox.rules.build.overlays import RENAMED
from sandbox.schema import Library, Property, Type
from tests.judges.scanners.plan import snake

__all__ = ["entry"]

_FOLDER = Path(__file__).parent
# What the bridge adds to every type of a provider that has regions.
_EVERYWHERE = {"region"}


def main() -> None:
    """Write the table of one provider."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("provider", choices=["aws", "gcp"])
    arguments.add_argument("resources", type=Path, help="what sandbox/rules/extract printed")
    given = arguments.parse_args()
    read: list[dict[str, Any]] = json.loads(given.resources.read_text(encoding="utf-8"))
    resources = {resource["name"]: resource["attributes"] for resource in read}
    rules = _FOLDER.parents[3] / "sandbox" / "rules" / f"{given.provider}.json"
    known = json.loads(rules.read_text(encoding="utf-8"))
    library = Library(given.provider)
    lines = [
        f"  {json.dumps(token)}: {json.dumps(found)}"
        for token, each in sorted(known["types"].items())
        if (found := entry(library, token, each["terraform"], resources[each["terraform"]]))
    ]
    head = f'{{"source": {json.dumps(known["source"])}, "types": {{\n'
    text = head + ",\n".join(lines) + "\n}}\n"
    (_FOLDER / f"{given.provider}.json").write_text(text, encoding="utf-8")
    print(f"{given.provider}: {len(lines)} types of which a name is not the usual one")


def entry(
    library: Library, token: str, terraform: str, attributes: Mapping[str, Any]
) -> dict[str, Any]:
    """What of a type is not as `tests.judges.scanners.plan` would guess it."""
    declared = library.resource(token).inputs
    fields = fields_of(library, attributes, declared, RENAMED.get(terraform, {}), [])
    found = {
        "names": {
            each.dotted: each.steps[-1]
            for each in walk(fields)
            if each.steps[-1] != snake(each.path[-1])
        },
        "lists": sorted(_lists(library, fields, declared)),
        "objects": sorted(_objects(fields)),
        "unsure": sorted(_unsure(library, fields, declared)),
    }
    return {key: value for key, value in found.items() if value}


def _lists(
    library: Library, fields: tuple[Field, ...], declared: Mapping[str, Property]
) -> Iterator[str]:
    """Lists of at most one text or number, of which Pulumi has the item itself."""
    for each in fields:
        type_ = declared[each.path[-1]].type
        kinds = {kind for kind, _ in kinds_of(library, type_)}
        if not each.is_block and each.attribute["type"] in {"list", "set"} and "array" not in kinds:
            yield each.dotted
        yield from _lists(library, each.parts, _inside(library, type_))


def _objects(fields: tuple[Field, ...]) -> Iterator[str]:
    """Blocks that are no list of blocks."""
    return (each.dotted for each in walk(fields) if each.attribute["type"] == "object")


def _unsure(
    library: Library,
    fields: tuple[Field, ...],
    declared: Mapping[str, Property],
    path: tuple[str, ...] = (),
) -> Iterator[str]:
    """Properties whose attribute cannot be told; what is in them is not looked at."""
    known = {each.path[-1]: each for each in fields}
    for name, each in declared.items():
        if name in known:
            if parts := known[name].parts:
                yield from _unsure(library, parts, _inside(library, each.type), (*path, name))
        elif path or name not in _EVERYWHERE:
            yield ".".join((*path, name))


def _inside(library: Library, type_: Type) -> Mapping[str, Property]:
    """The properties of the object, or of each item of the list or map."""
    for kind, part in kinds_of(library, type_):
        nested = library.nested(part.ref) if kind == "object" else None
        if nested is not None and nested.properties is not None:
            return nested.properties
        if kind in {"array", "map"}:
            return _inside(library, part.of[0])
    return {}


if __name__ == "__main__":
    main()
