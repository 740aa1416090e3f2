"""Latency: a declared objective is watched, can be met, and its alarm can fire."""

import re
from dataclasses import dataclass
from typing import Final

from facts import tags
from policies.alarms import LatencyMetric, is_sum, signals
from policies.configuration import setting
from policies.pods import components
from policies.properties import Property
from policies.resource_types import ALARM, ENDPOINT, FUNCTION, INFERENCE_SERVICE
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule, stack_rule
from policies.view import Stack, View

INTEGRATION: Final = "aws:apigatewayv2/integration:Integration"
REST_INTEGRATION: Final = "aws:apigateway/integration:Integration"
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (Timeout)
FUNCTION_DEFAULT_SECONDS: Final = 3
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html, and limits.html
_PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
_OBJECTIVE_PERCENTILE: Final = 95
_HTTP_API_DEFAULT_MS: Final = 30_000
_REST_API_DEFAULT_MS: Final = 29_000


def slo_ms(view: View) -> float | None:
    """The declared p95 of the resource, from its tags.

    None: none declared, not readable, or decided by the update, which is noted.
    """
    try:
        value = float(view.tags.get(tags.LATENCY_P95_MS, ""))
    except ValueError:
        view.tags_unknown()
        return None
    return value if value > 0 else None


@stack_rule(
    "latency/alarm-missing",
    severity=Severity.CRITICAL,
    types=(ENDPOINT, FUNCTION),
    fix="Add a p95 latency alarm with the endpoint's or function's name among its dimensions.",
    unknown=Unknown.COUNTS,
    settings=NoSettings,
)
def alarm_missing(stack: Stack, _settings: NoSettings) -> Faults:
    """A latency objective is declared and nothing watches it.

    An alarm belongs to a resource when a dimension holds its name, or when both carry the same
    model tag.
    """
    models, named = _watched(stack)
    unknown = any(name.unknown for name in named)
    names = {name.raw for name in named if isinstance(name.raw, str)}
    for view in stack.of(ENDPOINT, FUNCTION):
        if slo_ms(view) is None:
            continue
        name, model = view.get("name"), view.tags.get(tags.MODEL)
        watched = (model is not None and model in models) or (
            bool(named)
            if unknown or name.unknown
            else isinstance(name.raw, str) and name.raw in names
        )
        if not watched:
            yield Stack.fault(
                view,
                view.get("tags"),
                "an alarm on its p95 latency in the stack",
                f"{tags.LATENCY_P95_MS} {slo_ms(view):g} and no latency alarm",
            )


def _watched(stack: Stack) -> tuple[set[str], list[Property]]:
    """Of all alarms on latency: their models, and what their dimensions hold."""
    models: set[str] = set()
    named: list[Property] = []
    for alarm in stack.of(ALARM):
        for signal in signals(alarm):
            if signal.is_duration or signal.bound is not None:
                models |= {alarm.tags[tags.MODEL]} if tags.MODEL in alarm.tags else set()
                named += (value for _, value in signal.dimensions.entries())
    return models, named


@resource_rule(
    "latency/alarm-threshold",
    severity=Severity.CRITICAL,
    types=(ALARM,),
    fix="Set the threshold to the objective, in the metric's own unit.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def alarm_threshold(view: View, _settings: NoSettings) -> Faults:
    """A latency alarm's threshold is not its objective; most likely the unit is not the metric's.

    SageMaker counts microseconds, Lambda and API Gateway milliseconds. Without an objective in the
    alarm's tags only what cannot be meant is refused: less than a millisecond, or more than the
    vendor lets a request last. Where the share of requests up to a bound is watched, the bound is
    judged.
    """
    slo = slo_ms(view)
    for signal in signals(view):
        if signal.latency is not None and signal.bound is not None:
            found = _shown(signal.statistic.shown, signal.latency, signal.bound)
            yield from _judged(signal.statistic, signal.latency, signal.bound, found, slo)
    latency = next((s.latency for s in signals(view) if s.is_duration), None)
    if latency is None or not is_sum(view):
        return
    place = view.get("threshold")
    threshold = place.number()
    if threshold is None:
        return
    yield from _judged(place, latency, threshold, _shown(place.shown, latency, threshold), slo)


def _shown(shown: str, latency: LatencyMetric, value: float) -> str:
    return f"{shown} {latency.unit} = {value / latency.units_per_ms:g} ms"


def _judged(
    place: Property, latency: LatencyMetric, value: float, found: str, slo: float | None
) -> Faults:
    """Whether a value of a latency can be meant as its objective."""
    per_ms, unit = latency.units_per_ms, latency.unit
    if slo is not None:
        if not slo / 100 <= value / per_ms <= slo:
            wanted = f"at most the objective, {slo:g} ms = {slo * per_ms:g} {unit}"
            yield place.fault(wanted, found)
    elif not 1 <= value / per_ms <= latency.longest_ms:
        wanted = f"from {per_ms:g} to {latency.longest_ms * per_ms:g} {unit}"
        yield place.fault(wanted, found)


@resource_rule(
    "latency/alarm-statistic",
    severity=Severity.HIGH,
    types=(ALARM,),
    fix="Use extendedStatistic p95 (or stricter); in a metric query, stat p95.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def alarm_statistic(view: View, _settings: NoSettings) -> Faults:
    """A latency alarm watches an average, which hides the slow twentieth.

    The objective is a 95th percentile; Maximum and percentiles from p95 up are strict enough. Only
    alarms that carry an objective are judged.
    """
    if slo_ms(view) is None:
        return
    for signal in signals(view):
        if signal.is_duration and (name := signal.statistic.text()) is not None:
            percentile = _PERCENTILE.fullmatch(name.lower())
            strict = name.lower() == "maximum" or (
                percentile is not None and float(percentile[1]) >= _OBJECTIVE_PERCENTILE
            )
            if not strict:
                yield signal.statistic.fault("p95 or stricter")


@stack_rule(
    "latency/gateway-gives-up-first",
    severity=Severity.HIGH,
    types=(INTEGRATION, REST_INTEGRATION, FUNCTION),
    fix="Lower timeout_seconds of the function below the gateway's timeout (at most 30 s).",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def gateway_gives_up_first(stack: Stack, _settings: NoSettings) -> Faults:
    """A gateway answers 504 while its function still works, and is paid for.

    Absent timeouts are the vendor's: 3 s for a function, 30 s for an HTTP API, 29 s for a REST API.
    """
    functions = {view.urn: view for view in stack.of(FUNCTION)}
    for gateway in stack.of(INTEGRATION, REST_INTEGRATION):
        limit = gateway.get("timeoutMilliseconds")
        default = _HTTP_API_DEFAULT_MS if gateway.token == INTEGRATION else _REST_API_DEFAULT_MS
        limit_ms = default if limit.absent else limit.number()
        # What a function behind the gateway is made from is not behind the gateway itself.
        upstream = stack.upstream(gateway, "integrationUri", "uri", until=functions.keys())
        for urn in sorted(upstream & functions.keys()):
            place = functions[urn].get("timeout")
            seconds = FUNCTION_DEFAULT_SECONDS if place.absent else place.number()
            if limit_ms is not None and seconds is not None and seconds * 1000 > limit_ms:
                yield Stack.fault(
                    functions[urn],
                    place,
                    f"at most {limit_ms / 1000:g} s, the timeout of {gateway.name}",
                    f"{seconds:g} s",
                )


@dataclass(frozen=True)
class ColdStart:
    """Settings."""

    cold_start_ms: int = setting(
        10_000,
        "What a pod's first answer takes: image, weights, start. An objective below it needs a "
        "replica that stays.",
        minimum=0,
    )


@resource_rule(
    "latency/cold-start",
    severity=Severity.HIGH,
    types=(INFERENCE_SERVICE,),
    fix="Set min_replicas to 1 or more, or declare a latency_p95_ms that a cold start can meet.",
    unknown=Unknown.LATER,
    settings=ColdStart,
)
def cold_start(view: View, settings: ColdStart) -> Faults:
    """A model scales to zero, and its objective is shorter than a cold start.

    KServe keeps one replica where nothing is said.
    """
    slo = slo_ms(view)
    if slo is None or slo >= settings.cold_start_ms:
        return
    for part in components(view):
        least = part.get("minReplicas")
        if least.number() == 0:
            yield least.fault(
                f"1 or more: the objective is {slo:g} ms, a cold start {settings.cold_start_ms} ms"
            )


RULES = (
    alarm_missing,
    alarm_threshold,
    alarm_statistic,
    gateway_gives_up_first,
    cold_start,
)
