"""Autoscaling's target out of an objective: what follows of it on each target, and what cannot.

`slo.capacity` asks for it. What a target follows by itself, such as use of CPU, has no arithmetic
to latency, and is refused rather than guessed (docs/slo.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from facts.capacity import DEFAULT_UTILIZATION_PERCENT, MINUTE_MS, SECOND_MS, Capacity
from facts.cloud_run import CONCURRENCY_UTILIZATION_PERCENT
from facts.sagemaker_hosting import METRICS
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.common import EveryDeployment, ServiceLevel
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.sagemaker_components import ComponentModel
from stacks.settings.vertex import VertexModel
from stacks.settings.yaml_source import KeyPath

__all__ = ["Follows", "Refused", "SaidTwice", "follows"]

_MOST_REQUESTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Follows:
    """A key that nobody wrote and that follows from the objective."""

    key: str
    """As the model file would say it."""
    value: float
    says: str
    """The arithmetic."""
    arguments: Mapping[str, Any]
    """Of the component."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why no target follows."""

    path: KeyPath
    why: str
    allowed: str = ""
    fix: str = "leave slo.capacity out"


@dataclass(frozen=True, slots=True)
class SaidTwice:
    """The key that says what would follow."""

    path: KeyPath


Answer: TypeAlias = Follows | Refused | SaidTwice

_CAPACITY: Final[KeyPath] = ("slo", "capacity")


def follows(settings: AnySettings) -> Answer | None:
    """What follows for a model; None where nobody asks.

    Raises:
        NotKnown: a setting that it needs is wrong.
    """
    if not isinstance(settings, EveryDeployment) or settings.slo.capacity is None:
        return None
    kind = _KINDS.get(type(settings))
    if kind is None:
        return Refused(_CAPACITY, _NOTHING.get(settings.target, _ELSEWHERE), _ALLOWED)
    mean, bound = settings.slo.capacity.mean_latency_ms, settings.slo.latency_p95_ms
    if mean is not None and mean > bound:
        return Refused(
            (*_CAPACITY, "mean_latency_ms"),
            f"got {mean:g} ms, and 95 % of requests are to take {bound:g} ms at most: with so many "
            "requests in flight a replica does not keep its objective",
            f"at most {bound:g}",
            "measure with a smaller capacity.concurrency",
        )
    return kind(settings, _capacity(settings.slo))


def _capacity(slo: ServiceLevel) -> Capacity:
    asked = slo.capacity
    assert asked is not None  # noqa: S101 - asked before
    return Capacity(
        asked.concurrency,
        asked.mean_latency_ms or slo.latency_p95_ms,
        asked.utilization_percent or DEFAULT_UTILIZATION_PERCENT,
    )


def _per_minute(capacity: Capacity, *, whole: bool = False) -> Answer:
    """Requests per replica and minute, which SageMaker, Vertex AI and Azure ML count."""
    value = float(int(capacity.per_minute)) if whole else round(capacity.per_minute, 3)
    says = capacity.says(MINUTE_MS)
    least = 1 if whole else 0.001
    if not least <= value <= _MOST_REQUESTS:
        return Refused(
            (*_CAPACITY, "concurrency"),
            f"a replica would get {says} requests a minute",
            f"{least:g} to {_MOST_REQUESTS} of them",
            "correct the capacity or the objective",
        )
    arguments = {"scaling_metric": "requests", "scaling_target": value}
    return Follows("scaling.target", value, f"{says} requests per replica and minute", arguments)


def _in_flight(capacity: Capacity, key: str, arguments: Mapping[str, str]) -> Follows:
    value = round(capacity.in_flight, 3)
    says = f"{capacity.says(None)} requests in flight per replica"
    return Follows(key, value, says, {**arguments, key.replace(".", "_"): value})


def _no_room(settings: Any) -> Refused | None:  # noqa: ANN401 - whatever has replicas
    scaling = getattr(settings, "scaling", None)
    if settings.max_replicas > settings.min_replicas or (scaling and scaling.schedules):
        return None
    return Refused(
        _CAPACITY,
        f"nothing scales: there are always {settings.min_replicas} replicas",
        fix="raise max_replicas, or leave slo.capacity out",
    )


def _no_arithmetic(path: KeyPath, metric: str, others: str) -> Refused:
    return Refused(
        _CAPACITY,
        f"{'.'.join(map(str, path))} is {metric}, of which no arithmetic leads to requests or to "
        "their latency",
        others,
        f"take another {path[-1]}, or leave slo.capacity out",
    )


def _sagemaker(settings: AnySettings, capacity: Capacity) -> Answer:
    scaling = cast("SageMakerModel | ComponentModel", settings).scaling
    metric = scaling.metric or "requests"
    if scaling.target is not None:
        return SaidTwice(("scaling", "target"))
    if metric == "concurrency":
        return _no_room(settings) or _in_flight(
            capacity, "scaling.target", {"scaling_metric": metric}
        )
    if metric != "requests":
        counted = ", ".join(each for each in METRICS if each in {"requests", "concurrency"})
        return _no_arithmetic(("scaling", "metric"), metric, counted)
    return _no_room(settings) or _per_minute(capacity)


def _vertex(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("VertexModel", settings)
    if model.resource_pool is not None:
        return Refused(_CAPACITY, "what scales is resource_pool, which models share")
    if model.scaling.target is not None:
        return SaidTwice(("scaling", "target"))
    if model.scaling.metric not in {None, "requests"}:
        return _no_arithmetic(("scaling", "metric"), str(model.scaling.metric), "requests")
    return _no_room(model) or _per_minute(capacity, whole=True)


def _azure_ml(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("AzureMlModel", settings)
    if model.scaling.target is not None:
        return SaidTwice(("scaling", "target"))
    if model.scaling.metric == "latency":
        return Refused(
            _CAPACITY,
            "scaling.metric is latency, whose target is the objective itself",
            fix="take scaling.metric requests, or leave slo.capacity out",
        )
    if model.scaling.metric not in {None, "requests"}:
        return _no_arithmetic(("scaling", "metric"), str(model.scaling.metric), "requests")
    taken = model.max_concurrent_requests or 1
    if capacity.concurrency > taken:
        return Refused(
            (*_CAPACITY, "concurrency"),
            f"got {capacity.concurrency}, and an instance works on {taken} at once: the others "
            "wait",
            f"at most max_concurrent_requests, {taken}",
            "raise max_concurrent_requests to what was measured",
        )
    return _no_room(model) or _per_minute(capacity)


def _kserve(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("KServeModel", settings)
    if model.deployment_mode == "standard":
        return _by_load(model, capacity, asked=model.autoscaler == "keda")
    for key in ("concurrency_target", "requests_per_second_target"):
        if getattr(model, key) is not None:
            return SaidTwice((key,))
    for key in ("cpu_target_percent", "memory_target_percent"):
        if getattr(model, key) is not None:
            return Refused(
                _CAPACITY,
                f"Knative scales by {key}, of which no arithmetic leads to requests",
                fix=f"leave {key} or slo.capacity out",
            )
    return _no_room(model) or _share_of_concurrency(capacity, "concurrency_target")


def _kserve_llm(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("KServeLlmModel", settings)
    return _by_load(model, capacity, asked=model.autoscaler in {None, "keda"})


def _by_load(model: KServeModel | KServeLlmModel, capacity: Capacity, *, asked: bool) -> Answer:
    """KEDA on vLLM's requests in flight."""
    if not asked or (isinstance(model, KServeModel) and model.prometheus_query is not None):
        return Refused(
            _CAPACITY,
            f"autoscaler is {model.autoscaler or 'hpa'}, which does not follow requests",
            "autoscaler keda and load_metric requests_in_flight of a server by vLLM, or "
            "deployment_mode knative",
        )
    if model.load_target is not None:
        return SaidTwice(("load_target",))
    if model.load_metric not in {None, "requests_in_flight"}:
        return _no_arithmetic(("load_metric",), str(model.load_metric), "requests_in_flight")
    if isinstance(model, KServeModel) and model.load_metric is None:
        return Refused(
            _CAPACITY,
            "KEDA does not follow requests unless it is told to",
            "load_metric requests_in_flight, of a server by vLLM",
            "add load_metric: requests_in_flight",
        )
    arguments = {"load_metric": "requests_in_flight"}
    return _no_room(model) or _in_flight(capacity, "load_target", arguments)


def _model_server(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("ModelServerModel", settings)
    if model.requests_per_second_target is not None:
        return SaidTwice(("requests_per_second_target",))
    if model.autoscaler == "keda":
        return Refused(
            _CAPACITY,
            "autoscaler is keda, and what prometheus_query counts is known to its author alone",
            "autoscaler hpa",
            "take hpa, or leave slo.capacity out and set prometheus_target",
        )
    if model.autoscaler == "none" or model.profile == "edge":
        return Refused(_CAPACITY, "nothing scales: there is no autoscaler")
    value = round(capacity.per_second, 3)
    if value == 0:
        return Refused(_CAPACITY, f"a replica would get {capacity.says(SECOND_MS)} requests")
    return _no_room(model) or Follows(
        "requests_per_second_target",
        value,
        f"{capacity.says(SECOND_MS)} requests per replica and second",
        {"requests_per_second_target": value},
    )


def _share_of_concurrency(capacity: Capacity, key: str) -> Follows:
    """Where the autoscaler takes the share of the concurrency by itself."""
    share = capacity.utilization_percent
    return Follows(
        key,
        capacity.concurrency,
        f"of which {share} % are aimed for: {capacity.says(None)} requests in flight per replica",
        {key: capacity.concurrency, "target_utilization_percent": share},
    )


def _cloud_run(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("CloudRunModel", settings)
    if model.concurrency is not None:
        return SaidTwice(("concurrency",))
    if not CONCURRENCY_UTILIZATION_PERCENT.allows(capacity.utilization_percent):
        return Refused(
            (*_CAPACITY, "utilization_percent"),
            f"got {capacity.utilization_percent}",
            str(CONCURRENCY_UTILIZATION_PERCENT),
            "let Cloud Run keep a little free",
        )
    return _share_of_concurrency(capacity, "concurrency")


def _azure_functions(settings: AnySettings, capacity: Capacity) -> Answer:
    model = cast("AzureFunctionsModel", settings)
    if model.concurrency is not None:
        return SaidTwice(("concurrency",))
    if model.plan != "flex":
        return Refused(
            _CAPACITY,
            "Elastic Premium adds instances by what its own controller sees, not by requests",
            "plan flex",
        )
    asked = model.slo.capacity
    if asked is not None and asked.utilization_percent is not None:
        return Refused(
            (*_CAPACITY, "utilization_percent"),
            f"got {asked.utilization_percent}, and Flex Consumption fills each instance before it "
            "adds one",
            fix="leave it out, and say a smaller concurrency",
        )
    return Follows(
        "concurrency",
        capacity.concurrency,
        "requests in flight per instance, before there is another one",
        {"concurrency": capacity.concurrency},
    )


_KINDS: Final[Mapping[type[Any], Callable[[AnySettings, Capacity], Answer]]] = {
    SageMakerModel: _sagemaker,
    ComponentModel: _sagemaker,
    VertexModel: _vertex,
    AzureMlModel: _azure_ml,
    KServeModel: _kserve,
    KServeLlmModel: _kserve_llm,
    ModelServerModel: _model_server,
    CloudRunModel: _cloud_run,
    AzureFunctionsModel: _azure_functions,
}
_ALLOWED: Final = (
    "of targets kserve, kserve_llm, kubernetes, sagemaker, sagemaker_component, vertex, azure_ml, "
    "cloud_run and azure_functions"
)
_ELSEWHERE: Final = "what scales it is not a number of requests"
_NOTHING: Final[Mapping[str, str]] = {
    "lambda": "an instance answers one request at once, and as many start as are needed; "
    "scaling.target is how many of the warm ones are busy",
    "sagemaker_serverless": "SageMaker starts what is needed; scaling.target is how much of the "
    "provisioned concurrency is busy",
    "sagemaker_async": "instances follow the queue, in which requests may wait: no latency of the "
    "objective counts that time",
    "sagemaker_shared_endpoint": "it has as many instances as the copies of its models need",
    "kserve_graph": "the router waits for the models that it calls, and does not work itself",
    "kserve_shared_server": "its models share the replicas, and no one of them says what these "
    "are good for",
    "kserve_trained_model": "its server's replicas are shared by others",
    "seldon": "Seldon's scheduler places it on servers that others scale",
}
