"""Requests as KServe's logger stores them, held against a profile."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from runtime.drift.__main__ import EXIT_DRIFT, EXIT_WRONG, main
from runtime.drift.captured import Captured
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


def test_requests_of_both_protocols_are_read_and_nothing_else() -> None:
    v2 = [
        {"name": "age", "shape": [2, 1], "datatype": "INT64", "data": [50, 60]},
        {"name": "plan", "shape": [2, 2], "datatype": "BYTES", "data": ["x", "pro", "x", "pro"]},
    ]
    counts = Captured(PROFILE)
    for document in (
        record({"instances": [[20, "basic"], [30, "pro"]]}),
        [record({"inputs": v2}), record({"predictions": [1, 0]}, "response")],
        record({"instances": [[20]]}),
        record(b"\x80"),
        record({"instances": "none"}),
        {**record({}), "bytes": "no base64"},
        record({"instances": [[10**400, "basic"]]}),
        "no record",
    ):
        counts.add(json.dumps(document).encode())
    counts.add(b'[{"bytes"')
    assert (counts.rows, counts.others) == (5, 6)
    # Ages below the edge and above it, and none; plans.
    assert counts.estimate().psi.keys() == {"feature age", "feature plan"}
    assert [*counts.bins.counts()] == [2, 2, 1, 2, 3, 0]


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


def test_a_profile_of_predictions_alone_has_nothing_to_hold_requests_against() -> None:
    with pytest.raises(ProfileError, match="no features"):
        Captured(Profile(100, PROFILE.columns[2:]))


def test_what_was_written_lately_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(PROFILE.text())
    drifted = record({"instances": [[20, "basic"], [20, "pro"]] * 600})
    folder = stored(tmp_path / "all", drifted)
    for path in folder.rglob("*.json"):
        os.utime(path, (0, 0))
    command = ["compare", str(profile), str(folder)]
    assert main(command) == EXIT_DRIFT
    assert main([*command, "--hours", "24"]) == 0
    assert "0 rows tell nothing" in capsys.readouterr().out
    # Of a job that crashes Python's own code is 1 too.
    lately = str(stored(tmp_path / "lately", drifted))
    command = ["compare", str(profile), lately, "--hours", "24", "--drift-exit-code", "3"]
    assert main(command) == 3
    assert main([*command, "--threshold", "1000"]) == 0


@pytest.mark.parametrize(("rows", "code"), [(999, 0), (1000, EXIT_DRIFT)])
def test_fewer_rows_than_a_thousand_tell_nothing(tmp_path: Path, rows: int, code: int) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(PROFILE.text())
    folder = stored(tmp_path / "all", record({"instances": [[20, "basic"]] * rows}))
    assert main(["compare", str(profile), str(folder), "--hours", "1"]) == code


def test_requests_of_another_kind_are_an_error_and_not_no_drift(tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(PROFILE.text())
    folder = stored(tmp_path / "all", record({"instances": [[1]]}))
    assert main(["compare", str(profile), str(folder), "--hours", "1"]) == EXIT_WRONG


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--hours", "0"], "--hours: got 0"),
        (["--hours", "8785"], "--hours: got 8785"),
        (["--files", "0"], "--files: got 0"),
        (["--files", "1000001"], "--files: got 1000001"),
        (["--digest", f"sha256:{'0' * 64}"], "has the digest"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(PROFILE.text())
    assert main(["compare", str(profile), str(tmp_path), *options]) == EXIT_WRONG
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("profile", "rows"), [("ftp://a/b", "."), ("", "ftp://a/b"), ("", "s3:///no/bucket")]
)
def test_other_places_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], profile: str, rows: str
) -> None:
    path = tmp_path / "profile.json"
    path.write_text(PROFILE.text())
    assert main(["compare", profile or path.as_uri(), rows]) == EXIT_WRONG
    assert "use a f" in capsys.readouterr().err
