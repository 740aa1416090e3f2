"""Resources: a server is asked whether it is ready, and is not ended while it loads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.azure_ml import deployment
from policies.configuration import setting
from policies.durations import seconds
from policies.pods import POD_TYPES, pods
from policies.properties import Property
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    CLOUD_RUN_SERVICE,
    INFERENCE_SERVICE,
)
from policies.resources import DEPLOYMENTS
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.served import serves_model
from policies.view import View

_KNATIVE_SERVICE: Final = "kubernetes:serving.knative.dev/v1:Service"
_HANDLERS: Final = ("httpGet", "tcpSocket", "grpc", "exec")
_PROBES: Final = ("startupProbe", "readinessProbe", "livenessProbe")
# What a probe does where nothing is said, in Kubernetes and in Cloud Run.
# https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
# https://cloud.google.com/run/docs/configuring/healthchecks
_PERIOD_SECONDS: Final = 10
_FAILURES: Final = 3
# https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online
_AZURE_SECONDS: Final = 10
_AZURE_FAILURES: Final = 30


def _listens(container: Property) -> bool:
    """Whether it declares a port for anything but metrics."""
    names = [port.get("name") for port in container.get("ports").items()]
    # Asked in this order: an unknown name is noted as not judged.
    return any("metrics" not in (name.text() or "") and not name.unknown for name in names)


@resource_rule(
    "resources/readiness-missing",
    severity=Severity.HIGH,
    types=DEPLOYMENTS,
    fix="Set readinessProbe to what the server answers only once its model is loaded.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_K8S_9",),
)
def readiness_missing(view: View, _settings: NoSettings) -> Faults:
    """A server is sent requests before it can answer them.

    Without a readiness probe a pod counts as ready as soon as its container runs: each update, and
    each new replica, answers with errors while the model loads. Asked of containers that declare a
    port, unless it is for metrics. KServe and Knative set a probe themselves:
    https://kubernetes.io/docs/concepts/workloads/pods/probes/
    """
    for pod in pods(view):
        for container in pod.containers:
            probe = container.place.get("readinessProbe")
            if container.lasts and _listens(container.place) and probe.absent:
                yield probe.fault("a probe of the model server")


@resource_rule(
    "resources/probe-port-unknown",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Declare the port under ports with this name, or give the probe its number.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def probe_port_unknown(view: View, _settings: NoSettings) -> Faults:
    """A probe asks at a port whose name its container does not have.

    It fails for ever: the pod never gets a request, or is started again and again. A number needs
    no declaration: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
    """
    for pod in pods(view):
        for container in pod.containers:
            if container.served:
                continue
            declared = container.place.get("ports").items()
            names = {port.get("name").text() for port in declared}
            if container.place.get("ports").unknown or any(p.get("name").unknown for p in declared):
                continue
            for kind in _PROBES:
                for handler in ("httpGet", "tcpSocket"):
                    port = container.place.get(kind, handler, "port")
                    name = port.raw
                    if isinstance(name, str) and not name.isdigit() and name not in names:
                        yield port.fault("the name of one of its ports, or a number")
                    elif port.unknown:
                        port.text()


@resource_rule(
    "resources/probes-alike",
    severity=Severity.MEDIUM,
    types=(*DEPLOYMENTS, INFERENCE_SERVICE, _KNATIVE_SERVICE),
    fix="Give livenessProbe a larger failureThreshold than readinessProbe, or another question.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def probes_alike(view: View, _settings: NoSettings) -> Faults:
    """A server that is busy is started again instead of being left in peace.

    Where liveness asks what readiness asks, and gives up no later, a pod that is overloaded loses
    its model with its requests, and its neighbours get the rest:
    https://kubernetes.io/docs/concepts/workloads/pods/probes/
    """
    for pod in pods(view):
        for container in pod.containers:
            alive, ready = (
                container.place.get(kind) for kind in ("livenessProbe", "readinessProbe")
            )
            if alive.absent or ready.absent or not _asks_the_same(alive, ready):
                continue
            ends, leaves = _patience(alive), _patience(ready)
            if ends is not None and leaves is not None and ends <= leaves:
                wanted = f"more than the {leaves:g} s after which it gets no requests"
                yield alive.fault(wanted, f"the same question, given up after {ends:g} s")


def _asks_the_same(one: Property, other: Property) -> bool:
    for handler in _HANDLERS:
        mine, theirs = one.get(handler), other.get(handler)
        if not mine.absent and not mine.unknown and mine.raw == theirs.plain():
            return True
    return False


def _number(place: Property, usual: float) -> float | None:
    return usual if place.absent else place.number()


def _patience(probe: Property) -> float | None:
    """Seconds of silence that it bears. None: one of the numbers is not known."""
    period = _number(probe.get("periodSeconds"), _PERIOD_SECONDS)
    failures = _number(probe.get("failureThreshold"), _FAILURES)
    return None if period is None or failures is None else period * failures


@dataclass(frozen=True)
class LoadTime:
    """Settings."""

    load_seconds: int = setting(
        60, "What a model at least gets to load before its container is ended.", minimum=0
    )


@resource_rule(
    "resources/ended-while-loading",
    severity=Severity.HIGH,
    types=(
        *DEPLOYMENTS,
        INFERENCE_SERVICE,
        _KNATIVE_SERVICE,
        CLOUD_RUN_SERVICE,
        AZURE_ML_DEPLOYMENT,
    ),
    fix="Raise failureThreshold of the startup probe; in Azure ML of livenessProbe.",
    unknown=Unknown.LATER,
    settings=LoadTime,
    level=Level.ADVISORY,
)
def ended_while_loading(view: View, settings: LoadTime) -> Faults:
    """A model is ended while it still loads, again and again.

    Its container has initialDelay + period × failures: of the startup probe, or else of the
    liveness probe, which Azure ML sets itself where nothing is said; Cloud Run waits 240 s without
    a startup probe. Asked of what serves a model: of KServe, of Azure ML, with an accelerator, or
    tagged with a model's name.
    """
    for place, budget in _budgets(view):
        if budget is not None and budget < settings.load_seconds:
            yield place.fault(f"{settings.load_seconds} s or more to load", f"{budget:g} s")


def _budgets(view: View) -> Iterator[tuple[Property, float | None]]:
    """Where containers of models are given time to start, and how much."""
    if view.token == AZURE_ML_DEPLOYMENT:
        probe = deployment(view).get("livenessProbe")
        failures = probe.get("failureThreshold")
        waits = seconds(probe.get("initialDelay"), _AZURE_SECONDS)
        period = seconds(probe.get("period"), _AZURE_SECONDS)
        yield failures, _total(waits, period, _number(failures, _AZURE_FAILURES))
        return
    if view.token == CLOUD_RUN_SERVICE:
        containers = view.get("template", "containers").items()
    else:
        containers = [one.place for pod in pods(view) for one in pod.containers if one.lasts]
    for container in containers:
        if not serves_model(view, container):
            continue
        startup, alive = container.get("startupProbe"), container.get("livenessProbe")
        if not startup.absent:
            for probe in startup.items() or [startup]:
                yield probe.get("failureThreshold"), _budget(probe)
        elif not alive.absent and view.token != CLOUD_RUN_SERVICE:
            yield startup, _budget(alive)


def _budget(probe: Property) -> float | None:
    failures = _number(probe.get("failureThreshold"), _FAILURES)
    period = _number(probe.get("periodSeconds"), _PERIOD_SECONDS)
    return _total(_number(probe.get("initialDelaySeconds"), 0), period, failures)


def _total(waits: float | None, period: float | None, failures: float | None) -> float | None:
    if waits is None or period is None or failures is None:
        return None
    return waits + period * failures


RULES = (
    readiness_missing,
    probe_port_unknown,
    probes_alike,
    ended_while_loading,
)
