"""Writes `registries.json` anew, from the source of terraform-provider-aws.

`python -m sandbox.clouds.aws.registries_extract <file> "<the provider and its version>"`, where the
file is `internal/service/sagemaker/prebuilt_ecr_image_data_source.go`.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

__all__ = ["read"]

OUT = Path(__file__).with_name("registries.json")
_REGION = re.compile(
    r"(?P<area>us|eu|ap|ca|sa|me|af|il|cn|mx)(?P<gov>-?(?:gov|isob|iso|isoe|isof))?"
    r"(?P<side>northeast|northwest|southeast|southwest|north|south|east|west|central)(?P<number>\d)"
)
# The case of repositories that have none of their own.
_OTHERS = "*"


def read(source: str) -> dict[str, Any]:
    """`accounts`, by table and region, and `tables`, by repository."""
    constants: list[tuple[str, str]] = re.findall(
        r'^\t(repository\w+)\s*= "([^"]+)"', source, re.MULTILINE
    )
    names = dict(constants)
    accounts = {
        table: {
            _region(region): account
            for region, account in re.findall(r'endpoints\.(\w+)RegionID:\s*"(\d+)"', body)
        }
        for table, body in re.findall(
            r"^var prebuiltECRImageIDByRegion_(\w+) = map\[string\]string\{.*?$(.*?)^\}",
            source,
            re.MULTILINE | re.DOTALL,
        )
    }
    allowed = re.search(r"StringInSlice\(\[\]string\{(.*?)\}", source, re.DOTALL)
    wanted = re.findall(r"repository\w+", allowed[1]) if allowed else []
    chosen: dict[str, str] = {}
    cases = r"(?:case ([^:]*)|default):\s+id = prebuiltECRImageIDByRegion_(\w+)\["
    for repositories, table in re.findall(cases, source):
        for name in re.findall(r"repository\w+", repositories) or [_OTHERS]:
            chosen[name] = table
    tables = {names[name]: chosen.get(name, chosen[_OTHERS]) for name in wanted}
    return {"accounts": accounts, "tables": dict(sorted(tables.items()))}


def _region(name: str) -> str:
    """`eu-west-1` for `EuWest1`, the name that the SDK gives it."""
    found = _REGION.fullmatch(name.lower())
    if found is None:
        raise ValueError(f"{name} is no region's name")
    return "-".join(part for part in found.groups() if part)


def main() -> int:
    """Read the source and write the table."""
    path, source = Path(sys.argv[1]), sys.argv[2]
    document = {"source": source, **read(path.read_text(encoding="utf-8"))}
    OUT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(document['tables'])} repositories, {len(document['accounts'])} tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
