"""A refusal as a problem: what was asked for, why it cannot be, what works."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from facts.capabilities import REFUSALS
from facts.capabilities.request_logs import KINDS
from stacks.settings.asked import Asked
from stacks.settings.problems import Problem, shown
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

Rule: TypeAlias = Callable[[Asked], Iterator[Problem]]


class Placed(Protocol):
    """What a rule reads, of any kind of file: it knows where each key is written."""

    @property
    def where(self) -> PlaceOf:
        """The place of a key."""
        ...


def refuse(  # noqa: PLR0917
    name: str,
    path: KeyPath,
    got: object,
    asked: Placed,
    allowed: str = "",
    close: str = "",
    source: str = "",
) -> Problem:
    """The refusal by its name in facts/capabilities, at the place of the setting that asks."""
    refusal = REFUSALS[name]
    return Problem(
        asked.where(path),
        refusal.code,
        dotted(path),
        f"got {shown(got)}: {refusal.reason}",
        allowed=allowed,
        nearest=close,
        fix=refusal.nearest,
        source=refusal.source or source,
    )


def not_offered(target: object, problem: Problem, path: KeyPath, *, has_candidate: bool) -> Problem:
    """An unknown key as the refusal of what it asks for, where a target is known to lack that."""
    key = ".".join(map(str, path))
    name = f"{target}/{key}"
    if name not in REFUSALS:
        name = f"{KINDS.get(str(target), target)}/{key}"
    if has_candidate and f"{name}-beside-candidate" in REFUSALS:
        name = f"{name}-beside-candidate"
    refusal = REFUSALS.get(name) or REFUSALS.get(f"any/{key}")
    if refusal is None or not refusal.of_key:
        return problem
    return Problem(
        problem.place,
        refusal.code,
        problem.key,
        refusal.reason,
        fix=refusal.nearest,
        source=refusal.source,
    )


def not_a_choice(problem: Problem, path: KeyPath, data: Mapping[str, Any]) -> Problem:
    """A value that is none of the choices as the refusal of what it asks for, where it is known."""
    value = data.get(str(path[-1])) if len(path) == 1 else None
    refusal = REFUSALS.get(f"any/{dotted(path)}={str(value).lower()}") if path else None
    if refusal is None:
        return problem
    return Problem(
        problem.place,
        refusal.code,
        problem.key,
        f"{problem.message}: {refusal.reason}",
        allowed=problem.allowed,
        fix=refusal.nearest,
        source=refusal.source,
    )
