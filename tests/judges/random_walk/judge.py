"""The judge `walk`: `python -m tests.judges.random_walk.judge --seeds 7 8` walks these alone.

A walk that fails is told with all that was done; `--shrink` finds a shorter one, which takes long.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.judges import report
from tests.judges.random_walk.machine import STEPS, walk

__all__ = ["failures", "judged"]

SEEDS: Final = 1000
# Seeds that have failed once; they are walked first.
KEPT: Final[tuple[int, ...]] = ()


def judged(
    out: Path, seeds: Sequence[int] = (), *, seconds: float | None = None, shrink: bool = False
) -> dict[str, Any]:
    """The figures; what failed is in `walk.txt`. No walk begins after so many seconds."""
    started, walked = time.monotonic(), list[int]()
    failed: dict[int, str] = {}
    out.mkdir(parents=True, exist_ok=True)
    for number in seeds or dict.fromkeys((*KEPT, *range(1, SEEDS + 1))):
        if seconds is not None and time.monotonic() - started > seconds:
            break
        walked.append(number)
        try:
            walk(number, shrink=shrink)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            failed[number] = "".join(traceback.format_exception(error))
        text = "\n\n".join(f"seed {each}\n{said}" for each, said in failed.items())
        (out / "walk.txt").write_text(f"{text}\n", encoding="utf-8")
    return {
        "steps": STEPS,
        "walks": len(walked),
        "seeds": f"{min(walked)} to {max(walked)}",
        "ended well": len(walked) - len(failed),
        "failing seeds": sorted(failed),
        "seconds": round(time.monotonic() - started),
    }


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """No seed may fail."""
    if found["failing seeds"]:
        yield f"walk: seeds {found['failing seeds']} of {found['walks']}"


def main() -> int:
    """Some seeds, whose figures are printed alone; with `--keep` they are kept as well."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.random_walk.judge")
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, help="no walk begins later")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(".out/judges"))
    parser.add_argument("--keep", action="store_true", help="in tests/judges/figures.json")
    options = parser.parse_args()
    found = judged(options.out, options.seeds, seconds=options.seconds, shrink=options.shrink)
    print(*(f"{key}: {value}" for key, value in found.items()), sep="\n")
    if options.keep:
        report.write_part("walk", found)
    wrong = list(failures(found))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
