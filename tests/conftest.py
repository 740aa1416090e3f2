"""What all tests share: no clock in hypothesis, and a word on the age of the judges' figures."""

import json
from typing import Any

import pytest
from hypothesis import settings

from tests.judges.report import FIGURES, older

# A slow machine is nobody's mistake; speed is kept by benchmarks/.
settings.register_profile("no-clock", deadline=None)
settings.load_profile("no-clock")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    judged: dict[str, Any] = (
        json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    )
    if found := older(judged):
        terminalreporter.write_line(
            f"The figures of the judges are older than what they judge ({', '.join(found)}): run"
            " `make judges` before a release.",
            yellow=True,
        )
