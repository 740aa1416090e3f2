"""The time limit of a prediction: one thread ends the runs that take too long, and only those."""

import threading
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from onnx import TensorProto, helper  # pyright: ignore[reportMissingTypeStubs]

from runtime.inference import Model, TimeLimitError
from runtime.time_limit import time_limit


class Options:
    """As ONNX Runtime's: told to end, it does."""

    def __init__(self) -> None:
        self.told = threading.Event()

    @property
    def terminate(self) -> bool:
        return self.told.is_set()

    @terminate.setter
    def terminate(self, value: bool) -> None:
        assert value
        self.told.set()


def test_a_run_over_its_limit_is_told_to_end() -> None:
    options = Options()
    with time_limit(options, 0.01):
        assert options.told.wait(10)


def test_a_shorter_limit_beside_a_longer_one_is_kept() -> None:
    first, second, third = Options(), Options(), Options()
    with time_limit(first, 3600), time_limit(second, 0.01), time_limit(third, 3600):
        assert second.told.wait(10)
        assert not first.terminate
        assert not third.terminate


def test_a_run_that_has_ended_is_told_nothing() -> None:
    ended, later = Options(), Options()
    with time_limit(ended, 0.01):
        pass
    with time_limit(later, 0.02):
        assert later.told.wait(10)
    assert not ended.terminate


def test_all_runs_share_one_thread() -> None:
    with time_limit(Options(), 3600):
        before = threading.active_count()
        with time_limit(Options(), 3600), time_limit(Options(), None):
            assert threading.active_count() == before


def test_a_model_that_runs_too_long_is_ended(tmp_path: Path) -> None:
    """A loop whose condition is always true: it ends by the limit or never."""
    api = cast(Any, helper)
    scalar = api.make_tensor_value_info
    body = api.make_graph(
        [
            api.make_node("Identity", ["go"], ["go_on"]),
            api.make_node("Add", ["x_in", "x_in"], ["x_out"]),
        ],
        "body",
        [
            scalar("i", TensorProto.INT64, []),
            scalar("go", TensorProto.BOOL, []),
            scalar("x_in", TensorProto.FLOAT, [None]),
        ],
        [scalar("go_on", TensorProto.BOOL, []), scalar("x_out", TensorProto.FLOAT, [None])],
    )
    graph = api.make_graph(
        [api.make_node("Loop", ["times", "", "x"], ["y"], body=body)],
        "endless",
        [scalar("x", TensorProto.FLOAT, [None])],
        [scalar("y", TensorProto.FLOAT, [None])],
        [api.make_tensor("times", TensorProto.INT64, [], [2**62])],
    )
    made = api.make_model(graph, opset_imports=[api.make_opsetid("", 18)], ir_version=9)
    path = tmp_path / "endless.onnx"
    path.write_bytes(made.SerializeToString())
    model = Model(path, threads=1)
    with pytest.raises(TimeLimitError, match=r"over 0\.05 s"):
        model.run({"x": np.ones(1, dtype="float32")}, timeout_seconds=0.05)
