"""JSON values to tensors of a model's signature, and a model's outputs to JSON values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, cast

import numpy as np

from runtime.errors import InputError, OutputError

__all__ = [
    "DTYPES",
    "INTEGER_LIMITS",
    "LARGEST_FLOATS",
    "TensorSpec",
    "one_row",
    "per_row",
    "same_lengths",
    "tensor",
]

Array = np.ndarray[Any, np.dtype[Any]]

# By ONNX Runtime's name of a type, numpy's; `str` is no fixed length of characters.
DTYPES: Final[dict[str, str]] = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(int16)": "int16",
    "tensor(int8)": "int8",
    "tensor(uint64)": "uint64",
    "tensor(uint32)": "uint32",
    "tensor(uint16)": "uint16",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
    "tensor(string)": "str",
}
INTEGER_LIMITS: Final = {
    name: (int(np.iinfo(name).min), int(np.iinfo(name).max))
    for name in DTYPES.values()
    if "int" in name
}
LARGEST_FLOATS: Final = {
    name: float(np.finfo(name).max) for name in DTYPES.values() if name.startswith("float")
}
# A longer integer is no float at all.
_FLOAT_BITS: Final = 1023


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output of a model: `dtype` is numpy's name of it, or `str`.

    `shape` leaves out the first axis, the rows; None is any length. `rows` is the number of rows
    that a model was exported for, None for any. `axes` has the names of the axes of `shape`, empty
    where there is none: axes of one name have one length. A `scalar` has no axis at all: it is one
    value for all rows. An output that is no tensor has the `dtype` of ONNX Runtime.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    rows: int | None = None
    axes: tuple[str, ...] = ()
    scalar: bool = False

    def __str__(self) -> str:
        if self.scalar:
            return f"{self.name}: one {self.dtype}"
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"{self.name}: {self.dtype} rows of shape [{sizes}]"

    @property
    def is_free(self) -> bool:
        """Whether the caller chooses the length of an axis beside the rows."""
        return None in self.shape


def tensor(spec: TensorSpec, rows: object, max_rows: int) -> Array:
    """The rows of one input as an array; of a scalar, its one value.

    Raises:
        InputError: The rows do not fit the input.
    """
    if spec.scalar:
        if not _fits(rows, spec.dtype):
            raise InputError(f"{spec.name}: got {_kind(rows)}; use {spec}")
        return _array(spec, [rows], [])
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{spec.name}: use a list of at least one row; {spec}")
    items = cast(list[object], rows)
    if len(items) > max_rows:
        raise InputError(f"{spec.name}: got {len(items)} rows; use at most {max_rows}")
    if spec.rows not in (None, len(items)):
        raise InputError(f"{spec.name}: got {len(items)} rows; the model takes {spec.rows}")
    sizes = _shape(spec, items)
    flat = _flat(items, sizes, spec.dtype)
    if flat is None:
        flat = list[Any]()
        _flatten(items, sizes, spec, spec.name, flat)
    return _array(spec, flat, sizes)


def one_row(spec: TensorSpec) -> Array:
    """Zeros, or empty strings, of the shape of one row; a free axis has the length 1."""
    sizes = [] if spec.scalar else [spec.rows or 1, *(size or 1 for size in spec.shape)]
    if spec.dtype == "str":
        return np.full(sizes, "", dtype=object)
    return np.zeros(sizes, dtype=spec.dtype)


def per_row(name: str, result: object, count: int, labels: Sequence[str]) -> list[Any]:
    """One JSON value per row of an output: a tensor, a sequence of tensors, or of maps.

    An integer per row is given as its label, if there are labels. An output of a single row that
    does not repeat the axis of rows is that row's value.

    Raises:
        OutputError: It is not one value per row, or has a number that is not finite.
    """
    if isinstance(result, np.ndarray):
        array = cast(Array, result)
        _check_finite(name, array)
        if array.ndim == 1 and array.dtype.kind == "i" and _are_labels(array, labels):
            values: Any = [labels[index] for index in array.tolist()]
        else:
            values = array.tolist()
    elif isinstance(result, list):
        values = [_value(name, item, labels) for item in cast(list[object], result)]
    else:
        values = _value(name, result, labels)
    if isinstance(values, list) and len(cast(list[Any], values)) == count:
        return cast(list[Any], values)
    if count == 1:
        return [values]
    raise OutputError(f"output {name} is not one value for each of the {count} rows")


def _value(name: str, item: object, labels: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(item, dict):
        entries = cast(dict[object, object], item).items()
        return {_label(key, labels): _value(name, value, labels) for key, value in entries}
    array = np.asarray(item)
    _check_finite(name, array)
    return array.tolist()


def _label(key: object, labels: Sequence[str]) -> str:
    if isinstance(key, int) and 0 <= key < len(labels):
        return labels[key]
    return str(key)


def _are_labels(array: Array, labels: Sequence[str]) -> bool:
    return bool(labels) and bool(((array >= 0) & (array < len(labels))).all())


def _check_finite(name: str, array: Array) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise OutputError(f"output {name} has a number that is not finite")


def _array(spec: TensorSpec, flat: list[Any], sizes: Sequence[int]) -> Array:
    with np.errstate(over="ignore"):
        array: Array = np.array(flat, dtype=object if spec.dtype == "str" else spec.dtype)
    if spec.dtype.startswith("float") and not np.isfinite(array).all():
        raise InputError(f"{spec.name}: a number is too large for {spec.dtype}")
    return array.reshape(sizes)


def _shape(spec: TensorSpec, items: list[object]) -> list[int]:
    """The shape of all rows by that of the first, which fits the input."""
    sizes = [len(items), *_sizes(items[0], len(spec.shape))]
    for expected, size in zip(spec.shape, sizes[1:], strict=False):
        if expected is not None and expected != size:
            raise InputError(f"{spec.name}[0]: got shape {sizes[1:]}; use {spec}")
    if len(sizes) - 1 != len(spec.shape):
        raise InputError(f"{spec.name}[0]: got {len(sizes) - 1} axes; use {spec}")
    if 0 in sizes:
        # Only where an axis has any length: models answer nothing with infinities, or fail.
        raise InputError(f"{spec.name}[0]: got an empty list; use {spec}")
    return sizes


def _sizes(value: object, deepest: int) -> list[int]:
    """The lengths along the first element of each axis, at most one axis too many."""
    sizes: list[int] = []
    while isinstance(value, list) and len(sizes) <= deepest:
        items = cast(list[object], value)
        sizes.append(len(items))
        if not items:
            break
        value = items[0]
    return sizes


def _flat(items: list[Any], sizes: Sequence[int], dtype: str) -> list[Any] | None:
    """All values in order; None when something does not fit, or needs a closer look.

    It takes what `_flatten` takes, some six times as fast, and does not say where a value is.
    """
    level = items
    for size in sizes[1:]:
        if set(map(type, level)) != {list} or set(map(len, level)) != {size}:
            return None
        level = list(chain.from_iterable(level))
    kinds = set(map(type, level))
    if dtype == "bool":
        return level if kinds == {bool} else None
    if dtype in INTEGER_LIMITS:
        low, high = INTEGER_LIMITS[dtype]
        return level if kinds == {int} and low <= min(level) and max(level) <= high else None
    if dtype.startswith("float") and kinds == {float}:
        return level if all(map(math.isfinite, level)) else None
    return None


def _flatten(
    items: list[object], sizes: Sequence[int], spec: TensorSpec, path: str, flat: list[Any]
) -> None:
    if len(items) != sizes[0]:
        raise InputError(f"{path}: got {len(items)} values, the others have {sizes[0]}")
    for index, item in enumerate(items):
        if len(sizes) > 1:
            if not isinstance(item, list):
                raise InputError(f"{path}[{index}]: got {_kind(item)}; use {spec}")
            _flatten(cast(list[object], item), sizes[1:], spec, f"{path}[{index}]", flat)
        elif _fits(item, spec.dtype):
            flat.append(item)
        else:
            raise InputError(f"{path}[{index}]: got {_kind(item)}; use {spec}")


def _fits(item: object, dtype: str) -> bool:
    if dtype == "str":
        return isinstance(item, str) and _is_unicode(item)
    if dtype == "bool":
        return isinstance(item, bool)
    if isinstance(item, bool):
        return False
    if dtype in INTEGER_LIMITS:
        low, high = INTEGER_LIMITS[dtype]
        return isinstance(item, int) and low <= item <= high
    if isinstance(item, int):
        return item.bit_length() <= _FLOAT_BITS
    return isinstance(item, float) and math.isfinite(item)


def _is_unicode(text: str) -> bool:
    """JSON can spell half of a surrogate pair, which no tensor can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(item: object) -> str:
    if isinstance(item, float) and not math.isfinite(item):
        return "a number that is not finite"
    if isinstance(item, str) and not _is_unicode(item):
        return "a string that is no Unicode"
    for kind, text in ((dict, "an object"), (list, "a list"), (str, "a string")):
        if isinstance(item, kind):
            return text
    if isinstance(item, bool):
        return "a boolean"
    return "null" if item is None else "a number that does not fit"


def same_lengths(specs: Sequence[TensorSpec], feed: Mapping[str, Array]) -> None:
    """Refuse inputs whose rows, or whose axes of one name, differ in length.

    Raises:
        InputError: They differ.
    """
    counts = {spec.name: len(feed[spec.name]) for spec in specs if not spec.scalar}
    if len(set(counts.values())) > 1:
        raise InputError(f"each input needs as many rows as the others; got {counts}")
    lengths: dict[str, tuple[str, int]] = {}
    for spec in specs:
        for axis, length in zip(spec.axes, feed[spec.name].shape[1:], strict=False):
            first, known = lengths.setdefault(axis, (spec.name, length))
            if axis and known != length:
                raise InputError(
                    f"{spec.name}: axis {axis} has {length} values; it has {known} in {first}"
                )
