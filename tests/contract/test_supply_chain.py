"""What is committed of our own supply chain; each test's docstring is the rule."""

import json
from typing import Any

from tests.judges import report, supply_chain


def committed() -> dict[str, Any]:
    return json.loads(report.FIGURES.read_text(encoding="utf-8"))["supply_chain"]


def test_the_committed_figures_meet_the_gates() -> None:
    """Scorecard was run, and finds nothing below the best that has no reason."""
    assert supply_chain.failures(committed()) == []


def test_the_gate_sees_what_is_worse_and_what_is_listed_in_vain() -> None:
    """A check that falls, a score that does, and an entry that nothing needs any more."""
    found = committed()
    worse = {**found, "score": 3.0, "checks": {**found["checks"], "Token-Permissions": 0}}
    said = "\n".join(supply_chain.failures(worse))
    assert "Token-Permissions: 0 of 10" in said
    assert "a score of 3.0" in said
    better = {**found, "checks": {**found["checks"], "SAST": 10}}
    assert "the entry SAST is not needed" in "\n".join(supply_chain.failures(better))
