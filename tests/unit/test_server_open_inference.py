"""The open inference protocol: tensors as JSON and as bytes, and what does not fit."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from onnx import TensorProto

from runtime.errors import InputError
from runtime.inference import Model
from runtime.server import binary_tensors
from runtime.server.open_inference import DATATYPES, infer
from runtime.tensors import DTYPES, TensorSpec
from tests.unit.inference_server import NAME, SETOSA, Local, example, identity

INFER = f"/v2/models/{NAME}/infer"
KINDS = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Local:
    return Local(model=example(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    """By datatype, a model that gives rows of two values back."""
    folder = tmp_path_factory.mktemp("identities")
    return {
        datatype: Model(identity(folder, x=(kind, [None, 2])), threads=1)
        for datatype, kind in KINDS.items()
    }


def features(data: Any = SETOSA, shape: Sequence[object] = (1, 4), **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"name": "features", "shape": list(shape), "datatype": "FP32", "data": data, **more}


def test_every_type_of_the_core_has_its_word() -> None:
    assert set(DATATYPES) == set(DTYPES.values())
    assert set(DATATYPES.values()) == set(KINDS)


def test_a_request_is_answered_with_its_id(server: Local) -> None:
    body = {"id": "a-1", "inputs": [features()], "parameters": {"unknown": 1}}
    response = server.call("POST", INFER, json=body)
    assert response.status_code == 200
    answer = response.json()
    probabilities = answer["outputs"][1].pop("data")
    assert sum(probabilities) == pytest.approx(1)
    assert answer == {
        "model_name": NAME,
        "model_version": "1.0.0",
        "id": "a-1",
        "outputs": [
            {"name": "label", "shape": [1], "datatype": "INT64", "data": [0]},
            {"name": "probabilities", "shape": [1, 3], "datatype": "FP32"},
        ],
    }


@pytest.mark.parametrize("data", [SETOSA * 3, [SETOSA] * 3])
def test_a_batch_is_flat_or_nested(server: Local, data: object) -> None:
    body = {"inputs": [features(data, (3, 4))], "outputs": [{"name": "label"}]}
    answer = server.call("POST", INFER, json=body).json()
    assert answer["outputs"] == [
        {"name": "label", "shape": [3], "datatype": "INT64", "data": [0, 0, 0]}
    ]
    assert "id" not in answer


def test_the_metadata_is_the_models_signature(server: Local) -> None:
    document = {
        "name": NAME,
        "versions": ["1.0.0"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 4]}],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]},
        ],
    }
    for path in (f"/v2/models/{NAME}", f"/v2/models/{NAME}/versions/1.0.0"):
        assert server.call("GET", path).json() == document
    assert server.call("GET", "/v2").json() == {
        "name": "model-serving",
        "version": "1",
        "extensions": ["binary_tensor_data"],
    }


@pytest.mark.parametrize("end", ["", "/ready", "/infer"])
def test_another_model_or_version_is_not_found(server: Local, end: str) -> None:
    method = "POST" if end == "/infer" else "GET"
    body = {"inputs": [features()]}
    for base in ("other", "other/versions/1.0.0", f"{NAME}/versions/2"):
        response = server.call(method, f"/v2/models/{base}{end}", json=body)
        assert response.status_code == 404
        assert response.json()["error"].startswith("there is no")
    right = server.call(method, f"/v2/models/{NAME}/versions/1.0.0{end}", json=body)
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "must be an object"),
        ({}, "inputs: use a list of objects"),
        ({"inputs": [1]}, "inputs: use a list of objects"),
        ({"inputs": []}, "inputs: features missing"),
        ({"inputs": [{"name": "other"}]}, "inputs[0].name: use each of features once"),
        ({"inputs": [{"name": ["features"]}]}, "inputs[0].name"),
        ({"inputs": [features(), features()]}, "inputs[1].name"),
        ({"inputs": [features(datatype="FP64")]}, "datatype: use FP32"),
        ({"inputs": [features(datatype=32)]}, "datatype: use FP32"),
        ({"inputs": [features(shape=[4])]}, "shape: got [4]"),
        ({"inputs": [features(shape=[0, 4])]}, "shape: got [0, 4]"),
        ({"inputs": [features(shape=[-1, 4])]}, "shape: got [-1, 4]"),
        ({"inputs": [features(shape=[1, 5])]}, "shape: got [1, 5]"),
        ({"inputs": [features(shape=[True, 4])]}, "list of whole numbers"),
        ({"inputs": [features(shape=[1.0, 4])]}, "list of whole numbers"),
        ({"inputs": [features(shape=[10**30, 4])]}, "use at most 1000"),
        ({"inputs": [features(SETOSA * 1001, (1001, 4))]}, "use at most 1000"),
        ({"inputs": [features([1, 2, 3])]}, "got 3 values; the shape is [1, 4]"),
        ({"inputs": [features([SETOSA, SETOSA])]}, "got shape [2, 4]; it says [1, 4]"),
        ({"inputs": [features([[1, 2, 3]])]}, "got shape [3]"),
        ({"inputs": [features([1, 2, 3, "4"])]}, "got a string"),
        ({"inputs": [features([1, 2, 3, None])]}, "got null"),
        ({"inputs": [features("1234")]}, "use a list, flat or nested"),
        ({"inputs": [features()], "id": 7}, "id: use a string"),
        ({"inputs": [features()], "outputs": {}}, "outputs: use a list of objects"),
        ({"inputs": [features()], "outputs": [{"name": "x"}]}, "outputs[0].name"),
        ({"inputs": [features()], "outputs": [{"name": ["label"]}]}, "outputs[0].name"),
        ({"inputs": [features()], "outputs": [{"name": "label"}] * 2}, "at most once"),
        ({"inputs": [features()], "parameters": []}, "parameters: use an object"),
        ({"inputs": [features(parameters=1)]}, "parameters: use an object"),
        ({"inputs": [features()], "parameters": {"sequence_id": 1}}, "sequence_id is not"),
        (
            {"inputs": [features(parameters={"shared_memory_region": "a"})]},
            "shared_memory_region is not supported",
        ),
        (
            {
                "inputs": [features()],
                "outputs": [{"name": "label", "parameters": {"classification": 1}}],
            },
            "classification is not supported",
        ),
        ({"inputs": [features(parameters={"binary_data_size": 16})]}, "not both"),
    ],
)
def test_what_does_not_fit_is_refused(server: Local, body: object, reason: str) -> None:
    response = server.call("POST", INFER, json=body)
    assert response.status_code == 400
    assert reason in response.json()["error"]
    assert "\n" not in response.text


def binary(data: bytes, size: object = None, head: object = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Arguments of a request whose tensor is bytes."""
    tensor = features(parameters={"binary_data_size": len(data) if size is None else size}, **more)
    del tensor["data"]
    text = json.dumps({"inputs": [tensor]}).encode()
    length = str(len(text) if head is None else head)
    return {"content": text + data, "headers": {"inference-header-content-length": length}}


BYTES = struct.pack("<4f", *SETOSA)


def test_a_tensor_may_come_as_bytes(server: Local) -> None:
    answer = server.call("POST", INFER, **binary(BYTES)).json()
    # Nobody asked for bytes back.
    assert answer["outputs"][0]["data"] == [0]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (binary(BYTES[:-1]), "got 15 bytes; 4 values have 16"),
        (binary(BYTES + b"\0"), "got 17 bytes"),
        (binary(BYTES, size=17), "use the bytes after the JSON"),
        (binary(BYTES, size=-1), "use the bytes after the JSON"),
        (binary(BYTES, size=True), "use the bytes after the JSON"),
        (binary(BYTES, size="16"), "use the bytes after the JSON"),
        (binary(BYTES, size=0), "got 0 bytes"),
        (binary(BYTES + b"more", size=16), "4 bytes after the JSON are no input's"),
        (binary(struct.pack("<4f", 1, 2, 3, float("nan"))), "not finite"),
        (binary(struct.pack("<4f", 1, 2, 3, float("inf"))), "not finite"),
        (binary(BYTES, head=0), "use the length of the JSON"),
        (binary(BYTES, head=-1), "use the length of the JSON"),
        (binary(BYTES, head="1e3"), "use the length of the JSON"),
        (binary(BYTES, head=10**9), "use the length of the JSON"),
        (binary(BYTES, head="9" * 5000), "use the length of the JSON"),
        (binary(BYTES, head=3), "no valid JSON"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(
    server: Local, given: dict[str, Any], reason: str
) -> None:
    response = server.call("POST", INFER, **given)
    assert response.status_code == 400
    assert reason in response.json()["error"]


@pytest.mark.parametrize(
    ("outputs", "whole", "expected"),
    [
        (None, True, [True, True]),
        (None, False, [False, False]),
        ([("label", None), ("probabilities", False)], True, [True, False]),
        ([("probabilities", True), ("label", None)], False, [True, False]),
    ],
)
def test_each_output_may_be_asked_for_as_bytes(
    server: Local,
    outputs: list[tuple[str, bool | None]] | None,
    whole: bool,  # noqa: FBT001 - a case
    expected: list[bool],
) -> None:
    body: dict[str, Any] = {
        "inputs": [features(SETOSA * 2, (2, 4))],
        "parameters": {"binary_data_output": whole},
    }
    if outputs is not None:
        body["outputs"] = [
            {"name": name, **({} if own is None else {"parameters": {"binary_data": own}})}
            for name, own in outputs
        ]
    response = server.call("POST", INFER, json=body)
    length = int(response.headers.get("inference-header-content-length", len(response.content)))
    answer, rest = json.loads(response.content[:length]), response.content[length:]
    assert ["data" not in each for each in answer["outputs"]] == expected
    kind = "application/octet-stream" if any(expected) else "application/json"
    assert response.headers["content-type"] == kind
    for output in answer["outputs"]:
        if "data" in output:
            continue
        size = output["parameters"]["binary_data_size"]
        data, rest = rest[:size], rest[size:]
        if output["name"] == "label":
            assert struct.unpack("<2q", data) == (0, 0)
        else:
            assert sum(struct.unpack("<6f", data)) == pytest.approx(2)
    assert not rest


def arrays(datatype: str) -> st.SearchStrategy[Any]:
    """Rows of two values of a type, finite where they are floats."""
    shape = st.tuples(st.integers(1, 5), st.just(2))
    if datatype == "BYTES":
        text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
        return nps.arrays(object, shape, elements=text)
    dtype = next(name for name, word in DATATYPES.items() if word == datatype)
    finite: Any = {"allow_nan": False, "allow_infinity": False} if dtype.startswith("float") else {}
    return nps.arrays(dtype, shape, elements=nps.from_dtype(np.dtype(dtype), **finite))


@pytest.mark.parametrize("datatype", KINDS)
def test_values_come_back_whichever_way_they_are_sent(
    identities: dict[str, Model], datatype: str
) -> None:
    model = identities[datatype]

    @given(array=arrays(datatype), sent=st.booleans(), answered=st.booleans())
    def check(array: Any, sent: bool, answered: bool) -> None:  # noqa: ANN401, FBT001 - hypothesis gives them
        data = binary_tensors.write(array) if sent else b""
        tensor: dict[str, Any] = {"name": "x", "shape": list(array.shape), "datatype": datatype}
        if sent:
            tensor["parameters"] = {"binary_data_size": len(data)}
        else:
            tensor["data"] = array.ravel().tolist()
        request = {"inputs": [tensor], "parameters": {"binary_data_output": answered}}
        head = json.dumps(request).encode()
        reply = infer(model, head + data, str(len(head)), 1000, 30)
        length = int(reply.headers.get("inference-header-content-length", len(reply.body)))
        (output,) = json.loads(reply.body[:length])["outputs"]
        assert (output["datatype"], output["shape"]) == (datatype, list(array.shape))
        assert reply.rows == len(array)
        if answered:
            assert reply.body[length:] == binary_tensors.write(array)
        else:
            assert output["data"] == array.ravel().tolist()

    check()


TEXTS = TensorSpec("x", "str", ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x01\0\0\0a" * 3, "got 3 texts; the shape has 2"),
        (b"\x01\0\0\0a", "got 1 texts"),
        (b"\x01\0\0\0a\x01\0", "cut off"),
        (b"\x01\0\0\0a\x02\0\0\0b", "cut off"),
        (b"\xff\xff\xff\xff", "cut off"),
        (b"\x01\0\0\0a\x01\0\0\0\xff", "no Unicode"),
    ],
)
def test_texts_are_as_long_as_they_say(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        binary_tensors.read(TEXTS, memoryview(data), [2])


def test_a_boolean_is_0_or_1() -> None:
    spec = TensorSpec("x", "bool", ())
    assert binary_tensors.read(spec, memoryview(b"\0\1"), [2]).tolist() == [False, True]
    with pytest.raises(InputError, match="a byte over 1"):
        binary_tensors.read(spec, memoryview(b"\0\2"), [2])


@given(body=st.binary(max_size=60), length=st.none() | st.text(max_size=4) | st.integers(0, 70))
def test_no_bytes_cause_a_fault(server: Local, body: bytes, length: Any) -> None:  # noqa: ANN401 - any header
    model = server.serving.life.model()
    header = None if length is None else str(length)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which of two is not the point
        infer(model, body, header, 1000, 30)
    assert type(caught.value).__name__ in {"RefusedError", "InputError"}


def test_an_output_that_json_cannot_hold_is_a_fault_and_bytes_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A division by zero in the model; whoever asks for bytes sees it."""
    server = Local(model=identity(tmp_path, x=(TensorProto.FLOAT, [None])))

    def run(_feed: object, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        assert timeout_seconds
        return {"x_out": np.array([np.inf], "float32")}

    monkeypatch.setattr(server.serving.life.model(), "run", run)
    tensor = {"name": "x", "shape": [1], "datatype": "FP32", "data": [1.0]}
    path = "/v2/models/identity/infer"
    assert server.call("POST", path, json={"inputs": [tensor]}).status_code == 500
    asked = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
    response = server.call("POST", path, json=asked)
    assert response.status_code == 200
    assert response.content.endswith(struct.pack("<f", np.inf))


def test_a_model_without_a_version_has_none_in_its_answers(tmp_path: Path) -> None:
    server = Local(model=identity(tmp_path, x=(TensorProto.FLOAT, [None])))
    assert "versions" not in server.call("GET", "/v2/models/identity").json()
    tensor = {"name": "x", "shape": [1], "datatype": "FP32", "data": [1.0]}
    answer = server.call("POST", "/v2/models/identity/infer", json={"inputs": [tensor]}).json()
    assert "model_version" not in answer


def test_several_inputs_have_as_many_rows(tmp_path: Path) -> None:
    server = Local(model=identity(tmp_path, a=(1, [None]), b=(7, [None, 2])))
    a = {"name": "a", "shape": [2], "datatype": "FP32", "data": [0.5, 1.5]}
    b = {"name": "b", "shape": [2, 2], "datatype": "INT64", "data": [1, 2, 3, 4]}
    path = "/v2/models/identity/infer"
    answer = server.call("POST", path, json={"inputs": [b, a]}).json()
    assert [each["data"] for each in answer["outputs"]] == [[0.5, 1.5], [1, 2, 3, 4]]
    one = {"name": "b", "shape": [1, 2], "datatype": "INT64", "data": [1, 2]}
    response = server.call("POST", path, json={"inputs": [a, one]})
    assert (response.status_code, "as many rows" in response.text) == (400, True)
