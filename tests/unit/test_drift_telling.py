"""What a model with a profile tells of drift: the server as metrics, functions as lines of log."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from runtime import lambda_handler, loading
from runtime.drift.profile import Profile, ProfileError, read
from runtime.errors import SourceError
from runtime.functions import Request, answered
from runtime.loading import Started
from runtime.model_source import tried
from runtime.server import process
from runtime.settings import Settings
from tests.unit.inference_server import SETOSA, Local, example, running

EDGES = (5.0, 6.0)
SHARES = (0.25, 0.5, 0.25, 0)


def profile(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any JSON
    numbers = {"name": "sepal_length", "column": 0, "edges": EDGES, "shares": SHARES}
    label = {"name": "label", "values": ["setosa", "virginica"], "shares": [0.5, 0.25, 0.25]}
    document = {
        "format": "model-serving-drift-profile",
        "version": 1,
        "rows": 400,
        "features": [numbers | changes],
        "predictions": [label],
    }
    path = folder / "profile.json"
    path.write_text(json.dumps(document))
    return path


def settings(folder: Path, path: Path, **more: Any) -> Settings:  # noqa: ANN401 - a setting's type
    return Settings(model_path=example(folder), drift_profile_uri=path.as_uri(), **more)


@pytest.fixture
def started(tmp_path: Path) -> Started:
    return loading.start(settings(tmp_path, profile(tmp_path), model_version="7"))


def ask(started: Started, rows: int) -> None:
    body = json.dumps({"instances": [SETOSA] * rows}).encode()
    answer = answered(started, Request("POST", "/predict", lambda: body, "r"))
    assert answer.status == 200


def test_a_server_tells_the_rows_in_each_bin_and_the_profiles_shares(
    tmp_path: Path, started: Started
) -> None:
    server = Local()
    assert started.drift is not None
    server.serving.serve(started.model, None, 0.5, started.drift.bins)
    assert server.call("POST", "/predict", json={"instances": [SETOSA] * 3}).status_code == 200
    data = [4.9, 3, 1.4, 0.2]
    inputs = [{"name": "features", "shape": [1, 4], "datatype": "FP32", "data": data}]
    path = "/v2/models/iris-classifier/infer"
    assert server.call("POST", path, json={"inputs": inputs}).status_code == 200
    assert server.call("POST", "/predict", json={"instances": [[1]]}).status_code == 400
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(server.call("GET", "/metrics").text):
        for sample in family.samples:
            if "drift" in sample.name:
                labels = (sample.labels.get(name, "") for name in ("kind", "column", "bin"))
                found.setdefault(sample.name, {})[tuple(filter(None, labels))] = sample.value
    length = [("feature", "sepal_length", f"0{index}") for index in range(4)]
    label = [("prediction", "label", f"0{index}") for index in range(3)]
    rows = found["model_server_drift_rows_total"]
    assert [rows[place] for place in (*length, *label)] == [1, 3, 0, 0, 4, 0, 0]
    shares = found["model_server_drift_baseline_ratio"]
    assert [shares[place] for place in (*length, *label)] == [*SHARES, 0.5, 0.25, 0.25]
    assert found["model_server_drift_faults_total"] == {(): 0}
    assert (tmp_path / "profile.json").exists()


def test_a_function_tells_the_distances_each_thousand_rows(
    started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(started, 999)
    ask(started, 1)
    ask(started, 1)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = [line for line in lines if line["message"] == "drift"]
    assert lines.index(told) == len(lines) - 2
    # All of them in a bin of a half: the floor of a share in the two of a quarter.
    quarter = (1e-4 - 0.25) * np.log(1e-4 / 0.25)
    index = round(2 * quarter + 0.5 * np.log(2), 6)
    assert (told["model_name"], told["model_version"]) == ("iris-classifier", "7")
    assert (told["drift_rows"], told["drift_faults"]) == (1000, 0)
    assert (told["drift_column"], told["drift_psi"]) == ("feature sepal_length", index)
    assert told["psi"] == {"feature sepal_length": index, "prediction label": index}
    assert 0 < told["jensen_shannon"]["prediction label"] < 1
    assert "_aws" not in told


def test_on_lambda_the_largest_distance_is_a_metric_of_the_embedded_format(
    started: Started, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_handler, "started", lambda: started)
    lambda_handler.handler({"instances": [SETOSA] * 1000}, None)
    document = {"httpMethod": "POST", "body": json.dumps({"instances": [SETOSA] * 1000})}
    lambda_handler.handler(document, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [line for line in lines if line["message"] == "drift"]
    assert [line["drift_rows"] for line in told] == [1000, 2000]
    (directive,) = told[0]["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "ModelServing",
        "Dimensions": [["model_name", "model_version"]],
        "Metrics": [{"Name": "drift_psi", "Unit": "None"}],
    }
    # The format's rules: each name leads to a text, each metric to a number, in the line itself.
    assert all(isinstance(told[0][name], str) for name in directive["Dimensions"][0])
    assert isinstance(told[0]["drift_psi"], float)
    assert isinstance(told[0]["_aws"]["Timestamp"], int)


def test_a_profile_is_held_against_its_digest(tmp_path: Path) -> None:
    path = profile(tmp_path)
    digest = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert loading.start(settings(tmp_path, path, drift_profile_digest=digest)).drift is not None
    wrong = f"sha256:{'0' * 64}"
    with pytest.raises(SourceError, match="has the digest sha256:"):
        loading.start(settings(tmp_path, path, drift_profile_digest=wrong))


def test_what_is_no_profile_of_the_model_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(
        ProfileError, match="feature sepal_length: there is no column 4 in features"
    ):
        loading.start(settings(tmp_path, profile(tmp_path, column=4)))
    path = tmp_path / "profile.json"
    path.write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(ProfileError, match="has over 1048576 bytes"):
        loading.start(settings(tmp_path, path))
    path.unlink()
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        loading.start(settings(tmp_path, path))


def test_a_server_with_another_models_profile_says_so_and_ends(tmp_path: Path) -> None:
    variables = {
        "DRIFT_PROFILE_URI": profile(tmp_path, column=9).as_uri(),
        "FAILED_SECONDS": "0.1",
    }
    with running(example(tmp_path), **variables) as server:
        assert server.wait() == process.EXIT_NO_MODEL
        (line,) = [line for line in server.lines if line.get("error")]
    assert (line["error"], "no column 9" in line["why"]) == ("ProfileError", True)


def test_a_download_that_breaks_off_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("runtime.model_source.time.sleep", waits.append)
    errors = [SourceError("later", transient=True), SourceError("rights", rights=True)]

    def attempt() -> Profile:
        if errors:
            raise errors.pop()
        return read(json.dumps(DOCUMENT))

    assert tried(attempt).rows == 1
    assert waits == [2.0, 0.2]


DOCUMENT: dict[str, Any] = {
    "format": "model-serving-drift-profile",
    "version": 1,
    "rows": 1,
    "features": [{"name": "a", "edges": [0], "shares": [1, 0, 0]}],
}
