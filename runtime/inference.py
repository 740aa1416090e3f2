"""Loads an ONNX model once, checks each input against the model's own signature, predicts.

Imports numpy and ONNX Runtime only; the handlers and servers around it add their protocol.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

from runtime.cpus import cpu_limit
from runtime.errors import (
    InferenceError,
    InputError,
    LoadError,
    ModelInputError,
    OutputError,
    TimeLimitError,
)
from runtime.settings import DEFAULT_MAX_ROWS
from runtime.tensors import DTYPES, Array, TensorSpec, one_row, per_row, same_lengths, tensor
from runtime.time_limit import time_limit

__all__ = [
    "InferenceError",
    "InputError",
    "LoadError",
    "Model",
    "OutputError",
    "TensorSpec",
    "TimeLimitError",
]

_onnx: Any = onnxruntime  # It has no type stubs.
_errors: Any = _onnx.capi.onnxruntime_pybind11_state
# Lambda gives a start ten.
_WARM_UP_SECONDS: Final = 2.0
_GPU: Final = "CUDAExecutionProvider"
_CPU: Final = "CPUExecutionProvider"
_QUIET: Final = 4  # Fatal errors only: others quote the shapes of a request.


def _providers() -> list[str]:
    """NVIDIA's GPU where the package has it (onnxruntime-gpu), which leaves to the CPU the rest."""
    available = cast(list[str], _onnx.get_available_providers())
    return [name for name in (_GPU, _CPU) if name in available]


class Model:
    """A model in memory. Predictions may be made from several threads."""

    def __init__(
        self,
        path: Path | str,
        *,
        max_rows: int = DEFAULT_MAX_ROWS,
        threads: int | None = None,
        name: str = "",
        version: str = "",
    ) -> None:
        """Load the ONNX file at `path`; `threads` of one prediction are as many as CPUs allowed.

        The file's metadata may hold `name`, `version` and `labels` (class names, one per line);
        `name` and `version` given here count more.

        Raises:
            LoadError: The file cannot be read, is no ONNX model, or has an input that is no tensor
                of numbers, booleans or strings.
        """
        options = _onnx.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = threads or cpu_limit()
        try:
            self._session: Any = _onnx.InferenceSession(
                os.fspath(path), options, providers=_providers(), enable_fallback=0
            )
        except Exception as error:
            raise LoadError(
                f"{Path(path).name} cannot be loaded: {type(error).__name__}"
            ) from error
        self.provider = str(self._session.get_providers()[0])
        if self.provider != _providers()[0]:
            # It only logs that: a GPU's machine that predicts by its CPU would be found too late.
            raise LoadError(
                f"{Path(path).name} cannot be loaded: this ONNX Runtime is for GPUs, and none can "
                "be used here"
            )
        metadata = cast(dict[str, str], self._session.get_modelmeta().custom_metadata_map)
        self.name = name or metadata.get("name", Path(path).stem)
        self.version = version or metadata.get("version", "")
        self.labels = tuple(metadata.get("labels", "").splitlines())
        self.inputs = _inputs(self._session.get_inputs())
        self.output_specs = tuple(_spec(item) for item in self._session.get_outputs())
        self.outputs: tuple[str, ...] = tuple(spec.name for spec in self.output_specs)
        self.observe: Callable[[float], None] | None = None
        """Is told the seconds of each run, for metrics."""
        self.watch: Callable[[Mapping[str, Array], Mapping[str, Any]], None] | None = None
        """Is told inputs and outputs of each run, by name, for drift."""
        self._is_free = any(spec.is_free for spec in self.inputs)
        self._max_rows = max_rows
        self._takes_zeros = False

    def predict(
        self,
        rows: Sequence[object] | Mapping[str, object],
        *,
        timeout_seconds: float | None = None,
    ) -> list[dict[str, Any]]:
        """One dictionary per row: each output of the model by name, as JSON values.

        `rows` is a list of rows for a model with one input, else a list of rows by input name. An
        integer output of a model with labels is given as its label.

        Raises:
            InputError: The rows do not fit the model's inputs.
            OutputError: The model answered a number that is not finite, or not per row.
            TimeLimitError: It took longer than `timeout_seconds`.
        """
        feed = self.feed(rows)
        results = self.run(feed, timeout_seconds=timeout_seconds)
        count = next(len(feed[spec.name]) for spec in self.inputs if not spec.scalar)
        columns = [per_row(name, results[name], count, self.labels) for name in self.outputs]
        return [
            dict(zip(self.outputs, values, strict=True)) for values in zip(*columns, strict=True)
        ]

    def feed(self, rows: Sequence[object] | Mapping[str, object]) -> dict[str, Array]:
        """The arrays that `run` takes, made from rows of JSON values.

        Raises:
            InputError: The rows do not fit the model's inputs.
        """
        if not isinstance(rows, Mapping):
            if len(self.inputs) != 1:
                names = ", ".join(spec.name for spec in self.inputs)
                raise InputError(f"the model has several inputs; give rows by name: {names}")
            rows = {self.inputs[0].name: rows}
        names = {spec.name for spec in self.inputs}
        if set(rows) != names:
            raise InputError(f"got inputs {_names(rows)}; use {_names(names)}")
        feed = {spec.name: tensor(spec, rows[spec.name], self._max_rows) for spec in self.inputs}
        same_lengths(self.inputs, feed)
        return feed

    def run(
        self, feed: Mapping[str, Array], *, timeout_seconds: float | None = None
    ) -> dict[str, Any]:
        """The model's outputs by name, as ONNX Runtime gives them, for arrays by input name.

        A time limit ends the run between two of the model's operators, not within one.

        Raises:
            ModelInputError: The model does not take what its signature leaves open: an index that
                is out of range, an axis that is too short.
            TimeLimitError: It took longer than `timeout_seconds`.
        """
        options = _onnx.RunOptions()
        options.log_severity_level = _QUIET
        begin = time.perf_counter()
        try:
            with time_limit(options, timeout_seconds):
                results = cast(list[Any], self._session.run(self.outputs, dict(feed), options))
        except Exception as error:
            if options.terminate:
                raise TimeLimitError(f"the prediction took over {timeout_seconds} s") from error
            if self._is_of_input(error) and not self._is_broken():
                signature = "; ".join(str(spec) for spec in self.inputs)
                told = f"the model does not take these values; {signature}"
                raise ModelInputError(told, type(error).__name__) from error
            raise
        if self.observe is not None:
            self.observe(time.perf_counter() - begin)
        found = dict(zip(self.outputs, results, strict=True))
        if self.watch is not None:
            self.watch(feed, found)
        return found

    def warm_up(self) -> str:
        """Predict one row of zeros, so that the first request finds everything allocated.

        Zeros need not suit a model, nor need one row be quick: what ends it is returned as the type
        of the error, empty for none.
        """
        try:
            self.run(self._zeros(), timeout_seconds=_WARM_UP_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, the model may serve real rows
            is_late = isinstance(error, TimeLimitError)
            return type(error if is_late else error.__cause__ or error).__name__
        self._takes_zeros = True
        return ""

    def _zeros(self) -> dict[str, Array]:
        return {spec.name: one_row(spec) for spec in self.inputs}

    def _is_broken(self) -> bool:
        """Whether it fails for what it took when it started, as with a GPU that is lost."""
        if not self._takes_zeros:
            return False
        options = _onnx.RunOptions()
        options.log_severity_level = _QUIET
        try:
            with time_limit(options, _WARM_UP_SECONDS):
                self._session.run(self.outputs, self._zeros(), options)
        except Exception:  # noqa: BLE001 - the caller's error tells more
            return not options.terminate
        return False

    def _is_of_input(self, error: Exception) -> bool:
        """Whether it is the caller's; `Fail` is, where the caller chooses lengths of axes."""
        return isinstance(error, _errors.InvalidArgument) or (
            self._is_free and isinstance(error, (_errors.Fail, _errors.RuntimeException))
        )


def _inputs(items: Sequence[Any]) -> tuple[TensorSpec, ...]:
    """Beside inputs with axes, one without is one value; alone, it is one whose rank is open.

    ONNX Runtime gives both the same shape.
    """
    for item in items:
        if item.type not in DTYPES:
            raise LoadError(f"input {item.name} is a {item.type}; use {', '.join(DTYPES)}")
    has_rows = any(item.shape for item in items)
    return tuple(_spec(item, scalar=has_rows and not item.shape) for item in items)


def _spec(item: Any, *, scalar: bool = False) -> TensorSpec:  # noqa: ANN401 - it has no types
    dims = cast(list[object], item.shape or [])
    rows, *shape = (size if isinstance(size, int) else None for size in dims or (None,))
    axes = tuple(size if isinstance(size, str) else "" for size in dims[1:])
    dtype = DTYPES.get(item.type, str(item.type))
    return TensorSpec(str(item.name), dtype, tuple(shape), rows, axes, scalar)


def _names(names: Mapping[str, object] | set[str]) -> str:
    shown = sorted(str(name)[:64] for name in names)[:10]
    return ", ".join(shown) or "none"
