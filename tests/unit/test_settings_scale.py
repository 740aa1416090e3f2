"""Checking settings grows with the number of models, not with its square."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from stacks.settings.load import load
from tests.unit.settings_project import MODEL_SERVER, SAGEMAKER, changed, project

_STEP = 40


def _server(number: int) -> dict[str, Any]:
    return changed(MODEL_SERVER, host=f"m{number}.example.com", tls_secret_name="certificate")


def _calls(folder: Path, models: int) -> int:
    """How many functions of Python are called for so many models; no clock, so no noise."""
    made = project(folder)
    for number in range(models):
        settings = SAGEMAKER if number % 2 else _server(number)
        made.model(f"model-{number:03d}", settings)
    load(made.root, "dev")
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        load(made.root, "dev")
    finally:
        sys.setprofile(None)
    return count


def test_no_rule_asks_each_model_about_each_other(tmp_path: Path) -> None:
    calls = [_calls(tmp_path / str(size), size) for size in (_STEP, 2 * _STEP, 3 * _STEP)]
    # What grows evenly has no second difference; one call for each pair of models has 2 * 40 * 40.
    assert abs(calls[2] - 2 * calls[1] + calls[0]) < _STEP * _STEP
