"""Requests as KServe's logger stores them, held against a profile."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from runtime.drift.__main__ import EXIT_DRIFT, EXIT_WRONG, main
from runtime.drift.captured import captured_rows
from runtime.drift.profile import Column, Profile, ProfileError

AGE = Column("feature", "age", 0, (0.5, 0.5, 0), (40.5,))
PLAN = Column("feature", "plan", 1, (0.5, 0.5, 0), (), ("basic", "pro"))
PROFILE = Profile(100, (AGE, PLAN, Column("prediction", "churn", 0, (1, 0, 0), (0.5,))))


def record(body: object, kind: str = "request") -> dict[str, Any]:
    """As pkg/logger of KServe 0.20 writes one: Go's JSON has bytes in base64."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {
        "url": {"Scheme": "s3", "Host": "captured", "Path": "/"},
        "bytes": base64.b64encode(content).decode(),
        "contentType": "application/json",
        "reqType": f"org.kubeflow.serving.inference.{kind}",
        "id": "4b0c3e2a",
        "inferenceService": "fraud",
        "namespace": "models",
        "component": "predictor",
        "occurrenceTime": "2026-11-26T18:00:00Z",
    }


def stored(folder: Path, *documents: object) -> Path:
    for number, document in enumerate(documents):
        path = folder / "models" / "fraud" / "predictor" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    return folder


def test_requests_of_both_protocols_are_read_and_nothing_else(tmp_path: Path) -> None:
    v2 = [
        {"name": "age", "shape": [2, 1], "datatype": "INT64", "data": [50, 60]},
        {"name": "plan", "shape": [2, 2], "datatype": "BYTES", "data": ["x", "pro", "x", "pro"]},
    ]
    folder = stored(
        tmp_path,
        record({"instances": [[20, "basic"], [30, "pro"]]}),
        [record({"inputs": v2}), record({"predictions": [1, 0]}, "response")],
        record({"instances": [[20]]}),
        record(b"\x80"),
        record({"instances": "none"}),
        {**record({}), "bytes": "no base64"},
        "no record",
    )
    (folder / "half.json").write_text('[{"bytes"')
    rows = captured_rows(folder, PROFILE)
    assert list(rows["age"]) == [20, 30, 50, 60]
    assert rows["plan"] == ["basic", "pro", "pro", "pro"]


def test_the_command_compares_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(PROFILE.text())
    same = stored(tmp_path / "same", record({"instances": [[20, "basic"], [50, "pro"]] * 600}))
    assert main(["compare", str(profile), str(same)]) == 0
    other = stored(tmp_path / "other", record({"instances": [[20, "basic"], [20, "pro"]] * 600}))
    assert main(["compare", str(profile), str(other)]) == EXIT_DRIFT
    shown = capsys.readouterr().out
    # Answers are not looked at.
    assert "prediction" not in shown
    (tmp_path / "empty").mkdir()
    assert main(["compare", str(profile), str(tmp_path / "empty")]) == EXIT_WRONG
    assert "has no requests with the features" in capsys.readouterr().err


def test_without_any_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="has no requests"):
        captured_rows(stored(tmp_path, record({"instances": [[1]]})), PROFILE)
