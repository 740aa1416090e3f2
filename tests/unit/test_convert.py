"""From scikit-learn to ONNX: the same predictions, or none."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from runtime import onnx_file
from runtime.convert import ConversionError, convert
from runtime.inference import Model
from tests.unit.estimators import ESTIMATORS, fitted

IRIS: Any = load_iris()
ROWS: Any = IRIS.data.astype("float32")


# The converter reads attributes of scikit-learn that will be gone one day; and how well a solver
# has converged is nothing to it.
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("make", "data"), ESTIMATORS)
def test_each_usual_estimator_becomes_a_file_that_is_served(
    make: Callable[[], Any],
    data: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    """The conversion itself compares predictions; what checks files refuses none of them."""
    estimator, rows = fitted(make, data)
    path = tmp_path / "model.onnx"
    path.write_bytes(convert(estimator, rows, name="any", version="1.0.0"))
    onnx_file.check(path)
    model = Model(path)
    assert (model.name, model.version) == ("any", "1.0.0")
    assert model.warm_up() == ""
    assert len(model.predict(rows[:3].tolist())) == 3


def test_there_are_at_least_fifty() -> None:
    assert len(ESTIMATORS) >= 50


def test_strings_are_rows_too(tmp_path: Path) -> None:
    rows = np.array([["a", "x"], ["b", "y"], ["a", "y"]] * 5)
    steps = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    estimator = steps.fit(rows, np.array(["no", "yes", "no"] * 5))
    path = tmp_path / "model.onnx"
    path.write_bytes(convert(estimator, rows, name="any", version="1"))
    (prediction,) = Model(path).predict([["b", "never seen"]])
    assert prediction["label"] in {"no", "yes"}


def test_the_same_estimator_gives_the_same_bytes() -> None:
    estimator = LogisticRegression(max_iter=500).fit(ROWS, IRIS.target)
    labels = [str(name) for name in IRIS.target_names]
    first, second = (
        convert(estimator, ROWS, name="iris", version="1", labels=labels) for _ in range(2)
    )
    assert first == second


class _Unknown(BaseEstimator):
    """Of a class that the converter does not know."""

    def predict(self, rows: Any) -> Any:  # noqa: ANN401
        return rows


@pytest.mark.parametrize(
    ("estimator", "change", "message"),
    [
        (SGDClassifier(loss="log_loss", random_state=0), {}, "label differs in 7 of 150 rows"),
        (QuadraticDiscriminantAnalysis(), {}, "output label is not one value for each"),
        (LogisticRegression(max_iter=500), {"tolerance": 0.0}, "probabilities differs"),
        (LogisticRegression(max_iter=500), {"labels": ["a", "b"]}, "labels: got 2"),
        (LogisticRegression(max_iter=500), {"rows": ROWS[:0]}, r"rows: got the shape \(0, 4\)"),
        (LogisticRegression(max_iter=500), {"rows": ROWS[0]}, r"rows: got the shape \(4,\)"),
        (LogisticRegression(max_iter=500), {"rows": ROWS > 1}, "rows: got bool; use float32"),
        (_Unknown(), {}, "_Unknown cannot be converted: MissingShapeCalculator"),
    ],
)
def test_what_would_predict_otherwise_is_no_file(
    estimator: Any,  # noqa: ANN401
    change: dict[str, Any],
    message: str,
) -> None:
    if not isinstance(estimator, _Unknown):
        estimator.fit(ROWS, IRIS.target)
    given: dict[str, Any] = {"rows": ROWS, "name": "any", "version": "1", **change}
    with pytest.raises(ConversionError, match=message):
        convert(estimator, given.pop("rows"), **given)
