"""Whether a ratio has become much worse than in the newest results: `python -m benchmarks gate`.

Never an absolute time: both sides of a ratio are measured here and now, side by side.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.compare import RESULTS, measure
from benchmarks.peers.contenders import CONTENDERS
from benchmarks.peers.measured import Figure
from benchmarks.timed import Run

__all__ = ["BESIDE", "MARGIN", "Judgement", "judge", "main", "newest", "ratios", "read"]

BESIDE: Final = "plain Pulumi, engine"
_OURS: Final = ("serving check --no-guardrails", "serving check", "preview, engine")
_WORK: Final = "mixed"
_SIZES: Final = (1, 10)
_RUNS: Final = 2
MARGIN: Final = 1.5
"""How much worse a ratio may be. benchmarks/README.md has the spread that it was chosen by."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One ratio now, and as it was kept."""

    what: str
    models: int
    now: float
    kept: float

    @property
    def is_worse(self) -> bool:
        """Whether it is beyond the margin."""
        return self.now > self.kept * MARGIN


def main(_: Sequence[str] = ()) -> int:
    """Measure the small sets, print the ratios; 1 where one is beyond the margin."""
    file = newest(RESULTS)
    if file is None:
        print(f"no results are kept in {RESULTS}; `python -m benchmarks peers` writes them")
        return 1
    kept = read(json.loads(file.read_text(encoding="utf-8")))
    chosen = [replace(one, sets=(_WORK,)) for one in CONTENDERS if one.name in (*_OURS, BESIDE)]
    with tempfile.TemporaryDirectory(prefix="model-serving-gate-") as scratch:
        found, left_out = measure(Path(scratch), chosen, _SIZES, _RUNS)
    if left_out:
        print("\n".join(f"{name}: {why}" for name, why in left_out.items()))
        return 1
    judgements = judge(found, kept)
    for one in judgements:
        sign = "WORSE" if one.is_worse else "ok"
        print(
            f"{sign:<6}{one.what} by {BESIDE}, {one.models} models:"
            f" {one.now:.2f}, in {file.name} {one.kept:.2f}"
        )
    if not judgements:
        print(f"{file.name} keeps none of these ratios; measure again with `benchmarks peers`")
        return 1
    if any(one.is_worse for one in judgements):
        print(
            f"A ratio is more than {MARGIN} times that of {file.name}.\n"
            "  fix: find what became slower (benchmarks/README.md); where it is meant to be so,"
            " keep new results with `python -m benchmarks peers`"
        )
        return 1
    return 0


def newest(folder: Path) -> Path | None:
    """The file of the latest date."""
    return max(folder.glob("*.json"), default=None, key=lambda file: file.name)


def read(report: Mapping[str, Any]) -> list[Figure]:
    """The figures of a kept report."""
    return [
        Figure(one["work"], one["contender"], one["models"], [Run(**run) for run in one["runs"]])
        for one in report["figures"]
    ]


def ratios(figures: Sequence[Figure]) -> dict[tuple[str, int], float]:
    """Least CPU of each of ours by that of the hand-written program of as many models."""
    cpu = {(one.contender, one.models): one.cpu for one in figures if one.work == _WORK}
    return {
        (name, models): seconds / cpu[BESIDE, models]
        for (name, models), seconds in cpu.items()
        if name in _OURS and (BESIDE, models) in cpu
    }


def judge(found: Sequence[Figure], kept: Sequence[Figure]) -> list[Judgement]:
    """Every ratio that was measured and is kept."""
    before = ratios(kept)
    return [
        Judgement(name, models, now, before[name, models])
        for (name, models), now in ratios(found).items()
        if (name, models) in before
    ]
