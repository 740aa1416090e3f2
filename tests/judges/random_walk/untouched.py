"""What an update of one model alone must leave: all that is another's, in state and clouds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sandbox.store import Row
from tests.judges.random_walk.estate import STACK_TYPE, Estate, key, resources, stack_outputs

__all__ = ["Moment", "touched"]

# The engine writes when it looked, and the line of the program that asked; those are no change.
_MOMENTS: Final = frozenset({"modified", "sourcePosition", "stackTrace"})
# Beside a model's component: its identity, and what is copied for it.
_BESIDE: Final = ("-identity", ".copy")
# What models share may come with the first of them; nothing of it that is there may change. Where
# an update was killed before such a component had said its outputs, the next one says them.
_SHARED: Final = ("pulumi:providers:", "model-serving:index:ModelNamespace")

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """State and clouds before an update, or after it."""

    resources: Sequence[Resource]
    outputs: Mapping[str, Any]
    rows: Mapping[tuple[str, ...], Row]

    @classmethod
    def now(cls, estate: Estate) -> "Moment":
        """As it is."""
        state = estate.state()
        return cls(resources(state), stack_outputs(state), {key(row): row for row in estate.rows()})


def touched(before: Moment, after: Moment, model: str) -> Iterator[str]:
    """What is not of the model and is not as it was: nothing, if the update was of it alone."""
    first, second = _others(before.resources, model), _others(after.resources, model)
    for name in first.keys() - second.keys():
        yield f"{' '.join(name)} is gone from the state"
    for name in second.keys() - first.keys():
        kind = name[1]
        above = _roots(after.resources).get(name[0], "")
        if not kind.startswith(_SHARED) and not _type(above).startswith(_SHARED):
            yield f"{' '.join(name)} is new in the state"
    for name in first.keys() & second.keys():
        cut_off = name[1].startswith(_SHARED) and not first[name].get("outputs")
        said_now = frozenset({"outputs"} if cut_off else ())
        for part in sorted({*first[name], *second[name]} - _MOMENTS - said_now):
            if _meant(part, first[name]) != _meant(part, second[name]):
                yield f"{' '.join(name)}: {part} is another in the state"
    yield from _outputs(before, after, model)
    yield from _clouds(before, after, model)


def _meant(part: str, resource: Resource) -> object:
    """A part as it counts: a property that comes of nothing is as one that is not named.

    `pulumi refresh` forgets of providers what comes of nothing, and the next update writes it.
    """
    value = resource.get(part)
    if part != "propertyDependencies":
        return value
    named = cast("Mapping[str, Sequence[str]]", value or {})
    return {key: urns for key, urns in named.items() if urns}


def _others(resources: Sequence[Resource], model: str) -> dict[tuple[str, str, str], Resource]:
    """By URN, type and id, so that what is to be deleted stands beside what replaced it."""
    roots = _roots(resources)
    return {
        (str(each["urn"]), str(each["type"]), str(each.get("id", ""))): each
        for each in resources
        if each["type"] != STACK_TYPE and not _is_of(roots[str(each["urn"])], model)
    }


def _roots(resources: Sequence[Resource]) -> dict[str, str]:
    """By URN, what stands directly below the stack above it, or the resource itself."""
    parents = {str(each["urn"]): str(each.get("parent") or "") for each in resources}

    def root(urn: str) -> str:
        above = parents.get(urn, "")
        return urn if not above or _type(above) == STACK_TYPE else root(above)

    return {urn: root(urn) for urn in parents}


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2] if urn.count("::") > 2 else ""


def _is_of(root: str, model: str) -> bool:
    name = root.rpartition("::")[2]
    if _type(root).startswith(_SHARED):
        return False
    return (
        name == model or name == f"{model}{_BESIDE[0]}" or name.startswith(f"{model}{_BESIDE[1]}")
    )


def _outputs(before: Moment, after: Moment, model: str) -> Iterator[str]:
    """What the stack says of other models."""
    first, second = before.outputs, after.outputs
    for output in first.keys() | second.keys():
        ours, theirs = (_by_model(each.get(output)) for each in (first, second))
        # What they share may come with the first of them.
        known = (
            ours
            if isinstance(first.get(output), list) or output not in first
            else {**ours, **theirs}
        )
        for name in sorted(known.keys() - {model}):
            if ours.get(name) != theirs.get(name):
                yield f"the stack's output {output} says another thing of {name}"


def _by_model(value: object) -> Mapping[str, object]:
    """An output has something for each model, or lists what they share; else it is one thing."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    if isinstance(value, list):
        return {str(each): each for each in cast("list[object]", value)}
    return {} if value is None else {"all": value}


def _clouds(before: Moment, after: Moment, model: str) -> Iterator[str]:
    """Objects that are not the model's: none is changed or gone, and none is new."""
    mine = {
        (str(each["type"]), str(each.get("id")))
        for moment in (before, after)
        for each in moment.resources
        if str(each["urn"]) not in {name[0] for name in _others(moment.resources, model)}
    }
    for name, row in before.rows.items():
        if (row.token, row.id) in mine:
            continue
        found = after.rows.get(name)
        if found is None:
            yield f"{row.token} {row.id} is gone from the cloud"
        elif found != row:
            parts = ("inputs", "outputs", "live", "updated", "name", "created")
            other = [part for part in parts if getattr(found, part) != getattr(row, part)]
            yield f"{row.token} {row.id} is another in the cloud: {', '.join(other)}"
