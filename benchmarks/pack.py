"""What a pack costs in the engine: `python -m benchmarks.pack`.

An `up` that changes nothing, of one model and of many: without a pack, with one that has no rule,
and with the guardrails, in turn. What the pack without rules costs is the protocol's: the engine
hands each resource over twice, and all of them once more at the end, and Python answers. What the
whole command uses says less: engine and program are slower on two cores that a third process uses.
"""

import argparse
import json
import os
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import estate
from benchmarks.__main__ import PACK, PULUMI, home
from benchmarks.timed import timed

__all__ = ["measure"]

ROOT: Final = Path(__file__).resolve().parent.parent
_OFTEN: Final = 0.05  # Seconds: what a process used after the last look is not seen.
_NOTHING: Final = "a pack without rules"
_GUARDRAILS: Final = "the guardrails"
_SERVES_NOTHING: Final = """\
import sys

sys.path[0] = {root!r}

from policies.server import serve

serve(())
"""


def measure(
    folder: Path, models: int, rounds: int
) -> tuple[int, dict[str, list[dict[str, float]]]]:
    """How many resources there are; and seconds of each round by what is judged.

    CPU of the pack's process and of the engine's, and wall time of the whole command.
    """
    project = estate.make(folder / f"estate-{models}", models)
    variables = home(folder, str(models))
    up = [PULUMI, "up", "--yes", "--skip-preview", "--stack", "dev"]
    timed(up, project, variables)
    ways = {
        "no pack": [],
        _NOTHING: ["--policy-pack", str(_without_rules(folder))],
        _GUARDRAILS: PACK,
    }
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for number in range(-1, rounds):
        for name, options in ways.items():
            with _watched(folder) as used:
                run = timed([*up, "--expect-no-changes", *options], project, variables)
            # The first round fills the caches.
            if number >= 0:
                runs[name].append({"pack": 0.0, "engine": 0.0} | used | {"wall": run.wall})
    return _resources(project, variables), runs


@contextmanager
def _watched(folder: Path) -> Generator[dict[str, float]]:
    """Seconds of CPU by process, as Linux tells them; the engine does not wait for its pack.

    Only of processes whose variables name the folder: others may run engines too.
    """
    used: dict[str, float] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_OFTEN):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    used.update(_process(process, str(folder)))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield used
    finally:
        ended.set()
        watching.join()


def _process(process: Path, folder: str) -> dict[str, float]:
    words = (process / "cmdline").read_text(errors="replace").split("\0")
    if "pulumi.policy" in words:
        name = "pack"
    elif Path(words[0]).name == "pulumi" and "up" in words:
        name = "engine"
    else:
        return {}
    if folder.encode() not in (process / "environ").read_bytes():
        return {}
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return {name: (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")}


def _without_rules(folder: Path) -> Path:
    pack = folder / "without-rules"
    pack.mkdir(exist_ok=True)
    told = {"toolchain": "uv", "virtualenv": str(ROOT / ".venv")}
    (pack / "PulumiPolicy.yaml").write_text(
        json.dumps({"name": "nothing", "runtime": {"name": "python", "options": told}})
    )
    (pack / "__main__.py").write_text(_SERVES_NOTHING.format(root=str(ROOT)))
    return pack


def _resources(project: Path, variables: Mapping[str, str]) -> int:
    exported = project / "exported.json"
    export = [PULUMI, "stack", "export", "--stack", "dev", "--file", str(exported)]
    timed(export, project, variables)
    return len(json.loads(exported.read_text())["deployment"]["resources"])


def main() -> None:
    """Print the table: medians of the differences of each round, per start and per resource."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pack", description=__doc__)
    parser.add_argument("--models", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="model-serving-pack-") as scratch:
        few, one = measure(Path(scratch), 1, options.rounds)
        many, all_of_them = measure(Path(scratch), options.models, options.rounds)
    print(f"{few} and {many} resources, {options.rounds} rounds")
    print("| what | start, s | each resource, ms | runs of many, s |\n| --- | --- | --- | --- |")
    for kind in ("pack", "engine", "wall"):
        for name in (_NOTHING, _GUARDRAILS):
            start, whole = (_over(runs, name, kind) for runs in (one, all_of_them))
            each = (whole - start) / (many - few) * 1000
            seconds = ", ".join(f"{run[kind]:.2f}" for run in all_of_them[name])
            print(f"| {name}, {kind} | {start - few * each / 1000:.2f} | {each:.2f} | {seconds} |")


def _over(runs: Mapping[str, list[dict[str, float]]], name: str, kind: str) -> float:
    pairs = zip(runs[name], runs["no pack"], strict=True)
    return median(run[kind] - bare[kind] for run, bare in pairs)


if __name__ == "__main__":
    main()
