"""Requests that KServe's logger stored as JSON, counted by a profile's bins file by file.

A file has a record, or a list of them. A record's `bytes` are a request's body in base64, of either
of KServe's protocols; `reqType` tells requests from answers. https://github.com/kserve/kserve,
pkg/logger/types.go, read at 0.16.0 to 0.20.0.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import numpy as np

from runtime.drift.bins import Bins
from runtime.drift.making import Rows
from runtime.drift.profile import Column, Profile, ProfileError
from runtime.drift.window import Estimate, estimate
from runtime.tensors import Array, TensorSpec

__all__ = ["Captured"]

_REQUEST: Final = ".request"


class Captured:
    """Counts of captured requests by the features of a profile; no row of them is kept."""

    def __init__(self, profile: Profile) -> None:
        """Answers are not looked at, and predictions of the profile neither.

        Raises:
            ProfileError: It has no features.
        """
        features = [each for each in profile.columns if each.kind == "feature"]
        if not features:
            raise ProfileError("the profile has no features")
        # Where it was in the request `_rows` knows.
        self._features = features
        own = tuple(each.alone() for each in features)
        specs = [
            TensorSpec(each.name, "float64" if each.values is None else "str", ())
            for each in features
        ]
        self.bins = Bins(Profile(profile.rows, own), specs, ())
        self.others = 0
        """Requests without the profile's features, and what is no request's body."""

    @property
    def rows(self) -> int:
        """How many have been counted."""
        return self.bins.rows

    def add(self, content: bytes) -> None:
        """Count what one file has; of what cannot be read nothing, a store may hold more."""
        for body in self._bodies(content):
            rows = _rows(body, self._features)
            if rows is None:
                self.others += 1
            else:
                self.bins.add({name: np.array(rows[name]) for name in rows}, {})

    def estimate(self) -> Estimate:
        """The distances from the profile."""
        return estimate(self.bins, self.rows, self.bins.counts())

    def _bodies(self, content: bytes) -> Iterator[Mapping[str, Any]]:
        try:
            records: Any = json.loads(content)
        except (ValueError, RecursionError):
            self.others += 1
            return
        for record in cast(list[Any], records if isinstance(records, list) else [records]):
            if _is_answer(record):
                continue
            body = _body(record)
            if isinstance(body, dict):
                yield cast(dict[str, Any], body)
            else:
                self.others += 1


def _is_answer(record: object) -> bool:
    fields = cast(dict[str, Any], record) if isinstance(record, dict) else {}
    return "reqType" in fields and not str(fields["reqType"]).endswith(_REQUEST)


def _body(record: object) -> object:
    if not isinstance(record, dict):
        return None
    fields = cast(dict[str, Any], record)
    if not str(fields.get("reqType", "")).endswith(_REQUEST):
        return None
    try:
        return json.loads(base64.b64decode(str(fields.get("bytes", "")), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None


def _rows(body: Mapping[str, Any], features: list[Column]) -> Rows | None:
    """By feature its values; None where a request has not all of them."""
    tensors = _tensors(body)
    found: dict[str, Array | list[str]] = {}
    for each in features:
        tensor = tensors.get(each.tensor or each.name)
        if tensor is None and not each.tensor and len(tensors) == 1:
            (tensor,) = tensors.values()
        if tensor is None or each.column >= tensor.shape[1]:
            return None
        found[each.name] = _column(each, tensor[:, each.column].tolist())
    return found if len({len(values) for values in found.values()}) == 1 else None


def _tensors(body: Mapping[str, Any]) -> dict[str, Array]:
    """Rows and columns, by the tensor's name; of a protocol without names by an empty one."""
    inputs = body.get("inputs")
    given: dict[str, Any] = {}
    if "instances" in body:
        given[""] = (body["instances"], None)
    elif isinstance(inputs, list):
        for item in cast(list[Any], inputs):
            if isinstance(item, dict):
                fields = cast(dict[str, Any], item)
                given[str(fields.get("name"))] = (fields.get("data"), fields.get("shape"))
    found: dict[str, Array] = {}
    for name, (data, shape) in given.items():
        try:
            array = np.array(data, dtype=object)
            rows = len(array) if shape is None else int(shape[0])
            found[name] = array.reshape(rows, -1)
        except (TypeError, ValueError, IndexError):
            continue
    return found


def _column(column: Column, values: list[object]) -> "Array | list[str]":
    if column.values is not None:
        return [value if isinstance(value, str) else json.dumps(value) for value in values]
    return np.array([_number(value) for value in values], dtype="float64")


def _number(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan
