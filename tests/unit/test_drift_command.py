"""`python -m runtime.drift`: files of rows become profiles, and are compared with them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from onnx import TensorProto
from sklearn.datasets import load_iris  # pyright: ignore[reportMissingTypeStubs]

from runtime.drift.__main__ import EXIT_DRIFT, EXIT_WRONG, main
from runtime.drift.bins import Bins
from runtime.drift.profile import read
from runtime.inference import Model
from tests.unit.inference_server import SETOSA, example, identity

IRIS = cast(Any, load_iris)()
NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def written(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


@pytest.fixture
def rows(tmp_path: Path) -> str:
    return written(tmp_path / "rows.csv", NAMES, IRIS.data.tolist())


def test_a_profile_with_the_models_predictions_fits_the_model(tmp_path: Path, rows: str) -> None:
    model, profile = example(tmp_path), tmp_path / "profile.json"
    assert main(["profile", rows, "--model", str(model), "-o", str(profile)]) == 0
    found = read(profile.read_bytes())
    assert [each.name for each in found.columns if each.kind == "feature"] == NAMES
    predictions = [each for each in found.columns if each.kind == "prediction"]
    assert [each.name for each in predictions] == ["label", *(f"probabilities.{i}" for i in "012")]
    assert predictions[0].values == ("setosa", "versicolor", "virginica")
    loaded = Model(model)
    bins = Bins(found, loaded.inputs, loaded.output_specs, loaded.labels)
    loaded.watch = bins.add
    loaded.predict(IRIS.data.tolist())
    assert (bins.rows, bins.faults) == (150, 0)
    expected = np.concatenate([np.array(each.shares) * 150 for each in found.columns])
    assert bins.counts() == pytest.approx(expected, abs=1e-3)
    before = bins.counts()
    loaded.predict([SETOSA])
    # One bin of each column.
    assert (bins.counts() - before).sum() == len(found.columns)


def test_a_model_with_several_inputs_knows_them_by_name(tmp_path: Path) -> None:
    model = identity(tmp_path, age=(TensorProto.INT64, ["n"]), plan=(TensorProto.STRING, ["n", 1]))
    rows = [("basic" if row % 3 else "pro", 20 + row % 4) for row in range(120)]
    path = written(tmp_path / "rows.csv", ["plan", "age"], rows)
    profile = tmp_path / "profile.json"
    arguments = ["profile", path, "--model", str(model), "-o", str(profile)]
    assert main(arguments) == 0
    found = read(profile.read_bytes())
    features = [each for each in found.columns if each.kind == "feature"]
    assert [(each.name, each.column) for each in features] == [("plan", 0), ("age", 0)]
    path = written(tmp_path / "rows.csv", ["plan", "years"], rows)
    assert main(arguments) == EXIT_WRONG


def test_rows_are_compared_by_name(
    tmp_path: Path, rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = str(tmp_path / "profile.json")
    assert main(["profile", rows, "-o", profile]) == 0
    capsys.readouterr()
    shifted = [[*row[:3], row[3] + 1, "new"] for row in IRIS.data.tolist()]
    others = written(tmp_path / "others.csv", [*NAMES, "more"], shifted)
    assert main(["compare", profile, rows]) == 0
    assert main(["compare", profile, others]) == EXIT_DRIFT
    assert main(["compare", profile, others, "--threshold", "1000"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["index", "distance", "of", "150", "rows"]
    first = shown[6].split()
    assert (float(first[0]) > 1, first[2:]) == (True, ["feature", "petal_width"])
    assert shown[7].split()[:2] == ["0.000", "0.000"]


def test_texts_gaps_and_predictions_of_a_csv(tmp_path: Path) -> None:
    lines = [
        ("" if row % 4 == 0 else row % 10, f"00{row % 3}", "yes" if row % 5 == 0 else "no")
        for row in range(200)
    ]
    path = written(tmp_path / "rows.csv", ["age", "code", "churn"], lines)
    profile = tmp_path / "profile.json"
    asked = ["profile", path, "--text", "code", "--prediction", "churn", "-o", str(profile)]
    assert main(asked) == 0
    age, code, churn = read(profile.read_bytes()).columns
    assert (age.kind, age.column, age.shares[-1]) == ("feature", 0, 0.25)
    assert (code.column, code.values, sum(code.shares)) == (1, ("000", "001", "002"), 1)
    assert (churn.kind, churn.column, churn.values) == ("prediction", 0, ("no", "yes"))
    assert churn.shares == (0.8, 0.2, 0)
    assert main([*asked, "--bins", "2"]) == 0
    age, code, _ = read(profile.read_bytes()).columns
    assert (len(age.edges), len(code.values or ())) == (1, 2)
    assert code.shares[-1] == pytest.approx(1 / 3, abs=0.01)


def test_an_array_of_numpys_has_columns_by_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, IRIS.data)
    profile = tmp_path / "profile.json"
    assert main(["profile", str(path), "-o", str(profile)]) == 0
    document = json.loads(profile.read_text())
    assert [each["name"] for each in document["features"]] == ["x0", "x1", "x2", "x3"]


BAD = {
    "no header": ("", "is no CSV in UTF-8 with a header"),
    "two of a name": ("a,a\n1,2\n", "each column needs a name of its own"),
    "short": ("a,b\n1,2\n3\n", "rows.csv:3: got 1 values; the header has 2"),
    "few": ("a\n1\n", "there are 1 rows; use at least 100"),
}


@pytest.mark.parametrize(("content", "told"), BAD.values(), ids=BAD)
def test_rows_that_cannot_be_read_are_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    profile = tmp_path / "profile.json"
    assert main(["profile", str(path), "-o", str(profile)]) == EXIT_WRONG
    assert told in capsys.readouterr().err
    assert not profile.exists()


def test_what_is_no_file_of_rows_is_told(
    tmp_path: Path, rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["-o", str(tmp_path / "profile.json")]
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    np.save(tmp_path / "far.npy", np.full((200, 1), np.inf))
    np.savez(tmp_path / "many.npz", a=np.zeros(3))
    (tmp_path / "many.npz").rename(tmp_path / "many.npy")
    for arguments, told in (
        ([str(tmp_path / "none.csv")], "cannot be read: No such file"),
        ([str(tmp_path / "rows.parquet")], "use a file .csv with a header, or .npy"),
        ([str(tmp_path / "cube.npy")], "use rows and columns of numbers"),
        ([str(tmp_path / "far.npy")], "it has a number that is not finite"),
        ([str(tmp_path / "many.npy")], "holds several arrays; use one"),
        ([rows, "--text", "plan"], "rows.csv has no column plan"),
        ([rows, "--prediction", "plan"], "there is no column plan"),
        ([rows, "--bins", "1"], "--bins: got 1; use 2 to 50"),
        ([rows, "--model", str(tmp_path / "none.onnx")], "cannot be loaded"),
    ):
        assert main(["profile", *arguments, *output]) == EXIT_WRONG
        assert told in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "no.json"), rows]) == EXIT_WRONG
    assert "no.json cannot be read" in capsys.readouterr().err


def test_rows_of_another_model_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(example(tmp_path))
    output = ["-o", str(tmp_path / "profile.json")]
    three = written(tmp_path / "three.csv", NAMES[:3], [row[:3] for row in IRIS.data.tolist()])
    assert main(["profile", three, "--model", model, *output]) == EXIT_WRONG
    assert (
        "the rows have 3 features; features: float32 rows of shape [4]" in capsys.readouterr().err
    )
    text = written(tmp_path / "text.csv", NAMES, [[*r[:3], "x"] for r in IRIS.data.tolist()])
    assert main(["profile", text, "--model", model, *output]) == EXIT_WRONG
    assert "the rows have numbers and texts" in capsys.readouterr().err
    rows = written(tmp_path / "rows.csv", NAMES, IRIS.data.tolist())
    assert main(["profile", rows, "--model", model, "--prediction", "x", *output]) == EXIT_WRONG
    assert "use --model or --prediction, not both" in capsys.readouterr().err
