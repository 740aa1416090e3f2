"""The requests that Azure's own Go modules show how to make, as inputs of azure-native's types.

Each module has files `…_client_example_test.go`, which are generated from the examples that the
services' teams keep beside their specifications. They are read as text: Go is not needed but for
getting the modules (`go mod download <module>@<version>`).
"""

import functools
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sandbox.clouds.azure.paths import path_of
from sandbox.schema import Library, Property, Type
from tests.judges.corpora.golang import Call, Names, calls, enumerations, names
from tests.judges.corpora.model import Corpus, Example, Resource

__all__ = ["MODULES", "bodies", "corpus", "flattened"]

_ROOT = "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager"
# Module, version, and the SDK's module.
MODULES = (
    ("containerservice/armcontainerservice/v6", "v6.6.0", "containerservice"),
    ("storage/armstorage", "v1.8.1", "storage"),
    ("keyvault/armkeyvault", "v1.5.0", "keyvault"),
    ("msi/armmsi", "v1.3.0", "managedidentity"),
    ("monitor/armmonitor", "v0.13.0", "monitor"),
    ("containerregistry/armcontainerregistry", "v1.2.0", "containerregistry"),
    ("network/armnetwork", "v1.1.0", "network"),
    ("resources/armresources", "v1.2.0", "resources"),
)
# Where the SDK has another name (`x-ms-client-name` of the specification).
_RENAMED = {
    "encryption.identity": "encryptionIdentity",
    "encryption.keyvaultproperties": "keyVaultProperties",
    "isNfsV3Enabled": "enableNfsV3",
    "networkAcls": "networkRuleSet",
    "networkRuleSet.virtualNetworkRules[].id": "virtualNetworkResourceId",
    "supportsHttpsTrafficOnly": "enableHttpsTrafficOnly",
}
# Of versions of the API before the SDK's.
_REMOVED = {"enablePodSecurityPolicy"}
_CREATES = re.compile(r"^(?:Begin)?(?:CreateOrUpdate|Create|Put)(?P<rest>\w*)$")
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
_ANY_SUBSCRIPTION = re.compile(r'"/subscriptions/[^/"]+', re.IGNORECASE)


def corpus() -> Corpus:
    """Every example whose type and properties azure-native has."""
    library = Library("azure-native")
    examples: list[Example] = []
    left_out: dict[str, str] = {}
    for module, version, own in MODULES:
        folder = _folder(f"{_ROOT}/{module}", version)
        known = names((folder / "models_serde.go").read_text(encoding="utf-8"))
        words = enumerations((folder / "constants.go").read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*_client_example_test.go")):
            for call in calls(path.read_text(encoding="utf-8"), words):
                name = f"{own}/{call.example}"
                found = _resource(library, own, call, known)
                if isinstance(found, str):
                    left_out[name] = found
                elif found is not None:
                    examples.append(Example(name, (found,)))
    source = ", ".join(f"{module} {version}" for module, version, _ in MODULES)
    return Corpus(source, tuple(examples), left_out)


def bodies() -> Iterator[tuple[str, Path, str]]:
    """The types that examples make, each with its module's folder and its body's type in Go."""
    library = Library("azure-native")
    for module, version, own in MODULES:
        folder = _folder(f"{_ROOT}/{module}", version)
        words = enumerations((folder / "constants.go").read_text(encoding="utf-8"))
        seen: set[str] = set()
        for path in sorted(folder.glob("*_client_example_test.go")):
            for call in calls(path.read_text(encoding="utf-8"), words):
                made = _CREATES.match(call.method)
                token = _token(library, own, call.client, made["rest"]) if made else None
                if token is not None and call.body is not None and token not in seen:
                    seen.add(token)
                    yield token, folder, call.body.type


def flattened(library: Library, token: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A body of a request in the SDK's shape, without what the SDK does not have."""
    return _Flat(library).object(library.resource(token).inputs, document, "")


def _folder(module: str, version: str) -> Path:
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{module}@{version}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    found = re.search(r'"Dir": "([^"]+)"', done.stdout)
    if found is None:
        raise FileNotFoundError(f"{module} {version}: {done.stdout}")
    return Path(found[1])


def _resource(library: Library, own: str, call: Call, known: Names) -> Resource | str | None:
    """The resource that a call makes; why it cannot be said; None of what makes none."""
    made = _CREATES.match(call.method)
    if made is None or call.body is None:
        return None
    token = _token(library, own, call.client, made["rest"])
    if token is None:
        return "azure-native has no type of its own for it"
    declared = library.resource(token)
    parameters = path_of(token, declared).parameters
    if len(parameters) != len(call.arguments):
        return "the path has other parameters"
    values = dict(zip(parameters, call.arguments, strict=True))
    body = known.document(call.body)
    flat = _Flat(library)
    given = flat.object(declared.inputs, body, "")
    # What only the service sets is in some.
    unknown = [path for path in flat.unknown if not path.endswith(("etag", "id", "type", "name"))]
    if unknown:
        return f"azure-native has no {', '.join(sorted(unknown))}"
    return Resource(token, call.example, _mine({**values, **given}))


def _token(library: Library, own: str, client: str, rest: str) -> str | None:
    rest = rest.removeprefix("IfNotExist")
    for noun in (_singular(client) + rest, client + rest, _prefixed(own, client) + rest):
        token = f"azure-native:{own}:{noun}"
        if token in library.tokens():
            return token
    return None


def _camel(name: str) -> str:
    """`scan-interval` and `odata.type` in the SDK's spelling."""
    name = re.sub(r"[-.](\w)", lambda found: found[1].upper(), name)
    return "odataType" if name == "oDataType" else name


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("es") if word.endswith("sses") else word.removesuffix("s")


@dataclass(frozen=True, slots=True)
class _Flat:
    """A document in the SDK's shape, in which `properties` is merged into what is around it."""

    library: Library
    # Paths that the SDK does not have.
    unknown: list[str] = field(default_factory=list[str])

    def value(self, type_: Type, value: Any, path: str) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, list) and type_.kind == "array":
            items = cast("list[Any]", value)
            return [self.value(type_.of[0], item, f"{path}[]") for item in items]
        if not isinstance(value, dict):
            return cast("Any", value)
        document = cast("dict[str, Any]", value)
        if type_.kind == "map":
            each = type_.of[0]
            return {k: self.value(each, item, f"{path}.*") for k, item in document.items()}
        if type_.kind == "array":
            # Names of users' identities are keys of a map at ARM, and a list in the SDK.
            return list(document)
        declared = _properties(self.library, type_, document)
        return document if declared is None else self.object(declared, document, path)

    def object(
        self, declared: Mapping[str, Property], document: Mapping[str, Any], path: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for wire, item in document.items():
            at = f"{path}.{_camel(wire)}".lstrip(".")
            name = _RENAMED.get(at, _camel(wire))
            if at in _REMOVED:
                continue
            if name in declared:
                found[name] = self.value(declared[name].type, item, f"{path}.{name}".lstrip("."))
            elif name == "properties" and isinstance(item, dict):
                found |= self.object(declared, cast("dict[str, Any]", item), path)
            else:
                self.unknown.append(at)
        return found


@functools.cache
def _refs(type_: Type) -> tuple[str, ...]:
    if type_.kind == "union":
        return tuple(ref for part in type_.of for ref in _refs(part))
    return (type_.ref,) if type_.kind == "ref" else ()


def _properties(
    library: Library, type_: Type, value: Mapping[str, Any]
) -> Mapping[str, Property] | None:
    """What the type declares; of several, the one that has most of the value's names."""
    nested = [library.nested(ref) for ref in _refs(type_)]
    found = [each.properties for each in nested if each is not None and each.properties]
    known = {_camel(name) for name in value}
    return max(found, key=lambda properties: len(known & set(properties)), default=None)


def _mine(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The same in the sandbox's subscription."""
    text = json.dumps(inputs)
    return json.loads(_ANY_SUBSCRIPTION.sub(f'"/subscriptions/{_SUBSCRIPTION}', text))


def _prefixed(own: str, client: str) -> str:
    """Clients in Go leave out what their package says: `Accounts` of `storage`."""
    return f"{own.capitalize()}{_singular(client)}"
