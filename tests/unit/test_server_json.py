"""What the protocol v2 answers as JSON: numbers as they are, texts of any kind."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto  # pyright: ignore[reportMissingTypeStubs]

from runtime.errors import OutputError
from runtime.inference import Model
from runtime.server import open_inference
from tests.unit.inference_server import SETOSA, Local, example, identity

FLOAT, DOUBLE = (int(cast(Any, TensorProto).FLOAT), int(cast(Any, TensorProto).DOUBLE))
REQUEST = {"name": "features", "shape": [1, 4], "datatype": "FP32", "data": SETOSA}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("identity")
    return Model(identity(folder, x=(DOUBLE, [None, None])), threads=1)


def answered(model: Model, data: list[float]) -> list[float]:
    tensor = {"name": "x", "shape": [1, len(data)], "datatype": "FP64", "data": data}
    reply = open_inference.infer(model, json.dumps({"inputs": [tensor]}).encode(), None, 10, 10.0)
    found: list[float] = json.loads(reply.body)["outputs"][0]["data"]
    return found


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_every_number_comes_back_as_it_was(model: Model, data: list[float]) -> None:
    found = answered(model, data)
    assert [value.hex() for value in found] == [value.hex() for value in data]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: float
) -> None:
    single = Model(identity(tmp_path, x=(FLOAT, [None, 2])), threads=1)
    results = {"x_out": np.array([[1.0, value]], "float32")}

    def run(*_given: object, **_more: object) -> dict[str, Any]:
        return results

    monkeypatch.setattr(single, "run", run)
    tensor = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1.0, 2.0]}
    body = json.dumps({"inputs": [tensor]}).encode()
    with pytest.raises(OutputError, match="not finite; ask for bytes"):
        open_inference.infer(single, body, None, 10, 10.0)


@pytest.mark.parametrize("text", ["\ud800", 'é"\\\u2028\x00', "a" * 100])
def test_an_id_comes_back_whatever_it_holds(tmp_path: Path, text: str) -> None:
    server = Local(model=example(tmp_path))
    body = json.dumps({"id": text, "inputs": [REQUEST]}).encode()
    answer = server.call("POST", "/v2/models/iris-classifier/infer", content=body)
    assert answer.status_code == 200
    assert json.loads(answer.content)["id"] == text
