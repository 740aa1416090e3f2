"""What a pack costs in the engine: `python -m benchmarks.pack`.

An `up` that changes nothing, of one model and of many: without a pack, with one that has no rule,
and with the guardrails, in turn. What the pack without rules costs is the protocol's: the engine
hands each resource over twice, and all of them once more at the end, and Python answers.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import estate
from benchmarks.__main__ import PACK, PULUMI, home
from benchmarks.timed import Run, timed

__all__ = ["measure"]

ROOT: Final = Path(__file__).resolve().parent.parent
_SERVES_NOTHING: Final = """\
import sys

sys.path[0] = {root!r}

from policies.server import serve

serve(())
"""


def measure(folder: Path, models: int, rounds: int) -> dict[str, Any]:
    """Seconds by what is judged, of all rounds; and how many resources there are."""
    project = estate.make(folder / f"estate-{models}", models)
    variables = home(folder, str(models))
    up = [PULUMI, "up", "--yes", "--skip-preview", "--stack", "dev"]
    timed(up, project, variables)
    ways = {
        "no pack": [],
        "a pack without rules": ["--policy-pack", str(_without_rules(folder))],
        "the guardrails": PACK,
    }
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for number in range(-1, rounds):
        for name, options in ways.items():
            run = timed([*up, "--expect-no-changes", *options], project, variables)
            # The first round fills the caches.
            runs[name] += [run] if number >= 0 else []
    return {"resources": _resources(project, variables), "runs": runs}


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
        one = measure(Path(scratch), 1, options.rounds)
        many = measure(Path(scratch), options.models, options.rounds)
    more = many["resources"] - one["resources"]
    print(f"{one['resources']} and {many['resources']} resources, {options.rounds} rounds")
    print("| what | start, s | each resource, ms | runs of many, s |\n| --- | --- | --- | --- |")
    for kind in ("cpu", "wall"):
        for name in ("a pack without rules", "the guardrails"):
            start, whole = (_over(each["runs"], name, kind) for each in (one, many))
            each_one = (whole - start) / more * 1000
            seconds = ", ".join(f"{getattr(run, kind):.1f}" for run in many["runs"][name])
            print(f"| {name}, {kind} | {start:.2f} | {each_one:.2f} | {seconds} |")
        bare = ", ".join(f"{getattr(run, kind):.1f}" for run in many["runs"]["no pack"])
        print(f"| no pack, {kind} | – | – | {bare} |")


def _over(runs: Mapping[str, list[Run]], name: str, kind: str) -> float:
    pairs = zip(runs[name], runs["no pack"], strict=True)
    return median(getattr(run, kind) - getattr(bare, kind) for run, bare in pairs)


if __name__ == "__main__":
    main()
