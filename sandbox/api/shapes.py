"""What the API model of a service says of a call's parameters, for calls without a type of Pulumi.

What other calls are held to is read at set-up, by the properties of Pulumi's types.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from sandbox.api.call import AwsError
from sandbox.limits.aws.patterns import translated
from sandbox.limits.aws.services import Service, service

__all__ = ["refuse_wrong"]


def refuse_wrong(service_name: str, operation: str, parameters: dict[str, Any]) -> None:
    """Refuse what the model refuses, every problem in one message as AWS has it.

    Raises:
        AwsError: A member is missing, unknown, or not of what its shape takes.
    """
    model = service(service_name)
    found = list(_problems(model, model.input(operation), parameters, ""))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise AwsError("ValidationException", f"{count}: {'; '.join(found)}")


def _problems(model: Service, name: str, value: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    shape = model.shape(name)
    if shape["type"] == "structure" and isinstance(value, dict):
        yield from _members(model, shape, cast("dict[str, Any]", value), at)
    elif shape["type"] == "list" and isinstance(value, list):
        yield from _sized(shape, len(cast("list[Any]", value)), at, "length")
        for number, item in enumerate(cast("list[Any]", value), start=1):
            yield from _problems(model, shape["member"]["shape"], item, f"{at}.{number}.member")
    elif shape["type"] == "map" and isinstance(value, dict):
        yield from _sized(shape, len(cast("dict[str, Any]", value)), at, "length")
    elif shape["type"] == "string" and isinstance(value, str):
        yield from _text(shape, value, at)
    elif shape["type"] in {"integer", "long", "float", "double"} and isinstance(value, int | float):
        yield from _sized(shape, value, at, "value")


def _members(
    model: Service, shape: dict[str, Any], value: dict[str, Any], at: str
) -> Iterator[str]:
    for name in shape.get("required", ()):
        if value.get(name) is None:
            yield (
                f"Value null at '{_path(at, name)}' failed to satisfy constraint: "
                "Member must not be null"
            )
    for name, item in value.items():
        member = shape["members"].get(name)
        if member is None:
            yield f"Unknown parameter '{_path(at, name)}'"
        elif item is not None:
            yield from _problems(model, member["shape"], item, _path(at, name))


def _text(shape: dict[str, Any], value: str, at: str) -> Iterator[str]:
    said = f"Value '{value}' at '{at}' failed to satisfy constraint: "
    if "enum" in shape and value not in shape["enum"]:
        yield f"{said}Member must satisfy enum value set: [{', '.join(shape['enum'])}]"
    pattern = translated(shape["pattern"]) if "pattern" in shape else None
    if pattern is not None and not re.fullmatch(pattern, value):
        yield f"{said}Member must satisfy regular expression pattern: {shape['pattern']}"
    yield from _sized(shape, len(value), at, "length")


def _sized(shape: dict[str, Any], size: float, at: str, what: str) -> Iterator[str]:
    said = f"Value '{size}' at '{at}' failed to satisfy constraint: Member must have {what} "
    if "min" in shape and size < shape["min"]:
        yield f"{said}greater than or equal to {shape['min']}"
    if "max" in shape and size > shape["max"]:
        yield f"{said}less than or equal to {shape['max']}"


def _path(at: str, name: str) -> str:
    """As AWS writes it: members begin in lower case."""
    small = name[:1].lower() + name[1:]
    return f"{at}.{small}" if at else small
