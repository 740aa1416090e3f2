"""One model's merged settings to a typed value, and every problem that its layers have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel

from stacks.settings import stack_values, validate
from stacks.settings.capabilities import not_a_choice, not_offered
from stacks.settings.common import Common, EveryDeployment
from stacks.settings.merge import Merged
from stacks.settings.models import MODEL_CLASSES, AnySettings
from stacks.settings.partial import any_target, partial, target_not_known
from stacks.settings.problems import Place, Problem, nearest, shown
from stacks.settings.salvage import salvage
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, YamlSource


@dataclass(frozen=True, slots=True)
class Read:
    """A model's settings. Unless `right`, parts are left out and raise `NotKnown` when read."""

    settings: AnySettings
    right: bool
    target_is_known: bool = True


def read_model(  # noqa: PLR0917 - what there is to know about one model
    name: str,
    merged: Merged,
    entry: object,
    sources: tuple[YamlSource, YamlSource],
    where: PlaceOf,
    unclear: Iterable[KeyPath],
    problems: list[Problem],
) -> Read:
    """Type the merged settings; what is wrong in any layer is added to the problems.

    `unclear` are keys that the environment's defaults nearly name.
    """
    source, stack = sources
    target = merged.data.get("target")
    model = MODEL_CLASSES.get(target) if isinstance(target, str) else None
    data, own, its = merged.data, source.data, entry
    misspelt = ""
    if model is None:
        misspelt = next((k for k in source.data if nearest(k, ["target"])), "")
        problems.append(_no_target(source, target, misspelt, where))
        hidden = {"target", misspelt}
        own, data = _without(own, hidden), _without(data, hidden)
        its = _without(cast("Mapping[str, Any]", its), hidden) if isinstance(its, Mapping) else its

    found: list[tuple[KeyPath, Problem]] = []
    if its is not None:
        # Each layer by itself: a wrong value is wrong even where another layer covers it.
        shape = partial(model) if model else any_target()
        found += validate.check(shape, own, source.place).found
        found += check_entry(name, its, stack, shape).found
    told = {path for path, _ in found}
    already = {(problem.place, problem.code) for problem in problems}

    meant = MODEL_CLASSES.get(nearest(target, MODEL_CLASSES))
    no_model = "nodes" in data or (meant is not None and not issubclass(meant, Common))
    required: type[BaseModel] = model or target_not_known(no_model=no_model)
    lacks = [path for path in unclear if path[-1] not in data]
    whole = validate.check(required, data, where, unclear=lacks)
    found += [
        (path, problem)
        for path, problem in whole.found
        if path not in told
        and (problem.code == validate.MISSING or (problem.place, problem.code) not in already)
        and path != ("target",)
    ]
    has_candidate = "candidate" in data
    problems += [
        not_offered(target, problem, path, has_candidate=has_candidate)
        if problem.code == validate.UNKNOWN_KEY
        else not_a_choice(problem, path, data)
        for path, problem in found
    ]
    if whole.value is not None and not lacks:
        return Read(cast("AnySettings", whole.value), right=not found)
    # Also where it may be left out: what the default means is not what stands there.
    left_out = whole.unclear | set(lacks)
    if model is None:
        # Their defaults are the target's.
        common = set((EveryDeployment if no_model else Common).model_fields)
        left_out |= {(n,) for n in required.model_fields if n not in common and n not in data}
    known = salvage(required, data, left_out)
    return Read(cast("AnySettings", known), right=False, target_is_known=model is not None)


def check_entry(
    name: str, entry: object, stack: YamlSource, shape: type[BaseModel]
) -> validate.Checked:
    """An environment's entry for a model by itself."""
    path = ("models", name)
    place = stack_values.ConfigPlace(stack, path)
    checked = validate.check(shape, entry, place, prefix=path)
    return validate.Checked(
        checked.value,
        tuple((p, stack_values.in_config(problem)) for p, problem in checked.found),
        checked.unclear,
    )


def _without(data: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in names}


def _no_target(source: YamlSource, target: object, misspelt: str, where: PlaceOf) -> Problem:
    choices = "one of " + ", ".join(MODEL_CLASSES)
    if target is None:
        return Problem(
            source.place((misspelt,), key=True) if misspelt else Place(source.name, 1, 1),
            validate.MISSING,
            "target",
            "missing",
            allowed=choices,
            fix=f"write `target` for `{misspelt}`" if misspelt else "add `target: …`",
        )
    return Problem(
        where(("target",)),
        validate.NOT_ONE_OF,
        "target",
        f"got {shown(target)}",
        allowed=choices,
        nearest=nearest(target, MODEL_CLASSES),
    )
