"""Rows of a file held against a profile, by the columns' names."""

import numpy as np

from runtime.drift.bins import Bins
from runtime.drift.making import Rows
from runtime.drift.profile import Column, Profile, ProfileError
from runtime.drift.window import Estimate, estimate
from runtime.tensors import Array, TensorSpec

__all__ = ["compared"]


def compared(profile: Profile, rows: Rows) -> Estimate:
    """The distances of the rows from the profile; columns that it does not have do not count.

    Raises:
        ProfileError: There are no rows, or columns of the profile are missing or of another kind.
    """
    count = len(next(iter(rows.values()), ()))
    if not count:
        raise ProfileError("there are no rows")
    missing = [each.name for each in profile.columns if each.name not in rows]
    if missing:
        raise ProfileError(
            f"the rows have no column {', '.join(missing)}; they have {', '.join(rows)}"
        )
    tensors: dict[str, dict[str, Array]] = {"feature": {}, "prediction": {}}
    specs: dict[str, list[TensorSpec]] = {"feature": [], "prediction": []}
    columns: list[Column] = []
    for each in profile.columns:
        values = rows[each.name]
        is_text = isinstance(values, list)
        tensors[each.kind][each.name] = np.array(values, dtype=object if is_text else "float64")
        specs[each.kind].append(TensorSpec(each.name, "str" if is_text else "float64", ()))
        columns.append(each.alone())
    bins = Bins(Profile(profile.rows, tuple(columns)), specs["feature"], specs["prediction"])
    bins.add(tensors["feature"], tensors["prediction"])
    return estimate(bins, count, bins.counts())
