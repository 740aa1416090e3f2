"""Loads an ONNX model once, checks each input against the model's own signature, predicts.

Imports numpy and ONNX Runtime only; the handlers and servers around it add their protocol.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

__all__ = ["InferenceError", "InputError", "LoadError", "Model", "TensorSpec"]

# More rows than this in one request would starve the others on the same instance.
DEFAULT_MAX_ROWS: Final = 1000

_DTYPES: Final[dict[str, str]] = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(bool)": "bool",
    "tensor(string)": "str",
}
_INTEGER_LIMITS: Final = {"int64": 2**63 - 1, "int32": 2**31 - 1}
# A longer integer is no float at all.
_FLOAT_BITS: Final = 1023

_onnx: Any = onnxruntime  # It has no type stubs.


class InferenceError(Exception):
    """Base of this module's errors; the text may be shown to a caller."""


class InputError(InferenceError):
    """The caller's input does not fit the model: says where, what came, what fits."""


class LoadError(InferenceError):
    """The file is no model that can be served here."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input of a model: `dtype` is numpy's name of it, or `str`.

    `shape` leaves out the first axis, the rows; None is any length. `rows` is the number of rows
    that a model was exported for, None for any.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    rows: int | None = None

    def __str__(self) -> str:
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"{self.name}: {self.dtype} rows of shape [{sizes}]"


class Model:
    """A model in memory. Predictions may be made from several threads."""

    def __init__(self, path: Path | str, *, max_rows: int = DEFAULT_MAX_ROWS) -> None:
        """Load the ONNX file at `path`.

        The file's metadata may hold `name`, `version` and `labels` (class names, one per line).

        Raises:
            LoadError: The file cannot be read, is no ONNX model, or has an input that is no tensor
                of numbers, booleans or strings.
        """
        options = _onnx.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = os.cpu_count() or 1
        try:
            self._session: Any = _onnx.InferenceSession(
                os.fspath(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise LoadError(
                f"{Path(path).name} cannot be loaded: {type(error).__name__}"
            ) from error
        metadata = cast(dict[str, str], self._session.get_modelmeta().custom_metadata_map)
        self.name = metadata.get("name", Path(path).stem)
        self.version = metadata.get("version", "")
        self.labels = tuple(metadata.get("labels", "").splitlines())
        self.inputs = tuple(_spec(item) for item in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(o.name for o in self._session.get_outputs())
        self._max_rows = max_rows

    def predict(self, rows: Sequence[object] | Mapping[str, object]) -> list[dict[str, Any]]:
        """One dictionary per row: each output of the model by name, as JSON values.

        `rows` is a list of rows for a model with one input, else a list of rows by input name. An
        integer output of a model with labels is given as its label.

        Raises:
            InputError: The rows do not fit the model's inputs.
        """
        feed = self._feed(rows)
        results = cast(list[Any], self._session.run(None, feed))
        columns = [self._column(result) for result in results]
        count = len(next(iter(feed.values())))
        return [
            {name: column[row] for name, column in zip(self.outputs, columns, strict=True)}
            for row in range(count)
        ]

    def _feed(self, rows: Sequence[object] | Mapping[str, object]) -> dict[str, Any]:
        if not isinstance(rows, Mapping):
            if len(self.inputs) != 1:
                names = ", ".join(spec.name for spec in self.inputs)
                raise InputError(f"the model has several inputs; give rows by name: {names}")
            rows = {self.inputs[0].name: rows}
        names = {spec.name for spec in self.inputs}
        if set(rows) != names:
            raise InputError(f"got inputs {_names(rows)}; use {_names(names)}")
        feed = {spec.name: self._tensor(spec, rows[spec.name]) for spec in self.inputs}
        counts = {name: len(tensor) for name, tensor in feed.items()}
        if len(set(counts.values())) > 1:
            raise InputError(f"each input needs as many rows as the others; got {counts}")
        return feed

    def _tensor(self, spec: TensorSpec, rows: object) -> Any:  # noqa: ANN401 - an array
        if not isinstance(rows, list) or not rows:
            raise InputError(f"{spec.name}: use a list of at least one row; {spec}")
        items = cast(list[object], rows)
        if len(items) > self._max_rows:
            raise InputError(f"{spec.name}: got {len(items)} rows; use at most {self._max_rows}")
        if spec.rows not in (None, len(items)):
            raise InputError(f"{spec.name}: got {len(items)} rows; the model takes {spec.rows}")
        sizes = [len(items), *_sizes(items[0], len(spec.shape))]
        for expected, size in zip(spec.shape, sizes[1:], strict=False):
            if expected is not None and expected != size:
                raise InputError(f"{spec.name}[0]: got shape {sizes[1:]}; use {spec}")
        if len(sizes) - 1 != len(spec.shape):
            raise InputError(f"{spec.name}[0]: got {len(sizes) - 1} axes; use {spec}")
        if 0 in sizes:
            # Only where an axis has any length: models answer nothing with infinities, or fail.
            raise InputError(f"{spec.name}[0]: got an empty list; use {spec}")
        flat: list[Any] = []
        _flatten(items, sizes, spec, spec.name, flat)
        with np.errstate(over="ignore"):
            tensor = np.array(flat, dtype=object if spec.dtype == "str" else spec.dtype)
        if spec.dtype.startswith("float") and not np.isfinite(tensor).all():
            raise InputError(f"{spec.name}: a number is too large for {spec.dtype}")
        return tensor.reshape(sizes)

    def _column(self, result: Any) -> list[Any]:  # noqa: ANN401 - an array or a list of maps
        if not isinstance(result, np.ndarray):
            return list(result)
        array = cast("np.ndarray[Any, np.dtype[Any]]", result)
        is_class = self.labels and array.dtype.kind == "i" and array.ndim == 1
        if is_class and ((array >= 0) & (array < len(self.labels))).all():
            return [self.labels[index] for index in array.tolist()]
        return array.tolist()


def _spec(item: Any) -> TensorSpec:  # noqa: ANN401 - ONNX Runtime has no types
    dtype = _DTYPES.get(item.type)
    if dtype is None:
        raise LoadError(f"input {item.name} is a {item.type}; use {', '.join(_DTYPES)}")
    rows, *shape = (size if isinstance(size, int) else None for size in item.shape or (None,))
    return TensorSpec(str(item.name), dtype, tuple(shape), rows)


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
    if dtype in _INTEGER_LIMITS:
        limit = _INTEGER_LIMITS[dtype]
        return isinstance(item, int) and -limit - 1 <= item <= limit
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


def _names(names: Mapping[str, object] | set[str]) -> str:
    shown = sorted(str(name)[:64] for name in names)[:10]
    return ", ".join(shown) or "none"
