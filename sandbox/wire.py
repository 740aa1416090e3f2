"""Property values between the engine's protobuf form and plain Python.

Plain values are dict, list, str, int, float, bool and None, with `UNKNOWN` for what a preview
cannot know yet. Secrets are unwrapped, and remembered by the top-level property that holds them.
Assets and archives stay the dictionaries that they are on the wire.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

__all__ = ["UNKNOWN", "Unknown", "asset_kind", "decode", "encode", "has_unknown", "without_unknown"]

# From the engine's sdk/go/common/resource/sig and plugin/rpc.go.
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
# Any of the typed markers (string, number, array…) stands for an unknown value.
UNKNOWNS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """The type of `UNKNOWN`, of which there is one: it is known by identity."""

    def __deepcopy__(self, memo: dict[int, object]) -> "Unknown":
        return self

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


def decode(struct: struct_pb2.Struct) -> tuple[dict[str, Any], set[str]]:
    """Plain values of a message, and the top-level names that hold a secret."""
    secrets: set[str] = set()
    values: dict[str, Any] = {}
    for name, value in struct.fields.items():
        found: list[bool] = []
        values[name] = _decode(value, found)
        if found:
            secrets.add(name)
    return values, secrets


def _decode(value: struct_pb2.Value, secrets: list[bool]) -> Any:  # noqa: ANN401, PLR0911
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in UNKNOWNS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields:
            return _decode_special(fields, secrets)
        return {name: _decode(item, secrets) for name, item in fields.items()}
    if kind == "list_value":
        return [_decode(item, secrets) for item in value.list_value.values]
    return None


def _decode_special(fields: Mapping[str, struct_pb2.Value], secrets: list[bool]) -> Any:  # noqa: ANN401
    signature = fields[SIGNATURE].string_value
    if signature == SECRET:
        secrets.append(True)
        return _decode(fields["value"], secrets)
    if signature == OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.append(True)
        return _decode(fields["value"], secrets) if "value" in fields else UNKNOWN
    if signature == RESOURCE:
        return _decode(fields["id"], secrets) if "id" in fields else fields["urn"].string_value
    return {name: _decode(item, secrets) for name, item in fields.items()}


def encode(values: Mapping[str, Any], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """The message of plain values; the properties named in `secrets` are marked."""
    struct = struct_pb2.Struct()
    for name, value in values.items():
        if name in secrets:
            marked = struct.fields[name].struct_value.fields
            marked[SIGNATURE].string_value = SECRET
            _encode(value, marked["value"])
        else:
            _encode(value, struct.fields[name])
    return struct


def _encode(value: Any, target: struct_pb2.Value) -> None:  # noqa: ANN401
    if value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        target.string_value = _UNKNOWN_STRING
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Mapping):
        fields = target.struct_value.fields
        target.struct_value.SetInParent()
        for name, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            _encode(item, fields[str(name)])  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _encode(item, target.list_value.values.add())
    else:
        raise TypeError(f"{type(value).__name__} is no property value")


def has_unknown(value: Any) -> bool:  # noqa: ANN401
    """Whether a value is not known, or some part of it is not."""
    if value is UNKNOWN:
        return True
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return False


def without_unknown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that are wholly known."""
    return {name: value for name, value in values.items() if not has_unknown(value)}


def asset_kind(value: Any) -> str | None:  # noqa: ANN401
    """`asset` or `archive` if the value is one."""
    if not isinstance(value, dict):
        return None
    return {ASSET: "asset", ARCHIVE: "archive"}.get(value.get(SIGNATURE, ""))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
