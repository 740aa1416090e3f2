"""Resources of azure-native as an ARM template, which scanners know.

azure-native is made of ARM's own API: the same names, but `properties` is merged into what is
around it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from sandbox.clouds.azure.outputs import api_version
from sandbox.clouds.azure.paths import path_of
from sandbox.schema import Library, Property, Type
from tests.judges.scanners.plan import Made, NotConvertedError

__all__ = ["resource", "template"]

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
# What ARM has beside `properties`, in all types; `_INSIDE` are types that have one of them in it.
# https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-declaration
_BESIDE = frozenset(
    ("location", "tags", "identity", "sku", "kind", "zones", "extendedLocation", "plan")
)
_INSIDE = {"azure-native:operationalinsights:Workspace": frozenset(("sku",))}
# What azure-native calls otherwise than ARM.
_RENAMED = {
    "azure-native:storage:StorageAccount": {
        "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
        "networkRuleSet": "networkAcls",
    }
}
# What an app's configurations have in common is ARM's type; their name says which one it is, and
# scanners take all of them for `web`.
_CONFIGURATIONS = ("Microsoft.Web/sites/config", "Microsoft.Web/sites/slots/config")
# The parts of a network are resources themselves, with `properties` of their own.
_NETWORK = "azure-native:network:"
_PART_BESIDE = frozenset(("id", "name"))
_LIBRARY = Library("azure-native")
Object = dict[str, Any]


def template(resources: Iterable[Made]) -> Object:
    """A template that makes all of these.

    Raises:
        NotConvertedError: ARM has no such type.
    """
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "resources": [resource(each) for each in resources],
    }


def resource(made: Made) -> Object:
    """One resource, as ARM is sent it."""
    if made.token not in _LIBRARY.tokens():
        raise NotConvertedError(f"{made.token} is no type of ARM")
    declared = _LIBRARY.resource(made.token)
    path = path_of(made.token, declared)
    beside: Object = {}
    properties: Object = {}
    inside = _INSIDE.get(made.token, frozenset[str]())
    for name, value in made.inputs.items():
        if name not in declared.inputs:
            raise NotConvertedError(f"{made.token}: ARM has no {name}")
        if name in path.parameters:
            continue  # It is in the name.
        given = _value(made.token, declared.inputs[name].type, value)
        if name == "properties":
            properties |= given
        elif name in _BESIDE - inside:
            beside[name] = given
        else:
            properties[_RENAMED.get(made.token, {}).get(name, name)] = given
    kind = path.kind
    if kind in _CONFIGURATIONS:
        kind = f"{kind}/{path.template.rpartition('/')[2]}"
    return {
        "type": kind,
        "apiVersion": api_version(made.token),
        "name": made.name,
        **beside,
        "properties": properties,
    }


def _value(token: str, type_: Type, value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        of = type_.of[0] if type_.kind == "array" else type_
        return [_value(token, of, item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    document = cast("Object", value)
    if type_.kind == "map":
        return {key: _value(token, type_.of[0], item) for key, item in document.items()}
    declared = _properties(type_)
    given = {
        name: _value(token, declared[name].type, item) if name in declared else item
        for name, item in document.items()
    }
    # Where only an id is named, it refers to something that is made elsewhere.
    if token.startswith(_NETWORK) and "name" in declared and set(given) - _PART_BESIDE:
        beside = {name: item for name, item in given.items() if name in _PART_BESIDE}
        return {**beside, "properties": {k: v for k, v in given.items() if k not in beside}}
    return given


def _properties(type_: Type) -> Mapping[str, Property]:
    nested = _LIBRARY.nested(type_.ref) if type_.kind == "ref" else None
    return (nested.properties if nested is not None else None) or {}
