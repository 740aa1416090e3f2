"""Any resource type of the four SDKs lives in the sandbox, also those that nobody here has met."""

import random
from pathlib import Path
from typing import Any

import pytest

from sandbox.check import Shape
from sandbox.clouds import PROVIDERS
from sandbox.clouds.base import RefusedError
from sandbox.construct import BUILDERS
from sandbox.schema import Library, Property, Type
from tests.unit.sandbox_life import Stack, urn

SEED = 7
# Of some six thousand types.
SAMPLE = 150


def value(library: Library, declared: Type, depth: int = 0) -> Any:  # noqa: ANN401, PLR0911 - one per kind
    match declared.kind:
        case "string" | "any":
            return "x"
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case "array":
            return [value(library, declared.of[0], depth)]
        case "map":
            return {"x": value(library, declared.of[0], depth)}
        case "union":
            # An enumeration that is open in Python is closed at the vendor.
            closed = [part for part in declared.of if part.kind == "ref"]
            return value(library, (closed or [*declared.of])[0], depth)
        case "ref":
            nested = library.nested(declared.ref)
            assert nested is not None, declared.ref
            if nested.properties is None:
                return nested.values[0]
            return inputs(library, nested.properties, depth + 1)
        case kind:
            raise AssertionError(kind)


def inputs(library: Library, properties: dict[str, Property], depth: int = 0) -> dict[str, Any]:
    """What is required, and at the top everything that is not deep."""
    return {
        name: value(library, property_.type, depth)
        for name, property_ in properties.items()
        if property_.required
        # Where it is, the provider knows better than an invented word.
        or (depth == 0 and property_.type.kind in {"string", "boolean"} and name != "project")
    }


def sample(library: Library) -> list[str]:
    tokens = sorted(
        token
        for token in library.tokens()
        # Lists and patches of Kubernetes are of other objects; providers are configured.
        if not token.startswith("pulumi:")
        and not token.endswith(("List", "Patch"))
        and token not in BUILDERS  # Components, which have no life of their own.
    )
    return random.Random(SEED).sample(tokens, SAMPLE)  # noqa: S311 - no secret


@pytest.mark.parametrize("provider", PROVIDERS)
def test_any_type_is_made_read_and_deleted(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type of the SDK needs nothing in the sandbox to have a life."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")  # What never comes up says so.
    stack = Stack(provider, tmp_path / "store.sqlite")
    library = stack.life.cloud.library
    refused = 0
    for number, token in enumerate(sample(library)):
        declared = library.resource(token)
        given = inputs(library, declared.inputs)
        if "deletionProtection" in given:
            given["deletionProtection"] = False
        if "resourceGroupName" in given:
            given["resourceGroupName"] = "models"  # The one that every sandbox has.
        shape = Shape(library, coerces=stack.life.cloud.coerces, closed_enums=True)
        assert not shape.problems(declared.inputs, given), token
        try:
            made = stack.life.create(urn(token, f"it-{number}"), given, set())
        except RefusedError:
            refused += 1  # What it refers to is not there: such a type is known well.
            continue
        assert made.id, token
        assert set(made.outputs) <= {*declared.outputs, *declared.inputs}, token
        computed = declared.outputs.keys() - declared.inputs.keys()
        if provider != "kubernetes":  # There a controller may never write a status.
            assert not computed - made.outputs.keys(), token
        read = stack.life.read(urn(token, f"it-{number}"), made.id, given, set())
        assert read is not None, token
        assert read.outputs == made.outputs, token
        stack.life.delete(urn(token, f"it-{number}"), made.id, given)
        assert stack.life.read(urn(token, f"it-{number}"), made.id, given, set()) is None, token
    assert refused < SAMPLE / 2
