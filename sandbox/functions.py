"""Answers of functions for which a cloud has none of its own: from the store, or as declared.

`getBucket` looks for a `Bucket` of the same module that the sandbox holds, and says when there is
none. What describes the vendor's catalogue, as images and machine types do, is answered with values
of the declared types, made up but the same each time; the event log says so.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.check import nearest
from sandbox.clouds.base import Cloud, RefusedError, Scope
from sandbox.schema import Function, Property
from sandbox.store import Event, Row, Store

__all__ = ["answer"]

# Where a function looks, not what for.
_PLACES = {"region", "project", "location", "zone", "subscriptionId", "provider"}
# Looked up among what the vendor publishes, not only among one's own.
_PUBLISHED = {
    "aws:ec2/getAmi:getAmi",
    "aws:iam/getPolicy:getPolicy",
    "gcp:compute/getImage:getImage",
}


def answer(
    cloud: Cloud, token: str, arguments: Mapping[str, Any], store: Store, scope: Scope
) -> dict[str, Any]:
    """What a function answers, with every result that it declares.

    Raises:
        RefusedError: It looks for one resource, and the sandbox has none or several that fit.
    """
    declared = cloud.function(token)
    noun = token.rpartition(":")[2].removeprefix("get")
    kind = _resource(cloud, token, noun)
    if kind is not None and token not in _PUBLISHED:
        row = _one(cloud, kind, arguments, store, scope)
        found = {**row.inputs, **row.outputs, "id": row.id}
        return _complete(declared, token, arguments, found)
    several = _resource(cloud, token, noun.removesuffix("s")) if noun.endswith("s") else None
    if several is not None:
        rows = _rows(cloud, several, store, scope)
        return _complete(declared, token, arguments, _listing(declared, rows))
    detail = "answered by its declared shape: the values are made up"
    store.log(Event("invoke", cloud.provider, token, "", scope.account, detail=detail))
    return _complete(declared, token, arguments, {})


def _resource(cloud: Cloud, token: str, noun: str) -> str | None:
    """The resource type of that name in the function's module."""
    module = token.split(":")[1].rpartition("/")[0] or token.split(":")[1]
    own = f"{noun[:1].lower()}{noun[1:]}"
    tokens = cloud.library.tokens()
    for candidate in (
        f"{cloud.provider}:{module}/{own}:{noun}",
        f"{cloud.provider}:{module}:{noun}",
    ):
        if candidate in tokens:
            return candidate
    return None


def _rows(cloud: Cloud, kind: str, store: Store, scope: Scope) -> list[Row]:
    return store.list(cloud.provider, kind, account=scope.account)


def _one(cloud: Cloud, kind: str, arguments: Mapping[str, Any], store: Store, scope: Scope) -> Row:
    wanted = {
        name: value
        for name, value in arguments.items()
        if name not in _PLACES and isinstance(value, str | int | float)
    }
    rows = _rows(cloud, kind, store, scope)
    found = [row for row in rows if all(_fits(row, *item) for item in wanted.items())]
    if len(found) == 1:
        return found[0]
    noun = kind.rpartition(":")[2]
    said = ", ".join(f"{name} {value}" for name, value in wanted.items()) or "no arguments"
    if found:
        raise RefusedError(f"{len(found)} {noun} resources fit {said}; ask for one")
    names = [row.name or row.id for row in rows]
    meant = next(filter(None, (nearest(str(value), names) for value in wanted.values())), None)
    hint = f"; did you mean {meant}?" if meant else ""
    raise RefusedError(f"no {noun} with {said} in {scope.account}{hint}")


def _fits(row: Row, name: str, value: object) -> bool:
    properties = {**row.inputs, **row.outputs}
    if value in (row.id, row.name):
        return True
    # An argument that the resource does not have says how to look, not for what.
    return properties.get(name) == value if name in properties else not isinstance(value, str)


def _listing(declared: Function, rows: list[Row]) -> dict[str, Any]:
    columns = {
        "ids": [row.id for row in rows],
        "names": [row.name for row in rows],
        "arns": [row.outputs["arn"] for row in rows if "arn" in row.outputs],
    }
    return {name: values for name, values in columns.items() if name in declared.results}


def _complete(
    declared: Function, token: str, arguments: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    """The results that are declared: as found, as asked, or made up."""
    results: dict[str, Any] = {}
    for name, property_ in declared.results.items():
        if found.get(name) is not None:
            results[name] = found[name]
        elif arguments.get(name) is not None:
            results[name] = arguments[name]
        else:
            results[name] = _made_up(token, name, property_, arguments)
    return results


def _made_up(token: str, name: str, property_: Property, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401, PLR0911 - one per kind
    # Of what is asked, so that a second run finds nothing changed.
    digest = hashlib.sha256(f"{token} {name} {sorted(arguments.items())}".encode()).hexdigest()
    match property_.type.kind:
        case "boolean":
            return False
        case "integer" | "number":
            return 0
        case "array":
            return []
        case "map":
            return {}
        case "string" if token == "aws:ec2/getAmi:getAmi" and name in {"id", "imageId"}:  # noqa: S105 - a function
            names = str(sorted(arguments.items())).encode()
            return f"ami-0{hashlib.sha256(names).hexdigest()[:16]}"
        case "string":
            return digest[:20] if name.lower().endswith("id") else ""
        case _:
            return None
