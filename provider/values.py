"""Between Pulumi's property values and plain Python ones."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from pulumi.provider.experimental.property_value import PropertyValue, PropertyValueType
from pulumi.runtime import rpc


class Unknown:
    """A value that is known only after an update: shown in previews as `output<string>`."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()


def plain(value: PropertyValue) -> object:
    """Strings, floats, booleans, None, lists and dicts; `UNKNOWN` for what is not known yet."""
    if value.type == PropertyValueType.COMPUTED or value.value == rpc.UNKNOWN:
        return UNKNOWN
    if value.type == PropertyValueType.ARRAY:
        return [plain(item) for item in cast(Sequence[PropertyValue], value.value)]
    if value.type == PropertyValueType.MAP:
        items = cast(Mapping[str, PropertyValue], value.value).items()
        return {key: plain(item) for key, item in items}
    return value.value


def plain_map(values: Mapping[str, PropertyValue]) -> dict[str, object]:
    """The same for a whole resource."""
    return {key: plain(value) for key, value in values.items()}


def wrap(value: object) -> PropertyValue:
    """The way back."""
    if isinstance(value, Unknown):
        # `PropertyValue.computed()` cannot be sent: its `marshal` refuses it (pulumi 3.272).
        return PropertyValue(rpc.UNKNOWN)
    if isinstance(value, Mapping):
        items = cast(Mapping[str, object], value).items()
        return PropertyValue({key: wrap(item) for key, item in items})
    if isinstance(value, list | tuple):
        return PropertyValue([wrap(item) for item in cast(Sequence[object], value)])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(cast(bool | float | str | None, value))


def wrap_map(values: Mapping[str, object]) -> dict[str, PropertyValue]:
    """The same for a whole resource."""
    return {key: wrap(value) for key, value in values.items()}


def secret_keys(values: Mapping[str, PropertyValue]) -> frozenset[str]:
    """Names of the properties that are or contain a secret."""
    return frozenset(key for key, value in values.items() if value.contains_secret())


def secret_texts(values: Mapping[str, PropertyValue]) -> list[str]:
    """Each text inside a secret property: what no message may show."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for item in cast(dict[str, object], value).values():
                walk(item)
        elif isinstance(value, list):
            for item in cast(list[object], value):
                walk(item)

    for key in secret_keys(values):
        walk(plain(values[key]))
    return found


def mark(values: Mapping[str, PropertyValue], keys: frozenset[str]) -> dict[str, PropertyValue]:
    """Make the named properties secret."""
    return {
        key: value.with_secret(is_secret=True) if key in keys else value
        for key, value in values.items()
    }
