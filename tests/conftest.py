"""Says at the end of the tests when the judges' figures are older than what they judge."""

import json

import pytest

from tests.judges.report import FIGURES, digest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    judged = json.loads(FIGURES.read_text(encoding="utf-8"))["digest"] if FIGURES.exists() else ""
    if judged != digest():
        terminalreporter.write_line(
            "The figures of the judges are older than the sandbox that they judge: run `make"
            " judges` before a release.",
            yellow=True,
        )
