"""The models that an update changes, each fact before and after."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from delivery.explain import leaves, shown
from delivery.json_values import mapping
from delivery.reporting.report import (
    Cost,
    Counts,
    Difference,
    ModelChange,
    Operation,
    Pair,
    ResourceChange,
)
from delivery.reporting.sides import Side
from delivery.reporting.timeline import timeline
from delivery.reporting.whose import Whose
from stacks.settings.models import AnySettings
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["callers", "counts", "differences", "model_changes", "resource_changes"]

_SAME = frozenset({"same", "read", "read-replacement", "refresh", "discard", "discard-replaced"})
# A replacement is told by three steps; this one alone counts.
_PARTS = frozenset({"create-replacement", "delete-replaced", "remove-pending-replace"})
_PROVIDER = "pulumi:providers:"
_LONGEST_VALUE = 60


def resource_changes(steps: Sequence[Mapping[str, Any]], whose: Whose) -> list[ResourceChange]:
    """Each resource that changes; a component changes where its resources do."""
    found: list[ResourceChange] = []
    for step in steps:
        operation, state = str(step.get("op")), _state(step)
        if operation in _SAME | _PARTS or str(state.get("type")).startswith("pulumi:pulumi:"):
            continue
        urn = str(step["urn"])
        found.append(
            ResourceChange(
                urn=urn,
                type=str(state.get("type", "")),
                name=urn.rpartition("::")[2],
                model=whose(urn),
                operation=operation,
                paths=list(_paths(step)) if operation in {"update", "replace"} else [],
            )
        )
    return found


def counts(steps: Sequence[Mapping[str, Any]]) -> Counts:
    """As Pulumi counts, without the stack itself and without components."""
    known = Counter(
        str(step.get("op"))
        for step in steps
        if _state(step).get("custom") and not str(_state(step)["type"]).startswith(_PROVIDER)
    )
    return Counts(
        create=known["create"] + known["import"],
        update=known["update"],
        replace=known["replace"] + known["import-replacement"],
        delete=known["delete"],
        same=known["same"],
    )


def _state(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(step.get("newState")) or mapping(step.get("oldState"))


def _paths(step: Mapping[str, Any]) -> Iterator[str]:
    detailed = mapping(step.get("detailedDiff"))
    old = mapping(mapping(step.get("oldState")).get("inputs"))
    new = mapping(mapping(step.get("newState")).get("inputs"))
    for path, what in detailed.items():
        kind = str(mapping(what).get("kind", ""))
        replaces = ", replaces" if kind.endswith("-replace") else ""
        before, after = _at(old, path), _at(new, path)
        if before is None and after is None:
            yield f"{path}{': ' if replaces else ''}{replaces.removeprefix(', ')}"
        else:
            yield f"{path}: {_value(before)} → {_value(after)}{replaces}"
    if not detailed:
        reasons: object = step.get("replaceReasons") or step.get("diffReasons") or []
        yield from map(str, cast("list[object]", reasons))


def _at(values: object, path: str) -> object:
    """A value by Pulumi's path, as far as it has plain keys and indices; else None."""
    for key in path.replace("[", ".").replace("]", "").replace('"', "").split("."):
        if isinstance(values, Mapping):
            values = cast("Mapping[str, object]", values).get(key)
        elif isinstance(values, list) and key.isdigit():
            listed = cast("list[object]", values)
            values = listed[int(key)] if int(key) < len(listed) else None
        else:
            return None
    return values


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    # Mappings may hold anything: their keys alone are told by their own paths.
    if isinstance(value, Mapping | list):
        return "{…}" if isinstance(value, Mapping) else "[…]"
    text = shown(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def model_changes(
    before: Mapping[str, Side],
    after: Mapping[str, Side],
    resources: Iterable[ResourceChange],
    costs: Mapping[str, Cost],
    currency: str,
) -> list[ModelChange]:
    """Those whose resources change, that come or that go; the others are left out."""
    touched = Counter(each.model for each in resources if each.model)
    names = sorted(before.keys() | after.keys())
    return [
        _change(
            before.get(name),
            after.get(name),
            touched[name],
            costs.get(name) or Cost(currency=currency),
        )
        for name in names
        if touched[name] or (name in before) != (name in after)
    ]


def _change(before: Side | None, after: Side | None, resources: int, cost: Cost) -> ModelChange:
    either = after or before
    assert either is not None  # noqa: S101 - the names are of one or the other.
    return ModelChange(
        name=either.name,
        operation=_operation(before, after),
        owner=either.owner,
        target=_pair(before, after, "target"),
        version=_pair(before, after, "version"),
        candidate=_pair(before, after, "candidate"),
        replicas=_pair(before, after, "replicas"),
        traffic=_pair(before, after, "traffic"),
        slo=_pair(before, after, "slo"),
        cost=cost,
        timeline=timeline(before, after),
        settings=list(_settings(before, after)),
        resources=resources,
        url=(before.url if before else "") or (after.url if after else "") or None,
        callers=callers(before) or callers(after),
    )


def _operation(before: Side | None, after: Side | None) -> Operation:
    if before is None or after is None:
        return Operation.ADDED if before is None else Operation.REMOVED
    return Operation.CHANGED if before.target == after.target else Operation.MOVED


def _pair(before: Side | None, after: Side | None, key: str) -> Pair:
    return Pair(
        before=getattr(before, key) if before else None,
        after=getattr(after, key) if after else None,
    )


def _settings(before: Side | None, after: Side | None) -> Iterator[Difference]:
    if before is None or after is None or before.settings is None or after.settings is None:
        return
    yield from differences(before.name, before.settings, after.settings)


def differences(model: str, left: AnySettings, right: AnySettings) -> list[Difference]:
    """Each setting of a model that has another value on the two sides."""
    one, two = dict(_leaves(left)), dict(_leaves(right))
    return [
        Difference(
            model=model,
            setting=dotted(path),
            before=shown(one[path]) if path in one else "not set",
            after=shown(two[path]) if path in two else "not set",
        )
        for path in dict.fromkeys((*one, *two))
        if one.get(path) != two.get(path)
    ]


def _leaves(settings: AnySettings) -> Iterator[tuple[KeyPath, Any]]:
    """Without maps that are empty: their entries are leaves of their own elsewhere."""
    return ((path, value) for path, value in leaves(settings, ()) if value not in (None, {}, []))


def callers(side: Side | None) -> list[str]:
    """Who may call it, as its settings name them."""
    named: object = getattr(side.settings, "callers", None) if side else None
    found: list[str] = []
    for each in cast("list[object]", named) if isinstance(named, list) else []:
        if isinstance(each, str):
            found.append(each)
        else:
            said = ((dotted(path), value) for path, value in leaves(each, ()))
            found.append(", ".join(f"{key} {shown(value)}" for key, value in said if value))
    return found
