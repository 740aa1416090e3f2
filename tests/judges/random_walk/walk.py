"""A walk: a plan is carried out, looked at after each command, and has to end well."""

import re
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.store import Fault, Row
from tests.judges.crashes.estate import Run
from tests.judges.crashes.kill import kill
from tests.judges.random_walk.estate import Estate, mistakes, pending, stack_outputs
from tests.judges.random_walk.plan import (
    CHANGES,
    MODELS,
    Change,
    DeleteBeside,
    Kill,
    Only,
    Operate,
    Plan,
    Planned,
    Step,
    TakeAway,
)
from tests.judges.random_walk.untouched import Moment, touched

__all__ = ["Walked", "changed", "walk"]

_RUNS: Final = 2
_SHOWN: Final = 3000
_CHANCE: Final = 0.5
# What `serving up` says of objects that a plugin was making when it died; nobody notes them.
_LOST: Final = re.compile(r"A plugin died while it made these[^\n]*\n((?:  \S+ \(\S+\)\n)+)")
_LOST_TYPE: Final = re.compile(r"\((\S+)\)$", re.MULTILINE)
_UNDECIDED: Final = "is to be decided first"
# Settings that only an endpoint with instances has.
_WITH_INSTANCES: Final = frozenset({"instance_type", "candidate", "canary_percent"})


class _WrongError(Exception):
    """Something that must not be."""


@dataclass(slots=True)
class Walked:
    """What was done, and what was wrong with it; nothing, where it ended well."""

    why: str = ""
    log: list[str] = field(default_factory=list[str])
    counted: Counter[str] = field(default_factory=Counter[str])


def walk(estate: Estate, plan: Plan) -> Walked:
    """Carry it out; what is wrong is told, not raised."""
    one = _Walk(estate)
    try:
        one.carry_out(plan)
    except _WrongError as wrong:
        one.told.why = str(wrong)
    except Exception:  # noqa: BLE001 - whatever it is, it is told with what was done
        one.told.why = traceback.format_exc()
    return one.told


def changed(settings: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model after a change; as they were, where that is of another target."""
    target = change.get("target", settings["target"])
    if target != "sagemaker" and any(change.get(name) for name in _WITH_INSTANCES):
        return dict(settings)
    return {**settings, **change}


class _Walk:
    def __init__(self, estate: Estate) -> None:
        self.told = Walked()
        self._estate = estate
        self._asked: dict[str, dict[str, Any]] = {}
        # Whether a command may fail: something was planned, killed or taken away.
        self._troubled = False
        # Whether a refresh may find nothing where something is.
        self._may_forget = False
        self._lost: Counter[str] = Counter()

    def carry_out(self, plan: Plan) -> None:
        """From its beginning to a good end."""
        self._asked = {name: dict(MODELS[name]) for name in plan.models}
        self._say(f"begin with {', '.join(plan.models)}{', deployed' if plan.deployed else ''}")
        self._estate.begin(plan.models, deployed=plan.deployed)
        for step in plan.steps:
            self._do(step)
        self._ends_well()

    # ---- steps ----

    def _do(self, step: Step) -> None:
        match step:
            case Change():
                settings = self._asked.get(step.model, MODELS[step.model])
                change = CHANGES[step.model][step.number]
                self._asked[step.model] = changed(settings, change)
                self._say(f"change {step.model}: {change}")
                self._estate.write(self._asked)
            case TakeAway():
                if step.model in self._asked and len(self._asked) > 1:
                    del self._asked[step.model]
                    self._say(f"take away {step.model}")
                    self._estate.write(self._asked)
            case Planned():
                self._plan(step)
            case DeleteBeside():
                self._delete_beside(step.number)
            case Operate():
                self._operate(step.what)
            case Only():
                for model in step.models:
                    self._only(model)
            case Kill():
                self._kill(step)

    def _plan(self, step: Planned) -> None:
        self._troubled = True
        self._may_forget |= step.mode == "not_found" and step.operation in {"read", "*"}
        self._say(f"fault {step.mode} of {step.cloud} {step.operation}, {step.count}")
        fault = Fault(
            step.cloud,
            step.operation,
            step.mode,
            count=step.count,
            seconds=step.seconds,
            probability=_CHANCE,
            seed=step.count,
        )
        with self._estate.store() as store:
            store.add_fault(fault)

    def _delete_beside(self, number: int) -> None:
        # By what has no random part, so that a plan means the same object again.
        made = sorted(
            (row for row in self._estate.made() if row.name),
            key=lambda row: (row.token, re.sub(r"-[0-9a-f]{7}$", "", row.name)),
        )
        if made:
            self._troubled = True
            row = made[number % len(made)]
            self._say(f"delete {row.token} {row.id}")
            self._estate.lose(row)

    def _operate(self, what: str) -> None:
        match what.split():
            case ["up", *flags]:
                self._ran(f"serving {what}", self._estate.up(*flags))
            case _:
                self._ran(f"pulumi {what}", self._estate.pulumi(what))

    def _kill(self, step: Kill) -> None:
        self._troubled = True
        # Alone: of what a plugin was making when it died nobody tells where the engine dies too.
        with self._estate.store() as store:
            store.clear_faults()
        killed = kill(self._estate, step.event, step.way, everything=step.everything)
        begun = pending(self._estate.state())
        cut = killed.events >= step.event
        self.told.counted["kills"] += cut
        self.told.counted["ended before a kill"] += not cut
        self.told.counted["cut off"] += len(begun)
        what = f"killed at event {step.event}, {step.way}, {len(begun)} cut off"
        self._ran(
            what if cut else f"serving up, ended before event {step.event}",
            Run(killed.code or 0, killed.said),
        )

    def _only(self, model: str) -> None:
        self._recover_what_is_pending()
        before = Moment.now(self._estate)
        known = model in self._asked
        self._ran(f"serving up --only {model}", self._estate.up(only=model), may_fail=not known)
        self.told.counted["only"] += known
        self.told.counted["only, no such model"] += not known
        if found := list(touched(before, Moment.now(self._estate), model)):
            self.told.counted["violations"] += 1
            raise self._wrong(f"--only {model} is not of it alone: " + "; ".join(found[:8]))

    def _recover_what_is_pending(self) -> None:
        """Otherwise an update does it first, of all models."""
        if pending(self._estate.state()):
            self._ran("serving recover", self._estate.serving("recover", "--yes"))

    # ---- the end ----

    def _ends_well(self) -> None:
        """Without faults two runs are enough; then nothing is left to do, and nothing is left."""
        with self._estate.store() as store:
            store.clear_faults()
        self._take_what_was_told()
        for number in range(1, _RUNS + 1):
            if self._ran("serving up --refresh", self._estate.up("--refresh")) == 0:
                self.told.counted[f"ended by {number}"] += 1
                break
        else:
            raise self._wrong(f"no end after {_RUNS} runs")
        flags = ("--refresh", "--expect-no-changes")
        if self._ran("pulumi preview --refresh", self._estate.pulumi("preview", *flags)):
            raise self._wrong("something is left to do")
        state = self._estate.state()
        if pending(state):
            raise self._wrong("operations are pending")
        if locks := self._estate.locks():
            raise self._wrong(f"locks are left: {locks}")
        if left := self._not_told(self._estate.unknown()):
            raise self._wrong(f"in no state: {[(row.token, row.id) for row in left]}")
        endpoints: Mapping[str, Any] = stack_outputs(state).get("endpoints") or {}
        if set(endpoints) != set(self._asked):
            raise self._wrong(f"the stack tells of {sorted(endpoints)}")

    def _not_told(self, left: Sequence[Row]) -> list[Row]:
        """Without what a refresh forgot, as it found nothing, and `serving orphans` names.

        Plain Pulumi drops from the state what a cloud says is not there, however wrong that is.
        """
        if not left or not self._may_forget:
            return list(left)
        told = self._estate.serving("orphans", "--json").said
        unnamed = [row for row in left if row.id not in told]
        self.told.counted["forgotten by a refresh, named"] += len(left) - len(unnamed)
        return unnamed

    def _take_what_was_told(self) -> None:
        """What a dying plugin had made `serving up` named; who runs it deletes that by hand.

        Only as many of a type as were named: all else that no state knows is lost without a word.
        """
        if not self._lost:
            return
        self._recover_what_is_pending()
        named = self._lost.copy()
        for row in self._estate.unknown():
            if named[row.token] > 0:
                named[row.token] -= 1
                self.told.counted["left by plugins, named"] += 1
                self._say(f"by hand: delete {row.token} {row.id}, which was named")
                self._estate.lose(row)

    # ---- what is said ----

    def _ran(self, name: str, run: Run, *, may_fail: bool = False) -> int:
        self._say(f"{name}: {run.code}")
        self._last = run.said
        self.told.counted["commands"] += 1
        for found in _LOST.finditer(run.said):
            self._lost.update(_LOST_TYPE.findall(found[1]))
        if "Traceback" in run.said:
            raise self._wrong("a traceback")
        if wrong := list(mistakes(self._estate.state())):
            raise self._wrong("the state is not whole: " + "; ".join(wrong))
        if _UNDECIDED in run.said:
            raise self._wrong("it cannot be decided")
        if run.code and not (self._troubled or may_fail):
            raise self._wrong(f"{name} fails, and nothing was planned")
        return run.code

    def _say(self, line: str) -> None:
        self.told.log.append(line)

    def _wrong(self, what: str) -> _WrongError:
        return _WrongError("\n".join([what, *self.told.log, self._last[-_SHOWN:]]))
