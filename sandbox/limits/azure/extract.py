"""Writes what Azure's clients state into tables: `python -m sandbox.limits.azure.extract <folder>`.

The folder has the unpacked wheels of `SOURCES`, each as `<distribution>-<version>`; `pip download
--no-deps` gets them. It writes the limits beside this file, the paths of `sandbox/clouds/azure` and
the replacements of `sandbox/rules`, and is run again for a new version of the SDK. The newest
clients state paths and what may be set at creation only; patterns, lengths and ranges are stated by
the last releases before their generator dropped them.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.limits.azure import TABLE
from sandbox.limits.azure.clients import Client, Operation, read
from sandbox.limits.azure.match import Match, limit_of, match
from sandbox.limits.azure.pages import page_of
from sandbox.limits.azure.reviewed import FORCE_NEW
from sandbox.limits.azure.reviewed import PATHS as OWN_PATHS
from sandbox.limits.model import Limit
from sandbox.schema import Library

__all__ = ["SOURCES", "main"]

PATHS = Path(__file__).resolve().parents[2] / "clouds" / "azure" / "paths.json"
RULES = Path(__file__).resolve().parents[2] / "rules" / "azure-native.json"
_RESTCLIENT = "azure/ai/ml/_restclient"
# Distribution, version, folder of the client in it, modules of the SDK. Newest first.
SOURCES = (
    ("azure_ai_ml", "1.35.2", f"{_RESTCLIENT}/arm_ml_service", ("machinelearningservices",)),
    ("azure_ai_ml", "1.26.5", f"{_RESTCLIENT}/v2025_01_01_preview", ("machinelearningservices",)),
    ("azure_mgmt_containerservice", "41.8.0", "azure/mgmt/containerservice", ("containerservice",)),
    (
        *("azure_mgmt_containerservice", "34.2.0"),
        *("azure/mgmt/containerservice/v2025_01_01", ("containerservice",)),
    ),
    ("azure_mgmt_web", "11.0.1", "azure/mgmt/web", ("web",)),
    ("azure_mgmt_web", "7.3.1", "azure/mgmt/web/v2023_12_01", ("web",)),
    ("azure_mgmt_msi", "7.1.0", "azure/mgmt/msi/v2024_11_30", ("managedidentity",)),
    ("azure_mgmt_keyvault", "14.1.0", "azure/mgmt/keyvault", ("keyvault",)),
    ("azure_mgmt_keyvault", "10.3.1", "azure/mgmt/keyvault/v2023_07_01", ("keyvault",)),
    ("azure_mgmt_storage", "25.3.0", "azure/mgmt/storage", ("storage",)),
    ("azure_mgmt_storage", "23.0.1", "azure/mgmt/storage", ("storage",)),
    ("azure_mgmt_monitor", "7.0.0", "azure/mgmt/monitor", ("monitor",)),
    ("azure_mgmt_monitor", "6.0.2", "azure/mgmt/monitor/v2021_05_01_preview", ("monitor",)),
    ("azure_mgmt_monitor", "6.0.2", "azure/mgmt/monitor/v2022_10_01", ("monitor",)),
    (
        *("azure_mgmt_applicationinsights", "4.1.0"),
        *("azure/mgmt/applicationinsights/v2020_02_02", ("applicationinsights",)),
    ),
    (
        *("azure_mgmt_applicationinsights", "4.1.0"),
        *("azure/mgmt/applicationinsights/v2022_06_15", ("applicationinsights",)),
    ),
    (
        "azure_mgmt_containerregistry",
        "15.0.0",
        "azure/mgmt/containerregistry",
        ("containerregistry",),
    ),
    (
        *("azure_mgmt_containerregistry", "10.3.0"),
        *("azure/mgmt/containerregistry/v2023_01_01_preview", ("containerregistry",)),
    ),
    (
        "azure_mgmt_authorization",
        "4.0.0",
        "azure/mgmt/authorization/v2022_04_01",
        ("authorization",),
    ),
    ("azure_mgmt_network", "33.1.0", "azure/mgmt/network", ("network",)),
    ("azure_mgmt_network", "28.1.0", "azure/mgmt/network", ("network",)),
    ("azure_mgmt_loganalytics", "14.0.0", "azure/mgmt/loganalytics", ("operationalinsights",)),
    ("azure_mgmt_loganalytics", "12.0.0", "azure/mgmt/loganalytics", ("operationalinsights",)),
    ("azure_mgmt_resource", "26.0.0", "azure/mgmt/resource/resources", ("resources",)),
    ("azure_mgmt_resource", "23.3.0", "azure/mgmt/resource/resources/v2024_11_01", ("resources",)),
)
_VERBS = re.compile(
    r"create_?or_?update|createorupdate|create_if_not_exist|^create|^update|^put|^set"
)
_GETS = re.compile(r"^get_?properties|^get|^list")


@dataclass(slots=True)
class _Found:
    """What all clients say of one type."""

    path: str = ""
    source: str = ""
    page: str = ""
    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    create_only: set[str] = field(default_factory=set[str])
    # A client that says what is create-only has the type.
    stated: bool = False
    fields: int = 0
    matched: int = 0
    loose: int = 0

    def add(self, part: Match, source: str) -> None:
        """Take over what one more client says; the first that states limits is the newest."""
        self.create_only |= part.create_only
        self.loose += part.loose
        if part.limits and not self.limits:
            self.limits, self.source = part.limits, source
        if not self.fields or part.limits:
            self.fields, self.matched = part.fields, part.matched


def main(arguments: list[str]) -> int:
    """Write the tables anew; prints what was found."""
    library = Library("azure-native")
    found: dict[str, _Found] = {}
    for distribution, version, folder, modules in SOURCES:
        root = Path(arguments[0]) / f"{distribution}-{version}" / folder
        client = read(root)
        source = f"{distribution.replace('_', '-')} {version} ({root.name})"
        for token, operation in _types(library, client, modules):
            known = found.setdefault(token, _Found())
            if not known.path:
                known.path = operation.url.replace("/resourcegroups/", "/resourceGroups/")
                known.page = page_of(modules[0], operation)
            known.stated |= client.newer
            part = _matched(library, client, token, operation)
            known.add(part, f"{source}: {operation.body or operation.group}")
    _write(TABLE, library.version, {t: _limits(f) for t, f in found.items()})
    paths = {token: known.path for token, known in found.items()}
    _write(PATHS, library.version, {**paths, **OWN_PATHS})
    _write(
        RULES,
        library.version,
        {t: _rules(_replaces(library, t, f)) for t, f in found.items()},
    )
    matched, fields = (sum(getattr(f, n) for f in found.values()) for n in ("matched", "fields"))
    loose, limits = sum(f.loose for f in found.values()), sum(len(f.limits) for f in found.values())
    print(f"{len(found)} types, {limits} limits, {loose} dropped as loose,")
    print(f"{matched} of {fields} fields are properties at the same place")
    return 0


def _matched(library: Library, client: Client, token: str, operation: Operation) -> Match:
    """What an operation says of a type: of its path's parameters and of its body."""
    declared = library.resource(token).inputs
    found = match(library, client, operation.body, declared) if operation.body else Match()
    for name, constraints in operation.parameters.items():
        limit = limit_of(constraints)
        if name in declared and limit is not None and limit != Limit():
            found.limits.setdefault(name, limit)
    return found


def _types(
    library: Library, client: Client, modules: tuple[str, ...]
) -> Iterator[tuple[str, Operation]]:
    """The SDK's types whose resource a `PUT` of the client makes."""
    gets = {
        operation.url: operation for operation in client.operations if operation.method == "GET"
    }
    tokens = library.tokens()
    seen: set[str] = set()
    for operation in client.operations:
        if operation.method != "PUT":
            continue
        nouns = [_noun(operation, _VERBS)]
        if (get := gets.get(operation.url)) is not None:
            nouns.insert(0, _noun(get, _GETS))
        for token in (f"azure-native:{module}:{noun}" for module in modules for noun in nouns):
            if token not in tokens or token in seen:
                continue
            declared = library.resource(token).inputs
            parameters = re.findall(r"\{(\w+)\}", operation.url)
            if all(name in declared for name in parameters if name != "subscriptionId"):
                seen.add(token)
                yield token, operation
                break


def _noun(operation: Operation, verbs: re.Pattern[str]) -> str:
    """The type's name as pulumi-azure-native makes it of an operation's id."""
    group = _words(_singular(operation.group))
    rest = [word.capitalize() for word in verbs.sub("", operation.name, count=1).split("_") if word]
    for index in range(len(group)):
        # What the operation says again is said once: `BlobServices_GetServiceProperties`.
        part = group[index:]
        if [word.lower() for word in rest[: len(part)]] == [word.lower() for word in part]:
            group = group[:index]
            break
    return "".join([*group, *rest])


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", name)


def _singular(word: str) -> str:
    for ending, better in (("ies", "y"), ("sses", "ss"), ("ses", "se"), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "ics")):
            word = word.removesuffix(ending) + better
            return word.replace("Addresse", "Address")
    return word


def _limits(found: _Found) -> dict[str, Any]:
    return {
        "source": found.source,
        "page": found.page,
        "paths": {path: limit.to_json() for path, limit in sorted(found.limits.items())},
    }


def _replaces(library: Library, token: str, found: _Found) -> list[str]:
    declared = library.resource(token).inputs
    names = {name for name in re.findall(r"\{(\w+)\}", found.path) if name in declared}
    # Of types that no newer client has, ARM's common declaration: the region is create-only.
    place = {"location"} & declared.keys() if not found.stated else set[str]()
    return sorted({*names, *place, *found.create_only, *FORCE_NEW.get(token, ())})


def _rules(replaces: list[str]) -> dict[str, Any]:
    """What replaces; names of resource groups are compared without case."""
    alike = {"alike": {"resourceGroupName": "case"}} if "resourceGroupName" in replaces else {}
    return {"replaces": replaces, **alike}


def _write(path: Path, version: str, types: dict[str, Any]) -> None:
    """A line per type, so that a new version's differences can be read."""
    lines = [f"  {json.dumps(token)}: {json.dumps(told)}" for token, told in sorted(types.items())]
    head = f'{{"version": {json.dumps(version)}, "types": {{\n'
    path.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
