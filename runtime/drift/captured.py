"""Rows of requests that KServe's logger stored: a folder of its JSON, a record or a list in each.

A record's `bytes` are a request's body in base64, of either of KServe's protocols; `reqType` tells
requests from answers. https://github.com/kserve/kserve, pkg/logger/types.go, read at 0.20.0.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from runtime.drift.making import Rows
from runtime.drift.profile import Column, Profile, ProfileError
from runtime.tensors import Array

__all__ = ["captured_rows"]

_REQUEST: Final = ".request"


def captured_rows(folder: Path, profile: Profile) -> Rows:
    """The features of the profile, by name, of all requests below the folder that have them.

    Raises:
        ProfileError: There are none.
    """
    features = [each for each in profile.columns if each.kind == "feature"]
    found: dict[str, list[object]] = {each.name: [] for each in features}
    for body in _bodies(folder):
        rows = _rows(body, features)
        if rows is None:
            continue
        for name, values in rows.items():
            found[name] += values
    if not any(found.values()):
        raise ProfileError(f"{folder} has no requests with the features of the profile")
    return {each.name: _column(each, found[each.name]) for each in features}


def _bodies(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Of what cannot be read nothing: a store may hold more, and half of a file."""
    for path in sorted(folder.rglob("*.json")):
        try:
            records: Any = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        for record in cast(list[Any], records if isinstance(records, list) else [records]):
            body = _body(record)
            if isinstance(body, dict):
                yield cast(dict[str, Any], body)


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


def _rows(body: Mapping[str, Any], features: list[Column]) -> dict[str, list[object]] | None:
    """By feature its values; None where a request has not all of them."""
    tensors = _tensors(body)
    found: dict[str, list[object]] = {}
    for each in features:
        tensor = tensors.get(each.tensor or each.name)
        if tensor is None and not each.tensor and len(tensors) == 1:
            (tensor,) = tensors.values()
        if tensor is None or each.column >= tensor.shape[1]:
            return None
        found[each.name] = tensor[:, each.column].tolist()
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
    numbers = [value if isinstance(value, int | float) else np.nan for value in values]
    return np.array(numbers, dtype="float64")
