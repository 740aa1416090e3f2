"""Triton's public client, over HTTP against a process: the open inference protocol as others do."""

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto
from tritonclient import http  # pyright: ignore[reportMissingTypeStubs]
from tritonclient.utils import InferenceServerException  # pyright: ignore[reportMissingTypeStubs]

from runtime.inference import Model
from tests.unit.inference_server import NAME, SETOSA, example, identity, ready

triton: Any = http
ROWS = np.array([SETOSA, [6.3, 3.3, 6.0, 2.5]], dtype="float32")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Any, Model]]:
    """A client of the example's model, and the model itself."""
    path = example(tmp_path_factory.mktemp("model"))
    with ready(path) as server:
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}", concurrency=2)
        yield client, Model(path)
        client.close()


def given(rows: Any = ROWS, *, binary: bool = True) -> list[Any]:  # noqa: ANN401 - an array
    tensor = triton.InferInput("features", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows, binary_data=binary)
    return [tensor]


def test_health_and_metadata(served: tuple[Any, Model]) -> None:
    client, _ = served
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(NAME)
    assert client.is_model_ready(NAME, "1.0.0")
    assert not client.is_model_ready(NAME, "9")
    assert not client.is_model_ready("other")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata(NAME)
    assert (metadata["name"], metadata["versions"]) == (NAME, ["1.0.0"])
    assert metadata["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 4]}]


@pytest.mark.parametrize("sent", [True, False], ids=["bytes", "json"])
@pytest.mark.parametrize("answered", [None, True, False], ids=["all", "bytes", "json"])
def test_tensors_as_bytes_and_as_json(
    served: tuple[Any, Model],
    sent: bool,  # noqa: FBT001 - a case
    answered: bool | None,  # noqa: FBT001 - a case
) -> None:
    client, model = served
    outputs = None
    if answered is not None:
        outputs = [
            triton.InferRequestedOutput(name, binary_data=answered)
            for name in ("probabilities", "label")
        ]
    result = client.infer(
        NAME,
        given(binary=sent),
        model_version="1.0.0",
        outputs=outputs,
        request_id="r-7",
        parameters={"own": "parameter"},
    )
    expected = model.run({"features": ROWS})
    assert (result.as_numpy("label") == expected["label"]).all()
    assert np.abs(result.as_numpy("probabilities") - expected["probabilities"]).max() < 1e-6
    answer = result.get_response()
    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("r-7", NAME, "1.0.0")


def test_one_output_is_asked_for(served: tuple[Any, Model]) -> None:
    client, _ = served
    result = client.infer(NAME, given(), outputs=[triton.InferRequestedOutput("label")])
    assert [each["name"] for each in result.get_response()["outputs"]] == ["label"]
    assert result.as_numpy("label").tolist() == [0, 2]
    assert result.as_numpy("probabilities") is None


def test_many_at_once(served: tuple[Any, Model]) -> None:
    client, _ = served
    waiting = [client.async_infer(NAME, given()) for _ in range(20)]
    assert [each.get_result().as_numpy("label").tolist() for each in waiting] == [[0, 2]] * 20


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ({"model_name": "other"}, "404", "there is no model"),
        ({"model_version": "9"}, "404", "there is no such version"),
        ({"inputs": given(ROWS[:, :3].copy())}, "400", "shape: got \\[2, 3\\]"),
        ({"inputs": given(np.full((1, 4), np.nan, "float32"))}, "400", "not finite"),
        ({"outputs": [triton.InferRequestedOutput("other")]}, "400", "outputs\\[0\\].name"),
        ({"outputs": [triton.InferRequestedOutput("label", class_count=2)]}, "400", "class"),
        ({"request_compression_algorithm": "gzip"}, "415", "compressed"),
    ],
)
def test_errors_have_a_status_and_a_reason(
    served: tuple[Any, Model], arguments: dict[str, Any], status: str, message: str
) -> None:
    client, _ = served
    with pytest.raises(InferenceServerException, match=message) as caught:
        client.infer(**{"model_name": NAME, "inputs": given(), **arguments})
    assert caught.value.status() == status
    # The connection, or another one, goes on.
    assert client.is_server_ready()


def test_texts_and_booleans(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("texts")
    path = identity(folder, t=(TensorProto.STRING, [None]), b=(TensorProto.BOOL, [None]))
    texts = np.array(["a", "ü", ""], dtype=object)
    flags = np.array([True, False, True])
    with ready(path, MODEL_NAME="texts") as server:
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
        for binary in (True, False):
            first = triton.InferInput("t", [3], "BYTES")
            first.set_data_from_numpy(texts, binary_data=binary)
            second = triton.InferInput("b", [3], "BOOL")
            second.set_data_from_numpy(flags, binary_data=binary)
            result = client.infer("texts", [first, second])
            assert [text.decode() for text in result.as_numpy("t_out")] == ["a", "ü", ""]
            assert result.as_numpy("b_out").tolist() == [True, False, True]
        client.close()
