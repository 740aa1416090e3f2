"""Changes that a user makes in the cloud behind Pulumi's back."""

import copy
import re
from collections.abc import Mapping
from typing import Any, cast

from sandbox.check import Problem, Shape, nearest
from sandbox.clouds import PROVIDERS, cloud
from sandbox.clouds.base import Call, Scope
from sandbox.clouds.clusters import contents
from sandbox.schema import UnknownTokenError
from sandbox.store import Row, Store

__all__ = ["DriftError", "changed", "kept", "removed"]

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["([^"]*)"\]')


class DriftError(Exception):
    """A change that makes no sense; the message says why."""


def changed(row: Row, path: str, value: object, manager: str = "") -> Row:
    """The row with another value at a path, as the vendor's console would leave it.

    `manager` names who does it, as Kubernetes' field managers are named.

    `path` is a property path (`tags.owner`, `scalingConfig.minSize`, `data["a.b"]`, `items[0]`);
    one that starts with `live.` is of the facts that Pulumi has no property for.

    Raises:
        DriftError: The type has no such property, the path leads nowhere, or the value has not the
            shape that is declared there.
    """
    steps = _steps(path)
    if steps[0] == "live":
        if len(steps) == 1:
            raise DriftError("live: say which fact, as `live.status`")
        after = row.replace(live=_with(row.live, steps[1:], value, path))
        if row.provider in PROVIDERS:
            _refuse(cloud(row.provider).live_problems(after))
        return after
    inputs, outputs = _declared(row)
    name = str(steps[0])
    if outputs is not None and name not in outputs and name not in inputs:
        meant = nearest(name, [*outputs, *inputs])
        hint = f'; did you mean "{meant}"?' if meant else ""
        raise DriftError(f"{row.token} has no property {name}{hint}")
    merged = {**row.inputs, **row.outputs}
    after = _with(merged, steps, value, path)[name]
    if name not in inputs:
        left = row.replace(outputs={**row.outputs, name: after})
        return cloud(row.provider).drifted(row, left, manager)
    # A row that was seeded has no inputs of its own: its outputs stand for them.
    given = row.inputs or {key: item for key, item in row.outputs.items() if key in inputs}
    own = _with(given, steps, value, path) if name in given else {**given, name: after}
    _refuse(_wrong(row, steps, {name: own[name]}))
    left = row.replace(inputs=own, outputs={**row.outputs, name: after})
    _refuse(cloud(row.provider).drift_problems(row, left))
    return cloud(row.provider).drifted(row, left, manager)


def kept(store: Store, row: Row) -> list[Problem]:
    """Why its cloud lets nobody delete it now, as a network in which something is."""
    if row.provider not in PROVIDERS:
        return []
    return cloud(row.provider).deletion(_about(store, row), row)


def removed(store: Store, row: Row) -> list[Row]:
    """Delete a resource, with what its cloud deletes together with it; answers what went."""
    call = _about(store, row)
    with store.transaction():
        below = cloud(row.provider).dependents(call, row) if row.provider in PROVIDERS else []
        gone = [*contents([*below, row], store), *below, row]
        for each in gone:
            store.remove(each, operation="delete-outside")
    return gone


def _about(store: Store, row: Row) -> Call:
    return Call(
        store=store,
        scope=Scope(row.account, row.region),
        token=row.token,
        urn=f"::::::{row.name}",
        inputs=row.inputs,
        declared=None,
    )


def _wrong(row: Row, steps: list[str | int], inputs: Mapping[str, Any]) -> list[Problem]:
    """What no console would take at the path: what has not the declared shape."""
    stand_in = cloud(row.provider)
    declared = stand_in.declared(row.token)
    if declared is None:
        return []
    shape = Shape(stand_in.library, coerces=stand_in.coerces, closed_enums=stand_in.closed_enums)
    found = shape.problems(
        {name: item for name, item in declared.inputs.items() if name in inputs}, inputs
    )
    return [problem for problem in found if _steps(problem.path)[: len(steps)] == steps]


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise DriftError("; ".join(f"{problem.path}: {problem.reason}" for problem in problems))


def _declared(row: Row) -> tuple[set[str], set[str] | None]:
    """Names of inputs, and of outputs; of a type of free form the outputs are not known."""
    try:
        declared = cloud(row.provider).declared(row.token)
    except UnknownTokenError:
        declared = None
    if declared is None:
        return set(row.inputs), None
    return set(declared.inputs), set(declared.outputs)


def _steps(path: str) -> list[str | int]:
    found: list[str | int] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise DriftError(f'{path}: not a property path; write a.b, a[0] or a["b.c"]')
        name, index, key = match.groups()
        found.append(int(index) if index is not None else key if key is not None else name)
        position = match.end()
    if not found:
        raise DriftError("the property path is empty")
    return found


def _with(
    values: Mapping[str, Any], steps: list[str | int], value: object, path: str
) -> dict[str, Any]:
    root = copy.deepcopy(dict(values))
    place: Any = root
    for step in steps[:-1]:
        if isinstance(step, int):
            items = cast("list[Any]", place) if isinstance(place, list) else []
            if step >= len(items):
                raise DriftError(f"{path}: there is no item {step}")
            place = items[step]
        elif isinstance(place, dict):
            place = cast("dict[str, Any]", place).setdefault(step, {})
        else:
            raise DriftError(f"{path}: {step} is below something that is no object")
    last = steps[-1]
    if isinstance(last, int):
        items = cast("list[Any]", place) if isinstance(place, list) else []
        if last > len(items) or not isinstance(place, list):
            raise DriftError(f"{path}: there is no item {last}")
        items[last : last + 1] = [value]
    elif isinstance(place, dict):
        target = cast("dict[str, Any]", place)
        if value is None:
            target.pop(last, None)
        else:
            target[last] = value
    else:
        raise DriftError(f"{path}: {last} is below something that is no object")
    if len(steps) == 1 and value is None:
        root[str(last)] = None
    return root
