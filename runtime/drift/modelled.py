"""A profile whose predictions are the model's own, for the rows that it is made of."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from runtime.drift.bins import Bins
from runtime.drift.making import BINS, Rows, checked, column_of
from runtime.drift.profile import Column, Profile, ProfileError
from runtime.errors import InferenceError
from runtime.inference import Model
from runtime.tensors import Array, TensorSpec

__all__ = ["modelled_profile"]

# Of an output with more values per row, which is none that people look at one by one.
_MOST_COLUMNS: Final = 20


def modelled_profile(path: Path, rows: Rows, *, bins: int = BINS) -> Profile:
    """The profile of rows that are the model's features in its order, or by its inputs' names.

    Raises:
        ProfileError: The rows do not fit the model, or it does not take them.
    """
    try:
        model = Model(path)
        feed = _feed(model, rows)
        results = model.run(feed)
    except InferenceError as error:
        raise ProfileError(str(error)) from error
    by_name = len(model.inputs) > 1
    columns = [
        column_of("feature", name, values, 0 if by_name else position, bins=bins)
        for position, (name, values) in enumerate(rows.items())
    ]
    for spec in model.output_specs:
        columns += _predictions(spec, results[spec.name], model.labels, bins)
    found = checked(rows, columns)
    # Whether it fits is known here, and not when the model is served.
    Bins(found, model.inputs, model.output_specs, model.labels)
    return found


def _feed(model: Model, rows: Rows) -> Mapping[str, Array]:
    first, *others = model.inputs
    if others:
        missing = [spec.name for spec in model.inputs if spec.name not in rows]
        if missing:
            raise ProfileError(f"the model takes {', '.join(missing)}, which the rows do not have")
        return {spec.name: _tensor(spec, [rows[spec.name]]) for spec in model.inputs}
    return {first.name: _tensor(first, list(rows.values()))}


def _tensor(spec: TensorSpec, columns: Sequence["Array | list[str]"]) -> Array:
    texts = [isinstance(values, list) for values in columns]
    if any(texts) != all(texts) or any(texts) != (spec.dtype == "str"):
        raise ProfileError(f"the rows have {_kinds(texts)}; {spec}")
    dtype: Any = object if spec.dtype == "str" else spec.dtype
    together: Array = np.stack([np.array(values, dtype=dtype) for values in columns], axis=1)
    width = 1
    for size in spec.shape:
        width *= size or len(columns)
    if spec.scalar or width != len(columns):
        raise ProfileError(f"the rows have {len(columns)} features; {spec}")
    return together.reshape(len(together), *(size or len(columns) for size in spec.shape))


def _kinds(texts: Sequence[bool]) -> str:
    if all(texts):
        return "texts"
    return "numbers and texts" if any(texts) else "numbers"


def _predictions(
    spec: TensorSpec, result: object, labels: Sequence[str], bins: int
) -> Iterator[Column]:
    """Each column of an output; of one that is no tensor, or has very many, none."""
    if not isinstance(result, np.ndarray):
        return
    array = cast(Array, result)
    rows = array.reshape(len(array), -1)
    width = rows.shape[1]
    if width > _MOST_COLUMNS:
        return
    for position in range(width):
        name = spec.name if width == 1 else f"{spec.name}.{position}"
        values = _values(rows[:, position], labels)
        yield column_of("prediction", name, values, position, tensor=spec.name, bins=bins)


def _values(column: Array, labels: Sequence[str]) -> "Array | list[str]":
    if column.dtype.kind in "OU":
        return [str(value) for value in column.tolist()]
    if column.dtype.kind == "i" and labels and ((column >= 0) & (column < len(labels))).all():
        names = list(labels)
        return [names[index] for index in column.tolist()]
    return column.astype("float64")
