"""Makes a profile of rows: a CSV file with a header, or an array of numpy's.

Bins of numbers hold about the same share of rows each; where there are few values, one bin holds
one. Edges lie midway between two values that there are, so that no rounding moves a row.
"""

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from runtime.drift.profile import Column, Profile, ProfileError, read
from runtime.tensors import Array

__all__ = ["BINS", "Rows", "checked", "column_of", "profile_of", "read_rows"]

BINS: Final = 10
# The index of rows that did not change is its number of bins by its number of rows: a profile of
# fewer would tell of drift by itself.
_LEAST_ROWS: Final = 100

_NEAR: Final = 1e-6

# By name, in the order of the file: numbers, with NaN where there is none, or texts.
Rows = Mapping[str, "Array | list[str]"]


def read_rows(path: Path, texts: Sequence[str] = ()) -> Rows:
    """The columns of `path`, `.csv` or `.npy`; those of `texts` stay texts whatever they look like.

    Raises:
        ProfileError: It cannot be read so.
    """
    try:
        if path.suffix == ".csv":
            found = _csv(path, texts)
        elif path.suffix == ".npy":
            found = _npy(path)
        else:
            raise ProfileError(f"{path.name}: use a file .csv with a header, or .npy of numbers")
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}") from error
    if unknown := [name for name in texts if name not in found]:
        raise ProfileError(f"{path.name} has no column {', '.join(unknown)}")
    return found


def profile_of(rows: Rows, predictions: Sequence[str] = (), *, bins: int = BINS) -> Profile:
    """The profile of rows whose columns are features, but for those that are `predictions`.

    Raises:
        ProfileError: There are too few rows, or they are none that can be watched.
    """
    if unknown := [name for name in predictions if name not in rows]:
        raise ProfileError(f"there is no column {', '.join(unknown)}; use {', '.join(rows)}")
    features = {name: values for name, values in rows.items() if name not in predictions}
    columns = [
        column_of("feature", name, values, position, bins=bins)
        for position, (name, values) in enumerate(features.items())
    ]
    columns += [column_of("prediction", name, rows[name], 0, bins=bins) for name in predictions]
    return checked(rows, columns)


def checked(rows: Rows, columns: Sequence[Column]) -> Profile:
    """The profile with these columns of the rows.

    Raises:
        ProfileError: They are too few rows, or too many columns.
    """
    count = len(next(iter(rows.values()), ()))
    if count < _LEAST_ROWS:
        raise ProfileError(f"there are {count} rows; use at least {_LEAST_ROWS}")
    # What is written has to be read again: of too many columns it is not.
    return read(Profile(count, tuple(columns)).text())


def column_of(
    kind: str,
    name: str,
    values: "Array | list[str]",
    position: int,
    *,
    tensor: str = "",
    bins: int = BINS,
) -> Column:
    """A column's bins and shares; `position` and `tensor` say where the model has it.

    Raises:
        ProfileError: There is nothing in it.
    """
    if isinstance(values, list):
        found = Counter(values)
        most = sorted(value for value, _ in found.most_common(bins))
        shares = [found[value] / len(values) for value in most]
        rest = max(0.0, 1 - sum(shares))
        return Column(kind, name, position, (*shares, rest), (), tuple(most), tensor)
    some = values[~np.isnan(values)]
    if not some.size:
        raise ProfileError(f"{name}: there is no number in it")
    edges = _edges(some, bins)
    counts = np.bincount(np.searchsorted(edges, some, side="right"), minlength=len(edges) + 1)
    shares = [*(counts / len(values)).tolist(), 1 - some.size / len(values)]
    return Column(kind, name, position, tuple(shares), tuple(edges), None, tensor)


def _edges(values: Array, bins: int) -> list[float]:
    distinct = np.unique(values)
    if len(distinct) == 1:
        # Nothing varies: less, the same, and more; a number of 32 bits can tell them apart.
        near = max(abs(float(distinct[0])), 1.0) * _NEAR
        return [float(distinct[0]) - near, float(distinct[0]) + near]
    between = np.unique(distinct[:-1] / 2 + distinct[1:] / 2)
    if len(distinct) > bins:
        # The distance after the value that so many of the rows do not exceed.
        limits = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
        places = np.searchsorted(distinct, limits)
        between = np.unique(between[places[places < len(between)]])
    return [float(edge) for edge in between]


def _csv(path: Path, texts: Sequence[str]) -> Rows:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *lines = list(csv.reader(file, strict=True))
    except (csv.Error, UnicodeDecodeError, ValueError):
        raise ProfileError(f"{path.name} is no CSV in UTF-8 with a header") from None
    if len(set(header)) < len(header) or not all(header):
        raise ProfileError(f"{path.name}: each column needs a name of its own in the first line")
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            raise ProfileError(
                f"{path.name}:{number}: got {len(line)} values; the header has {len(header)}"
            )
    found: dict[str, Array | list[str]] = {}
    for name, values in zip(header, zip(*lines, strict=True), strict=False):
        numbers = None if name in texts else _numbers(values)
        found[name] = list(values) if numbers is None else numbers
    return found


def _numbers(values: Sequence[str]) -> Array | None:
    """Numbers, where all that is not empty is one."""
    try:
        found = [float(value) if value.strip() else math.nan for value in values]
    except ValueError:
        return None
    array = np.array(found)
    return None if np.isnan(array).all() or np.isinf(array).any() else array


def _npy(path: Path) -> Rows:
    try:
        array: Any = np.load(path, allow_pickle=False)
    except (ValueError, EOFError):
        raise ProfileError(f"{path.name} is no array of numpy's that holds no objects") from None
    if not isinstance(array, np.ndarray):
        raise ProfileError(f"{path.name} holds several arrays; use one")
    found = cast(Array, array)
    if found.ndim != 2 or found.dtype.kind not in "fiub":  # noqa: PLR2004 - rows and columns
        raise ProfileError(f"{path.name}: use rows and columns of numbers")
    columns = found.astype("float64")
    if np.isinf(columns).any():
        raise ProfileError(f"{path.name}: it has a number that is not finite")
    return {f"x{index}": columns[:, index] for index in range(columns.shape[1])}
