"""Reads the recorded plans of Pulumi's Terraform bridge: `python -m … <testdata> > bridge.json`.

`testdata` is `pkg/tests/diff_test/testdata` of pulumi-terraform-bridge: for schemas of one
property, what its detailed diff was for an old and a new value.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["cases"]

_TEXTS = re.compile(r"&?\[\]string\{([^}]*)\}|nil")
_PATHS = re.compile(r'"(props?[^"]*)":\s+map\[string\]interface\{\}\{(?:"kind": "(\w+)")?\}')
# Secrets, values that the provider fills in and nested lists have values of another form.
_OTHERS = re.compile("omputed|ensitive|efault|Nested(Sets|List)")


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """Each as `{"schema": …, "case": …, "old": …, "new": …, "plan": {path: kind}}`."""
    for path in sorted(folder.glob("TestSDKv2DetailedDiff*/*/*.golden")):
        kind = path.parts[-3].removeprefix("TestSDKv2DetailedDiff")
        if not kind.startswith(("List", "Set")) or _OTHERS.search(f"{kind} {path.parts[-2]}"):
            continue
        text = path.read_text(encoding="utf-8")
        old, new = _value(text, "initialValue"), _value(text, "changeValue")
        _, _, plan = text.rpartition("\n\tdetailedDiff:")
        yield {
            "schema": f"{kind} {path.parts[-2]}",
            "case": path.stem,
            "old": old,
            "new": new,
            "plan": {name: value or "ADD" for name, value in _PATHS.findall(plan)},
        }


def _value(text: str, name: str) -> list[str] | None:
    found = _TEXTS.match(text, re.search(rf"{name}:\s*", text).end())  # pyright: ignore[reportOptionalMemberAccess] - every file has it
    if found is None:
        raise ValueError(name)
    return None if found[0] == "nil" else re.findall(r'"([^"]*)"', found[1])


if __name__ == "__main__":
    lines = [json.dumps(case) for case in cases(Path(sys.argv[1]))]
    sys.stdout.write('{"cases": [\n  ' + ",\n  ".join(lines) + "\n]}\n")
