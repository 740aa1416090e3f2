"""Recording rules and alerts of Prometheus that follow from an SLO.

The names of the rules follow https://prometheus.io/docs/practices/rules/: what is aggregated, what
it is, and how. Their series are the same for every model, told apart by labels, so that one
dashboard or one query serves all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from components.kubernetes.monitoring.alerts import Rule
from components.kubernetes.monitoring.indicators import VERSION, Indicator
from components.kubernetes.monitoring.watched import Watched
from facts.alerts import BURNS, BURNS_FAST, MISSES_OBJECTIVE
from facts.burn_rate import BurnRate, Severity, burn_rates, reachable

__all__ = ["BUDGET_LEFT", "BY_VERSION", "rule_groups", "spent", "spent_by_version"]

# A symptom is told when it lasts: several evaluations, hence several scrapes.
_SYMPTOM_FOR: Final = "10m"
_SYMPTOM_WINDOW: Final = "5m"
# Series that are recorded.
BY_VERSION: Final = f"model_version:slo_errors:ratio_rate{_SYMPTOM_WINDOW}"
BUDGET_LEFT: Final = "model:slo_budget_left:ratio"
_NAMES: Final[dict[Severity, str]] = {
    "page": BURNS_FAST,
    "ticket": BURNS,
}


def rule_groups(
    about: Watched, indicators: Sequence[Indicator], window_days: int
) -> list[dict[str, Any]]:
    """The groups of a `PrometheusRule`: what is recorded, and the alerts over it.

    Args:
        about: whose they are.
        indicators: what can be measured; no rules where there is nothing.
        window_days: the SLO's window.
    """
    recorded = [rule for each in indicators for rule in _recorded(about, each, window_days)]
    alerts = [rule for each in indicators for rule in _alerts(about, each, window_days)]
    prefix = f"{about.namespace}-{about.model}-slo"
    groups = [
        {"name": f"{prefix}-recordings", "rules": recorded},
        {"name": f"{prefix}-alerts", "rules": alerts},
    ]
    return [group for group in groups if group["rules"]]


def spent_by_version(about: Watched, indicator: Indicator, version: str = "") -> str:
    """PromQL of the share of bad requests of a version, in budgets: over 1 is a miss.

    Without one, of each.
    """
    labels = about.series(indicator.word) | ({VERSION: version} if version else {})
    return f"{BY_VERSION}{_selector(labels)} / {indicator.budget:g}"


def spent(about: Watched, indicator: Indicator, window_days: int) -> dict[str, str]:
    """The same of the model as a whole, by the window: the shortest, and those that page."""
    rates = burn_rates(window_days)
    windows = [each.long_minutes for each in rates if each.severity == "page"]
    only = _selector(about.series(indicator.word))
    return {
        _duration(minutes): f"{_ratio(minutes)}{only} / {indicator.budget:g}"
        for minutes in (5, *(windows or [each.long_minutes for each in rates]))
    }


def _recorded(about: Watched, indicator: Indicator, window_days: int) -> Iterable[Rule]:
    labels = about.series(indicator.word)
    rates = burn_rates(window_days)
    windows = {minutes for each in rates for minutes in (each.short_minutes, each.long_minutes)}
    for minutes in sorted(windows | {5}):
        yield {
            "record": _ratio(minutes),
            "expr": indicator.ratio(_duration(minutes)),
            "labels": labels,
        }
    yield {
        "record": BY_VERSION,
        "expr": indicator.ratio(_SYMPTOM_WINDOW, VERSION),
        "labels": labels,
    }
    yield {
        "record": "model:slo_budget:ratio",
        "expr": f"vector({indicator.budget:g})",
        "labels": labels,
    }
    # Of requests that were recorded over the window, and not of what is still kept of its raw
    # series: an average by requests and not by time.
    bad, requests = indicator.rates("5m")
    yield {"record": "model:slo_requests_bad:rate5m", "expr": bad, "labels": labels}
    yield {"record": "model:slo_requests:rate5m", "expr": requests, "labels": labels}
    only = _selector(labels)
    yield {
        "record": BUDGET_LEFT,
        "expr": (
            f"1 - (\n  sum_over_time(model:slo_requests_bad:rate5m{only}[{window_days}d])\n  /\n"
            f"  (sum_over_time(model:slo_requests:rate5m{only}[{window_days}d]) > 0)\n)"
            f" / {indicator.budget:g}"
        ),
        "labels": labels,
    }


def _alerts(about: Watched, indicator: Indicator, window_days: int) -> Iterable[Rule]:
    only = _selector(about.series(indicator.word))
    of = {"slo": indicator.word}
    for severity, name in _NAMES.items():
        pairs = [
            each
            for each in reachable(burn_rates(window_days), indicator.budget)
            if each.severity == severity
        ]
        if pairs:
            yield about.alerts.alert(
                name,
                "\nor\n".join(_burning(each, indicator.budget, only) for each in pairs),
                severity=severity,
                summary=(
                    f"{about.model} in {about.environment} spends its error budget too fast: "
                    f"{indicator.says}"
                ),
                description=(
                    "Bad requests are {{ $value | humanizePercentage }} of all; "
                    + "; ".join(_spent(each, window_days) for each in pairs)
                    + "."
                ),
                labels=of,
            )
    yield about.alerts.alert(
        MISSES_OBJECTIVE,
        f"{BY_VERSION}{only} > {indicator.budget:g}",
        severity="ticket",
        wait=_SYMPTOM_FOR,
        summary=(
            f"{about.model}{about.told_version} in {about.environment} misses its "
            f"objective: {indicator.says}"
        ),
        description=(
            "Bad requests are {{ $value | humanizePercentage }} of this version's, for "
            f"{_SYMPTOM_FOR}; {indicator.budget * 100:g} % may be."
        ),
        labels=of,
    )


def _burning(rate: BurnRate, budget: float, only: str) -> str:
    limit = f"{rate.threshold(budget):.6g}"
    long, short = _ratio(rate.long_minutes), _ratio(rate.short_minutes)
    return f"(\n  {long}{only} > {limit}\n  and\n  {short}{only} > {limit}\n)"


def _spent(rate: BurnRate, window_days: int) -> str:
    return (
        f"{rate.factor:g} times too fast for {_duration(rate.long_minutes)} takes "
        f"{rate.budget_share * 100:g} % of the budget of {window_days} days"
    )


def _ratio(minutes: int) -> str:
    return f"model:slo_errors:ratio_rate{_duration(minutes)}"


def _selector(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def _duration(minutes: int) -> str:
    """As Prometheus and people write it: 30m, 6h, 3d."""
    for unit, size in (("d", 24 * 60), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
