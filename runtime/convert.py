"""A fitted scikit-learn estimator as an ONNX file that predicts the same, or none at all.

It is for whoever trains: `runtime.convert.convert(estimator, rows, name="churn", version="1.0.0")`
gives the file's bytes once its predictions on `rows` were compared with the estimator's own. What
serves never sees the estimator: nothing that runs code when it is loaded is served.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from runtime.errors import InferenceError
from runtime.inference import Model

__all__ = ["ConversionError", "convert"]

# What the ONNX file asks of a runtime; ONNX Runtime 1.17 and later have it.
_OPSETS: Final = {"": 18, "ai.onnx.ml": 3}
# Of 32-bit numbers some seven digits count, and sums over trees lose some of them.
_TOLERANCE: Final = 1e-4

Array = np.ndarray[Any, np.dtype[Any]]


class ConversionError(Exception):
    """The estimator has no ONNX file that predicts the same; the text says what differs."""


def convert(
    estimator: Any,  # noqa: ANN401 - scikit-learn has no types
    rows: Array,
    *,
    name: str,
    version: str,
    labels: Sequence[str] = (),
    tolerance: float = _TOLERANCE,
) -> bytes:
    """The ONNX file of an estimator or pipeline, the same bytes on every run.

    `rows` are an array of two axes as the model will get them, in its type: 32-bit or 64-bit
    numbers, integers, or strings. They should be many and like the real ones: what is not among
    them is not compared. `labels` name the classes 0, 1, … where an estimator's classes are such
    numbers. The input is called `features`; outputs are `label` and `probabilities` of classifiers,
    else what the converter calls them.

    Raises:
        ConversionError: The converter does not know the estimator, or predictions differ by more
            than `tolerance`, absolute and relative, or in any label.
    """
    # Seconds of imports, wanted only when something is converted.
    from skl2onnx import to_onnx  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    if rows.ndim != 2 or not len(rows):  # noqa: PLR2004 - rows and columns
        raise ConversionError(f"rows: got the shape {rows.shape}; use rows and columns")
    classes = getattr(estimator, "classes_", None)
    if labels and (classes is None or list(classes) != list(range(len(labels)))):
        raise ConversionError(f"labels: got {len(labels)}; the classes are not 0 to that number")
    options: Any = {"zipmap": False} if hasattr(estimator, "predict_proba") else None
    features = _type(rows)
    try:
        model: Any = to_onnx(
            estimator,
            initial_types=[("features", features)],
            options=options,
            target_opset=_OPSETS,
            name=name,
        )
    except Exception as error:
        kind = type(estimator).__name__
        raise ConversionError(f"{kind} cannot be converted: {type(error).__name__}") from error
    # What changes with the tools and not with the model stays out of the digest.
    model.producer_name = name
    model.producer_version = version
    model.doc_string = ""
    texts = {"name": name, "version": version, "labels": "\n".join(labels)}
    for key, value in ((key, value) for key, value in texts.items() if value):
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString(deterministic=True)
    _compare(estimator, rows, content, labels, tolerance)
    return content


def _type(rows: Array) -> Any:  # noqa: ANN401 - the converter has no types
    from skl2onnx.common import data_types  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    types: Any = data_types
    by_kind = {
        "float32": types.FloatTensorType,
        "float64": types.DoubleTensorType,
        "int64": types.Int64TensorType,
        "str": types.StringTensorType,
    }
    kind = "str" if rows.dtype.kind in "OU" else rows.dtype.name
    if kind not in by_kind:
        raise ConversionError(f"rows: got {rows.dtype}; use {', '.join(by_kind)}")
    return by_kind[kind]([None, rows.shape[1]])


def _compare(
    estimator: Any,  # noqa: ANN401 - scikit-learn has no types
    rows: Array,
    content: bytes,
    labels: Sequence[str],
    tolerance: float,
) -> None:
    """Hold the file's predictions against the estimator's, by the core that will serve it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(content)
        try:
            model = Model(path, max_rows=len(rows))
            found = model.predict(rows.tolist())
        except InferenceError as error:
            raise ConversionError(f"the file cannot be served: {error}") from error
    outputs = {name: np.array([row[name] for row in found]) for name in model.outputs}
    first = model.outputs[0]
    own = estimator.predict if hasattr(estimator, "predict") else estimator.transform
    wanted = np.asarray(own(rows))
    if labels:
        wanted = np.array([labels[index] for index in wanted])
    _same(first, outputs[first], wanted, tolerance)
    if "probabilities" in outputs and hasattr(estimator, "predict_proba"):
        _same("probabilities", outputs["probabilities"], estimator.predict_proba(rows), tolerance)


def _same(name: str, got: Array, wanted: Array, tolerance: float) -> None:
    got = got.reshape(wanted.shape) if got.size == wanted.size else got
    if got.shape != wanted.shape:
        raise ConversionError(f"{name}: got the shape {got.shape}, not {wanted.shape}")
    if wanted.dtype.kind == "f":
        fits = np.isclose(got, wanted, rtol=tolerance, atol=tolerance)
    else:
        fits = got == wanted
    if not fits.all():
        rows = np.unique(np.argwhere(~fits)[:, 0])
        raise ConversionError(
            f"{name} differs in {len(rows)} of {len(got)} rows, the first being {rows[0]}; "
            "scale the features, or give rows of 64-bit numbers"
        )
