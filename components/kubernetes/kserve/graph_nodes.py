"""The nodes of an InferenceGraph: how a caller writes them, and KServe's spelling of them."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict, cast

from components.checks import Checks
from facts.inference_graphs import ROUTERS, Node, Step, faults

__all__ = ["GraphNode", "GraphStep", "called", "read_nodes", "spelt"]


class GraphStep(TypedDict):
    """One call that a node makes: of another node, an InferenceService or a URL."""

    name: NotRequired[str]
    """Name of the step, unlike the others of its node; an ensemble answers by it. Default: the
    step's position."""
    node: NotRequired[str]
    """Node of this graph that takes the request. Default: `service` or `url`."""
    service: NotRequired[str]
    """InferenceService in the graph's namespace that takes the request. Default: `node` or
    `url`."""
    url: NotRequired[str]
    """Address that the request is posted to, with its path. Default: `node` or `service`."""
    data: NotRequired[str]
    """`$request` or `$response`: what a sequence sends on, the graph's request or the last
    response. Default: $request."""
    condition: NotRequired[str]
    """GJSON path: a switch takes the first step whose path is in the request, a sequence ends
    before a step whose path is not in the last response. Default: none."""
    weight: NotRequired[int]
    """Share of requests in percent, in a splitter. Default: needed there."""
    dependency: NotRequired[str]
    """`hard` ends the node with this step's answer when it fails, `soft` goes on. Default:
    soft."""
    map_predictions_to_instances: NotRequired[bool]
    """Whether a sequence renames `predictions` of what it sends on to `instances`. Default:
    false."""


class GraphNode(TypedDict):
    """One node: its steps, and which of them a request takes."""

    name: str
    """Name of the node; requests come in at the one named `root`."""
    router: NotRequired[str]
    """sequence, switch, ensemble or splitter. Default: sequence."""
    steps: list[GraphStep]
    """The calls, in their order."""


_TARGETS: Final = {"node": "nodeName", "service": "serviceName", "url": "serviceUrl"}
_TEXTS: Final = ("name", *_TARGETS, "data", "condition", "dependency")
_CHOICES: Final = {"data": ("$request", "$response"), "dependency": ("soft", "hard")}
_FULL: Final = 100
_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")


def read_nodes(checks: Checks, given: object) -> dict[str, Node]:
    """The nodes by name; everything that is wrong with them goes to `checks`."""
    found: dict[str, Node] = {}
    sound = True
    for index, item in enumerate(_list(checks, "nodes", given)):
        at = f"nodes[{index}]"
        node = _mapping(checks, at, item, GraphNode.__annotations__)
        if node is None:
            sound = False
            continue
        name, router = node.get("name"), node.get("router", "sequence")
        if not isinstance(name, str) or not name or name in found:
            checks.problem(f"{at}.name", name, "a name that no other node has")
            sound = False
            continue
        if router not in ROUTERS:
            checks.problem(f"{at}.router", router, f"one of {', '.join(sorted(ROUTERS))}")
            sound = False
        at = f"nodes[{name}].steps"
        steps = [
            _step(checks, f"{at}[{position}]", step)
            for position, step in enumerate(_list(checks, at, node.get("steps")))
        ]
        sound = sound and None not in steps
        found[name] = Node(str(router), [step for step in steps if step is not None])
    if sound:
        for fault in faults(found, tuple(_TARGETS)):
            checks.problem(_dotted(fault.path), fault.got, fault.use)
    return found


def _step(checks: Checks, at: str, given: object) -> Step | None:
    step = _mapping(checks, at, given, GraphStep.__annotations__)
    if step is None:
        return None
    wrong = [key for key in _TEXTS if key in step and not _is_text(step[key])]
    for key in wrong:
        checks.problem(f"{at}.{key}", step[key], "a text that is not empty")
    for key, choices in _CHOICES.items():
        if key in step and key not in wrong and step[key] not in choices:
            checks.problem(f"{at}.{key}", step[key], f"one of {', '.join(choices)}")
            wrong.append(key)
    for key, shape, use in (
        ("service", _DNS_LABEL, "the name of an InferenceService: a DNS label"),
        ("url", _URL, "a URL that begins with http:// or https://"),
    ):
        if key in step and key not in wrong and not shape.fullmatch(str(step[key])):
            checks.problem(f"{at}.{key}", step[key], use)
            wrong.append(key)
    weight, mapped = step.get("weight"), step.get("map_predictions_to_instances")
    if weight is not None and not _is_percent(weight):
        checks.problem(f"{at}.weight", weight, "a whole number from 0 to 100")
        wrong.append("weight")
    if mapped is not None and not isinstance(mapped, bool):
        checks.problem(f"{at}.map_predictions_to_instances", mapped, "true or false")
        wrong.append("map_predictions_to_instances")
    if wrong:
        return None
    return Step(
        targets={key: str(step[key]) for key in _TARGETS if key in step},
        name=step.get("name"),
        data=step.get("data"),
        condition=step.get("condition"),
        weight=None if weight is None else int(weight),
        dependency=step.get("dependency"),
        map_predictions_to_instances=mapped,
    )


def _list(checks: Checks, key: str, value: object) -> Sequence[object]:
    found = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    if not found:
        checks.problem(key, cast("object", value), "a list with at least one item")
    return found


def _mapping(
    checks: Checks, at: str, value: object, known: Mapping[str, object]
) -> dict[str, Any] | None:
    """An item's keys and values, without those that are None."""
    if not isinstance(value, Mapping):
        checks.problem(at, value, f"a map with {', '.join(known)}")
        return None
    item = cast("Mapping[str, Any]", value)
    unknown = [key for key in item if key not in known]
    for key in unknown:
        near = difflib.get_close_matches(key, known, n=1)
        checks.problem(f"{at}.{key}", item[key], near[0] if near else f"only {', '.join(known)}")
    return None if unknown else {key: part for key, part in item.items() if part is not None}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_percent(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return float(value).is_integer() and 0 <= value <= _FULL


def _dotted(path: Sequence[str | int]) -> str:
    """`nodes[root].steps[0].weight`."""
    if not path:
        return "nodes"
    name, *rest = path
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest]
    return f"nodes[{name}]{''.join(parts)}"


def spelt(nodes: Mapping[str, Node]) -> dict[str, Any]:
    """`spec.nodes` of an InferenceGraph."""
    return {
        name: {"routerType": ROUTERS[node.router], "steps": [_spelt(step) for step in node.steps]}
        for name, node in nodes.items()
    }


def _spelt(step: Step) -> dict[str, Any]:
    made = {
        "name": step.name,
        **{_TARGETS[word]: target for word, target in step.targets.items()},
        "data": step.data,
        "condition": step.condition,
        "weight": step.weight,
        "dependency": step.dependency.capitalize() if step.dependency else None,
        "mapPredictionsToInstances": step.map_predictions_to_instances,
    }
    return {key: value for key, value in made.items() if value is not None}


def called(nodes: Mapping[str, Node], *words: str) -> list[str]:
    """What a graph calls by these words, `service` or `url`: each once, by name."""
    targets = (step.targets for node in nodes.values() for step in node.steps)
    return sorted({to for each in targets for word, to in each.items() if word in words})
