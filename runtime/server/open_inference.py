"""The open inference protocol's tensors: from a request's bytes to arrays, and back.

Tensors come as JSON, flat or nested, or as bytes after the JSON (the binary tensor extension), each
input as it likes; row major, little endian.
https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol/binary-tensor-data-extension
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from pydantic_core import to_json

from runtime.errors import InputError, OutputError
from runtime.inference import Model
from runtime.requests import CONTENT_TYPE, RefusedError, decode
from runtime.server import binary_tensors
from runtime.server.replies import Reply
from runtime.tensors import Array, TensorSpec, same_lengths, tensor

__all__ = ["BINARY_CONTENT_TYPE", "DATATYPES", "HEADER_LENGTH", "described", "infer"]

# By numpy's name, or `str`.
DATATYPES: Final[Mapping[str, str]] = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "str": "BYTES",
}
HEADER_LENGTH: Final = "inference-header-content-length"
BINARY_CONTENT_TYPE: Final = "application/octet-stream"
# Of other extensions; ignored, they would change what the answer means.
_NOT_HERE: Final = ("shared_memory_region", "classification", "sequence_id")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An output to be answered, as bytes or as JSON."""

    name: str
    binary: bool


def described(specs: Sequence[TensorSpec]) -> list[dict[str, Any]]:
    """The tensors of a model as its metadata tells them; -1 is any length.

    What is no tensor, such as a map of probabilities, is left out: the protocol has no word for it.
    """
    return [
        {
            "name": spec.name,
            "datatype": DATATYPES[spec.dtype],
            "shape": []
            if spec.scalar
            else [-1 if size is None else size for size in (spec.rows, *spec.shape)],
        }
        for spec in specs
        if spec.dtype in DATATYPES
    ]


def infer(
    model: Model, body: bytes, header_length: str | None, max_rows: int, seconds: float
) -> Reply:
    """Answer an inference request; `header_length` is the header that says where its JSON ends.

    Raises:
        RefusedError: It is no inference request.
        InputError: Its tensors do not fit the model.
        OutputError: The model's answer cannot be sent as it was asked for.
        TimeLimitError: It took longer than `seconds`.
    """
    head, tail = _split(body, header_length)
    document = decode(head)
    if not isinstance(document, dict):
        raise RefusedError(400, 'the body must be an object such as {"inputs": [...]}')
    request = cast(dict[str, object], document)
    request_id = request.get("id", "")
    if not isinstance(request_id, str):
        raise RefusedError(400, "id: use a string")
    wanted = _wanted(model, request)
    feed = _feed(model, request, tail, max_rows)
    results = model.run(feed, timeout_seconds=seconds)
    rows = next((len(feed[spec.name]) for spec in model.inputs if not spec.scalar), 1)
    return _reply(model, request_id, [(each, results[each.name]) for each in wanted], rows)


def _split(body: bytes, header_length: str | None) -> tuple[bytes, memoryview]:
    if header_length is None:
        return body, memoryview(b"")
    length = int(header_length) if header_length.isdecimal() and len(header_length) < 12 else -1  # noqa: PLR2004 - more digits than bytes
    if not 0 < length <= len(body):
        raise RefusedError(400, f"{HEADER_LENGTH}: use the length of the JSON in bytes")
    return body[:length], memoryview(body)[length:]


def _feed(
    model: Model, request: Mapping[str, object], tail: memoryview, max_rows: int
) -> dict[str, Array]:
    specs = {spec.name: spec for spec in model.inputs}
    feed: dict[str, Array] = {}
    for index, item in enumerate(_objects(request, "inputs")):
        name = item.get("name")
        spec = specs.get(name) if isinstance(name, str) else None
        if spec is None or spec.name in feed:
            raise InputError(f"inputs[{index}].name: use each of {', '.join(specs)} once")
        shape = _shape(spec, item, max_rows)
        size = _parameters(item, spec.name).get("binary_data_size")
        if size is None:
            feed[spec.name] = _from_json(spec, item.get("data"), shape, max_rows)
            continue
        if "data" in item:
            raise InputError(f"{spec.name}: use data or binary_data_size, not both")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= len(tail):
            raise InputError(f"{spec.name}: binary_data_size: use the bytes after the JSON")
        feed[spec.name] = binary_tensors.read(spec, tail[:size], shape)
        tail = tail[size:]
    if missing := specs.keys() - feed.keys():
        raise InputError(f"inputs: {', '.join(sorted(missing))} missing")
    if tail:
        raise InputError(f"{len(tail)} bytes after the JSON are no input's")
    same_lengths(model.inputs, feed)
    return feed


def _shape(spec: TensorSpec, item: Mapping[str, object], max_rows: int) -> list[int]:
    datatype = DATATYPES[spec.dtype]
    if item.get("datatype") != datatype:
        raise InputError(f"{spec.name}: datatype: use {datatype}")
    given = item.get("shape")
    shape = cast(list[object], given) if isinstance(given, list) else [None]
    if not all(isinstance(size, int) and not isinstance(size, bool) for size in shape):
        raise InputError(f"{spec.name}: shape: use a list of whole numbers")
    sizes = cast(list[int], shape)
    if spec.scalar:
        if math.prod(sizes) != 1 or len(sizes) > 1:
            raise InputError(f"{spec.name}: shape: use []; {spec}")
        return []
    expected = (spec.rows, *spec.shape)
    fits = len(sizes) == len(expected) and all(
        size == known if known is not None else size > 0
        for size, known in zip(sizes, expected, strict=True)
    )
    if not fits:
        raise InputError(f"{spec.name}: shape: got {sizes[:16]}; use rows, then {spec}")
    if sizes[0] > max_rows:
        raise InputError(f"{spec.name}: got {sizes[0]} rows; use at most {max_rows}")
    return sizes


def _from_json(spec: TensorSpec, data: object, shape: list[int], max_rows: int) -> Array:
    if not isinstance(data, list):
        raise InputError(f"{spec.name}: data: use a list, flat or nested")
    rows = cast(list[object], data)
    if spec.scalar:
        if len(rows) != 1:
            raise InputError(f"{spec.name}: data: got {len(rows)} values; use 1")
        return tensor(spec, rows[0], max_rows)
    if not (rows and isinstance(rows[0], list)):
        if len(rows) != math.prod(shape):
            raise InputError(f"{spec.name}: data: got {len(rows)} values; the shape is {shape}")
        for size in reversed(shape[1:]):
            rows = [rows[start : start + size] for start in range(0, len(rows), size)]
    array = tensor(spec, rows, max_rows)
    if list(array.shape) != shape:
        raise InputError(f"{spec.name}: data: got shape {list(array.shape)}; it says {shape}")
    return array


def _wanted(model: Model, request: Mapping[str, object]) -> list[_Wanted]:
    parameters = _parameters(request, "the request")
    binary = parameters.get("binary_data_output") is True
    names = {spec.name for spec in model.output_specs if spec.dtype in DATATYPES}
    if request.get("outputs") in (None, []):
        return [_Wanted(name, binary) for name in model.outputs if name in names]
    found: list[_Wanted] = []
    for index, item in enumerate(_objects(request, "outputs")):
        name = item.get("name")
        is_known = isinstance(name, str) and name in names
        if not is_known or any(each.name == name for each in found):
            known = ", ".join(sorted(names))
            raise InputError(f"outputs[{index}].name: use each of {known} at most once")
        own = _parameters(item, f"outputs[{index}]")
        found.append(_Wanted(str(name), own.get("binary_data", binary) is True))
    return found


def _objects(request: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    given = request.get(key)
    items = cast(list[object], given) if isinstance(given, list) else [None]
    if not all(isinstance(item, dict) for item in items):
        raise RefusedError(400, f"{key}: use a list of objects")
    return cast(list[Mapping[str, object]], items)


def _parameters(item: Mapping[str, object], place: str) -> Mapping[str, object]:
    given = item.get("parameters")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise RefusedError(400, f"{place}: parameters: use an object")
    parameters = cast(dict[str, object], given)
    for name in _NOT_HERE:
        if parameters.get(name):
            raise RefusedError(400, f"{place}: parameters: {name} is not supported")
    return parameters


def _reply(model: Model, request_id: str, results: list[tuple[_Wanted, Any]], rows: int) -> Reply:
    outputs: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for wanted, result in results:
        array: Array = np.asarray(result)
        dtype = "str" if array.dtype.kind in "OU" else array.dtype.name
        output: dict[str, Any] = {
            "name": wanted.name,
            "shape": list(array.shape),
            "datatype": DATATYPES[dtype],
        }
        if wanted.binary:
            parts.append(binary_tensors.write(array))
            output["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            output["data"] = _values(array)
        outputs.append(output)
    document: dict[str, Any] = {"model_name": model.name}
    if model.version:
        document["model_version"] = model.version
    if request_id:
        document["id"] = request_id
    head = _encoded({**document, "outputs": outputs})
    if not any(wanted.binary for wanted, _ in results):
        return Reply(200, head, {"content-type": CONTENT_TYPE}, rows)
    headers = {"content-type": BINARY_CONTENT_TYPE, HEADER_LENGTH: str(len(head))}
    return Reply(200, b"".join((head, *parts)), headers, rows)


def _values(array: Array) -> list[Any]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise OutputError("an output has a number that is not finite; ask for bytes")
    return array.ravel().tolist()


def _encoded(document: Mapping[str, Any]) -> bytes:
    """JSON by a serializer that writes floating-point numbers nine times as fast as `json`."""
    try:
        return to_json(document)
    except ValueError:
        # Half a surrogate pair, in an id or in a model's text: `json` writes it escaped.
        return json.dumps(document).encode()
