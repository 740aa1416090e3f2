"""Where the CPU of a check and of a preview goes: `python -m benchmarks phases`.

What runs in one process is timed there (inside.py). What the engine starts is the difference of two
whole commands that differ in nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.peers.contenders import (
    ROOT,
    Command,
    Place,
    plain_project,
    project_file,
    variables,
)
from benchmarks.peers.work import kubernetes_objects, names, ours, write_peers
from benchmarks.timed import Run, timed

__all__ = ["KEPT", "inside", "main", "places", "table"]

KEPT: Final = Path(__file__).resolve().parents[1] / "results/phases.json"
"""What the gate judges by."""
_WORK: Final = "mixed"
_PULUMI: Final = ROOT / "sandbox/pulumi"
_SERVING: Final = ROOT / ".venv/bin/serving"
_PACK: Final = (
    *("--policy-pack", ROOT / "policies"),
    *("--policy-pack-config", ROOT / "policies/config/dev.json"),
)


def main(arguments: Sequence[str] = ()) -> int:
    """Print a table of the phases, a column a size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks phases", description=__doc__)
    parser.add_argument("--models", default="1,10,100", help="sizes (default: 1,10,100)")
    parser.add_argument("--runs", type=int, default=3, help="of each (default: 3)")
    parser.add_argument("--inside", action="store_true", help="what is in one process alone")
    parser.add_argument("--keep", action="store_true", help=f"write {KEPT.name}, for the gate")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.models.split(",")]
    found: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="model-serving-phases-") as scratch:
        folder = Path(scratch)
        for place in places(folder, sizes):
            found[place.models] = inside(place, options.runs)
            if not options.inside:
                found[place.models] |= _outside(folder, place, options.runs)
    print(table(found))
    if options.keep:
        said = {"date": datetime.now(UTC).date().isoformat(), "figures": found}
        KEPT.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return 0


def places(folder: Path, sizes: Iterable[int]) -> Iterator[Place]:
    """The same models for our program and for the hand-written one, of each size."""
    objects = kubernetes_objects(folder)
    for models in sizes:
        yield Place(
            _WORK,
            models,
            ours(folder / f"ours-{models}", names(_WORK, models)),
            write_peers(folder, _WORK, models, objects),
            folder / f"home-{models}",
        )


def table(found: Mapping[int, Mapping[str, float]]) -> str:
    """A row a phase, a column a size: CPU seconds."""
    rows = list(dict.fromkeys(name for each in found.values() for name in each))
    lines = [
        f"| CPU s | {' | '.join(f'N={models:,}' for models in found)} |",
        f"|{'---|' * (len(found) + 1)}",
    ]
    for name in rows:
        cells = [each.get(name) for each in found.values()]
        form = ",.0f" if name.startswith(("resources", "MiB")) else ".2f"
        lines.append(
            f"| {name} | {' | '.join('–' if c is None else format(c, form) for c in cells)} |"
        )
    return "\n".join(lines)


def inside(place: Place, runs: int) -> dict[str, float]:
    """The least of each phase."""
    plain = plain_project(place)
    line = (sys.executable, "-m", "benchmarks.peers.inside", place.ours, plain)
    told = [json.loads(_said(line, variables(place))) for _ in range(runs)]
    return {name: min(each[name] for each in told) for name in told[0]}


def _said(line: Sequence[str | Path], given: Mapping[str, str]) -> str:
    done = subprocess.run(
        line, cwd=ROOT, env={**os.environ, **given}, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()[-1]


def _outside(folder: Path, place: Place, runs: int) -> dict[str, float]:
    """Whole commands, one after the other round by round, and what lies between them."""
    empty = _empty_project(folder / f"empty-{place.models}")
    up = (_PULUMI, "up", "--yes", "--skip-preview", "--stack", "dev")
    preview = (_PULUMI, "preview", "--stack", "dev")
    report = (ROOT / "sandbox/run", _SERVING, "preview", "--env", "dev")
    check = (_SERVING, "check", "--env", "dev")
    cold = {"PYTHONPYCACHEPREFIX": "", "PYTHONDONTWRITEBYTECODE": ""}
    given = variables(place)
    least = _least(
        {
            "version": Command((_PULUMI, "version"), place.ours, given),
            "empty": Command(preview, empty, given),
            "preview": Command(preview, place.ours, given),
            "pack": Command((*preview, *_PACK), place.ours, given),
            "report": Command(report, place.ours, given),
            "check": Command(check, place.ours, given),
        },
        runs,
    )
    without = folder / f"bytecode-{place.models}"
    least["cold"] = timed(check, place.ours, given | cold | {"PYTHONPYCACHEPREFIX": str(without)})
    timed(up, place.ours, given)
    least |= _least({"unchanged": Command(preview, place.ours, given)}, runs)
    cpu = {name: run.cpu for name, run in least.items()}
    return {
        "engine: its start": cpu["version"],
        "engine: language host, an empty program": cpu["empty"] - cpu["version"],
        "engine: the whole preview": cpu["preview"],
        "pack": cpu["pack"] - cpu["preview"],
        "serving preview: report and questions": cpu["report"] - cpu["pack"],
        "serving preview, whole": cpu["report"],
        "serving check, whole": cpu["check"],
        "serving check, no bytecode yet": cpu["cold"],
        "preview that changes nothing": cpu["unchanged"],
        "MiB of serving check": least["check"].mib,
        "MiB of the preview's largest process": least["preview"].mib,
    }


def _least(commands: Mapping[str, Command], runs: int) -> dict[str, Run]:
    """Of each its cheapest run, after one that fills the caches."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(-1, runs):
        for name, one in commands.items():
            run = timed(one.line, one.folder, one.variables, one.expect)
            if number >= 0:
                found[name].append(run)
    return {name: min(each, key=lambda run: run.cpu) for name, each in found.items()}


def _empty_project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(project_file(folder.name))
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text("")
    return folder
