"""Every resource of the real program: imported by id, and changed behind Pulumi's back."""

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2

from sandbox.clouds import cloud
from sandbox.console.drift import DriftError, changed
from sandbox.diff import changes
from sandbox.life import Life
from sandbox.store import Row, Store
from sandbox.wire import decode
from tests.engine.test_program import Estate, estate

__all__ = ["estate"]

pytestmark = pytest.mark.engine


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Properties as the state has them, secrets unwrapped."""
    message = struct_pb2.Struct()
    json_format.ParseDict(values, message)
    return decode(message)[0]


# Words of closed lists, each with another word of its list.
OTHER_WORDS = {"Egress": "Ingress", "Ingress": "Egress", "Max": "Min", "Percent": "Pods"}


def other(value: Any) -> Any:  # noqa: ANN401 - a property value
    """A value of the same shape that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        block = value.rpartition("/")[2].isdecimal()
        return "10.99.0.0/16" if block else OTHER_WORDS.get(value, f"{value}x")
    if isinstance(value, list):
        return [*value[:-1], other(value[-1])]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    # What is added to an empty map, as a NetworkPolicy's podSelector is, the provider does not see:
    # it compares what the inputs have.
    key = [name for name, inner in value.items() if inner not in ({}, [], None)][-1]
    return {**value, key: other(value[key])}


class Deployment:
    """What the engine's state has, and the stand-ins that serve it."""

    def __init__(self, estate: Estate) -> None:
        resources = estate.sandbox.state(estate.root)["resources"]
        self.store = Store(estate.sandbox.home / "store.sqlite")
        self.lives: dict[str, Life] = {}
        for each in resources:
            provider = str(each["type"]).rpartition(":")[2]
            if provider in {"aws", "kubernetes"} and each["type"].startswith("pulumi:providers:"):
                self.lives[each["urn"]] = Life(cloud(provider), self.store)
                self.lives[each["urn"]].configure(each["inputs"])
        self.resources = [r for r in resources if self.life(r) is not None]

    def life(self, resource: dict[str, Any]) -> Life | None:
        return self.lives.get(resource.get("provider", "").rpartition("::")[0])


def test_everything_is_imported_and_drift_of_every_input_is_seen(estate: Estate) -> None:
    estate.up()
    deployment = Deployment(estate)
    imported = seen = 0
    for resource in deployment.resources:
        life = deployment.life(resource)
        assert life is not None
        urn, known = resource["urn"], plain(resource["inputs"])
        found = life.read(urn, resource["id"], {}, set())
        assert found is not None, urn
        assert not life.diff(urn, found.inputs, known, [], state=found.outputs).changes, urn
        assert not changes(plain(resource["outputs"]), found.outputs), urn
        imported += 1
        seen += drifts(deployment.store, life, resource, known)
    # Four models and a node pool: fewer would mean that this looks at nothing.
    assert imported > 40
    assert seen > 140


def drifts(store: Store, life: Life, resource: dict[str, Any], known: dict[str, Any]) -> int:
    """Change each input that can be updated; answers how many were seen, and repaired."""
    urn, resource_id, seen = resource["urn"], resource["id"], 0
    (row,) = [
        r for r in store.list(life.cloud.provider, resource["type"]) if is_it(r, known, resource)
    ]
    for name, value in known.items():
        if name.startswith("__") or name in {"apiVersion", "kind", "metadata"} or not value:
            continue
        drifted = {**known, name: other(value)}
        expected = life.diff(urn, drifted, known, [])
        if expected.replacing or not expected.changes:
            continue
        try:
            store.put(changed(row, name, other(value)))
        except DriftError:
            # Nobody else could have written it either.
            continue
        found = life.read(urn, resource_id, known, set())
        assert found is not None
        plan = life.diff(urn, found.inputs, known, [], state=found.outputs)
        assert plan == expected, (urn, name)
        life.update(urn, resource_id, found.inputs, known, set(), state=found.outputs)
        repaired = life.read(urn, resource_id, known, set())
        assert repaired is not None
        assert not changes(repaired.inputs, known), (urn, name)
        store.put(row)
        seen += 1
    return seen


def is_it(row: Row, known: dict[str, Any], resource: dict[str, Any]) -> bool:
    """Whether a row is the one of a resource; an id alone may be of several."""
    return row.id == resource["id"] and not changes(
        {name: value for name, value in row.inputs.items() if not name.startswith("__")}, known
    )
