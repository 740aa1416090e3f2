"""The judge `crashes`: `python -m tests.judges.crashes.judge --every 10` kills at each tenth event.

Each point begins from the same moment, is killed at an event of the engine's own log, and goes on
twice from the same wreck: by one `serving up`, and by Pulumi alone as its documentation says. Both
ends are held against an update that nobody interrupted. What was tried is in `points.jsonl`; a
second run goes on from there. Points that fail leave a folder of what was said.
"""

import argparse
import json
import math
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from tests.judges import report
from tests.judges.crashes.counted import Wrong, end_of, held_against
from tests.judges.crashes.estate import Estate, Run, estates
from tests.judges.crashes.kill import WAYS, Way, kill
from tests.judges.crashes.scenes import SCENES, Scene
from tests.judges.crashes.undisturbed import undisturbed

__all__ = ["failures", "judged", "with_kept"]

SEED: Final = 1
OUT: Final = Path(".out/judges/crashes")
_SIDES: Final = ("ours", "plain")
_COUNTED: Final = ("leaks", "ghosts", "missing", "locks", "pending", "differences")
_EVERYTHING: Final = 0.5


@dataclass(frozen=True, slots=True)
class Point:
    """A kill: in which update, at which event, and what the vendor had done by then."""

    scene: str
    event: int
    way: Way

    @property
    def name(self) -> str:
        """As it is asked for again: `--points dev:17:after`."""
        return f"{self.scene}:{self.event}:{self.way}"

    @property
    def everything(self) -> bool:
        """Whether `serving` is killed too: by chance, and the same again."""
        return random.Random(f"{SEED} {self.name}").random() < _EVERYTHING  # noqa: S311

    @classmethod
    def named(cls, text: str) -> "Point":
        """The point of a name."""
        scene, event, way = text.split(":")
        return cls(scene, int(event), cast("Way", way))


class Sweep:
    """Points of one update, and what came of each."""

    def __init__(self, scene: Scene, estate: Estate, out: Path, *, previews: int) -> None:
        self._estate, self._out = estate, out
        self._previews = previews
        self._start = estate.folder / "start"
        self._wreck = estate.folder / "wreck"
        found = undisturbed(estate, scene, self._start)
        self.events, self._reference = found.events, found.reference

    def try_point(self, point: Point, sides: Sequence[str]) -> dict[str, Any]:
        """Kill, and go on from there in both ways; what came of it."""
        started = time.monotonic()
        self._estate.put_back(self._start)
        killed = kill(self._estate, point.event, point.way, everything=point.everything)
        self._estate.keep(self._wreck)
        pending: list[dict[str, Any]] = self._estate.state().get("pending_operations") or []
        begun = [
            f"{each['type']} {str(each['resource']['urn']).rpartition('::')[2]}" for each in pending
        ]
        told: dict[str, Any] = {
            "point": point.name,
            "events": killed.events,
            "ended before": killed.events < point.event,
            "serving too": point.everything,
            "code": killed.code,
            "begun": begun,
        }
        said = {"killed": killed.said}
        for side in sides:
            self._estate.put_back(self._wreck)
            runs = list(self._ours(point) if side == "ours" else self._plain())
            wrong = held_against(self._reference, end_of(self._estate), self._estate.rows())
            told[side] = self._judged(runs, wrong)
            said[side] = "\n".join(f"$ {name}: {run.code}\n{run.said}" for name, run in runs)
        told["seconds"] = round(time.monotonic() - started, 1)
        if told.get("ours", {}).get("failed"):
            self._kept(point, told, said)
        return told

    def _ours(self, point: Point) -> Iterator[tuple[str, Run]]:
        """One command; then nothing may be left to do."""
        up = self._estate.serving("up")
        yield "serving up", up
        if not up.code and self._previews and point.event % self._previews == 0:
            yield "preview", self._estate.pulumi("preview", "--expect-no-changes")

    def _plain(self) -> Iterator[tuple[str, Run]]:
        """https://www.pulumi.com/docs/support/troubleshooting/: cancel, refresh, update."""
        if self._estate.locks():
            yield "pulumi cancel", self._estate.pulumi("cancel")
        up = self._estate.pulumi("up")
        yield "pulumi up", up
        if up.code:
            yield "pulumi refresh", self._estate.pulumi("refresh")
            yield "pulumi up", self._estate.pulumi("up")

    @staticmethod
    def _judged(runs: Sequence[tuple[str, Run]], wrong: Wrong) -> dict[str, Any]:
        found = wrong.document()
        failed = [name for name in _COUNTED if found[name]]
        if runs[-1][1].code:
            failed.append(runs[-1][0])
        return {
            **found,
            "commands": [name for name, _ in runs],
            "codes": [run.code for _, run in runs],
            "warned": any("pending" in run.said.lower() for _, run in runs),
            "failed": failed,
        }

    def _kept(self, point: Point, told: Mapping[str, Any], said: Mapping[str, str]) -> None:
        place = self._out / point.name.replace(":", "-")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "found.json").write_text(json.dumps(told, indent=2))
        # What it went on from, to be looked at.
        shutil.copytree(self._wreck, place / "wreck")
        for name, text in said.items():
            (place / f"{name}.txt").write_text(text)
        (place / "again.txt").write_text(
            f"python -m tests.judges.crashes.judge --points {point.name}\n"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which points, of each update; what was tried before is left out unless it is named."""

    named: Sequence[Point] = ()
    ways: Sequence[Way] = WAYS
    every: int = 1
    sample: int | None = None
    between: tuple[int, int] | None = None

    def of(self, scene: str, events: int, tried: set[str]) -> list[Point]:
        """In the order in which they are tried."""
        if self.named:
            return [each for each in self.named if each.scene == scene]
        first, last = self.between or (1, events)
        found = [
            Point(scene, number, way)
            for way in self.ways
            for number in range(first, min(last, events) + 1)
            if number % self.every == 0
        ]
        if self.sample is not None:
            chance = random.Random(SEED)  # noqa: S311 - by chance, and the same again
            found = chance.sample(found, min(self.sample, len(found)))
        return [each for each in found if each.name not in tried]


def judged(
    out: Path,
    scenes: Sequence[str] = ("dev",),
    wanted: Wanted | None = None,
    *,
    seconds: float = math.inf,
    sides: Sequence[str] = _SIDES,
    previews: int = 1,
) -> dict[str, Any]:
    """Try what is not tried yet; the figures of all that is in the folder.

    Args:
        out: the folder.
        scenes: the updates.
        wanted: all points unless it is given.
        seconds: no point of an update begins so long after its first one.
        sides: what goes on from each wreck.
        previews: of each n-th event; none for 0.
    """
    wanted = wanted or Wanted()
    out.mkdir(parents=True, exist_ok=True)
    file = out / "points.jsonl"
    with estates() as estate:
        for scene in scenes:
            sweep = Sweep(SCENES[scene], estate(scene), out, previews=previews)
            (out / f"{scene}.json").write_text(json.dumps({"events": sweep.events}))
            left = wanted.of(scene, sweep.events, {str(each["point"]) for each in _read(file)})
            started = time.monotonic()
            for number, point in enumerate(left, 1):
                if time.monotonic() - started > seconds:
                    break
                told = sweep.try_point(point, sides)
                with file.open("a") as opened:
                    opened.write(json.dumps(told) + "\n")
                print(
                    f"{number}/{len(left)} {point.name} {told['seconds']} s,",
                    f"{len(told['begun'])} cut off;",
                    *(f"{side}: {', '.join(told[side]['failed']) or 'ok'}" for side in sides),
                    flush=True,
                )
    return figures(out)


def _read(file: Path) -> list[dict[str, Any]]:
    """What was tried, the last of each point."""
    if not file.exists():
        return []
    found = [json.loads(line) for line in file.read_text().splitlines()]
    return list({each["point"]: each for each in found}.values())


def figures(out: Path) -> dict[str, Any]:
    """Of all points in the folder, by update and way."""
    tried = _read(out / "points.jsonl")
    found: dict[str, Any] = {"seed": SEED}
    for scene in dict.fromkeys(each["point"].partition(":")[0] for each in tried):
        told = out / f"{scene}.json"
        mine = [each for each in tried if each["point"].startswith(f"{scene}:")]
        counted = [each for each in mine if not each["ended before"]]
        found[scene] = {
            "events": json.loads(told.read_text())["events"],
            "killed": len(counted),
            "ended before": len(mine) - len(counted),
            "by way": {
                way: len([each for each in counted if each["point"].endswith(f":{way}")])
                for way in WAYS
            },
            "with serving": len([each for each in counted if each["serving too"]]),
            "operations cut off": sum(len(each["begun"]) for each in counted),
            **{side: _side(counted, side) for side in _SIDES},
        }
    return found


def _side(tried: Sequence[Mapping[str, Any]], side: str) -> dict[str, Any]:
    mine = [each[side] for each in tried if side in each]
    return {
        "of": len(mine),
        "well": len([each for each in mine if not each["failed"]]),
        **{name: len([each for each in mine if each[name]]) for name in _COUNTED},
        "objects leaked": sum(
            int(text.partition(" ")[0]) for each in mine for text in each["leaks"]
        ),
        "previewed": len([each for each in mine if "preview" in each["commands"]]),
        "commands": sum(
            len([name for name in each["commands"] if name != "preview"]) for each in mine
        ),
        "first update failed": len([each for each in mine if _first_failed(each)]),
        "not ended well": len([each for each in mine if each["codes"][-1]]),
    }


def _first_failed(each: Mapping[str, Any]) -> bool:
    """Whether the first update after the kill was refused or failed."""
    codes = [
        code
        for name, code in zip(each["commands"], each["codes"], strict=True)
        if name.endswith(" up")
    ]
    return bool(codes and codes[0])


def with_kept(found: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """With the updates and sides that were not tried now as they are kept, and since when.

    What was killed is told of ours.
    """
    since = {key: kept[key] for key in ("date", "sources") if key in kept}
    told: dict[str, Any] = {name: one for name, one in kept.items() if isinstance(one, dict)}
    told |= found
    for scene, one in found.items():
        before = kept.get(scene)
        if not isinstance(one, dict) or not isinstance(before, dict):
            continue
        now, then = cast("dict[str, Any]", one), cast("dict[str, Any]", before)
        sides = {
            side: {**(since if then[side]["of"] else {}), **then[side]}
            if side in then and not now[side]["of"]
            else now[side]
            for side in _SIDES
        }
        told[scene] = {**(now if now["ours"]["of"] else then), **sides}
    return told


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Ours must end well at every event."""
    for scene, one in found.items():
        if isinstance(one, dict) and "ours" in one:
            mine = cast("dict[str, Any]", one)["ours"]
            if mine["well"] != mine["of"]:
                yield f"crashes: {scene}: {mine['well']} of {mine['of']} kills end well"


def main() -> int:
    """Some points, whose figures are printed alone; with `--keep` they are kept as well."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.crashes.judge")
    parser.add_argument("--scenes", nargs="*", choices=[*SCENES], default=["dev"])
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=WAYS)
    parser.add_argument("--every", type=int, default=1, help="each n-th event")
    parser.add_argument("--events", help="from-to")
    parser.add_argument("--sample", type=int, help="so many by chance, the same for a seed")
    parser.add_argument("--points", nargs="*", default=[], help="as dev:17:after, also once more")
    parser.add_argument("--sides", nargs="*", choices=_SIDES, default=_SIDES)
    parser.add_argument("--previews", type=int, default=1, help="of each n-th event; 0 for none")
    parser.add_argument("--seconds", type=float, default=math.inf, help="of each update")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--figures", action="store_true", help="of what was tried; try nothing")
    parser.add_argument("--keep", action="store_true", help="in tests/judges/figures.json")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    between = None
    if options.events:
        first, _, last = options.events.partition("-")
        between = (int(first), int(last or first))
    if options.figures:
        found = figures(options.out)
    else:
        named = [Point.named(each) for each in options.points]
        found = judged(
            options.out,
            list(dict.fromkeys(each.scene for each in named)) or options.scenes,
            Wanted(named, options.ways, options.every, options.sample, between),
            seconds=options.seconds,
            sides=options.sides,
            previews=options.previews,
        )
    print(json.dumps(found, indent=2))
    if options.keep:
        kept = json.loads(report.FIGURES.read_text("utf-8")).get("crashes", {})
        report.write_part("crashes", with_kept(found, kept))
    wrong = list(failures(found))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
