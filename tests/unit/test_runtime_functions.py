"""What the functions of the three clouds say of a request in their log."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.functions import Request, answered
from runtime.inference import Model
from runtime.loading import Started
from runtime.settings import Settings
from tests.unit.inference_server import lookup


def _told(model: Model, body: bytes) -> tuple[int, dict[str, Any]]:
    """The status, and the fields of the one line."""
    lines: list[dict[str, Any]] = []

    def emit(**fields: Any) -> None:  # noqa: ANN401 - as the log takes them
        lines.append(fields)

    request = Request("POST", "/predict", lambda: body, "id-1")
    answer = answered(Started(Settings(), model, None), request, emit)
    (line,) = lines
    assert "918273" not in json.dumps(line)
    return answer.status, line


@pytest.mark.parametrize(
    ("body", "status", "level", "error"),
    [
        (b'{"instances": [3]}', 200, "INFO", None),
        (b'{"instances": ["918273"]}', 400, "INFO", None),
        # It fits the signature, so that the model may be wrong.
        (b'{"instances": [918273]}', 400, "WARN", "InvalidArgument"),
    ],
)
def test_a_request_is_told_by_how_bad_it_is(
    tmp_path: Path, body: bytes, status: int, level: str, error: str | None
) -> None:
    found, line = _told(Model(lookup(tmp_path)), body)
    assert (found, line["level"], line.get("error")) == (status, level, error)
    assert line.get("reason") == ("model_input" if error else None)


def test_a_fault_of_ours_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(lookup(tmp_path))

    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("918273")

    monkeypatch.setattr(model, "run", fail)
    status, line = _told(model, b'{"instances": [3]}')
    assert (status, line["level"], line["error"]) == (500, "ERROR", "RuntimeError")
