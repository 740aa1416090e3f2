"""Whether a changed property is planned as a replacement, against tables from other sources.

Where the provider plans an update and the service refuses it, the stand-in must refuse it too, name
the property and say that the resource has to be replaced: that is as right, and counted apart.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.clouds.base import Call, RefusedError
from sandbox.schema import Library, UnknownTokenError
from sandbox.store import Row
from tests.judges.corpora.model import Resource
from tests.judges.knowledge import Declared
from tests.judges.samples import two
from tests.judges.walk import plain, put
from tests.unit.sandbox_life import Stack, urn

__all__ = ["REFUSED", "Decision", "decisions"]

REFUSED = "refused at update"


@dataclass(frozen=True, slots=True)
class Decision:
    """One property's change: what must be planned, and what the sandbox plans.

    `planned` is `replace`, `update`, `REFUSED`, `nothing` (no change is seen) or the message of an
    error.
    """

    token: str
    path: str
    wanted: str
    planned: str
    source: str

    @property
    def right(self) -> bool:
        """Whether the sandbox plans what must be, or refuses what only a new resource changes."""
        return self.planned == self.wanted or (self.wanted, self.planned) == ("replace", REFUSED)


def decisions(
    stack: Stack,
    examples: Mapping[str, list[Resource]],
    truth: Mapping[str, Mapping[str, Mapping[str, Any]]],
    allowed: Mapping[str, Mapping[str, Any]],
) -> Iterator[Decision]:
    """The decision on every property that a table tells of, in examples where there are any.

    Args:
        stack: of the provider.
        examples: by type.
        truth: by type and path, `{"replace": bool, "source": …}`.
        allowed: what is known of values, by type, as in `aws.json`.
    """
    library = stack.life.cloud.library
    for token, paths in sorted(truth.items()):
        facts = allowed.get(token, {}).get("paths", {})
        for path, told in sorted(paths.items()):
            if "replace" not in told:
                continue
            if not told["replace"] and _is_block(library, token, path):
                continue  # It changes by its parts, which are told of by themselves.
            pair = _pair(library, token, path, examples.get(token, []), facts.get(path, {}))
            if pair is None:
                continue
            wanted = "replace" if told["replace"] else "update"
            planned = _planned(stack, token, *pair)
            if planned == "update" and _is_refused(stack, token, path, *pair):
                planned = REFUSED
            yield Decision(token, path, wanted, planned, told["source"])


def _pair(
    library: Library, token: str, path: str, examples: list[Resource], facts: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The same inputs with two values of the property; None where no two values are to be had."""
    declared = Declared(library, "")
    steps = declared.steps(token, path)
    kind = declared.type(token, steps) if steps else None
    if steps is None or kind is None:
        return None
    one, other = two(library, kind, facts)
    if one == other:
        return None
    base = examples[0].inputs if examples else {}
    return put(base, steps, one), put(base, steps, other)


def _is_block(library: Library, token: str, path: str) -> bool:
    declared = Declared(library, "")
    steps = declared.steps(token, path)
    found = declared.type(token, steps) if steps else None
    while found is not None and found.kind in {"array", "map"}:
        found = found.of[0]
    return found is not None and found.kind == "ref"


def _planned(stack: Stack, token: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    try:
        plan = stack.life.diff(urn(token, "it"), old, new, [], state=old)
    except (UnknownTokenError, KeyError, TypeError, AttributeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    if not plan.changes:
        return "nothing"
    return "replace" if plan.replacing else "update"


def _is_refused(
    stack: Stack, token: str, path: str, old: dict[str, Any], new: dict[str, Any]
) -> bool:
    """Whether updating what was made of the old inputs is refused for this change, with advice."""
    life = stack.life
    declared = life.cloud.declared(token)
    call = life.call(urn(token, "it"), old, declared)
    try:
        row = life.cloud.create(call)
        before, after = (
            life.cloud.references(
                dataclasses.replace(life.call(call.urn, inputs, declared), previous=row)
            )
            for inputs in (old, new)
        )
    except (RefusedError, KeyError, TypeError, AttributeError, ValueError):
        return False
    told = any(
        plain(problem.path) == path and "replace" in problem.reason
        for problem in after
        if problem not in before
    )
    return told or path in _told(stack, call, row, new)


def _told(stack: Stack, call: Call, row: Row, new: dict[str, Any]) -> set[str]:
    """The paths that an update itself is refused for, with advice; those of the same are none."""
    cloud, found = stack.life.cloud, list[set[str]]()
    for inputs in (row.inputs, new):
        try:
            cloud.update(dataclasses.replace(call, inputs=inputs, previous=row), row)
        except RefusedError as error:
            lines = [line for line in str(error).splitlines() if "replace" in line]
            found.append({plain(line.strip(" -").partition(": ")[0]) for line in lines})
        except (KeyError, TypeError, AttributeError, ValueError):
            return set()
        else:
            found.append(set())
    same, changed = found
    return changed - same
