"""Rules over a graph of models: its shape, what its steps name, what KServe can honour."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from facts.inference_graphs import (
    FEATURES,
    FEATURES_SOURCE,
    ROUTER_SOURCE,
    Fault,
    Kind,
    Node,
    Step,
    faults,
)
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.environment import Environment
from stacks.settings.hosts import by_host
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_graph import GraphStep, KServeGraph
from stacks.settings.models import AnySettings
from stacks.settings.network_access import Caller
from stacks.settings.pairs import low_above_high
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.salvage import apply
from stacks.settings.server_names import Owners, owners
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["Others", "graph"]

_CODES: Final = {
    Kind.SHAPE: "MS0335",
    Kind.WEIGHTS: "MS0336",
    Kind.TARGET: "MS0335",
    Kind.IGNORED: "MS0338",
}
_TARGETS: Final = ("node", "model", "service", "url")
_TIMEOUTS: Final = (
    "read_timeout_seconds",
    "write_timeout_seconds",
    "idle_timeout_seconds",
    "step_timeout_seconds",
)
_ROUTER_SECONDS: Final = 60
_PERCENT: Final = 100


# Without slots, so that what is asked of each model is worked out once.
@dataclass(frozen=True)
class Others:
    """What else there is: models of this stack whose target is known, and all that have a file.

    Unless `all_read`, the files of other models were left out.
    """

    models: Mapping[str, AnySettings]
    names: Collection[str]
    all_read: bool
    environment: str = ""

    @cached_property
    def owners(self) -> Owners:
        """Which models bring what by which name."""
        return owners(self.models)

    @cached_property
    def hosts(self) -> Mapping[str, Sequence[str]]:
        """The models that answer at each host."""
        return by_host(self.models)


@dataclass(frozen=True, slots=True)
class _AskedOfGraph:
    settings: KServeGraph
    where: PlaceOf
    site: Environment | None
    others: Others


_Rule: TypeAlias = Callable[[_AskedOfGraph], Iterator[Problem]]


def graph(
    settings: KServeGraph, where: PlaceOf, site: Environment | None, others: Others
) -> list[Problem]:
    """Problems of one graph's settings taken together, and with the models that it calls."""
    return apply(_RULES, _AskedOfGraph(settings, where, site, others))


def _replicas(asked: _AskedOfGraph) -> Iterator[Problem]:
    low, high = asked.settings.min_replicas, asked.settings.max_replicas
    yield from low_above_high(asked.where, ("min_replicas", low), ("max_replicas", high))


def _shape(asked: _AskedOfGraph) -> Iterator[Problem]:
    nodes = {
        name: Node(node.router, [_plain(step) for step in node.steps])
        for name, node in asked.settings.nodes.items()
    }
    for fault in faults(nodes, _TARGETS):
        yield _problem(asked, fault)


def _plain(step: GraphStep) -> Step:
    named = {word: getattr(step, word) for word in _TARGETS}
    return Step(
        targets={word: target for word, target in named.items() if target is not None},
        name=step.name,
        data=step.data,
        condition=step.condition,
        weight=step.weight,
        dependency=step.dependency,
        map_predictions_to_instances=step.map_predictions_to_instances,
    )


def _problem(asked: _AskedOfGraph, fault: Fault) -> Problem:
    path: KeyPath = ("nodes", *fault.path)
    got = shown(fault.got) if fault.kind is Kind.IGNORED else fault.got
    message = "missing" if fault.got is None else f"got {got}"
    source = ROUTER_SOURCE if fault.kind is Kind.IGNORED else ""
    # What is missing is told at the step that lacks it, a missing root at `nodes`.
    place = asked.where(path[:-1] if fault.got is None else path, key=not fault.path)
    return Problem(
        place,
        _CODES[fault.kind],
        dotted(path),
        message,
        fix=f"use {fault.use}",
        source=source,
    )


def _steps_name_models(asked: _AskedOfGraph) -> Iterator[Problem]:
    for node, given in asked.settings.nodes.items():
        for index, step in enumerate(given.steps):
            if step.model is not None:
                path = ("nodes", node, "steps", index, "model")
                yield from _model(asked, step.model, path)


def _model(asked: _AskedOfGraph, name: str, path: KeyPath) -> Iterator[Problem]:
    def problem(message: str, fix: str, close: str = "") -> Problem:
        text = f"got {shown(name)}, {message}"
        return Problem(asked.where(path), "MS0339", dotted(path), text, nearest=close, fix=fix)

    if name not in asked.others.names:
        close = nearest(name, asked.others.names)
        add = f"add stacks/models/{name}.yaml, or name somebody else's by `service:` or `url:`"
        yield problem("and there is no such model", f"write `{close}`" if close else add, close)
        return
    if not asked.others.all_read:
        return
    model = asked.others.models.get(name)
    if model is None:
        if asked.site is not None and asked.site.team is not None:
            yield problem(
                f"which is not in the stack of team {shown(asked.site.team)}",
                f"write `service: {name}`: another team's stack makes it",
            )
        return
    if not isinstance(model, KServeModel):
        yield problem(
            f"whose target is {model.target}: the router calls InferenceServices",
            "target: kserve in that model's file, or `url:` with the address that it answers at",
        )
    elif model.namespace != asked.settings.namespace:
        yield problem(
            f"which is in the namespace {model.namespace}, and the graph in "
            f"{asked.settings.namespace}: the router looks in its own",
            f"namespace: {model.namespace} for the graph, or `url:` with the model's address",
        )
    elif model.callers and not any(_is_router(asked.settings, caller) for caller in model.callers):
        account = asked.settings.service_account_name or "default"
        yield problem(
            "whose callers are named, and the graph's router is none of them",
            f"add {{namespace: {asked.settings.namespace}, service_account: {account}}} to the "
            "model's `callers`",
        )


def _is_router(graph: KServeGraph, caller: Caller) -> bool:
    accounts = {None, graph.service_account_name or "default"}
    return caller.namespace == graph.namespace and caller.service_account in accounts


def _zero_in_standard_mode(asked: _AskedOfGraph) -> Iterator[Problem]:
    if asked.settings.deployment_mode == "standard" and asked.settings.min_replicas == 0:
        yield refuse("kserve/zero-in-standard-mode", ("min_replicas",), 0, asked)


def _timeout_in_standard_mode(asked: _AskedOfGraph) -> Iterator[Problem]:
    seconds = asked.settings.timeout_seconds
    if asked.settings.deployment_mode == "standard" and seconds is not None:
        yield refuse("kserve_graph/standard-mode", ("timeout_seconds",), seconds, asked)


def _metric_of_the_mode(asked: _AskedOfGraph) -> Iterator[Problem]:
    metric, mode = asked.settings.scale_metric, asked.settings.deployment_mode
    if metric is None:
        return
    by_pods = metric in {"cpu", "memory"}
    if mode == "standard" and not by_pods:
        yield refuse("kserve_graph/standard-mode", ("scale_metric",), metric, asked)
    elif mode == "knative" and by_pods:
        yield Problem(
            asked.where(("scale_metric",)),
            "MS0105",
            "scale_metric",
            f"got {shown(metric)}, and Knative's autoscaler counts requests",
            allowed="one of concurrency, rps",
            fix="take one of them, or deployment_mode: standard",
        )


def _target_in_percent(asked: _AskedOfGraph) -> Iterator[Problem]:
    target = asked.settings.scale_target
    if asked.settings.deployment_mode == "standard" and target is not None and target > _PERCENT:
        yield refuse("kserve_graph/standard-mode", ("scale_target",), target, asked)


def _a_step_within_the_whole(asked: _AskedOfGraph) -> Iterator[Problem]:
    step = asked.settings.step_timeout_seconds
    whole = asked.settings.write_timeout_seconds or _ROUTER_SECONDS
    if step is not None and step > whole:
        yield Problem(
            asked.where(("step_timeout_seconds",)),
            "MS0104",
            "step_timeout_seconds",
            f"got {step}, longer than the whole graph may take",
            allowed=f"at most write_timeout_seconds ({whole})",
            fix="raise write_timeout_seconds, or lower this",
        )


def _release(asked: _AskedOfGraph) -> Iterator[Problem]:
    cluster = asked.site.targets.kubernetes if asked.site else None
    if cluster is None:
        return
    version = tuple(int(part) for part in cluster.kserve_version.split(".")[:2])
    if version < FEATURES["router timeouts"]:
        for key in _TIMEOUTS:
            seconds = getattr(asked.settings, key)
            if seconds is not None:
                yield _too_old(asked, (key,), seconds, cluster.kserve_version)
    if version < FEATURES["map_predictions_to_instances"]:
        for name, node in asked.settings.nodes.items():
            for index, step in enumerate(node.steps):
                if step.map_predictions_to_instances:
                    path = ("nodes", name, "steps", index, "map_predictions_to_instances")
                    yield _too_old(asked, path, "true", cluster.kserve_version)


def _too_old(asked: _AskedOfGraph, path: KeyPath, got: object, version: str) -> Problem:
    return Problem(
        asked.where(path),
        "MS0382",
        dotted(path),
        f"got {got}, and KServe {version} would drop it",
        allowed="KServe 0.16 or newer",
        fix="leave it out; or on a newer cluster say so in "
        "model-serving:targets.kubernetes.kserve_version",
        source=FEATURES_SOURCE,
    )


def _ways_out(asked: _AskedOfGraph) -> Iterator[Problem]:
    """The namespace lets nothing out that is not named."""
    if asked.settings.egress:
        return
    for name, node in asked.settings.nodes.items():
        for index, step in enumerate(node.steps):
            if step.url is not None and step.url.startswith("http:"):
                path = ("nodes", name, "steps", index, "url")
                yield Problem(
                    asked.where(path),
                    "MS0389",
                    dotted(path),
                    f"got {shown(step.url)}, and nothing lets the router out to it",
                    fix="add `egress: [namespace:port]` with the namespace and the pods' port",
                )


def _callers_in_knative_mode(asked: _AskedOfGraph) -> Iterator[Problem]:
    if asked.settings.callers and asked.settings.deployment_mode == "knative":
        yield refuse("kserve/callers-in-knative-mode", ("callers",), _named(asked), asked)


def _named(asked: _AskedOfGraph) -> str:
    return ", ".join(caller.namespace for caller in asked.settings.callers)


def _accelerator(asked: _AskedOfGraph) -> Iterator[Problem]:
    accelerator = asked.settings.resources.accelerator
    if accelerator is not None:
        yield refuse("kserve_graph/accelerator", ("resources", "accelerator"), accelerator, asked)
    if (pool := asked.settings.resources.gpu_pool) is not None:
        yield refuse("any/gpu-pool", ("resources", "gpu_pool"), pool, asked)


_RULES: Final[tuple[_Rule, ...]] = (
    _replicas,
    _shape,
    _steps_name_models,
    _zero_in_standard_mode,
    _timeout_in_standard_mode,
    _metric_of_the_mode,
    _target_in_percent,
    _a_step_within_the_whole,
    _release,
    _ways_out,
    _callers_in_knative_mode,
    _accelerator,
)
