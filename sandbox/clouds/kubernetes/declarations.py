"""The SDK's declarations as the provider and the API server take them, where those are wider."""

import dataclasses

from typing_extensions import override

from sandbox.schema import Library, Nested, Property, Resource, Type

__all__ = ["DEFINITION", "Declarations"]

DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
_ANY = Type("any")
# Quantities are strings in the SDK, and numbers, too, for the API server.
_MAPS = frozenset(
    (
        *("capacity", "default", "defaultRequest", "hard", "limits", "max"),
        *("maxLimitRequestRatio", "min", "overhead", "podFixed", "requests"),
    )
)
_SCALARS = frozenset(("averageValue", "divisor", "sizeLimit"))


class Declarations(Library):
    """A library whose types are a little wider than the SDK has them."""

    def __init__(self, given: Library) -> None:
        """Wrap a library; what that has read is shared."""
        vars(self).update(vars(given))
        self._wider: dict[str, Resource | Nested | None] = {}

    @override
    def resource(self, token: str) -> Resource:
        found = self._wider.get(token)
        if not isinstance(found, Resource):
            found = self._wider[token] = _as_served(token, super().resource(token))
        return found

    @override
    def nested(self, ref: str) -> Nested | None:
        if ref not in self._wider:
            found = super().nested(ref)
            if found is not None and found.properties is not None:
                given = found.properties
                wider = {name: _quantities(ref, name, part) for name, part in given.items()}
                found = dataclasses.replace(found, properties=wider)
            self._wider[ref] = found
        known = self._wider[ref]
        return known if isinstance(known, Nested) else None


def _as_served(token: str, declared: Resource) -> Resource:
    """What the API server takes beyond the SDK's declaration: a status, which it does not keep.

    The schema in a definition has names such as `x-kubernetes-list-type`, which the SDK writes
    with underscores: its shape is checked by Kubernetes' own schema.
    """
    if "metadata" not in declared.inputs:
        return declared
    inputs = {"status": Property(_ANY, "status"), **declared.inputs}
    if token.endswith(":EndpointSlice") and "endpoints" in inputs:
        # ValidateEndpointSlice of pkg/apis/discovery/validation takes one without.
        inputs["endpoints"] = dataclasses.replace(inputs["endpoints"], required=False)
    if token.endswith(":CustomResourceDefinition"):
        inputs["spec"] = Property(_ANY, "spec")
    return dataclasses.replace(declared, inputs=inputs)


def _quantities(ref: str, name: str, given: Property) -> Property:
    kind = given.type
    if name in _MAPS and kind.kind == "map" and kind.of[0].kind == "string":
        return dataclasses.replace(given, type=Type("map", (_ANY,)))
    scalar = name in _SCALARS or (name == "value" and "MetricTarget" in ref)
    if scalar and kind.kind == "string":
        return dataclasses.replace(given, type=_ANY)
    return given
