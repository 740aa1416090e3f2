"""After which time each target gives a request up, and which key of a file says so.

AWS Lambda, Cloud Run and Azure Functions have a rule of their own on `timeout_seconds`. Knative
gives an InferenceService's request five minutes, which no objective reaches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from facts.ingress import NGINX, usual_class
from facts.request_timeouts import (
    AZURE_ML_SECONDS,
    GRACE_SECONDS,
    OUTSIDE_SECONDS,
    ROUTER_SECONDS,
    SAGEMAKER,
)
from facts.strategies import STRATEGIES
from facts.vertex_serving import ENDPOINT_KINDS
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.environment import Environment
from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.settings.sagemaker_serverless import SageMakerServerless
from stacks.settings.vertex import VertexModel
from stacks.settings.yaml_source import KeyPath

__all__ = ["Timeout", "request_timeout"]


@dataclass(frozen=True, slots=True)
class Timeout:
    """When a request is given up, by whom, and the key that moves it; None: nothing moves it."""

    seconds: float
    by: str
    key: KeyPath | None = None
    source: str = ""


def request_timeout(settings: AnySettings, site: Environment | None) -> Timeout | None:
    """The first of those on the way; None where none is known.

    Raises:
        NotKnown: a setting that it needs is wrong.
    """
    kind = _KINDS.get(type(settings))
    return kind(settings, site) if kind else None


def _sagemaker(_settings: AnySettings, _site: Environment | None) -> Timeout:
    return Timeout(SAGEMAKER.maximum or 0, "SageMaker", source=SAGEMAKER.source)


def _vertex(settings: AnySettings, site: Environment | None) -> Timeout | None:
    model = cast("VertexModel", settings)
    place = site.targets.vertex if site else None
    kind = model.endpoint_type or (place.endpoint_type if place else None)
    if kind is None:
        return None
    found = ENDPOINT_KINDS[kind]
    return Timeout(
        found.timeout.maximum or 0, found.title, ("endpoint_type",), found.timeout.source
    )


def _azure_ml(settings: AnySettings, _site: Environment | None) -> Timeout:
    seconds = cast("AzureMlModel", settings).request_timeout_seconds or AZURE_ML_SECONDS
    return Timeout(seconds, "Azure ML", ("request_timeout_seconds",))


def _graph(settings: AnySettings, _site: Environment | None) -> Timeout:
    graph = cast("KServeGraph", settings)
    written = graph.write_timeout_seconds or ROUTER_SECONDS
    found = [Timeout(written, "the graph's router", ("write_timeout_seconds",))]
    if graph.timeout_seconds is not None:
        found.append(Timeout(graph.timeout_seconds, "Knative", ("timeout_seconds",)))
    return min(found, key=_seconds)


def _model_server(settings: AnySettings, _site: Environment | None) -> Timeout | None:
    model = cast("ModelServerModel", settings)
    found: list[Timeout] = []
    routed = STRATEGIES[model.strategy].needs_router
    if routed:
        seconds = model.grace_seconds or GRACE_SECONDS
        found.append(Timeout(seconds, "the route to its versions", ("grace_seconds",)))
    ingress_class = model.ingress_class or usual_class(edge=model.profile == "edge")
    waits = routed or model.exposure == "gateway" or ingress_class == NGINX
    if model.host is not None and waits:
        seconds = model.request_timeout_seconds or OUTSIDE_SECONDS
        found.append(Timeout(seconds, "the way in from outside", ("request_timeout_seconds",)))
    return min(found, key=_seconds, default=None)


def _seconds(timeout: Timeout) -> float:
    return timeout.seconds


_KINDS: Final[Mapping[type[Any], Callable[[AnySettings, Environment | None], Timeout | None]]] = {
    SageMakerModel: _sagemaker,
    SageMakerServerless: _sagemaker,
    ComponentModel: _sagemaker,
    SharedEndpoint: _sagemaker,
    VertexModel: _vertex,
    AzureMlModel: _azure_ml,
    KServeGraph: _graph,
    ModelServerModel: _model_server,
}
