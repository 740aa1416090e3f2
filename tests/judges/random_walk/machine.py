"""A walk: settings by chance, then edits, faults, drift and operations, each checked after it.

Hypothesis draws what is done, so that a seed says all of a walk, and shrinks a walk that fails.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final, Literal

from hypothesis import Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from sandbox.store import Fault
from tests.judges.random_walk.estate import Estate

__all__ = ["STEPS", "Walk", "walk"]

STEPS: Final = 6
_IMAGE: Final = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/model-server@sha256:" + "9e3b1c5f" * 8
_AT: Final = "s3://example-models"
# By name: what is served; what is edited has a value for each of its keys below.
_MODELS: Final[dict[str, dict[str, Any]]] = {
    "churn": {
        "target": "kserve",
        "owner": "team-growth",
        "model": {"uri": f"{_AT}/churn/2.1.0/", "version": "2.1.0", "framework": "sklearn"},
    },
    "fraud": {
        "target": "sagemaker",
        "owner": "team-risk",
        "model": {
            "uri": f"{_AT}/fraud/1.4.0/model.tar.gz",
            "version": "1.4.0",
            "framework": "xgboost",
        },
        "instance_type": "ml.m5.large",
    },
    "ranker": {
        "target": "kubernetes",
        "owner": "team-search",
        "model": {"uri": f"{_AT}/ranker/1.2.0/", "version": "1.2.0", "image": _IMAGE},
        "resources": {"cpu": 1, "memory_mib": 2048},
    },
}
_EDITS: Final[dict[str, tuple[Any, ...]]] = {
    "max_replicas": (2, 3, 5),
    "owner": ("team-a", "team-b"),
    "tags": ({}, {"stage": "new"}, {"cost-centre": "other"}),
    "description": ("Says how likely it is.", "Says it in other words."),
    "slo": ({"latency_p95_ms": 80}, {"latency_p95_ms": 120, "error_rate_percent": 2}),
}
_NAMES: Final = st.sampled_from(sorted(_MODELS))
_Mode = Literal["fail", "throttle", "unreachable", "timeout", "die_before"]
_MODES: Final[tuple[_Mode, ...]] = ("fail", "throttle", "unreachable", "timeout", "die_before")
_RUNS: Final = 2
_SHOWN: Final = 1500


class Walk(RuleBasedStateMachine):
    """One walk; its `teardown` is where it has to end well."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="walk-"))
        self._estate: Estate | None = None
        self._asked: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []

    @initialize(chosen=st.sets(_NAMES, max_size=3), number=st.integers(0, 1000))
    def begin(self, chosen: set[str], number: int) -> None:
        """One model to three, deployed or not yet; the simplest example of all is no walk."""
        assume(number and chosen)
        self._estate = Estate(self._folder)
        self._asked = {name: dict(_MODELS[name]) for name in chosen}
        self._say(f"begin with {sorted(chosen)}")
        self._estate.write(self._asked)
        self._estate.make_stack()
        if number % 2:
            self._run("up")

    @rule(name=_NAMES, key=st.sampled_from(sorted(_EDITS)), value=st.integers(0, 2))
    def edit(self, name: str, key: str, value: int) -> None:
        """A setting of a model that is there; one that is not is added."""
        values = _EDITS[key]
        model = self._asked.setdefault(name, dict(_MODELS[name]))
        model[key] = values[value % len(values)]
        self._say(f"edit {name}: {key} {model[key]}")
        self._estate_().write(self._asked)

    @precondition(lambda self: len(self._asked) > 1)
    @rule(name=_NAMES)
    def take_away(self, name: str) -> None:
        """A model, and not the last one."""
        if self._asked.pop(name, None) is not None:
            self._say(f"take away {name}")
            self._estate_().write(self._asked)

    @rule(
        mode=st.sampled_from(_MODES),
        cloud=st.sampled_from(["aws:*", "kubernetes:*"]),
        operation=st.sampled_from(["create", "update", "delete", "read", "*"]),
        number=st.integers(1, 3),
    )
    def fault(self, mode: _Mode, cloud: str, operation: str, number: int) -> None:
        """The next calls of a cloud fail, by chance."""
        self._say(f"fault {mode} of {cloud} {operation}, {number}")
        with self._estate_().store() as store:
            store.add_fault(
                Fault(cloud, operation, mode, count=number, probability=0.5, seed=number)
            )

    @rule(number=st.integers(0, 1000))
    def delete_beside(self, number: int) -> None:
        """Somebody deletes what was made."""
        made = [row for row in self._estate_().made() if row.name]
        if not made:
            return
        row = made[number % len(made)]
        self._say(f"delete {row.token} {row.id}")
        with self._estate_().store() as store:
            store.remove(row)

    @rule(what=st.sampled_from(["up", "up", "up --refresh", "preview", "refresh", "only"]))
    def operate(self, what: str) -> None:
        """It may fail where a fault was planned; what it leaves must be whole."""
        if what == "only":
            self._run("up", min(self._asked), plain=False)
        else:
            self._run(*what.split())

    @override
    def teardown(self) -> None:
        """Without faults two runs are enough; then nothing is left to do, and nothing is left."""
        try:
            if self._estate is not None:
                self._ends_well(self._estate)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _ends_well(self, estate: Estate) -> None:
        with estate.store() as store:
            store.clear_faults()
        for number in range(_RUNS):
            ended = self._run("up", "--refresh")
            if ended == 0:
                break
            assert number + 1 < _RUNS, self._told(f"no end after {_RUNS} runs")
        assert self._run("preview", "--refresh", "--expect-no-changes") == 0, self._told(
            "something is left to do"
        )
        state = estate.state()
        assert not state.get("pending_operations"), self._told("operations are pending")
        known = {str(each.get("id")) for each in state.get("resources", [])}
        leaked = [row.id for row in estate.made() if not _is_known(row.id, row.name, known)]
        assert not leaked, self._told(f"not in state: {leaked}")
        endpoints = state["resources"][0].get("outputs", {}).get("endpoints", {})
        assert set(endpoints) == set(self._asked), self._told(f"endpoints {sorted(endpoints)}")

    def _run(self, command: str, *arguments: str, plain: bool = True) -> int:
        estate = self._estate_()
        if plain:
            ended = estate.pulumi(command, *arguments)
        else:
            go = ("--", "--yes", "--skip-preview", "--non-interactive")
            ended = estate.serving(command, "--only", *arguments, *go)
        self._say(f"{command} {' '.join(arguments)}: {ended.returncode}")
        said = ended.stdout + ended.stderr
        assert "Traceback" not in said, self._told(said[-_SHOWN:])
        self.last = said
        mistakes = list(estate.mistakes())
        assert not mistakes, self._told("; ".join(mistakes))
        return ended.returncode

    def _estate_(self) -> Estate:
        assert self._estate is not None
        return self._estate

    def _say(self, line: str) -> None:
        self.log.append(line)

    def _told(self, what: str) -> str:
        return "\n".join([what, *self.log, getattr(self, "last", "")[-_SHOWN:]])


def _is_known(identity: str, name: str, known: set[str]) -> bool:
    return identity in known or name in known


def walk(number: int, *, shrink: bool = False) -> None:
    """The walk of a seed; raises what was wrong, with all that was done."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        seed(number)(Walk),
        settings=settings(
            max_examples=1,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=phases,
            print_blob=False,
            suppress_health_check=[*settings.get_profile("default").suppress_health_check],
        ),
    )
