"""The guardrails beside what others say: checkov's verdicts, and vendors' examples."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.judges.guardrails import examples, verdicts

__all__ = ["failures", "judged"]


def judged(out: Path) -> dict[str, Any]:
    """The figures; every verdict that differs and every finding is in `guardrails.txt` too."""
    compared, left = verdicts.compared()
    found = examples.judged()
    lines = [
        *(line for one in compared if (line := verdicts.unlike(one))),
        *(f"{case}: not told to checkov: {why}" for case, why in left.items()),
        *found.lines,
    ]
    (out / "guardrails.txt").write_text("\n".join([*sorted(lines), ""]), encoding="utf-8")
    return {
        "checkov": verdicts.figures(compared, left),
        "examples": examples.figures(found),
    }


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that the figures do not meet."""
    yield from verdicts.failures(found["checkov"])
    yield from examples.failures(found["examples"])
