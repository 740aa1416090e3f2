"""What all tests share: no clock in hypothesis, and a word on the age of the judges' figures."""

import json

import pytest
from hypothesis import settings

from tests.judges.report import FIGURES, digest

# A slow machine is nobody's mistake; speed is kept by benchmarks/.
settings.register_profile("no-clock", deadline=None)
settings.load_profile("no-clock")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    judged = json.loads(FIGURES.read_text(encoding="utf-8"))["digest"] if FIGURES.exists() else ""
    if judged != digest():
        terminalreporter.write_line(
            "The figures of the judges are older than the sandbox that they judge: run `make"
            " judges` before a release.",
            yellow=True,
        )
