"""What a graph of models has to be, for KServe's router to do what it says.

Read in KServe's source, release 0.20: the webhook
(pkg/apis/serving/v1alpha1/inference_graph_validation.go) refuses a graph without a root, steps
with none or several targets and weights that are not 100 in sum. The router (cmd/router/main.go)
takes the rest, and says nothing of what it ignores or never leaves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

__all__ = [
    "FEATURES",
    "FEATURES_SOURCE",
    "ROOT",
    "ROUTERS",
    "ROUTER_SOURCE",
    "Fault",
    "Kind",
    "Node",
    "Step",
    "faults",
]

ROOT: Final = "root"
# Our word, and KServe's.
ROUTERS: Final = {
    "sequence": "Sequence",
    "switch": "Switch",
    "ensemble": "Ensemble",
    "splitter": "Splitter",
}
# The first release whose definition has the field (config/crd/full, releases 0.15.2 to 0.20.0).
FEATURES_SOURCE: Final = (
    "https://github.com/kserve/kserve/blob/v0.20.0/config/crd/full/"
    "serving.kserve.io_inferencegraphs.yaml"
)
FEATURES: Final = {"router timeouts": (0, 16), "map_predictions_to_instances": (0, 16)}
ROUTER_SOURCE: Final = "https://github.com/kserve/kserve/blob/v0.20.0/cmd/router/main.go"
_FULL: Final = 100
# Where each setting of a step has a meaning.
_READ_BY: Final = {
    "weight": ("splitter",),
    "condition": ("switch", "sequence"),
    "data": ("sequence",),
    "map_predictions_to_instances": ("sequence",),
    "dependency": ("sequence", "ensemble"),
}

Path: TypeAlias = tuple[str | int, ...]


class Kind(StrEnum):
    """What is wrong with a graph."""

    SHAPE = "shape"
    WEIGHTS = "weights"
    TARGET = "target"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a node; `targets` by the word that names them: node, model, service or url."""

    targets: Mapping[str, str]
    name: str | None = None
    data: str | None = None
    condition: str | None = None
    weight: int | None = None
    dependency: str | None = None
    map_predictions_to_instances: bool | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """Steps, and how they are taken."""

    router: str
    steps: Sequence[Step] = field(default_factory=tuple[Step, ...])


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where in `nodes`, what is there, and the way out."""

    kind: Kind
    path: Path
    got: object
    use: str


def faults(nodes: Mapping[str, Node], target_words: Sequence[str]) -> Iterator[Fault]:
    """Everything that is wrong with a graph; `target_words` are what a step may name."""
    if ROOT not in nodes:
        known = ", ".join(nodes) or "no node"
        yield Fault(Kind.SHAPE, (), known, f"a node named {ROOT}, where requests come in")
    for name, node in nodes.items():
        if not node.steps:
            yield Fault(Kind.SHAPE, (name, "steps"), "no steps", "at least one step")
        yield from _steps(nodes, name, node, target_words)
        yield from _weights(name, node)
    yield from _cycles(nodes)
    if ROOT in nodes:
        reached = _reached(nodes)
        for name in nodes:
            if name not in reached:
                use = f"a step with node: {name} in a node that {ROOT} reaches, or leave it out"
                yield Fault(Kind.SHAPE, (name,), f"{name}, which no request reaches", use)


def _steps(
    nodes: Mapping[str, Node], name: str, node: Node, target_words: Sequence[str]
) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, step in enumerate(node.steps):
        at: Path = (name, "steps", index)
        if step.name is not None and step.name in seen:
            yield Fault(Kind.SHAPE, (*at, "name"), step.name, "a name that no other step here has")
        seen.add(step.name or "")
        if len(step.targets) != 1:
            got = " and ".join(step.targets) or "none"
            yield Fault(Kind.TARGET, at, got, f"exactly one of {', '.join(target_words)}")
        to = step.targets.get("node")
        if to is not None and to not in nodes:
            yield Fault(Kind.SHAPE, (*at, "node"), to, f"one of {', '.join(nodes)}")
        yield from _ignored(at, node.router, step)
        if node.router == "switch" and not step.condition:
            use = "a condition on each step of a switch: the router takes no step without one"
            yield Fault(Kind.IGNORED, (*at, "condition"), step.condition, use)
        if node.router == "sequence" and index == 0:
            yield from _first(at, step)


def _ignored(at: Path, router: str, step: Step) -> Iterator[Fault]:
    """What the router does not read in a node of this kind."""
    for key, routers in _READ_BY.items():
        value = getattr(step, key)
        if value is not None and value is not False and router not in routers:
            use = f"it in a {' or '.join(routers)} node only: a {router} does not read it"
            yield Fault(Kind.IGNORED, (*at, key), value, use)


def _first(at: Path, step: Step) -> Iterator[Fault]:
    """The first step of a sequence has no response before it."""
    if step.data == "$response":
        use = "$request, or leave it out: before the first step there is no response"
        yield Fault(Kind.IGNORED, (*at, "data"), step.data, use)
    if step.condition:
        use = "it from the second step on: it is asked of the response before it, and fails here"
        yield Fault(Kind.IGNORED, (*at, "condition"), step.condition, use)


def _weights(name: str, node: Node) -> Iterator[Fault]:
    if node.router != "splitter" or not node.steps:
        return
    missing = [index for index, step in enumerate(node.steps) if step.weight is None]
    for index in missing:
        use = f"a whole number from 0 to {_FULL} for each step of a splitter"
        yield Fault(Kind.WEIGHTS, (name, "steps", index, "weight"), None, use)
    total = sum(step.weight or 0 for step in node.steps)
    if not missing and total != _FULL:
        use = f"weights of {_FULL} in sum"
        yield Fault(Kind.WEIGHTS, (name, "steps"), f"weights of {total} in sum", use)


def _edges(node: Node, nodes: Mapping[str, Node]) -> Iterator[tuple[int, str]]:
    for index, step in enumerate(node.steps):
        to = step.targets.get("node")
        if to is not None and to in nodes:
            yield index, to


def _cycles(nodes: Mapping[str, Node]) -> Iterator[Fault]:
    """Steps that lead back: the router would call itself until it has no stack left."""
    finished: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> Iterator[Fault]:
        for index, to in _edges(nodes[name], nodes):
            if to in way:
                circle = " → ".join((*way[way.index(to) :], to))
                use = "steps that lead on: a request would never leave the graph"
                yield Fault(Kind.SHAPE, (name, "steps", index, "node"), circle, use)
            elif to not in finished:
                yield from walk(to, (*way, to))
        finished.add(name)

    for name in nodes:
        if name not in finished:
            yield from walk(name, (name,))


def _reached(nodes: Mapping[str, Node]) -> set[str]:
    reached, waiting = {ROOT}, [ROOT]
    while waiting:
        for _, to in _edges(nodes[waiting.pop()], nodes):
            if to not in reached:
                reached.add(to)
                waiting.append(to)
    return reached
