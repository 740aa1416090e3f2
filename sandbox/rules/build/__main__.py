"""Writes `sandbox/rules/<provider>.json`, and the provider's validators; see README.md there."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.rules.build.names import fields_of, unknown
from sandbox.rules.build.overlays import RENAMED
from sandbox.rules.build.table import entry
from sandbox.rules.build.tokens import paired
from sandbox.rules.build.validators import Dropped, checks_of
from sandbox.schema import Library

_FOLDER = Path(__file__).parents[1]
_LIMITS = _FOLDER.parent / "limits"


def main() -> int:
    """Read the extractor's answer and write the table, with a report of what has no place."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("provider", choices=["aws", "gcp"])
    arguments.add_argument("resources", type=Path, help="what sandbox/rules/extract printed")
    arguments.add_argument("--source", required=True, help="name and version of the provider read")
    arguments.add_argument(
        "--metadata", type=Path, help="bridge-metadata.json of Pulumi's provider"
    )
    arguments.add_argument("--report", type=Path, help="where to write what was not resolved")
    given = arguments.parse_args()
    read: list[dict[str, Any]] = json.loads(given.resources.read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in read}
    library = Library(given.provider)
    known = _known(given.metadata)
    tokens = paired(library, resources, known)
    types: dict[str, dict[str, Any]] = {}
    validators: dict[str, dict[str, Any]] = {}
    missed: dict[str, list[str]] = {}
    dropped = Dropped()
    for token, name in sorted(tokens.items()):
        lost: list[str] = []
        resource, declared = resources[name], library.resource(token)
        fields = fields_of(
            library, resource["attributes"], declared.inputs, RENAMED.get(name, {}), lost
        )
        more = dict(unknown(library, fields, resource["attributes"], declared.inputs))
        types[token] = {"terraform": name, **entry(resource, fields, more, lost)}
        checks = checks_of(library, resource, fields, declared.inputs, dropped)
        if checks:
            validators[token] = checks
        if lost:
            missed[token] = lost
    _write(_FOLDER / f"{given.provider}.json", given.source, types)
    _write(_LIMITS / given.provider / "validators.json", given.source, validators)
    unpaired = {
        "tokens": sorted(
            set(library.tokens()) - set(tokens) - {f"pulumi:providers:{given.provider}"}
        ),
        "resources": sorted(set(resources) - set(tokens.values())),
    }
    if given.report:
        report = {"unpaired": unpaired, "missed": missed, "validators": dropped.names}
        given.report.write_text(json.dumps(report, indent=1), encoding="utf-8")
    count = sum(len(rules.get("replaces", ())) for rules in types.values())
    print(
        f"{given.provider}: {len(types)} of {len(library.tokens()) - 1} types, {count} paths that"
        f" replace, {sum(map(len, missed.values()))} attributes and groups without a place;"
        f" validators of {sum(map(len, validators.values()))} paths of {len(validators)} types,"
        f" {dropped.names.total()} that say nothing"
    )
    return 0


def _known(path: Path | None) -> Mapping[str, str]:
    """Tokens by Terraform's names, as Pulumi's provider notes them for itself."""
    if path is None:
        return {}
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    listed: dict[str, Any] = document["auto-aliasing"]["resources"]
    return {name: item["current"] for name, item in listed.items()}


def _write(path: Path, source: str, types: Mapping[str, Any]) -> None:
    """One line per type: compact, and a change of a type is a change of its line."""
    lines = [f"  {json.dumps(token)}: {json.dumps(rules)}" for token, rules in types.items()]
    head = f'{{"source": {json.dumps(source)}, "types": {{\n'
    path.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
