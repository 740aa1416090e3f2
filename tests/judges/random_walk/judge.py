"""The judge `walk`: `python -m tests.judges.random_walk.judge --seeds 7 8` walks these.

Without seeds it walks those that failed once, then from 1 on what has not ended well yet: what came
of each is in `walks.jsonl` in the folder, and a second run goes on from there, as does one beside
it of other seeds. A walk that fails leaves a file of all that was done and said; `--shrink` finds a
shorter one.
"""

import argparse
import contextlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.engine.key_service import key_service
from tests.engine.warm_client import server_of
from tests.engine.warm_python import warm_python
from tests.judges import report
from tests.judges.random_walk.estate import Estate
from tests.judges.random_walk.kept import KEPT
from tests.judges.random_walk.plan import STEPS, Plan, drawn
from tests.judges.random_walk.walk import Walked, walk

__all__ = ["failures", "figures", "judged"]

SEEDS: Final = 1000
OUT: Final = Path(".out/judges/walk")
_FILE: Final = "walks.jsonl"
_WARM_SECONDS: Final = 300
_FAILED: Final = re.compile(r"^(?:serving|pulumi|killed) .*: -?[1-9]\d*$")


def judged(
    out: Path, names: Iterable[str], *, again: bool, seconds: float = math.inf, shrink: bool = False
) -> dict[str, Any]:
    """Walk; the figures of all that is in the folder.

    Args:
        out: the folder.
        names: seeds, or names of kept walks.
        again: also what ended well before.
        seconds: no walk begins so long after the first one.
        shrink: look for a shorter walk that fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    known = {str(each["walk"]) for each in _read(out) if each["ok"]}
    left = [name for name in names if again or name not in known]
    commit = _commit()
    with _estate() as estate:
        started = time.monotonic()
        for number, name in enumerate(left, 1):
            if time.monotonic() - started > seconds:
                break
            plan = _plan(name)
            told, took = _timed(estate, plan)
            found = {
                "walk": name,
                "plan": plan.digest,
                "ok": not told.why,
                "why": told.why.partition("\n")[0],
                "steps": len(plan.steps),
                "seconds": took,
                "commit": commit,
                "counted": told.counted,
                "log": told.log,
            }
            with (out / _FILE).open("a") as opened:
                opened.write(json.dumps(found) + "\n")
            print(f"{number}/{len(left)} {name} {took} s: {found['why'] or 'ok'}", flush=True)
            if told.why:
                text = f"{told.why}\n\n{plan}\n"
                (out / f"{name}.txt").write_text(text, encoding="utf-8")
                if shrink:
                    shorter = _shrunk(estate, plan)
                    (out / f"{name}.txt").write_text(f"{text}\nshorter: {shorter}\n", "utf-8")
    return figures(out)


def _plan(name: str) -> Plan:
    return KEPT[name] if name in KEPT else drawn(int(name))


def _timed(estate: Estate, plan: Plan) -> tuple[Walked, float]:
    started = time.monotonic()
    told = walk(estate, plan)
    return told, round(time.monotonic() - started, 1)


def _shrunk(estate: Estate, plan: Plan) -> Plan:
    """Without every step that it fails without, the last tried first."""
    position = len(plan.steps)
    while position:
        position -= 1
        shorter = plan.without(position)
        if walk(estate, shorter).why:
            plan = shorter
    return plan


@contextlib.contextmanager
def _estate() -> Generator[Estate]:
    with (
        tempfile.TemporaryDirectory(prefix="walk-", ignore_cleanup_errors=True) as folder,
        warm_python() as warm,
        key_service() as encryption,
    ):
        end = time.monotonic() + _WARM_SECONDS
        while not Path(server_of(warm)["socket"]).exists() and time.monotonic() < end:
            time.sleep(0.2)
        yield Estate(Path(folder) / "walks", {**warm, **encryption})


def _commit() -> str:
    """What was walked: a commit, with a plus where files differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ("git", *arguments), cwd=report.ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short=8", "HEAD") + ("+" if changed else "")


def _read(out: Path) -> list[dict[str, Any]]:
    """What was walked, the last of each; not of plans that the seed does not mean any more."""
    file = out / _FILE
    if not file.exists():
        return []
    found = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    last = {each["walk"]: each for each in found}.values()
    return [
        each
        for each in last
        if (each["walk"] in KEPT or each["walk"].isdigit())
        and each["plan"] == _plan(each["walk"]).digest
    ]


def figures(out: Path) -> dict[str, Any]:
    """Of all walks in the folder."""
    walked = _read(out)
    seeds = sorted(int(each["walk"]) for each in walked if each["walk"].isdigit())
    failed = [each for each in walked if not each["ok"]]
    counted: Counter[str] = Counter()
    for each in walked:
        counted.update(each["counted"])
    return {
        "steps": f"4 to {STEPS}",
        "of": SEEDS,
        "seeds walked": len(seeds),
        "seeds": _ranges(seeds),
        "on commits": dict(Counter(str(each["commit"]) for each in walked)),
        "kept walks": len(walked) - len(seeds),
        "ended well": len(walked) - len(failed),
        "failing": {each["walk"]: each["why"] for each in failed},
        "commands": counted["commands"],
        "of them failed": sum(
            bool(_FAILED.search(line)) for each in walked for line in each["log"]
        ),
        "kills": counted["kills"],
        "operations cut off": counted["cut off"],
        "ended by one run, by two": [counted["ended by 1"], counted["ended by 2"]],
        "left by dying plugins, all named": counted["left by plugins, named"],
        "forgotten by refreshes that found nothing, all named": counted[
            "forgotten by a refresh, named"
        ],
        "updates of one model alone": counted["only"],
        "refused, no such model": counted["only, no such model"],
        "violations by those": counted["violations"],
        "seconds a walk, median": median([each["seconds"] for each in walked] or [0]),
    }


def _ranges(numbers: list[int]) -> str:
    """As 1-7, 9."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in found)


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every walk must end well."""
    for name, why in found["failing"].items():
        yield f"walk: {name}: {why}"


def main() -> int:
    """Some walks, and the figures of all; with `--keep` they are kept as well."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.random_walk.judge")
    parser.add_argument("--seeds", nargs="*", default=[], help="or names of kept walks; once more")
    parser.add_argument("--between", help="from-to", default=f"1-{SEEDS}")
    parser.add_argument("--seconds", type=float, default=math.inf, help="no walk begins later")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--figures", action="store_true", help="of what was walked; walk nothing")
    parser.add_argument("--keep", action="store_true", help="in tests/judges/figures.json")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if options.figures:
        found = figures(options.out)
    else:
        first, _, last = options.between.partition("-")
        names = options.seeds or [*KEPT, *map(str, range(int(first), int(last or first) + 1))]
        found = judged(
            options.out,
            names,
            again=bool(options.seeds),
            seconds=options.seconds,
            shrink=options.shrink,
        )
    print(json.dumps(found, indent=2))
    if options.keep:
        report.write_part("walk", found)
    wrong = list(failures(found))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
