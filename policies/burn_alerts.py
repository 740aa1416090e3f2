"""Burn-rate alerts of any cloud: windows that are joined by AND, and what each waits for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from facts.slo import DEFAULT_WINDOW_DAYS
from policies.error_metrics import percent_of_requests
from policies.properties import Property
from policies.resource_types import ALARM, COMPOSITE_ALARM, GOOGLE_ALERT_POLICY
from policies.view import Stack, View

__all__ = ["ALERT_TYPES", "GOOGLE_SLO", "RULES_OF_PROMETHEUS", "Burn", "Window", "burns"]

GOOGLE_SLO: Final = "gcp:monitoring/slo:Slo"
RULES_OF_PROMETHEUS: Final = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
ALERT_TYPES: Final = (ALARM, COMPOSITE_ALARM, GOOGLE_ALERT_POLICY, GOOGLE_SLO, RULES_OF_PROMETHEUS)

_MINUTES: Final = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440, "w": 10_080}
# https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/api/timeseries-selectors
_SELECTED: Final = re.compile(r'select_slo_burn_rate\(\s*"([^"]*)"\s*,\s*"(\d+)([smhd])"\s*\)')
_NUMBER: Final = r"(\d+(?:\.\d+)?)"
# A recorded ratio over a window, and the share that it is held against, as Sloth, Pyrra, mixins of
# kube-prometheus and these components write it: `…ratio_rate1h{…} > (14.4 * 0.001)`.
_COMPARED: Final = re.compile(
    rf"(?:ratio_?rate|burnrate)(\d+)([smhdw])\b[^<>]*?>(=?)\s*\(?\s*{_NUMBER}"
    rf"(?:\s*\*\s*\(?\s*{_NUMBER}(?:\s*-\s*{_NUMBER})?)?"
)
_JOINED: Final = re.compile(r'(ALARM\(\s*"([^"]+)"\s*\))|\b(AND|OR)\b', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """One window. `share` of all requests has to be bad, and that is `factor` times the budget.

    Either is None where it cannot be told.
    """

    place: Property
    minutes: float
    share: float | None
    factor: float | None
    reached_at_once: bool = False
    """Whether the share itself is enough (>=), and not only more than that."""

    @property
    def reachable(self) -> bool:
        """Whether requests can ever be so bad: no more than all of them are."""
        return self.share is None or self.share < 1 or (self.share == 1 and self.reached_at_once)


@dataclass(frozen=True, slots=True)
class Burn:
    """Windows that all have to burn. `period_days`: the objective's, 30 where nothing says it.

    `meant` is whether it is surely a burn rate, and not one threshold over one window.
    """

    view: View
    windows: tuple[Window, ...]
    period_days: float
    together: bool = True
    meant: bool = True


def burns(stack: Stack) -> Iterator[Burn]:
    """All of a stack; what is unknown in one leaves that one out, and is noted."""
    for view in stack.of(GOOGLE_ALERT_POLICY):
        yield from _of_google(stack, view)
    for view in stack.of(RULES_OF_PROMETHEUS):
        yield from _of_prometheus(view)
    alarms = {name: view for view in stack.of(ALARM) if (name := view.get("name").text())}
    for view in stack.of(COMPOSITE_ALARM):
        yield from _of_aws(view, alarms)


def _of_google(stack: Stack, view: View) -> Iterator[Burn]:
    windows: list[Window] = []
    objective: View | None = None
    for condition in view.get("conditions").items():
        threshold = condition.get("conditionThreshold")
        found = _SELECTED.search(threshold.get("filter").text() or "")
        factor = threshold.get("thresholdValue")
        if found is None or factor.number() is None:
            continue
        objective = objective or _objective(stack, view, found[1])
        goal = objective.get("goal").number() if objective is not None else None
        share = None if goal is None else (factor.number() or 0) * round(1 - goal, 9)
        minutes = int(found[2]) * _MINUTES[found[3]]
        windows.append(Window(factor, minutes, share, factor.number()))
    if windows:
        days = None if objective is None else objective.get("rollingPeriodDays").number()
        together = len(windows) == 1 or (view.get("combiner").text() or "AND").startswith("AND")
        yield Burn(view, tuple(windows), days or DEFAULT_WINDOW_DAYS, together)


def _objective(stack: Stack, view: View, named: str) -> View | None:
    """The objective that a condition selects: by its name, or as the only one it is made from."""
    upstream = stack.upstream(view, "conditions")
    every = stack.of(GOOGLE_SLO)
    for each in every:
        if named and named.endswith(f"/{each.get('sloId').text() or '?'}"):
            return each
    made_from = [each for each in every if each.urn in upstream]
    return made_from[0] if len(made_from) == 1 else None


def _of_prometheus(view: View) -> Iterator[Burn]:
    for group in view.get("spec", "groups").items():
        for rule in group.get("rules").items():
            if rule.get("alert").absent:
                continue
            yield from _of_expression(view, rule.get("expr"))


def _of_expression(view: View, place: Property) -> Iterator[Burn]:
    expression = place.text() or ""
    together: list[Window] = []
    meant, end = False, 0
    for found in _COMPARED.finditer(expression):
        if together and re.search(r"\bor\b", expression[end : found.start()]):
            yield _burn_of(view, together, meant=meant)
            together, meant = [], False
        count, unit, equal, first, second, less = found.groups()
        # `14.4 * 0.001`, and `14.4 * (1 - 0.999)`.
        budget = None if second is None else float(second) - float(less or 0)
        share = float(first) if budget is None else float(first) * budget
        factor = None if budget is None else float(first)
        minutes = int(count) * _MINUTES[unit]
        together.append(Window(place, minutes, share, factor, bool(equal)))
        meant, end = meant or budget is not None, found.end()
    if together:
        yield _burn_of(view, together, meant=meant)


def _burn_of(view: View, windows: list[Window], *, meant: bool) -> Burn:
    return Burn(view, tuple(windows), DEFAULT_WINDOW_DAYS, meant=meant or len(windows) > 1)


def _of_aws(view: View, alarms: dict[str, View]) -> Iterator[Burn]:
    """Metric alarms on shares of requests, of which a composite alarm asks two or more at once."""
    rule = view.get("alarmRule")
    together: list[Window] = []
    for found in _JOINED.finditer(rule.text() or ""):
        if found[3] and found[3].upper() == "OR":
            yield from _burn_of_aws(view, together)
            together = []
        elif found[2] in alarms:
            window = _window(alarms[found[2]], rule)
            together += [window] if window is not None else []
    yield from _burn_of_aws(view, together)


def _burn_of_aws(view: View, windows: list[Window]) -> Iterator[Burn]:
    if len(windows) > 1:
        yield Burn(view, tuple(windows), DEFAULT_WINDOW_DAYS)


def _window(alarm: View, rule: Property) -> Window | None:
    share, periods = percent_of_requests(alarm), alarm.get("evaluationPeriods").number()
    seconds = [
        period
        for query in alarm.get("metricQueries").items()
        if (period := query.get("metric", "period").number()) is not None
    ]
    if share is None or periods is None or not seconds:
        return None
    return Window(rule, max(seconds) * periods / 60, share.value, None, share.reached_at_once)
