"""What Pulumi's component host makes of the components: the promise to other languages.

The host (`pulumi.provider.experimental`) reads a component's types and writes the schema from which
TypeScript, Go, Java, .NET and YAML programs are served. The second half of this file says why the
components are written as they are: each fact was measured, and its test fails once it is no longer
so.
"""

import importlib
import re
import sys
from enum import StrEnum
from types import ModuleType
from typing import Any, Literal, NotRequired, TypedDict, get_origin

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import (
    Analyzer,
    ComponentDefinition,
    PropertyDefinition,
    PropertyType,
    TypeDefinition,
)

from tests.contract.component_table import COMPONENTS

# Of a model, and of a pool of GPU nodes.
_FACTS = {"status", "offer"}


def _analysed(*components: type[pulumi.ComponentResource]) -> dict[str, ComponentDefinition]:
    return Analyzer("model-serving").analyze(list(components))["component_definitions"]


def _nested(component: type[pulumi.ComponentResource]) -> dict[str, TypeDefinition]:
    """The types of what is nested in a component's arguments."""
    return Analyzer("model-serving").analyze([component])["type_definitions"]


def _python(key: str) -> str:
    """The host spells keys in camelCase."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower()


def test_all_are_hosted_by_one_provider() -> None:
    """Type names share one namespace in a provider: no two components bring the same one."""
    assert set(_analysed(*COMPONENTS.values())) == set(COMPONENTS)


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_every_argument_reaches_other_languages(name: str) -> None:
    """Each key with its text, needed or not as here, and nothing of an unknown type."""
    definition = _analysed(COMPONENTS[name])[name]
    module = importlib.import_module(COMPONENTS[name].__module__)
    hints: dict[str, Any] = getattr(module, f"{name}Args").__annotations__
    found = {definition.inputs_mapping[key]: found for key, found in definition.inputs.items()}
    _reach(found, hints)


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_what_is_nested_reaches_other_languages(name: str) -> None:
    """A list's typed dictionary is a type of this package, each key with its text."""
    for nested in _nested(COMPONENTS[name]).values():
        assert nested.type is PropertyType.OBJECT
        assert nested.description
        found = {nested.properties_mapping[key]: found for key, found in nested.properties.items()}
        _reach(found, nested.python_type.__annotations__)
        for spelt, key in nested.properties_mapping.items():
            assert _python(spelt) == key


def test_nested_types_are_those_that_are_meant() -> None:
    """So that the rule above judges something."""
    assert set(_nested(COMPONENTS["InferenceGraph"])) == {"GraphNode", "GraphStep"}


def _reach(found: dict[str, PropertyDefinition], hints: dict[str, Any]) -> None:
    """Each key with its text, needed or not as in Python, and of a type of this package."""
    assert found.keys() == hints.keys()
    for key, hint in hints.items():
        assert found[key].optional == (get_origin(hint) is NotRequired), key
        assert found[key].description, key
        # A reference would be a type of its own, `Any`, or a type of another package.
        assert found[key].ref is None, key
        assert found[key].type is not None, key
        items = found[key].items
        if items is not None and items.ref is not None:
            assert items.ref.startswith("#/types/model-serving:index:"), key
            assert items.plain, key


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_every_output_reaches_other_languages(name: str) -> None:
    """Outputs are texts, lists and maps of text; plain facts alone are a map of anything."""
    definition = _analysed(COMPONENTS[name])[name]
    assert {definition.outputs_mapping[key] for key in definition.outputs} == set(
        COMPONENTS[name].__annotations__
    )
    for key, found in definition.outputs.items():
        assert found.ref is None, key
        inner = found.items or found.additional_properties
        assert inner is None or (inner.ref is None) == (key not in _FACTS), key


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_no_name_is_lost_between_the_spellings(name: str) -> None:
    """A key that camelCase and back would change is another key for a YAML program's reader."""
    definition = _analysed(COMPONENTS[name])[name]
    for spelt, key in definition.inputs_mapping.items():
        # The host breaks a word before a capital, never before a digit: latencyP95Ms.
        assert _python(spelt).replace("_", "") == key.replace("_", "")


# Why the components are as they are, on pulumi 3.272.


class Colour(StrEnum):
    """A closed list of words."""

    RED = "red"


class LiteralArgs(TypedDict):
    """With a closed list of words as Literal."""

    colour: Literal["red", "blue"]


class UnionArgs(TypedDict):
    """With two types."""

    size: int | str


class EnumArgs(TypedDict):
    """With a closed list of words as an enumeration."""

    colour: Colour


class BaseArgs(TypedDict):
    """What several components would share."""

    owner: NotRequired[str]
    """Who answers for it."""


class DerivedArgs(BaseArgs):
    """What one adds."""

    size: int
    """How much of it."""


def _component(args: type) -> type[pulumi.ComponentResource]:
    class Thing(pulumi.ComponentResource):
        """Never made."""

        def __init__(self, name: str, args: object) -> None: ...

    Thing.__init__.__annotations__["args"] = args
    return Thing


@pytest.mark.parametrize(
    ("args", "reason"),
    [(LiteralArgs, "must be a class"), (UnionArgs, "Union types are not supported")],
)
def test_the_host_refuses_literals_and_unions(args: type, reason: str) -> None:
    """So closed lists of words are plain texts, and `Checks.choice` keeps them closed."""
    with pytest.raises(Exception, match=reason):
        _analysed(_component(args))


def test_the_host_takes_enumerations() -> None:
    """They would do; a text needs no import by the Python program that uses the component."""
    (definition,) = _analysed(_component(EnumArgs)).values()
    assert definition.inputs["colour"].ref is not None


def test_an_inherited_key_loses_its_text() -> None:
    """So the shared keys are written out in each component's arguments.

    With a common base they would reach other languages without their documentation; their types,
    and whether they are needed, are inherited well.
    """
    (definition,) = _analysed(_component(DerivedArgs)).values()
    assert definition.inputs["size"].description == "How much of it."
    assert definition.inputs["owner"].optional
    assert definition.inputs["owner"].description is None


def test_postponed_annotations_are_not_read() -> None:
    """So no component begins with `from __future__ import annotations`."""
    module = ModuleType("postponed")
    sys.modules[module.__name__] = module
    source = (
        "from __future__ import annotations\n"
        "import pulumi\n"
        "from typing import TypedDict\n"
        "class ThingArgs(TypedDict):\n"
        "    size: int\n"
        "class Thing(pulumi.ComponentResource):\n"
        "    def __init__(self, name: str, args: ThingArgs, opts=None) -> None: ...\n"
    )
    try:
        exec(source, module.__dict__)  # noqa: S102 - a module of this test's own
        with pytest.raises(Exception, match="'str' object"):
            _analysed(module.__dict__["Thing"])
    finally:
        del sys.modules[module.__name__]
