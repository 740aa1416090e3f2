"""The judges `gone`, `changed` and `calls`: `python -m tests.judges.by_type.judge --scenes dev`.

Each stack is deployed once, on a sandbox of its own, and put back to that moment as often as it is
needed. What is wrong is in `gone dev.txt` and its likes in the folder, with what was printed.
"""

import argparse
import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.judges import report
from tests.judges.by_type import calls, changed, gone
from tests.judges.by_type.calls import PHASES, Moments
from tests.judges.by_type.deployed import SEED, STAYS, Deployed, Known, batches, counts
from tests.judges.by_type.made import made_types
from tests.judges.by_type.scenes import SCENES
from tests.judges.crashes.estate import Estate, estates

__all__ = [
    "SCENES",
    "calls_failures",
    "changed_failures",
    "gone_failures",
    "judged_calls",
    "judged_changed",
    "judged_gone",
    "with_kept",
]

OUT: Final = report.ROOT / ".out" / "judges" / "by_type"
# So many types in a round; more would make what fails hard to tell apart.
_BATCH: Final = 6
# Of all inputs of a resource every other one is changed at once.
_PARTS: Final = 2
_SHOWN: Final = 6000
_IN_USE: Final = "nobody can delete while it is used"


# The stack of a scene as it was when it had just been deployed.
_Of: TypeAlias = Callable[[str], tuple[Estate, Moments]]


@contextmanager
def _scenes_made() -> Generator[_Of]:
    """Each is deployed when it is first asked for."""
    with estates() as estate:
        known: dict[str, tuple[Estate, Moments]] = {}

        def of(scene: str) -> tuple[Estate, Moments]:
            if scene not in known:
                mine = estate(scene)
                known[scene] = mine, _deployed(mine, scene)
            mine, moments = known[scene]
            mine.put_back(moments.deployed)
            return mine, moments

        yield of


def _given(of: _Of | None) -> AbstractContextManager[_Of]:
    return _scenes_made() if of is None else nullcontext(of)


def _deployed(estate: Estate, scene: str) -> Moments:
    """Made once, and remembered."""
    moments = Moments(*(estate.folder / name for name in ("empty", "deployed", "drifted")))
    SCENES[scene](estate)
    _well(estate.pulumi("preview"))
    estate.keep(moments.empty)
    _well(estate.pulumi("up"))
    estate.keep(moments.deployed)
    return moments


def _well(run: Any) -> None:  # noqa: ANN401 - what a command ended with
    if run.code:
        raise RuntimeError(run.said[-_SHOWN:])


# ---- deleted beside the engine ----


def judged_gone(
    out: Path,
    scenes: Iterable[str] = ("dev",),
    only: Sequence[str] = (),
    of: _Of | None = None,
) -> dict[str, Any]:
    """Types of each scene whose object was deleted, and what came of it."""
    out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"seed": SEED}
    with _given(of) as there:
        for scene in scenes:
            with (out / f"gone {scene}.txt").open("w") as log:
                found[scene] = _gone(*there(scene), scene, only, log.write)
            print(f"gone {scene}: {json.dumps(found[scene])}", flush=True)
    return found


def _gone(
    estate: Estate,
    moments: Moments,
    scene: str,
    only: Sequence[str],
    write: Callable[[str], object],
) -> dict[str, Any]:
    start = Deployed.of(estate)
    there = [each for each in start.types(with_row=True) if not only or each in only]
    chosen = {each: _deletable(estate, start, each) for each in there if each not in STAYS}
    in_use = {token: why for token, (_, why) in chosen.items() if why}
    tokens = [each for each in chosen if each not in in_use]
    alone = [[chosen[each][0]] for each in tokens if each in gone.FOR_A_PERSON]
    others = [chosen[each][0] for each in tokens if each not in gone.FOR_A_PERSON]
    rounds = [*batches(start, others, _BATCH), *alone]
    failed: dict[str, list[str]] = {}
    followed: set[str] = set()
    also: set[str] = set()
    decided: dict[str, list[str]] = {}
    queue = [*rounds]
    while queue:
        batch = queue.pop(0)
        began = time.monotonic()
        estate.put_back(moments.deployed)
        outcome = gone.tried(estate, start, batch)
        print(
            f"gone {scene}: {', '.join(outcome.deleted)}: {'; '.join(outcome.wrong) or 'ok'}"
            f" ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
        if outcome.wrong and len(batch) > 1:
            # Whose it is is seen one by one.
            queue += [[each] for each in batch]
            continue
        followed |= set(outcome.followed)
        also |= set(outcome.also)
        if outcome.decided:
            decided[batch[0].token] = outcome.decided
        if outcome.wrong:
            failed[batch[0].token] = outcome.wrong
            write(json.dumps({"deleted": outcome.deleted, "gone": outcome.gone}) + "\n")
            write("\n".join(outcome.wrong) + "\n")
            for command, said in outcome.said.items():
                write(f"$ {command}\n{said[-_SHOWN:]}\n")
    without = sorted({each.token for each in start.known.values() if each.row is None})
    return {
        "types": len(tokens),
        "tokens": tokens,
        "well": len(tokens) - len(failed),
        "rounds": len(rounds),
        "changed too, as they need what was made again": sorted(followed),
        "told as changed, as they are about what is gone": sorted(also),
        "without an object of their own": without,
        "nobody can delete": sorted(STAYS & {*there}),
        _IN_USE: in_use,
        "told, and made again when somebody has decided": decided,
        "failed": failed,
    }


def _deletable(estate: Estate, start: Deployed, token: str) -> tuple[Known, str]:
    """One of a type that its vendor lets somebody delete; or one, and why it lets nobody."""
    one = start.one_of(token, "gone")
    why = gone.keeps(estate, one)
    others = [each for each in start.known.values() if each.token == token and each.row]
    free = (each for each in others if not gone.keeps(estate, each))
    return (one, "") if not why else next(((each, "") for each in free), (one, why))


def gone_failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every type must be told and made again."""
    for scene, one in _scenes(found):
        if one["failed"]:
            named = ", ".join(one["failed"])
            yield f"gone: {scene}: {one['well']} of {one['types']} types; {named}"


# ---- changed beside the engine ----


def judged_changed(
    out: Path,
    scenes: Iterable[str] = ("dev",),
    only: Sequence[str] = (),
    of: _Of | None = None,
) -> dict[str, Any]:
    """Inputs of all resources of each scene that were changed, and what came of it."""
    out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"seed": SEED}
    with _given(of) as there:
        for scene in scenes:
            with (out / f"changed {scene}.txt").open("w") as log:
                found[scene] = _changed(*there(scene), scene, only, log.write)
            print(f"changed {scene}: {json.dumps(found[scene])}", flush=True)
    return found


def _changed(
    estate: Estate,
    moments: Moments,
    scene: str,
    only: Sequence[str],
    write: Callable[[str], object],
) -> dict[str, Any]:
    start = Deployed.of(estate)
    chosen = [
        each
        for _, each in sorted(start.known.items())
        if each.row is not None and (not only or each.token in only)
    ]
    rounds: list[changed.Round] = []
    for number in range(_PARTS):
        began = time.monotonic()
        estate.put_back(moments.deployed)
        one = changed.tried(estate, start, chosen, slice(number, None, _PARTS))
        rounds.append(one)
        print(
            f"changed {scene}: {sum(map(len, one.paths.values()))} inputs of {len(one.paths)}:"
            f" {'; '.join(one.wrong) or 'ok'} ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
        if one.wrong:
            write(f"==== {scene} {number}\n{json.dumps(one.paths)}\n" + "\n".join(one.wrong) + "\n")
            for command, said in one.said.items():
                write(f"$ {command}\n{said[-_SHOWN:]}\n")
    resources = {urn for one in rounds for urn in one.paths}
    return {
        "types": len({start.known[urn].token for urn in resources}),
        "resources": len(resources),
        "inputs": sum(len(paths) for one in rounds for paths in one.paths.values()),
        "need another object": sum(one.replacing for one in rounds),
        "set by others": sum(one.others for one in rounds),
        "names made up by the provider": sum(one.made_up for one in rounds),
        "taken from nobody": sum(one.refused.total() for one in rounds),
        "without an input to update": sorted(
            {each.token for each in chosen} - {start.known[urn].token for urn in resources}
        ),
        "updated too, as they need what was repaired": sorted(
            {each for one in rounds for each in one.followed}
        ),
        "no update is written by the vendor": sorted({each for one in rounds for each in one.kept}),
        "of a newer version, as what it names was repaired by one": sorted(
            {each for one in rounds for each in one.newer}
        ),
        "told too, as they are about what changed": sorted(
            {each for one in rounds for each in one.also}
        ),
        "wrong": [each for one in rounds for each in one.wrong],
    }


def changed_failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every change must be told where it is, and repaired."""
    for scene, one in _scenes(found):
        if one["wrong"]:
            yield f"changed: {scene}: {len(one['wrong'])} wrong"


# ---- calls that fail ----


def judged_calls(
    out: Path,
    scenes: Iterable[str] = ("dev",),
    operations: Sequence[str] = tuple(PHASES),
    of: _Of | None = None,
) -> dict[str, Any]:
    """Types and ways of each scene and operation, and what came of them."""
    out.mkdir(parents=True, exist_ok=True)
    with _given(of) as there:
        for scene in scenes:
            mine, moments = there(scene)
            with (out / f"calls {scene}.txt").open("w") as log:
                _calls(mine, moments, scene, operations, out, log.write)
    return figures(out)


def _calls(  # noqa: PLR0917 - as the other two, and where figures go
    estate: Estate,
    moments: Moments,
    scene: str,
    operations: Sequence[str],
    out: Path,
    write: Callable[[str], object],
) -> None:
    start = Deployed.of(estate)
    seeded = _counts(estate, moments.empty)
    made = _counts(estate, moments.deployed)
    chosen = [start.one_of(each, "calls") for each in start.types(with_row=True)]
    repaired = calls.drifted(estate, chosen)
    _well(estate.pulumi("refresh"))
    estate.keep(moments.drifted)
    for operation in operations:
        phase = PHASES[operation]
        one = calls.swept(estate, phase, moments, repaired if operation == "update" else chosen)
        _ended(estate, one, seeded if operation == "delete" else made, operation)
        (out / f"calls {scene} {operation}.json").write_text(json.dumps(_row(one)))
        print(f"calls {scene} {operation}: {json.dumps(_row(one))}", flush=True)
        write(f"==== {scene} {operation}\n" + "\n".join(one.wrong) + "\n")
        for number, said in enumerate(one.said, 1):
            write(f"---- {scene} {operation} run {number}\n{said[-_SHOWN:]}\n")


def figures(out: Path) -> dict[str, Any]:
    """Of all that was tried so far, at once or one by one."""
    found: dict[str, Any] = {"seed": SEED}
    for scene in SCENES:
        for operation in PHASES:
            file = out / f"calls {scene} {operation}.json"
            if file.exists():
                found.setdefault(scene, {})[operation] = json.loads(file.read_text())
    return found


def _counts(estate: Estate, moment: Path) -> Any:  # noqa: ANN401 - a counter
    estate.put_back(moment)
    return counts(estate.rows())


def _ended(estate: Estate, one: calls.Swept, wanted: Any, operation: str) -> None:  # noqa: ANN401
    """The last command ended well; nothing is lost, doubled, pending or left to do."""
    now = counts(estate.rows())
    one.wrong += [f"{n} of {token} too many at the end" for (token, _), n in (now - wanted).items()]
    one.wrong += [f"{n} of {token} too few at the end" for (token, _), n in (wanted - now).items()]
    if estate.state().get("pending_operations"):
        one.wrong.append("operations are pending at the end")
    if operation != "delete":
        preview = estate.pulumi("preview", "--expect-no-changes", "--diff")
        if preview.code:
            one.said.append(preview.said)
            one.wrong.append("a preview finds something to do at the end")


def _row(one: calls.Swept) -> dict[str, Any]:
    return {
        "types": one.types,
        "retried": one.passed,
        "failed": one.hit,
        "told": one.told,
        "never called": one.never,
        "commands": one.runs,
        "wrong": one.wrong,
    }


def calls_failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Nothing may be wrong."""
    for scene, operations in _scenes(found):
        for operation, one in operations.items():
            if one["wrong"]:
                yield f"calls: {scene} {operation}: {len(one['wrong'])} wrong"


def _scenes(found: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, found[name]) for name in SCENES if name in found)


def with_kept(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """With the scenes that were not judged now, as they are; each says of what it was judged."""
    kept = json.loads(report.FIGURES.read_text("utf-8")).get(name, {})
    mine = {"date": dt.datetime.now(tz=dt.UTC).date().isoformat(), "sources": report.sources(name)}
    scenes = {
        scene: {**mine, **found[scene]} if scene in found else kept[scene]
        for scene in SCENES
        if scene in found or scene in kept
    }
    # The part itself is as old as what everybody judges.
    head = {} if "dev" in found else {key: kept[key] for key in mine if key in kept}
    if name == "gone":
        seen = {
            token
            for one in scenes.values()
            for token in (*one.get("tokens", ()), *one.get(_IN_USE, ()))
        }
        head["in no scene"] = sorted(made_types() - seen - STAYS)
    return {**head, "seed": SEED, **scenes}


def main() -> int:
    """All, or one, of some scenes; with `--keep` the figures are kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.by_type.judge")
    parser.add_argument("--judges", nargs="*", choices=[*_JUDGES], default=[*_JUDGES])
    parser.add_argument("--scenes", nargs="*", choices=[*SCENES], default=[*SCENES])
    parser.add_argument("--types", nargs="*", default=[], help="of gone, changed; default: all")
    parser.add_argument("--operations", nargs="*", choices=[*PHASES], default=[*PHASES])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--keep", action="store_true", help="in tests/judges/figures.json")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    wrong: list[str] = []
    with _scenes_made() as of:
        for scene, name in product(options.scenes, options.judges):
            judged, failures = _JUDGES[name]
            narrower = options.operations if name == "calls" else options.types
            found = judged(options.out, [scene], narrower, of)
            wrong += failures(found)
            if options.keep:
                report.write_part(name, with_kept(name, found))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


_JUDGES: Final[
    Mapping[
        str,
        tuple[
            Callable[[Path, Sequence[str], Sequence[str], _Of], dict[str, Any]],
            Callable[[Mapping[str, Any]], Iterator[str]],
        ],
    ]
] = {
    "gone": (judged_gone, gone_failures),
    "changed": (judged_changed, changed_failures),
    "calls": (judged_calls, calls_failures),
}


if __name__ == "__main__":
    sys.exit(main())
