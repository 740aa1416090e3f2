"""Writes the truth tables: `python -m tests.judges.truth.make <table> …`, see README.md there."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.schema import Library
from tests.judges.truth.make import (
    azure,
    cloudformation,
    discovery,
    documentation,
    schemas,
    validators,
)

_FOLDER = Path(__file__).parents[1]
_RULES = Path(__file__).parents[4] / "sandbox" / "rules"


def main() -> int:
    """Make one table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "table",
        choices=["aws", "gcp", "limits_aws", "replace_aws", "replace_gcp", "replace_azure"],
    )
    arguments.add_argument(
        "resources", type=Path, help="what sandbox/rules/extract printed; - where none is needed"
    )
    arguments.add_argument("--docs", type=Path, help="website/docs/r of the provider")
    arguments.add_argument("--source", required=True)
    given = arguments.parse_args()
    printed = "[]" if str(given.resources) == "-" else given.resources.read_text(encoding="utf-8")
    resources = {item["name"]: item for item in json.loads(printed)}
    cloud: str = given.table.rpartition("_")[2]
    provider = "azure-native" if cloud == "azure" else cloud
    library = Library(provider)
    if given.table == "replace_azure":
        types = azure.facts(library, resources)
    elif given.table == "limits_aws":
        types = schemas.facts(library)
    else:
        tokens = _tokens(provider)
        if given.table in {"aws", "gcp"}:
            types = validators.facts(library, resources, tokens)
        else:
            vendors = (
                cloudformation.facts(library) if provider == "aws" else discovery.facts(library)
            )
            provided = documentation.facts(library, resources, tokens, given.docs)
            types = {
                token: {**vendors.get(token, {}), **provided.get(token, {})}
                for token in sorted({*vendors, *provided})
            }
    _write(_FOLDER / f"{given.table}.json", given.source, types)
    paths = [fact for facts in types.values() for fact in facts.get("paths", facts).values()]
    print(f"{given.table}: {len(types)} types, {len(paths)} paths")
    return 0


def _tokens(provider: str) -> Mapping[str, str]:
    """Which Terraform type is which: names alone are taken from the sandbox's table."""
    document: dict[str, Any] = json.loads((_RULES / f"{provider}.json").read_text(encoding="utf-8"))
    return {token: rules["terraform"] for token, rules in document["types"].items()}


def _write(path: Path, source: str, types: Mapping[str, Any]) -> None:
    lines = [f"  {json.dumps(token)}: {json.dumps(facts)}" for token, facts in types.items()]
    head = f'{{"source": {json.dumps(source)}, "types": {{\n'
    path.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
