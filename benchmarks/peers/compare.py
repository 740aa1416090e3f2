"""Run all contenders in turn, and keep what was found: `python -m benchmarks peers`."""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.contenders import CONTENDERS, Contender, Place
from benchmarks.peers.measured import Figure
from benchmarks.peers.plot import plot
from benchmarks.peers.table import table
from benchmarks.peers.tools import versions
from benchmarks.peers.work import SETS, kubernetes_objects, names, ours, write_peers
from benchmarks.timed import timed
from sandbox.progress import SetupError

__all__ = ["RESULTS", "calibration", "main", "measure"]

RESULTS: Final = Path(__file__).resolve().parents[1] / "results"
_SIZES: Final = (1, 10, 100, 1000)
# From so many models on a run is long, and noise is small beside it.
_MANY: Final = 100


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; print the table; write results/<date>.json and .svg."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks peers", description=__doc__)
    parser.add_argument("--models", default="1,10,100,1000", help="sizes (default: 1,10,100,1000)")
    parser.add_argument("--runs", type=int, default=3, help="of each below 100 models (default: 3)")
    parser.add_argument("--all", action="store_true", help="also the slow ones with 1,000 models")
    parser.add_argument("--only", default="", help="contenders with this in their name")
    parser.add_argument("--note", default="", help="kept with the figures, such as what else ran")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.models.split(",")]
    chosen = [one for one in CONTENDERS if options.only in one.name]
    with tempfile.TemporaryDirectory(prefix="model-serving-peers-") as scratch:
        figures, left_out = measure(
            Path(scratch), chosen, sizes, options.runs, everything=options.all, say=_say
        )
    report = {
        "schema_version": 1,
        "date": datetime.now(UTC).date().isoformat(),
        "note": options.note,
        "machine": machine(),
        "versions": versions(),
        "left_out": left_out,
        "figures": [asdict(figure) for figure in figures],
    }
    options.output.mkdir(parents=True, exist_ok=True)
    file = options.output / f"{report['date']}.json"
    file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    file.with_suffix(".svg").write_text(plot(figures), encoding="utf-8")
    print(table(figures))
    print(f"\nresults: {file}")
    return 0


def measure(
    scratch: Path,
    chosen: Iterable[Contender],
    sizes: Iterable[int],
    runs: int,
    *,
    everything: bool = False,
    say: Callable[[Figure], None] = lambda _: None,
) -> tuple[list[Figure], dict[str, str]]:
    """Figures of all, and who was left out and why.

    All take their turn before the next round begins, so that what else the machine does meets all.
    The first round of a set and size is not counted where there are several: it fills the caches.
    """
    contenders = list(chosen)
    objects = kubernetes_objects(scratch)
    figures: list[Figure] = []
    left_out: dict[str, str] = {}
    for work in SETS:
        for models in sizes:
            taking_part = [
                one
                for one in contenders
                if work in one.sets
                and one.name not in left_out
                and (models <= one.most or everything)
            ]
            if not taking_part:
                continue
            place = Place(
                work,
                models,
                ours(scratch / f"ours-{work}-{models}", names(work, models)),
                write_peers(scratch, work, models, objects),
                scratch / f"home-{work}-{models}",
            )
            for figure in _in_turn(taking_part, place, runs, left_out):
                figures.append(figure)
                say(figure)
    return figures, left_out


def _in_turn(
    contenders: Sequence[Contender], place: Place, runs: int, left_out: dict[str, str]
) -> list[Figure]:
    found = {one.name: Figure(place.work, one.name, place.models) for one in contenders}
    for number in range(-1, runs) if place.models < _MANY else range(1):
        for one in contenders:
            if one.name in left_out:
                continue
            try:
                command = one.command(place)
                run = timed(command.line, command.folder, command.variables, command.expect)
            except (SetupError, RuntimeError) as error:
                left_out[one.name] = str(error)
                print(f"{one.name} is left out: {error}", flush=True)
                continue
            if number >= 0:
                found[one.name].runs.append(run)
    return [figure for figure in found.values() if figure.runs]


def _say(one: Figure) -> None:
    print(
        f"{one.work:<11}{one.contender:<32}{one.models:>5}  {one.cpu:8.2f} s CPU"
        f"  {one.wall:8.2f} s wall  {one.mib:6.0f} MiB",
        flush=True,
    )


def machine() -> Mapping[str, Any]:
    """What the figures were taken on."""
    return {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
        "calibration_cpu_s": round(calibration(), 3),
    }


def calibration() -> float:
    """Seconds of CPU of a fixed loop: by how much this machine is slower now than another day."""

    def once() -> float:
        start = time.process_time()
        sum(number * number for number in range(2_000_000))
        return time.process_time() - start

    return min(once() for _ in range(3))
