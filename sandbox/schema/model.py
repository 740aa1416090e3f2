"""The shapes of declarations, and their compact JSON, which is what the cache holds."""

from dataclasses import dataclass
from typing import Any

__all__ = ["ANY", "Function", "Nested", "Property", "Resource", "Type"]


@dataclass(frozen=True, slots=True)
class Type:
    """A declared type.

    `kind` is `string`, `integer`, `number`, `boolean`, `asset`, `archive` or `any`; `array` and
    `map`, whose element is `of[0]`; `union` of `of`; or `ref` to the nested type named `ref`.
    """

    kind: str
    of: "tuple[Type, ...]" = ()
    ref: str = ""

    def to_json(self) -> Any:  # noqa: ANN401 - JSON
        """`"string"`, `["array", …]`, `["ref", "sagemaker:EndpointDeploymentConfigArgs"]`."""
        if self.kind == "ref":
            return ["ref", self.ref]
        if self.of:
            return [self.kind, *(part.to_json() for part in self.of)]
        return self.kind

    @classmethod
    def from_json(cls, value: Any) -> "Type":  # noqa: ANN401 - JSON
        """The reverse of `to_json`."""
        if isinstance(value, str):
            return cls(value)
        if value[0] == "ref":
            return cls("ref", ref=value[1])
        return cls(value[0], tuple(cls.from_json(part) for part in value[1:]))


ANY = Type("any")


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its type, its name in Python, and what its documentation lets one expect."""

    type: Type
    python: str
    required: bool = False
    # The documentation says that a change makes a new resource: a hint, not a rule.
    replaces: bool = False

    def to_json(self) -> Any:  # noqa: ANN401 - JSON
        """`[type, python, required, replaces]`."""
        return [self.type.to_json(), self.python, int(self.required), int(self.replaces)]

    @classmethod
    def from_json(cls, value: Any) -> "Property":  # noqa: ANN401 - JSON
        """The reverse of `to_json`."""
        return cls(Type.from_json(value[0]), value[1], bool(value[2]), bool(value[3]))


Properties = dict[str, Property]


@dataclass(frozen=True, slots=True)
class Nested:
    """A nested type: an object with properties, or an enumeration with values."""

    ref: str
    properties: Properties | None = None
    values: tuple[Any, ...] = ()

    def to_json(self) -> Any:  # noqa: ANN401 - JSON
        """An object of `properties` or `values`."""
        if self.properties is None:
            return {"values": list(self.values)}
        return {"properties": _properties_to_json(self.properties)}

    @classmethod
    def from_json(cls, ref: str, value: Any) -> "Nested":  # noqa: ANN401 - JSON
        """The reverse of `to_json`."""
        if "values" in value:
            return cls(ref, None, tuple(value["values"]))
        return cls(ref, _properties_from_json(value["properties"]))


@dataclass(frozen=True, slots=True)
class Resource:
    """What a resource type declares; names are in wire spelling."""

    token: str
    inputs: Properties
    outputs: Properties
    secrets: frozenset[str]
    # `replace_on_changes` of the SDK's class: paths that its provider replaces on.
    replaces: frozenset[str]
    aliases: tuple[str, ...] = ()

    def to_json(self) -> Any:  # noqa: ANN401 - JSON
        """An object with the fields of this class, without the token."""
        return {
            "inputs": _properties_to_json(self.inputs),
            "outputs": _properties_to_json(self.outputs),
            "secrets": sorted(self.secrets),
            "replaces": sorted(self.replaces),
            "aliases": list(self.aliases),
        }

    @classmethod
    def from_json(cls, token: str, value: Any) -> "Resource":  # noqa: ANN401 - JSON
        """The reverse of `to_json`."""
        return cls(
            token,
            _properties_from_json(value["inputs"]),
            _properties_from_json(value["outputs"]),
            frozenset(value["secrets"]),
            frozenset(value["replaces"]),
            tuple(value["aliases"]),
        )


@dataclass(frozen=True, slots=True)
class Function:
    """What a function (an invoke) takes and answers."""

    token: str
    arguments: Properties
    results: Properties

    def to_json(self) -> Any:  # noqa: ANN401 - JSON
        """An object with `arguments` and `results`."""
        return {
            "arguments": _properties_to_json(self.arguments),
            "results": _properties_to_json(self.results),
        }

    @classmethod
    def from_json(cls, token: str, value: Any) -> "Function":  # noqa: ANN401 - JSON
        """The reverse of `to_json`."""
        return cls(
            token,
            _properties_from_json(value["arguments"]),
            _properties_from_json(value["results"]),
        )


def _properties_to_json(properties: Properties) -> dict[str, Any]:
    return {name: declared.to_json() for name, declared in properties.items()}


def _properties_from_json(value: dict[str, Any]) -> Properties:
    return {name: Property.from_json(declared) for name, declared in value.items()}
