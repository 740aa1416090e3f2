"""What a seed does: a project, then edits, faults, drift, kills and operations, by chance.

A plan is drawn as a whole before anything runs, so that a seed means the same walk again, and a
step of it can be left out.
"""

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from sandbox.rows import FaultMode
from tests.judges.crashes.kill import WAYS, Way

__all__ = [
    "CHANGES",
    "MODELS",
    "STEPS",
    "Change",
    "DeleteBeside",
    "Kill",
    "Only",
    "Operate",
    "Operation",
    "Plan",
    "Planned",
    "Step",
    "TakeAway",
    "drawn",
]

STEPS: Final = 6
_IMAGE: Final = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/model-server@sha256:" + "9e3b1c5f" * 8
_AT: Final = "s3://example-models"
_FRAUD: Final = {"uri": f"{_AT}/fraud/1.4.0/model.tar.gz", "version": "1.4.0"}
_NEXT: Final = {"uri": f"{_AT}/fraud/1.4.1/model.tar.gz", "version": "1.4.1"}
_ONNX: Final = "sha256:fed3b481bcc0adc376f84b819cd5d910560a34c504ffca815b1b72a60a87d8d4"
# By name. One name is the beginning of another: what reaches the one must not reach the other.
MODELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "churn": {
        "target": "kserve",
        "owner": "team-growth",
        "model": {"uri": f"{_AT}/churn/2.1.0/", "version": "2.1.0", "framework": "sklearn"},
    },
    "churn-next": {
        "target": "kserve",
        "owner": "team-growth",
        "model": {"uri": f"{_AT}/churn/3.0.0/", "version": "3.0.0", "framework": "xgboost"},
    },
    "fraud": {
        "target": "sagemaker",
        "owner": "team-risk",
        "model": {**_FRAUD, "framework": "xgboost"},
        "instance_type": "ml.m5.large",
    },
    "iris": {
        "target": "lambda",
        "owner": "team-botany",
        "model": {
            "uri": "file:iris-classifier/1.0.0/model.onnx",
            "version": "1.0.0",
            "digest": _ONNX,
            "framework": "onnx",
        },
    },
    "ranker": {
        "target": "kubernetes",
        "owner": "team-search",
        "model": {"uri": f"{_AT}/ranker/1.2.0/", "version": "1.2.0", "image": _IMAGE},
        "resources": {"cpu": 1, "memory_mib": 2048},
    },
}
# What an edit writes over the settings; nothing (None) takes a key away.
_ANY: Final[tuple[dict[str, Any], ...]] = (
    {"max_replicas": 2},
    {"max_replicas": 5},
    {"owner": "team-a"},
    {"tags": {"stage": "new"}},
    {"tags": {}},
    {"description": "Says how likely it is."},
    {"slo": {"latency_p95_ms": 80}},
    {"slo": {"latency_p95_ms": 120, "error_rate_percent": 2}},
    {"slo": None},
)
_CANDIDATE: Final = {"uri": f"{_AT}/fraud/1.5.0/model.tar.gz", "version": "1.5.0"}
_OWN: Final[Mapping[str, tuple[dict[str, Any], ...]]] = {
    "churn": (
        {"model": {"uri": f"{_AT}/churn/2.2.0/", "version": "2.2.0", "framework": "sklearn"}},
        {"resources": {"cpu": 2, "memory_mib": 4096}},
    ),
    "churn-next": ({"concurrency_target": 20},),
    "fraud": (
        {"instance_type": "ml.m5.xlarge"},
        {"model": {**_NEXT, "framework": "xgboost"}},
        {"candidate": _CANDIDATE, "canary_percent": 20},
        {"candidate": _CANDIDATE, "canary_percent": 60},
        {"candidate": None, "canary_percent": None},
        # It moves to another target, and back.
        {
            "target": "sagemaker_serverless",
            **dict.fromkeys(("instance_type", "candidate", "canary_percent")),
        },
        {"target": "sagemaker", "instance_type": "ml.m5.large"},
    ),
    "iris": ({"resources": {"memory_mib": 2048}}, {"timeout_seconds": 5}),
    "ranker": ({"resources": {"cpu": 2, "memory_mib": 2048}}, {"load_seconds": 60}),
}
CHANGES: Final = {name: (*_ANY, *own) for name, own in _OWN.items()}
# What is survived by the next run; what only a person can end (`never_ready`) is left out.
_MODES: Final[tuple[FaultMode, ...]] = (
    *("fail", "throttle", "unreachable", "timeout", "die_before", "die"),
    *("late_answer", "not_found", "silent_rollback"),
)
_LATE_SECONDS: Final = 0.3
_CHANCE: Final = 0.5
_CLOUDS: Final = ("aws:*", "kubernetes:*")
_CALLS: Final = ("create", "update", "delete", "read", "*")
Operation = Literal["up", "up --refresh", "preview", "refresh"]
_OPERATIONS: Final[tuple[Operation, ...]] = ("up", "up", "up --refresh", "preview", "refresh")
# Later events than this few updates of so few models have.
_EVENTS: Final = 50
# Of ten models that a step is about so many are there; the others are added, or refused.
_THERE: Final = 0.8
_FEWEST: Final = 4
_KINDS: Final = {
    "change": 4,
    "take away": 1,
    "fault": 4,
    "beside": 2,
    "operate": 4,
    "only": 4,
    "kill": 3,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A setting of a model that is there; one that is not is added with it."""

    model: str
    number: int


@dataclass(frozen=True, slots=True)
class TakeAway:
    """A model's file goes, unless it is the last one."""

    model: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The next calls of a cloud fail, by chance."""

    mode: FaultMode
    cloud: str
    operation: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DeleteBeside:
    """Somebody deletes one of the objects that were made, with what goes with it."""

    number: int


@dataclass(frozen=True, slots=True)
class Operate:
    """Of the whole stack; it may fail where something was planned."""

    what: Operation


@dataclass(frozen=True, slots=True)
class Only:
    """Updates of some of the models, each alone, one after the other."""

    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kill:
    """An update whose engine is killed at an event of its log, with `serving` or without."""

    event: int
    way: Way
    everything: bool


Step = Change | TakeAway | Planned | DeleteBeside | Operate | Only | Kill


@dataclass(frozen=True, slots=True)
class Plan:
    """A walk: what is asked for at first, whether that is deployed, and the steps."""

    models: tuple[str, ...]
    deployed: bool
    steps: tuple[Step, ...]

    @property
    def digest(self) -> str:
        """By which a result is known to be of this plan, and not of what a seed meant before."""
        text = json.dumps([asdict(self), [type(each).__name__ for each in self.steps]])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def without(self, position: int) -> "Plan":
        """The plan without one of its steps."""
        left = self.steps[:position] + self.steps[position + 1 :]
        return Plan(self.models, self.deployed, left)


def drawn(number: int) -> Plan:
    """The plan of a seed."""
    chance = random.Random(number)  # noqa: S311 - by chance, and the same again
    models = tuple(sorted(chance.sample(sorted(MODELS), chance.randint(1, 3))))
    deployed = chance.random() < _CHANCE
    words = chance.choices([*_KINDS], [*_KINDS.values()], k=chance.randint(_FEWEST, STEPS))
    there = set(models)
    steps = list[Step]()
    for word in words:
        step = _step(chance, word, there)
        steps.append(step)
        if isinstance(step, Change):
            there.add(step.model)
        elif isinstance(step, TakeAway) and len(there) > 1:
            there.discard(step.model)
    return Plan(models, deployed, tuple(steps))


def _step(chance: random.Random, word: str, there: set[str]) -> Step:
    made: dict[str, Callable[[], Step]] = {
        "change": lambda: _change(chance, _one(chance, there)),
        "take away": lambda: TakeAway(chance.choice(sorted(there))),
        "fault": lambda: _planned(chance),
        "beside": lambda: DeleteBeside(chance.randrange(1000)),
        "operate": lambda: Operate(chance.choice(_OPERATIONS)),
        "only": lambda: Only(tuple(_some(chance, there))),
        "kill": lambda: Kill(
            chance.randint(1, _EVENTS), chance.choice(WAYS), chance.random() < _CHANCE
        ),
    }
    return made[word]()


def _one(chance: random.Random, there: set[str]) -> str:
    return chance.choice(sorted(there) if chance.random() < _THERE else sorted(MODELS))


def _some(chance: random.Random, there: set[str]) -> list[str]:
    """A subset of what is there, in any order; now and then with one that may not be."""
    found = chance.sample(sorted(there), chance.randint(1, min(2, len(there))))
    if chance.random() > _THERE:
        found.append(_one(chance, set(MODELS) - set(found)))
    return found


def _change(chance: random.Random, name: str) -> Change:
    return Change(name, chance.randrange(len(CHANGES[name])))


def _planned(chance: random.Random) -> Planned:
    mode = chance.choice(_MODES)
    seconds = _LATE_SECONDS if mode == "late_answer" else 0.0
    return Planned(
        mode, chance.choice(_CLOUDS), chance.choice(_CALLS), chance.randint(1, 3), seconds
    )
