"""A model server says all that usual manifests say, or something better with the reason."""

import functools
import re
from typing import Any, cast

import pytest

from components.kubernetes.model_namespace import ModelNamespace
from components.kubernetes.server.model_server import ModelServer
from tests.contract.usual_manifests import objects, pods, strategies
from tests.contract.usual_manifests.row import ABSENT, Row
from tests.unit.component_mocks import record

ROWS = [*pods.ROWS, *objects.ROWS, *strategies.ROWS]
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")


@functools.cache
def emitted(variant: str) -> dict[str, list[Any]]:
    """Objects by their kind, the namespace among them."""
    found: dict[str, list[Any]] = {}
    server = record(ModelServer, "model-server", strategies.VARIANTS[variant])
    for recorded in (record(ModelNamespace, "ml-serving", {}), server):
        for name, each in recorded.inputs.items():
            if recorded.types[name].startswith("kubernetes:"):
                found.setdefault(each["kind"], []).append(each)
    return found


def at(value: object, path: str) -> object:
    """A value by a path such as `ports[http].port`, `data[serving.yaml]` or `paths[0]`."""
    for plain, quoted in _STEP.findall(path):
        value = _step(value, plain or quoted)
    return value


def _step(value: object, key: str) -> object:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).get(key, ABSENT)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if key.isdigit():
            return items[int(key)] if int(key) < len(items) else ABSENT
        return next((item for item in items if item.get("name") == key), ABSENT)
    return ABSENT


def _id(row: Row) -> str:
    return f"{row.of} {row.named or row.kind} {row.path}"


@pytest.mark.parametrize("row", ROWS, ids=_id)
def test_field(row: Row) -> None:
    """The same value, or the better one, is in an object of the kind."""
    found = [at(each, row.at or row.path) for each in emitted(row.of).get(row.kind, [])]
    wanted = row.value if row.ours is None else row.ours
    if wanted == ABSENT:
        assert all(each == ABSENT for each in found), found
    elif isinstance(wanted, re.Pattern):
        pattern = cast("re.Pattern[str]", wanted)
        assert any(pattern.fullmatch(str(each)) for each in found), found
    else:
        assert wanted in found


def test_what_is_better_has_its_reason() -> None:
    """A row that says something else says why, and no two rows are of one field."""
    assert [row for row in ROWS if (row.ours is not None) != bool(row.reason)] == []
    fields = [(row.of, row.kind, row.named, row.path) for row in ROWS]
    assert sorted(fields) == sorted(set(fields))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("spec.ports[http].port", 80),
        ("spec.ports[0].port", 80),
        ("spec.ports[1].port", ABSENT),
        ("data[a.b]", "c"),
        ("spec.nothing.below", ABSENT),
        ("spec.ports[http].port.below", ABSENT),
    ],
)
def test_paths(path: str, found: object) -> None:
    """A path finds what it names, and says where there is nothing."""
    value = {"spec": {"ports": [{"name": "http", "port": 80}]}, "data": {"a.b": "c"}}
    assert at(value, path) == found
