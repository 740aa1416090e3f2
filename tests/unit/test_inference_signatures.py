"""Models of other signatures than one table of numbers: what goes in, comes out, and limits."""

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper  # pyright: ignore[reportMissingTypeStubs]

from runtime import cpus, inference, requests, tensors
from runtime.errors import ModelInputError
from runtime.inference import InputError, Model, OutputError, TensorSpec, TimeLimitError
from runtime.tensors import DTYPES, tensor
from tests.unit.slow_model import SLOW_ROWS, slow_model

API = cast(Any, helper)
FLOAT, INT64, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
Shape = Sequence[int | str | None] | None
Maker = Callable[..., Model]


def value(name: str, shape: Shape, kind: int = FLOAT) -> Any:  # noqa: ANN401 - onnx has no types
    return API.make_tensor_value_info(name, kind, shape)


def node(kind: str, inputs: str, outputs: str, **attributes: object) -> Any:  # noqa: ANN401
    return API.make_node(kind, inputs.split(), outputs.split(), **attributes)


@pytest.fixture
def made(tmp_path: Path) -> Maker:
    """A model of nodes, inputs, outputs and weights."""

    def make(
        nodes: list[Any], inputs: list[Any], outputs: list[Any], *weights: object, **more: str
    ) -> Model:
        graph = API.make_graph(nodes, "made", inputs, outputs, list(weights))
        opsets = [API.make_opsetid("", 18), API.make_opsetid("ai.onnx.ml", 3)]
        model = API.make_model(graph, opset_imports=opsets, ir_version=9)
        for key, text in more.items():
            model.metadata_props.add(key=key, value=text)
        path = tmp_path / "made.onnx"
        path.write_bytes(model.SerializeToString())
        return Model(path)

    return make


def test_an_input_without_axes_is_one_value_for_all_rows(made: Maker) -> None:
    model = made(
        [node("Mul", "x factor", "y")],
        [value("x", [None, 2]), value("factor", [])],
        [value("y", [None, 2])],
    )
    assert [str(spec) for spec in model.inputs][1] == "factor: one float32"
    rows = {"x": [[1.0, 2.0], [3.0, 4.0]], "factor": 2.0}
    assert [row["y"] for row in model.predict(rows)] == [[2.0, 4.0], [6.0, 8.0]]
    for wrong in ([2.0], None, "2", True, math.nan, 1e39):
        with pytest.raises(InputError, match=r"^factor: "):
            model.predict({**rows, "factor": wrong})


def test_an_input_of_open_rank_takes_a_value_per_row(made: Maker) -> None:
    model = made([node("Neg", "x", "y")], [value("x", None)], [value("y", None)])
    assert model.predict([1.0, 2.0]) == [{"y": -1.0}, {"y": -2.0}]


def test_axes_of_one_name_have_one_length(made: Maker) -> None:
    model = made(
        [node("Add", "x z", "y")],
        [value("x", ["batch", "length"]), value("z", ["batch", "length"])],
        [value("y", ["batch", "length"])],
    )
    assert model.predict({"x": [[1.0, 2.0]], "z": [[3.0, 4.0]]}) == [{"y": [4.0, 6.0]}]
    with pytest.raises(InputError, match="z: axis length has 3 values; it has 2 in x"):
        model.predict({"x": [[1.0, 2.0]], "z": [[3.0, 4.0, 5.0]]})


def test_what_the_signature_leaves_open_is_the_callers_fault(made: Maker) -> None:
    """An index out of range, a length that no operator takes."""
    table = API.make_tensor("table", FLOAT, [4, 1], [0.0, 1.0, 2.0, 3.0])
    indices = [value("x", [None, None], INT64)]
    model = made([node("Gather", "table x", "y")], indices, [value("y", None)], table)
    assert model.predict([[3]]) == [{"y": [[3.0]]}]
    told = "the model does not take these values; x: int64 rows"
    with pytest.raises(ModelInputError, match=told) as refused:
        model.predict([[4]])
    assert refused.value.kind == "InvalidArgument"

    weights = API.make_tensor("w", FLOAT, [3, 1], [1.0] * 3)
    rows = [value("x", [None, None])]
    model = made([node("MatMul", "x w", "y")], rows, [value("y", None)], weights)
    assert model.predict([[1.0, 2.0, 3.0]]) == [{"y": [6.0]}]
    with pytest.raises(ModelInputError, match="the model does not take these values"):
        model.predict([[1.0, 2.0]])
    # What does not fit the signature is not asked of the model.
    with pytest.raises(InputError) as misfit:
        model.predict([["text", 2.0]])
    assert not isinstance(misfit.value, ModelInputError)


def test_a_model_that_fails_on_what_fits_it_is_a_fault(made: Maker) -> None:
    """Here the signature is wrong, and no caller can help it."""
    shape = API.make_tensor("shape", INT64, [2], [-1, 3])
    rows = [value("x", [None, 2])]
    model = made([node("Reshape", "x shape", "y")], rows, [value("y", None)], shape)
    with pytest.raises(Exception, match="Reshape") as caught:
        model.predict([[1.0, 2.0]])
    assert not isinstance(caught.value, InputError)
    answer = requests.failure(caught.value, "request-1")
    assert (answer.status, "Reshape" in answer.body) == (500, False)


def test_maps_are_given_per_row_by_label(made: Maker) -> None:
    """As scikit-learn's converter makes them by default."""
    maps = API.make_sequence_type_proto(
        API.make_map_type_proto(INT64, API.make_tensor_type_proto(FLOAT, []))
    )
    zip_map = node("ZipMap", "x", "y", domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    outputs = [API.make_value_info("y", maps)]
    model = made([zip_map], [value("x", [None, 2])], outputs)
    assert model.predict([[0.25, 0.75], [1.0, 0.0]]) == [
        {"y": {"0": 0.25, "1": 0.75}},
        {"y": {"0": 1.0, "1": 0.0}},
    ]
    model = made([zip_map], [value("x", [None, 2])], outputs, labels="no\nyes")
    assert model.predict([[0.25, 0.75]]) == [{"y": {"no": 0.25, "yes": 0.75}}]
    with pytest.raises(OutputError, match="output y has a number that is not finite"):
        tensors.per_row("y", [{0: math.nan}], 1, ())


def test_sequences_of_tensors_are_given_per_row(made: Maker) -> None:
    parts = API.make_sequence_type_proto(API.make_tensor_type_proto(FLOAT, None))
    model = made(
        [node("SplitToSequence", "x", "y", axis=0, keepdims=0)],
        [value("x", [None, 2])],
        [API.make_value_info("y", parts)],
    )
    assert model.predict([[1.0, 2.0], [3.0, 4.0]]) == [{"y": [1.0, 2.0]}, {"y": [3.0, 4.0]}]


def test_an_output_that_is_not_per_row_belongs_to_a_single_one(made: Maker) -> None:
    nodes = [node("ReduceSum", "x", "y", keepdims=0)]
    model = made(nodes, [value("x", [None, 2])], [value("y", [])])
    assert model.predict([[1.0, 2.0]]) == [{"y": 3.0}]
    with pytest.raises(OutputError, match="output y is not one value for each of the 2 rows"):
        model.predict([[1.0, 2.0], [3.0, 4.0]])


def test_a_number_that_json_has_not_is_a_fault_that_the_log_explains(made: Maker) -> None:
    model = made([node("Log", "x", "y")], [value("x", [None])], [value("y", [None])])
    assert model.predict([1.0]) == [{"y": 0.0}]
    answer = requests.answer(model, lambda: b'{"instances": [0, 1]}', request_id="request-1")
    assert answer.status == 500
    assert answer.body == '{"error": "internal error", "request_id": "request-1"}'
    assert answer.fault["error"] == "OutputError"
    assert answer.fault["why"] == "output y has a number that is not finite"


def test_a_prediction_over_its_time_is_ended(tmp_path: Path) -> None:
    slow_model(tmp_path / "slow.onnx", steps=1_000_000)
    model = Model(tmp_path / "slow.onnx")
    with pytest.raises(TimeLimitError, match=r"the prediction took over 0\.2 s"):
        model.predict(SLOW_ROWS, timeout_seconds=0.2)
    body = json.dumps({"instances": SLOW_ROWS}).encode()
    answer = requests.answer(model, lambda: body, request_id="r", timeout_seconds=0.1)
    assert answer.status == 504
    assert "the prediction took over 0.1 s" in answer.body


class Failing:
    """A session that fails with what a lost GPU and a wrong value alike are, so many times."""

    def __init__(self, session: Any, times: int) -> None:  # noqa: ANN401 - it has no types
        self._session = session
        self._left = times

    def run(self, *arguments: object) -> Any:  # noqa: ANN401 - it has no types
        self._left -= 1
        if self._left >= 0:
            raise cast(Any, onnxruntime).capi.onnxruntime_pybind11_state.Fail("CUDA failure 700")
        return self._session.run(*arguments)


@pytest.mark.parametrize(("times", "status"), [(1, 400), (2, 500)])
def test_a_model_that_does_not_predict_zeros_any_more_is_no_fault_of_the_caller(
    made: Maker, monkeypatch: pytest.MonkeyPatch, times: int, status: int
) -> None:
    """Where lengths of axes are free, one run alone does not tell whose fault it is."""
    model = made([node("Neg", "x", "y")], [value("x", [None, None])], [value("y", [None, None])])
    assert model.warm_up() == ""
    monkeypatch.setattr(model, "_session", Failing(getattr(model, "_session"), times))  # noqa: B009
    body = b'{"instances": [[1.0, 2.0]]}'
    answer = requests.answer(model, lambda: body, request_id="request-1")
    assert answer.status == status
    assert answer.fault["error"] == "Fail"
    assert answer.fault.get("reason") == ("model_input" if status == 400 else None)
    assert "CUDA" not in answer.body + str(answer.fault)


def test_a_warm_up_never_stops_a_start(
    made: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = made([node("Log", "x", "y")], [value("x", [None])], [value("y", [None])])
    assert model.warm_up() == ""
    table = API.make_tensor("w", FLOAT, [3, 1], [1.0] * 3)
    rows = [value("x", [None, None])]
    model = made([node("MatMul", "x w", "y")], rows, [value("y", None)], table)
    assert model.warm_up() == "Fail"
    slow_model(tmp_path / "slow.onnx", steps=10_000_000)
    monkeypatch.setattr(inference, "_WARM_UP_SECONDS", 0.1)
    assert Model(tmp_path / "slow.onnx").warm_up() == "TimeLimitError"
    strings = [value("x", [None, 2], STRING)]
    model = made([node("Identity", "x", "y")], strings, [value("y", [None, 2], STRING)])
    assert model.warm_up() == ""


INTEGERS = {name: np.iinfo(name) for name in DTYPES.values() if "int" in name}


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_within_their_type(dtype: str) -> None:
    spec = TensorSpec("x", dtype, (2,))
    low, high = int(INTEGERS[dtype].min), int(INTEGERS[dtype].max)
    assert tensor(spec, [[low, high]], 10).tolist() == [[low, high]]
    for wrong in ([low - 1, 0], [0, high + 1], [0, 1.0], [0, True], [0, "1"]):
        with pytest.raises(InputError, match=r"x\[0\]\[[01]\]: got"):
            tensor(spec, [wrong], 10)


@pytest.mark.parametrize(
    ("dtype", "largest"), [("float16", 65504.0), ("float32", 3.4e38), ("float64", 1.7e308)]
)
def test_numbers_are_within_their_type(dtype: str, largest: float) -> None:
    spec = TensorSpec("x", dtype, ())
    assert np.isfinite(tensor(spec, [largest, -largest], 10)).all()
    with pytest.raises(InputError):
        tensor(spec, [largest * 1.1], 10)


CELLS = st.one_of(
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.none(),
    st.text(max_size=3),
    st.lists(st.floats(), max_size=2),
)
ROWS = st.one_of(
    st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2), min_size=1, max_size=5),
    st.lists(st.lists(st.integers(0, 200), min_size=2, max_size=2), min_size=1, max_size=5),
    st.lists(st.lists(CELLS, max_size=3), max_size=4),
    CELLS,
)


def careful(*_: object) -> None:
    """The quick way that always asks for the other one."""


@given(rows=ROWS, dtype=st.sampled_from(sorted(set(DTYPES.values()))))
def test_the_quick_way_and_the_careful_one_say_the_same(rows: Any, dtype: str) -> None:  # noqa: ANN401
    spec = TensorSpec("x", dtype, (2,))

    def result() -> object:
        try:
            return tensor(spec, rows, 4).tolist()
        except InputError as error:
            return str(error)

    quick = result()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensors, "_flat", careful)
        assert result() == quick


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "200000 100000"}, 2),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "10000 100000"}, 1),
        ({"cpu.max": "9000000 100000"}, 8),
        ({"cpu.max": "no numbers"}, 8),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ({"cpu/cpu.cfs_quota_us": "300000"}, 8),
    ],
)
def test_threads_are_as_many_as_the_container_may_use(
    files: dict[str, str], limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def affinity(_process: int) -> set[int]:
        return set(range(8))

    monkeypatch.setattr(cpus.os, "sched_getaffinity", affinity, raising=False)
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
    assert cpus.cpu_limit(tmp_path) == limit


def test_errors_of_onnx_runtime_are_not_written_to_the_log(
    made: Maker, capfd: pytest.CaptureFixture[str]
) -> None:
    """They quote values of the request."""
    table = API.make_tensor("table", FLOAT, [4, 1], [0.0] * 4)
    indices = [value("x", [None, None], INT64)]
    model = made([node("Gather", "table x", "y")], indices, [value("y", None)], table)
    with pytest.raises(InputError):
        model.predict([[73_911]])
    assert not re.search("73911|73,911", "".join(capfd.readouterr()))
