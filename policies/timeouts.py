"""Latency: how long a request is waited for, beside the objective and what a platform allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from facts.azure_ml import REQUEST_SECONDS
from facts.cloud_run import TIMEOUT_SECONDS
from facts.request_timeouts import AZURE_ML_SECONDS, SAGEMAKER
from policies.azure_ml import deployment
from policies.configuration import setting
from policies.durations import seconds
from policies.latency import FUNCTION_DEFAULT_SECONDS, slo_ms
from policies.pods import components
from policies.properties import Property
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    CLOUD_RUN_SERVICE,
    ENDPOINT_CONFIGURATION,
    FIRST_GOOGLE_FUNCTION,
    FUNCTION,
    GOOGLE_FUNCTION,
    INFERENCE_GRAPH,
    INFERENCE_SERVICE,
)
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

_CAPPED: Final = (
    *(FUNCTION, CLOUD_RUN_SERVICE, AZURE_ML_DEPLOYMENT),
    *(FIRST_GOOGLE_FUNCTION, GOOGLE_FUNCTION),
)
WAITING: Final = (*_CAPPED, INFERENCE_SERVICE, INFERENCE_GRAPH, ENDPOINT_CONFIGURATION)
# https://cloud.google.com/run/docs/configuring/request-timeout
_CLOUD_RUN_DEFAULT_SECONDS: Final = 300
# https://cloud.google.com/functions/docs/configuring/timeout
_GOOGLE_FUNCTION_DEFAULT_SECONDS: Final = 60
_EVENT_SECONDS: Final = 540
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_LAMBDA_SECONDS: Final = 900


@resource_rule(
    "latency/timeout-below-objective",
    severity=Severity.HIGH,
    types=WAITING,
    fix="Raise the timeout above the declared latency_p95_ms, or correct the objective.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def timeout_below_objective(view: View, _settings: NoSettings) -> Faults:
    """Requests are cut off before the declared p95: the objective turns into errors.

    Timeouts are in seconds, the objective is in milliseconds. A function without one has 3 s, one
    of Google Cloud's 60 s, Cloud Run 300 s and a deployment of Azure ML 5 s. SageMaker waits 60 s,
    and nothing changes that; asynchronous endpoints have an hour.
    """
    slo = slo_ms(view)
    if slo is None:
        return
    for place, waits in _timeouts(view):
        if waits is not None and waits * 1000 <= slo:
            yield place.fault(f"more than the objective, {slo / 1000:g} s", f"{waits:g} s")


@dataclass(frozen=True)
class Patience:
    """Settings."""

    most_times_objective: int = setting(
        600, "How many times the objective a request is waited for at most.", minimum=1
    )


@resource_rule(
    "latency/timeout-far-above-objective",
    severity=Severity.LOW,
    types=WAITING,
    fix="Lower the timeout to what the slowest answer takes that a caller still waits for.",
    unknown=Unknown.LATER,
    settings=Patience,
    level=Level.ADVISORY,
)
def timeout_far_above_objective(view: View, settings: Patience) -> Faults:
    """A request that hangs keeps its place for hundreds of times as long as one should take.

    With a few of them a replica answers nobody. What a cold start takes has to fit in, so that the
    bound is wide. SageMaker's 60 s cannot be changed, and are not judged.
    """
    slo = slo_ms(view)
    if slo is None or view.token == fold(ENDPOINT_CONFIGURATION):
        return
    most = slo * settings.most_times_objective / 1000
    for place, waits in _timeouts(view):
        if waits is not None and waits > most:
            wanted = f"at most {settings.most_times_objective} times the objective, {most:g} s"
            yield place.fault(wanted, f"{waits:g} s")


@resource_rule(
    "latency/timeout-over-cap",
    severity=Severity.HIGH,
    types=_CAPPED,
    fix="Lower the timeout to what the platform allows, or answer by a queue.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def timeout_over_cap(view: View, _settings: NoSettings) -> Faults:
    """A timeout is longer than its platform waits: the update is refused half-way.

    Lambda takes 900 s, Cloud Run and functions on it 3600 s, functions of the first generation and
    those that events call 540 s, Azure ML 180 s.
    """
    most = _most(view)
    for place, waits in _timeouts(view):
        if waits is not None and waits > most:
            yield place.fault(f"at most {most:g} s", f"{waits:g} s")


def _most(view: View) -> float:
    if view.token == FUNCTION:
        return _LAMBDA_SECONDS
    if view.token == fold(AZURE_ML_DEPLOYMENT):
        return REQUEST_SECONDS.maximum or 0
    called_by_events = view.token == GOOGLE_FUNCTION and not view.get("eventTrigger").absent
    if view.token == FIRST_GOOGLE_FUNCTION or called_by_events:
        return _EVENT_SECONDS
    return TIMEOUT_SECONDS.maximum or 0


def _timeouts(view: View) -> Iterator[tuple[Property, float | None]]:
    """Where a timeout is said, and its seconds; None where none is known."""
    if view.token == fold(ENDPOINT_CONFIGURATION):
        if view.get("asyncInferenceConfig").absent:
            yield view.get("tags"), SAGEMAKER.maximum
    elif view.token == fold(INFERENCE_SERVICE):
        for part in components(view):
            yield part.get("timeout"), part.get("timeout").number()
    elif view.token == fold(INFERENCE_GRAPH):
        place = view.get("spec", "timeout")
        yield place, place.number()
    elif view.token == fold(CLOUD_RUN_SERVICE):
        place = view.get("template", "timeout")
        yield place, seconds(place, _CLOUD_RUN_DEFAULT_SECONDS)
    elif view.token == fold(AZURE_ML_DEPLOYMENT):
        place = deployment(view).get("requestSettings", "requestTimeout")
        yield place, seconds(place, AZURE_ML_SECONDS)
    elif view.token == GOOGLE_FUNCTION:
        yield _number(view.get("serviceConfig", "timeoutSeconds"), _GOOGLE_FUNCTION_DEFAULT_SECONDS)
    elif view.token == FIRST_GOOGLE_FUNCTION:
        yield _number(view.get("timeout"), _GOOGLE_FUNCTION_DEFAULT_SECONDS)
    else:
        yield _number(view.get("timeout"), FUNCTION_DEFAULT_SECONDS)


def _number(place: Property, usual: float) -> tuple[Property, float | None]:
    return place, usual if place.absent else place.number()


RULES = (
    timeout_below_objective,
    timeout_far_above_objective,
    timeout_over_cap,
)
