"""Tensors as bytes: little endian, row major, without padding; a text has its length before it."""

import math
import struct
from collections.abc import Sequence
from typing import Final

import numpy as np

from runtime.errors import InputError
from runtime.tensors import Array, TensorSpec

__all__ = ["read", "write"]

_LENGTH: Final = struct.Struct("<I")


def read(spec: TensorSpec, data: memoryview, shape: Sequence[int]) -> Array:
    """The array of an input, of a shape that fits it.

    Raises:
        InputError: The bytes are not as many as the shape needs, or no values of the input's type.
    """
    count = math.prod(shape)
    if spec.dtype == "str":
        return np.array(_texts(spec, data, count), dtype=object).reshape(shape)
    dtype = np.dtype(spec.dtype).newbyteorder("<")
    if len(data) != count * dtype.itemsize:
        raise InputError(
            f"{spec.name}: got {len(data)} bytes; {count} values have {count * dtype.itemsize}"
        )
    if spec.dtype == "bool" and data and max(data) > 1:
        raise InputError(f"{spec.name}: got a byte over 1; a boolean is 0 or 1")
    # A copy of its own: where the JSON ends is no place that a number may begin at.
    array: Array = np.frombuffer(data, dtype).astype(spec.dtype)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{spec.name}: got a number that is not finite")
    return array.reshape(shape)


def write(array: Array) -> bytes:
    """The bytes of an output."""
    if array.dtype.kind not in "OU":
        return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    parts: list[bytes] = []
    for text in array.ravel().tolist():
        data = text if isinstance(text, bytes) else str(text).encode()
        parts += (_LENGTH.pack(len(data)), data)
    return b"".join(parts)


def _texts(spec: TensorSpec, data: memoryview, count: int) -> list[str]:
    texts: list[str] = []
    start = 0
    while start < len(data):
        begin = start + _LENGTH.size
        length = _LENGTH.unpack_from(data, start)[0] if begin <= len(data) else len(data)
        start = begin + length
        if start > len(data):
            raise InputError(f"{spec.name}: a text is cut off")
        try:
            texts.append(str(data[begin:start], "utf-8"))
        except UnicodeDecodeError:
            raise InputError(f"{spec.name}: got a string that is no Unicode") from None
    if len(texts) != count:
        raise InputError(f"{spec.name}: got {len(texts)} texts; the shape has {count}")
    return texts
