"""The inference core: the model's own answers, and what it refuses."""

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from onnx import TensorProto, helper  # pyright: ignore[reportMissingTypeStubs]
from sklearn.datasets import load_iris  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from runtime import train_example
from runtime.inference import InferenceError, InputError, LoadError, Model

IRIS = cast(Any, load_iris())
ROWS: list[list[float]] = IRIS.data.tolist()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Path]]:
    """By version: scikit-learn's own model, and the ONNX file made from it."""
    folder = tmp_path_factory.mktemp("models")
    found: dict[str, tuple[Any, Path]] = {}
    for version in train_example.VERSIONS:
        classifier, content = train_example.train(version)
        path = folder / f"{version.version}.onnx"
        train_example.write(path, content)
        found[version.version] = (classifier, path)
    return found


@pytest.fixture(scope="module")
def model(trained: dict[str, tuple[Any, Path]]) -> Model:
    return Model(trained["1.0.0"][1])


@pytest.mark.parametrize("version", [v.version for v in train_example.VERSIONS])
def test_predictions_are_scikit_learns_on_all_of_iris(
    trained: dict[str, tuple[Any, Path]], version: str
) -> None:
    classifier, path = trained[version]
    predictions = Model(path).predict(ROWS)
    data = IRIS.data.astype("float32")
    labels = [str(IRIS.target_names[index]) for index in classifier.predict(data)]
    assert [p["label"] for p in predictions] == labels
    ours = np.array([p["probabilities"] for p in predictions])
    assert np.abs(ours - classifier.predict_proba(data)).max() < 1e-5


def test_the_two_versions_differ(trained: dict[str, tuple[Any, Path]]) -> None:
    first, second = (Model(trained[v][1]).predict(ROWS) for v in ("1.0.0", "1.1.0"))
    assert first != second


def test_a_model_tells_what_it_is(model: Model) -> None:
    assert (model.name, model.version) == ("iris-classifier", "1.0.0")
    assert model.labels == ("setosa", "versicolor", "virginica")
    assert [str(spec) for spec in model.inputs] == ["features: float32 rows of shape [4]"]


def test_rows_may_be_given_by_input_name(model: Model) -> None:
    assert model.predict({"features": ROWS[:3]}) == model.predict(ROWS[:3])


def test_whole_numbers_are_numbers(model: Model) -> None:
    assert model.predict([[5, 3, 1, 0]]) == model.predict([[5.0, 3.0, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (list[float](), "use a list of at least one row"),
        ([[1, 2, 3]], r"got shape \[3\]"),
        ([[1, 2, 3, 4, 5]], r"got shape \[5\]"),
        ([1, 2, 3, 4], "got 0 axes"),
        ([[[1, 2, 3, 4]]], r"got shape \[1, 4\]|got 2 axes"),
        ([[1, 2, 3, 4], [1, 2, 3]], "got 3 values, the others have 4"),
        ([[1, 2, 3, 4], 5], "got a number"),
        ([[1, 2, 3, "4"]], r"features\[0\]\[3\]: got a string"),
        ([[1, 2, 3, None]], "got null"),
        ([[1, 2, 3, True]], "got a boolean"),
        ([[1, 2, 3, {"a": 1}]], "got an object"),
        ([[1, 2, 3, math.nan]], "not finite"),
        ([[1, 2, 3, -math.inf]], "not finite"),
        ([[1, 2, 3, 1e39]], "too large for float32"),
        ([[1, 2, 3, 10**400]], "a number that does not fit"),
        ({"other": [[1, 2, 3, 4]]}, "got inputs other; use features"),
        ({"features": "rows"}, "use a list of at least one row"),
    ],
)
def test_what_does_not_fit_is_refused(model: Model, rows: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match=message):
        model.predict(rows)


def test_too_many_rows_are_refused(trained: dict[str, tuple[Any, Path]]) -> None:
    small = Model(trained["1.0.0"][1], max_rows=2)
    assert len(small.predict(ROWS[:2])) == 2
    with pytest.raises(InputError, match="got 3 rows; use at most 2"):
        small.predict(ROWS[:3])


@pytest.mark.parametrize("content", [None, b"", b"no model at all"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LoadError, match=r"model\.onnx cannot be loaded"):
        Model(path)
    assert issubclass(LoadError, InferenceError)


Maker = Callable[..., Path]


@pytest.fixture
def identity(tmp_path: Path) -> Maker:
    """Makes a model that gives each of its inputs back."""

    def make(**inputs: tuple[int, list[int | str | None]]) -> Path:
        api = cast(Any, helper)
        ins = [api.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()]
        outs = [
            api.make_tensor_value_info(f"{n}_out", kind, shape)
            for n, (kind, shape) in inputs.items()
        ]
        nodes = [api.make_node("Identity", [n], [f"{n}_out"]) for n in inputs]
        graph = api.make_graph(nodes, "identity", ins, outs)
        made = api.make_model(graph, opset_imports=[api.make_opsetid("", 18)], ir_version=9)
        path = tmp_path / "identity.onnx"
        path.write_bytes(made.SerializeToString())
        return path

    return make


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (TensorProto.INT64, [[1, -(2**63)]], [[1, 2**63]]),
        (TensorProto.INT32, [[1, 2**31 - 1]], [[1, 2**31]]),
        (TensorProto.INT64, [[1, 2]], [[1, 2.0]]),
        (TensorProto.BOOL, [[True, False]], [[True, 0]]),
        (TensorProto.STRING, [["a", "ü"]], [["a", 1]]),
        (TensorProto.STRING, [["a", "\U0001f600"]], [["a", "\ud83d"]]),
        (TensorProto.DOUBLE, [[0.1, 1e300]], [[0.1, math.inf]]),
    ],
)
def test_each_type_of_input_is_checked(
    identity: Maker,
    kind: int,
    good: Any,  # noqa: ANN401
    bad: Any,  # noqa: ANN401
) -> None:
    model = Model(identity(x=(kind, [None, 2])))
    assert model.predict(good) == [{"x_out": good[0]}]
    with pytest.raises(InputError, match=r"x\[0\]\[1\]"):
        model.predict(bad)


def test_several_inputs_are_given_by_name_with_as_many_rows(identity: Maker) -> None:
    model = Model(identity(a=(TensorProto.FLOAT, [None]), b=(TensorProto.FLOAT, [None, "n"])))
    assert model.predict({"a": [1.0, 2.0], "b": [[3.0], [4.0]]}) == [
        {"a_out": 1.0, "b_out": [3.0]},
        {"a_out": 2.0, "b_out": [4.0]},
    ]
    with pytest.raises(InputError, match="give rows by name: a, b"):
        model.predict([[1.0]])
    with pytest.raises(InputError, match="as many rows"):
        model.predict({"a": [1.0], "b": [[3.0], [4.0]]})


def test_a_row_without_values_is_refused(identity: Maker) -> None:
    with pytest.raises(InputError, match=r"x\[0\]: got an empty list"):
        Model(identity(x=(TensorProto.FLOAT, [None, None]))).predict([[]])


def test_a_model_for_a_fixed_number_of_rows_takes_no_other(identity: Maker) -> None:
    """As PyTorch exports one by default, for a single row."""
    model = Model(identity(x=(TensorProto.FLOAT, [1, 2])))
    assert model.predict([[1.0, 2.0]]) == [{"x_out": [1.0, 2.0]}]
    with pytest.raises(InputError, match="got 2 rows; the model takes 1"):
        model.predict([[1.0, 2.0], [3.0, 4.0]])


def test_an_input_that_is_no_tensor_of_json_values_is_refused(identity: Maker) -> None:
    with pytest.raises(LoadError, match=r"tensor\(bfloat16\)"):
        Model(identity(x=(TensorProto.BFLOAT16, [None, 2])))


def test_training_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """In two processes with other hash seeds, as on two machines."""
    outputs: list[str] = []
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "MODEL_SERVING_CACHE": str(tmp_path / seed),
        }
        done = subprocess.run(
            [sys.executable, "-m", "runtime.train_example"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].count("sha256:") == 2
    assert not list(tmp_path.rglob(".model.onnx*"))
