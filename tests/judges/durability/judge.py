"""The judge `store`: `python -m tests.judges.durability.judge --rounds 50` runs fewer rounds."""

import argparse
import math
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.store import Store
from tests.judges import report
from tests.judges.durability.rounds import WRITERS, WRONG, judge
from tests.judges.durability.writer import KEYS

__all__ = ["failures", "judged"]

ROUNDS: Final = 1000
SEED: Final = 1
# What a user would meet as a hang; see `busy_timeout` in sandbox/database.py.
_LONGEST_MS: Final = 10_000


def opened(path: Path) -> Store:
    """A store without what a new one begins with."""
    return Store(path, seeded=False)


def judged(
    out: Path, rounds: int = ROUNDS, seed: int = SEED, *, seconds: float = math.inf
) -> dict[str, Any]:
    """The figures; what is wrong is in `store.txt`."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = judge(Path(folder), rounds, seed, opened, seconds=seconds)
    out.mkdir(parents=True, exist_ok=True)
    lines = [f"{kind}: {each}\n" for kind, those in found.wrong.items() for each in those]
    (out / "store.txt").write_text("".join(lines), encoding="utf-8")
    waits = statistics.quantiles(found.waits_ms, n=1000)
    return {
        "seed": seed,
        "rounds": found.rounds,
        "writers": WRITERS,
        "shared resources": len(KEYS),
        "kills": found.kills,
        "acknowledged": found.acknowledged,
        "killed within": found.pending,
        **{kind: len(those) for kind, those in found.wrong.items()},
        "wait p50 ms": round(waits[499], 2),
        "wait p99 ms": round(waits[989], 2),
        "longest wait ms": round(max(found.waits_ms), 1),
        "sqlite": sqlite3.sqlite_version,
        "seconds": round(time.monotonic() - started),
    }


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """What must be 0, and the longest wait."""
    for kind in WRONG:
        if found[kind]:
            yield f"store: {found[kind]} {kind}"
    if found["longest wait ms"] > _LONGEST_MS:
        yield f"store: somebody waited {found['longest wait ms']} ms"


def main() -> int:
    """A shorter run, whose figures are printed alone; with `--keep` they are kept as well."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.durability.judge")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--seconds", type=float, default=math.inf, help="no round begins later")
    parser.add_argument("--out", type=Path, default=Path(".out/judges"))
    parser.add_argument("--keep", action="store_true", help="in tests/judges/figures.json")
    options = parser.parse_args()
    found = judged(options.out, options.rounds, options.seed, seconds=options.seconds)
    print(*(f"{key}: {value}" for key, value in found.items()), sep="\n")
    if options.keep:
        report.write_part("store", found)
    wrong = list(failures(found))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
