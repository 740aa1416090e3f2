"""Reading property values whose shape is only known at run time."""

from typing import Any, cast

__all__ = ["at", "first", "listed", "mapped"]


def mapped(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def first(value: object) -> Any:  # noqa: ANN401 - a property value
    """The first of a list; None where there is none."""
    return next(iter(listed(value)), None)


def at(value: object, *names: str) -> Any:  # noqa: ANN401 - a property value
    """What is at the end of names, one object in another; None where the way ends early."""
    for name in names:
        value = mapped(value).get(name)
    return value
