"""Whether a phase has become much slower than it is kept: `python -m benchmarks gate`.

Never an absolute time: each of ours is held against something beside it in the same process. That
is Pulumi's import, which no change of ours reaches; for the program the same resources by hand,
which stacks/startup.py makes cheaper too. Nothing is installed for it, and no engine runs.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.peers.phases import KEPT, inside, places

__all__ = ["BY_HAND", "MARGIN", "Judgement", "judge", "least", "main", "ratios"]

BY_HAND: Final = "the same resources by hand"
_SDK: Final = "imports: pulumi"
# What is judged, by what, and from how many models on: less takes too little time to be judged.
_RATIOS: Final = (
    ("imports: settings", _SDK, 1),
    ("imports: rules", _SDK, 1),
    ("settings", _SDK, 10),
    ("program", BY_HAND, 10),
    ("rules", _SDK, 10),
)
_SIZES: Final = (1, 10)
_RUNS: Final = 3
# What else a machine does makes a run slower and never faster: worse is what stays so.
_ATTEMPTS: Final = 3
MARGIN: Final = 2.0
"""How much worse a ratio may be. benchmarks/README.md has the spread that it was chosen by."""

Phases = Mapping[int, Mapping[str, float]]
"""CPU seconds by the number of models and the phase."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One ratio now, and as it was kept."""

    what: str
    beside: str
    models: int
    now: float
    kept: float

    @property
    def is_worse(self) -> bool:
        """Whether it is beyond the margin."""
        return self.now > self.kept * MARGIN


def main(_arguments: Sequence[str] = ()) -> int:
    """Measure the small sets, print the ratios; 1 where one is beyond the margin."""
    if not KEPT.is_file():
        print(f"{KEPT} is not there; `python -m benchmarks phases --keep` writes it")
        return 1
    told = json.loads(KEPT.read_text(encoding="utf-8"))
    kept = {int(models): phases for models, phases in told["figures"].items()}
    found: dict[int, dict[str, float]] = {}
    judgements: list[Judgement] = []
    with tempfile.TemporaryDirectory(prefix="model-serving-gate-") as scratch:
        where = list(places(Path(scratch), _SIZES))
        for _ in range(_ATTEMPTS):
            for place in where:
                found[place.models] = least(found.get(place.models, {}), inside(place, _RUNS))
            judgements = judge(found, kept)
            if not any(one.is_worse for one in judgements):
                break
    for one in judgements:
        sign = "WORSE" if one.is_worse else "ok"
        print(
            f"{sign:<6}{one.what} by {one.beside}, {one.models} models:"
            f" {one.now:.2f}, in {KEPT.name} {one.kept:.2f}"
        )
    if len(judgements) < len(ratios(found)):
        print(f"{KEPT.name} keeps not all of these ratios; write it again")
        return 1
    if any(one.is_worse for one in judgements):
        print(
            f"A ratio is more than {MARGIN:g} times that of {KEPT.name}.\n"
            "  fix: find what became slower (`python -m benchmarks phases`); where it is meant to"
            " be so, `python -m benchmarks phases --keep`"
        )
        return 1
    return 0


def least(before: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """Of each phase the least that was measured."""
    return {name: min(value, before.get(name, value)) for name, value in now.items()}


def ratios(found: Phases) -> dict[tuple[str, str, int], float]:
    """Of each phase that is judged, by what stands beside it, at every size that is enough."""
    return {
        (what, beside, models): phases[what] / phases[beside]
        for what, beside, least in _RATIOS
        for models, phases in found.items()
        if models >= least and what in phases and phases.get(beside)
    }


def judge(found: Phases, kept: Phases) -> list[Judgement]:
    """Every ratio that was measured and is kept."""
    before = ratios(kept)
    return [
        Judgement(*asked, now, before[asked])
        for asked, now in ratios(found).items()
        if asked in before
    ]
