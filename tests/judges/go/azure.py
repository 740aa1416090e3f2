"""Writes `azure.json`: what Azure's Go clients say of request bodies, as azure-native's paths.

    python -m tests.judges.go.azure

The sandbox reads the Python clients; these are of other versions of the same interfaces. What is
required, and which words an enumeration has. Needs the Go modules.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.schema import Library
from tests.judges.corpora.azure import MODULES, bodies, flattened
from tests.judges.corpora.golang import Names, names
from tests.judges.go.facts import facts
from tests.judges.go.source import Field, Package, package
from tests.judges.walk import places

__all__ = ["TABLE", "main"]

TABLE = Path(__file__).with_name("azure.json")
DEEPEST = 8


def main() -> int:
    """Read the bodies of every type that the examples make; answers the exit code."""
    library = Library("azure-native")
    types: dict[str, Any] = {}
    for token, folder, body in bodies():
        known = names((folder / "models_serde.go").read_text(encoding="utf-8"))
        reader = _Reader(package(folder.name, folder), known)
        flat = flattened(library, token, reader.document(body, DEEPEST))
        paths = {
            place.path.replace(".*", ""): json.loads(place.value)
            for place in places(flat)
            if isinstance(place.value, str) and place.value != "{}"
        }
        types[token] = {"paths": dict(sorted(paths.items()))}
    head = json.dumps(", ".join(f"{module} {version}" for module, version, _ in MODULES))
    lines = [f"  {json.dumps(token)}: {json.dumps(told)}" for token, told in sorted(types.items())]
    TABLE.write_text(f'{{"source": {head}, "types": {{\n' + ",\n".join(lines) + "\n}}\n", "utf-8")
    print(f"{len(types)} types, {sum(len(told['paths']) for told in types.values())} paths")
    return 0


class _Reader:
    """Go's structs as documents whose leaves say, as JSON, what is allowed there."""

    def __init__(self, found: Package, known: Names) -> None:
        self._package = found
        self._known = known

    def document(self, name: str, depth: int) -> Mapping[str, Any]:
        return dict(self._fields(name, depth))

    def _fields(self, name: str, depth: int) -> Iterator[tuple[str, Any]]:
        declared = self._package.types.get(name)
        spelt = self._known.fields.get(name, {})
        for one in (declared.fields if declared else None) or ():
            comment = " ".join(one.doc)
            if one.name in spelt and not comment.startswith("READ-ONLY"):
                yield spelt[one.name], self._value(one, one.type, depth)

    def _value(self, one: Field, text: str, depth: int) -> Any:  # noqa: ANN401 - JSON
        text = text.lstrip("*")
        if text.startswith("[]") and text != "[]byte":
            return [self._value(one, text[2:], depth)]
        if text.startswith("map["):
            return {"*": self._value(one, text[text.index("]") + 1 :], depth)}
        declared = self._package.types.get(text)
        if declared is not None and declared.fields is not None:
            return self.document(text, depth - 1) if depth else {}
        told = facts(one.doc)
        told = {**told, **told.pop("own", {})}
        if " ".join(one.doc).startswith("REQUIRED") and not one.type.startswith(("[]", "map[")):
            told["required"] = True
        # Modules have constants of plain strings too, as the versions of their interfaces.
        if declared is not None and text in self._package.constants:
            told["enum"] = self._package.constants[text]
        return json.dumps(told)


if __name__ == "__main__":
    sys.exit(main())
