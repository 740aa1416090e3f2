"""Outputs with fewer futures and tasks than the SDK makes for them; what they say is the same.

- Of each property of a resource the SDK makes four futures and a task that awaits them; classes of
  the clouds' SDKs have some forty. Of the URN and the ID it makes one future, as here of the rest.
- Of a mapping or list it makes an output for each key and value, at every depth, for the case that
  one of them is an output. What is nested is taken as it is at the call, where the SDK looks at
  it a little later.
- It makes some six outputs for the URN of each resource, of which it knows every part.

See docs/adr/0041-a-lighter-program.md.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, cast

import pulumi
from pulumi import output as sdk

__all__ = ["input_maker", "transfer_properties", "urn_maker"]

_Data: Any = sdk._OutputData  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
_Output: Any = pulumi.Output
# By their very type: a class of an SDK's arguments may be a dictionary too, and hold outputs.
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_CONTAINERS: Final = frozenset({dict, list, tuple})


class _NotPlainError(Exception):
    """A value may hold outputs."""


def transfer_properties(
    resource: pulumi.Resource,
    properties: Iterable[str],
    custom: bool,  # noqa: FBT001 - the SDK's order
) -> dict[str, Callable[..., None]]:
    """Give a resource an output for each property; by name, what resolves it once it is known."""
    resolvers: dict[str, Callable[..., None]] = {}
    for name in properties:
        # The SDK has made these.
        if name == "urn" or (name == "id" and custom):
            continue
        data: asyncio.Future[Any] = asyncio.Future()
        resource.__dict__[name] = _Output._from_data(data)  # noqa: SLF001
        resolvers[name] = partial(_resolve, resource, data)
    return resolvers


def _resolve(  # noqa: PLR0917 - the SDK's order
    resource: pulumi.Resource,
    data: "asyncio.Future[Any]",
    value: object,
    is_known: bool,  # noqa: FBT001
    is_secret: bool,  # noqa: FBT001
    dependencies: Iterable[pulumi.Resource] | None,
    failed: Exception | None,
) -> None:
    if failed is not None:
        data.set_exception(failed)
        return
    resources = {*(dependencies or ()), resource}
    data.set_result(_Data(resources=resources, value=value, is_known=is_known, is_secret=is_secret))


def input_maker(theirs: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as the SDK's overloads
    """The SDK's `Output.from_input`, by one output where nothing in a value is an output."""

    def from_input(val: Any) -> Any:  # noqa: ANN401 - as the SDK's
        if type(val) not in _CONTAINERS:
            return theirs(val)
        try:
            value = _copied(val)
        except _NotPlainError:
            return theirs(val)
        data: asyncio.Future[Any] = asyncio.Future()
        data.set_result(_Data(resources=set(), value=value, is_known=True, is_secret=False))
        return _Output._from_data(data)  # noqa: SLF001

    return from_input


def _copied(value: Any) -> Any:  # noqa: ANN401 - anything
    kind = cast("type[object]", type(value))
    # Empty ones the SDK keeps too.
    if kind in _SCALARS or (kind in _CONTAINERS and not value):
        return value
    if kind is dict:
        if any(type(key) is not str for key in value):
            # It may be an output; other keys the SDK refuses.
            raise _NotPlainError
        return {key: _copied(each) for key, each in value.items()}
    if kind is list:
        return [_copied(each) for each in value]
    if kind is tuple:
        return tuple(_copied(each) for each in value)
    raise _NotPlainError


def urn_maker(theirs: Callable[..., pulumi.Output[str]]) -> Callable[..., pulumi.Output[str]]:
    """The SDK's `create_urn`, at once where all that a URN is made of is text."""

    def create_urn(
        name: Any,  # noqa: ANN401 - as the SDK's
        type_: Any,  # noqa: ANN401
        parent: Any = None,  # noqa: ANN401
        project: str | None = None,
        stack: str | None = None,
    ) -> pulumi.Output[str]:
        # A member of an enumeration is text too, and formats as another.
        if any(type(each) is not str for each in (name, type_, parent)):
            return theirs(name, type_, parent, project, stack)
        return pulumi.Output.from_input(f"{parent[: parent.rfind('::')]}${type_}::{name}")

    return create_urn
