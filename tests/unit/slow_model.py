"""A model that takes some time, in many small steps: what ends it, ends it between two of them."""

from pathlib import Path
from typing import Any, Final, cast

from onnx import TensorProto, helper  # pyright: ignore[reportMissingTypeStubs]

__all__ = ["SLOW_ROWS", "slow_model"]

_SIZE: Final = 300
# Half a megabyte of JSON.
SLOW_ROWS: Final = [[0.5] * _SIZE] * 400


def slow_model(path: Path, *, steps: int) -> None:
    """Write a model that multiplies each row by a matrix so many times."""
    api = cast(Any, helper)
    number, condition, matrix = TensorProto.INT64, TensorProto.BOOL, TensorProto.FLOAT

    def value(name: str, kind: int, *shape: int | None) -> Any:  # noqa: ANN401
        return api.make_tensor_value_info(name, kind, shape)

    body = api.make_graph(
        [
            api.make_node("MatMul", ["before", "w"], ["after"]),
            api.make_node("Identity", ["going"], ["goes_on"]),
        ],
        "step",
        [
            value("step", number),
            value("going", condition),
            value("before", matrix, None, _SIZE),
        ],
        [value("goes_on", condition), value("after", matrix, None, _SIZE)],
    )
    graph = api.make_graph(
        [api.make_node("Loop", ["steps", "going", "x"], ["y"], body=body)],
        "slow",
        [value("x", matrix, None, _SIZE)],
        [value("y", matrix, None, _SIZE)],
        [
            api.make_tensor("steps", number, [], [steps]),
            api.make_tensor("going", condition, [], [True]),
            api.make_tensor("w", matrix, [_SIZE, _SIZE], [0.001] * _SIZE**2),
        ],
    )
    made = api.make_model(graph, opset_imports=[api.make_opsetid("", 18)], ir_version=9)
    path.write_bytes(made.SerializeToString())
