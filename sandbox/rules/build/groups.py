"""Inputs that exclude or need one another, in Pulumi's paths."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.rules.build.names import Field, walk
from sandbox.values import listed, mapped

__all__ = ["groups_of"]

_KEYS = {
    "ConflictsWith": "conflicts",
    "Conflicting": "conflicts",
    "ExactlyOneOf": "exactly_one",
    "AtLeastOneOf": "at_least_one",
    "AlsoRequires": "required_with",
    "RequiredTogether": "required_together",
}
Steps = tuple[str, ...]


def groups_of(
    resource: Mapping[str, Any],
    fields: tuple[Field, ...],
    unknown: Mapping[tuple[str, ...], set[str]],
    missed: list[str],
) -> dict[str, list[list[str]]]:
    """The groups whose paths are all declared; the others are added to `missed`.

    One of `unknown`, what the SDK has beyond the attributes, may be of a group of its object, too:
    the members that are known exclude one another all the same, but none of them need be given.
    `unknown` has kinds by path: a number is no alternative to a block.
    """
    known = {_bare(item.steps): item for item in walk(fields)}
    found: dict[str, set[tuple[str, ...]]] = {
        "conflicts": set(),
        "exactly_one": set(),
        "at_least_one": set(),
        "required_with": set(),
    }
    for kind, owner, group in _stated(resource, fields):
        paths = [known.get(_bare(steps)) for steps in group]
        if not all(paths) or len(group) < 2:  # noqa: PLR2004
            missed.append(f"{kind} of {'.'.join(owner) or 'the type'}")
            continue
        members = [item for item in paths if item is not None]
        if not _judged_where_it_is(kind, owner, members):
            missed.append(f"{kind} of {'.'.join(owner)}")
            continue
        names = [item.dotted for item in members]
        if kind in {"exactly_one", "at_least_one"} and _open(members, unknown):
            missed.append(f"{kind} of {'.'.join(owner)}: the object declares more")
            if kind == "exactly_one":
                found["conflicts"].update(itertools.combinations(sorted(set(names)), 2))
        elif kind == "required_together":
            for name in names:
                found["required_with"].add((name, *sorted(set(names) - {name})))
        elif kind == "required_with":
            found[kind].add((names[0], *sorted(set(names[1:]))))
        else:
            found[kind].add(tuple(sorted(set(names))))
    found["conflicts"] = set(_cliques(found["conflicts"] - found["exactly_one"]))
    # One of few is one of these and others.
    few = [set(group) for group in found["at_least_one"]]
    found["at_least_one"] = {
        group for group in found["at_least_one"] if not any(less < set(group) for less in few)
    }
    return {kind: [list(group) for group in sorted(all_)] for kind, all_ in found.items() if all_}


def _bare(steps: Steps) -> Steps:
    return tuple(step for step in steps if step != "*" and not step.isdigit())


def _stated(
    resource: Mapping[str, Any], fields: tuple[Field, ...]
) -> Iterator[tuple[str, Steps, list[Steps]]]:
    for item in walk(fields):
        yield from _of_attribute(item)
    for rule in resource.get("groups", ()):
        kind = _KEYS.get(rule["name"])
        if kind is not None:
            paths = [_steps(arg, ()) for arg in rule.get("args", ())]
            if None not in paths:
                yield kind, (), [path for path in paths if path is not None]


def _of_attribute(item: Field) -> Iterator[tuple[str, Steps, list[Steps]]]:
    attribute = item.attribute
    for kind in ("exactly_one", "at_least_one"):
        if attribute.get(kind):
            yield kind, item.steps, [tuple(path.split(".")) for path in attribute[kind]]
    for path in attribute.get("conflicts", ()):
        yield "conflicts", item.steps, [item.steps, tuple(path.split("."))]
    if attribute.get("required_with"):
        needed = [tuple(path.split(".")) for path in attribute["required_with"]]
        others = [path for path in needed if _bare(path) != _bare(item.steps)]
        yield "required_with", item.steps, [item.steps, *others]
    for rule in attribute.get("validators", ()):
        kind = _KEYS.get(rule["name"])
        if kind is not None and rule.get("args"):
            yield from _validated(kind, item.steps, rule["args"])


def _validated(
    kind: str, owner: Steps, args: Iterable[Any]
) -> Iterator[tuple[str, Steps, list[Steps]]]:
    paths: list[Steps] = []
    for arg in args:
        path = _steps(arg, owner)
        if path is None:
            return
        if _bare(path) != _bare(owner):
            paths.append(path)
    if kind == "conflicts":
        for path in paths:
            yield kind, owner, [owner, path]
    elif paths:
        yield kind, owner, [owner, *paths]


def _steps(expression: Any, owner: Steps) -> Steps | None:  # noqa: ANN401 - one per kind
    """The steps of a path expression of the plugin framework; None where it cannot be told."""
    stated = mapped(expression)
    args = listed(stated.get("args"))
    match stated.get("name"):
        case "MatchRelative":
            return owner
        case "MatchRoot" | "Root" if isinstance(args[0], str):
            return (args[0],)
        case "AtParent":
            base = _steps(args[0], owner)
            return None if base is None else base[:-1]
        case "AtName" if isinstance(args[1], str):
            base = _steps(args[0], owner)
            return None if base is None else (*base, args[1])
        case "AtListIndex" | "AtAnyListIndex" | "AtAnySetValue":
            base = _steps(args[0], owner)
            return None if base is None else (*base, "*")
        case _:
            return None


def _judged_where_it_is(kind: str, owner: Steps, members: list[Field]) -> bool:
    """Whether the provider looks at the group wherever its members' common block is given.

    An attribute in a block is looked at where the block is: a group that reaches out of it is
    looked at more seldom than its paths say.
    """
    if kind == "conflicts":
        return True
    return len(_bare(owner)) - 1 <= len(_shared(members))


def _open(members: list[Field], unknown: Mapping[tuple[str, ...], set[str]]) -> bool:
    """Whether one that is not known may be of the group."""
    place = _shared(members)
    kinds = {kind for item in members for kind in item.kinds}
    return any(path[:-1] == place and kinds & own for path, own in unknown.items())


def _shared(members: list[Field]) -> tuple[str, ...]:
    """The path of the object that all members are in."""
    shared = members[0].path[:-1]
    for item in members:
        while shared != item.path[: len(shared)]:
            shared = shared[:-1]
    return shared


def _cliques(pairs: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Pairs, joined where all of several exclude one another."""
    left = {pair for pair in pairs if len(pair) == 2}  # noqa: PLR2004
    partners: dict[str, set[str]] = {}
    for one, other in left:
        partners.setdefault(one, set()).add(other)
        partners.setdefault(other, set()).add(one)
    done: set[tuple[str, str]] = set()
    for one in sorted(partners):
        group = [one]
        for other in sorted(partners[one]):
            if all(other in partners[member] for member in group):
                group.append(other)
        edges = {(a, b) for a in group for b in group if a < b}
        if edges - done:
            yield tuple(sorted(group))
            done |= edges
    for one, other in sorted(left - done):
        yield (one, other)
