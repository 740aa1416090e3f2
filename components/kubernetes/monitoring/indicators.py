"""Service-level indicators of one model in PromQL: which share of its requests was bad."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from facts.metric_shapes import Counter, Histogram, Mean, Series, ServerMetrics, Shared
from facts.slo import SLOW_BUDGET, Slo

__all__ = [
    "MODEL",
    "ROLE",
    "VERSION",
    "Answering",
    "Indicator",
    "Unmeasured",
    "indicators",
    "mean_ms",
    "per_second",
    "quantile",
]

# Labels that scraping adds, so that no pattern of pods' names is needed; see pod_monitor.py.
MODEL: Final = "serving_model"
VERSION: Final = "serving_version"
# Of pods that help others to answer, such as those that read prompts.
ROLE: Final = "serving_role"
_WITH_EXPONENT: Final = 1e6
_PER_SECOND: Final = {"s": 1.0, "ms": 1e3, "us": 1e6}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One objective of an SLO, and what it is measured by, in which `rates` fills in the rest."""

    word: str
    """Value of the label `slo`: errors, latency and so on."""
    bad: str
    """PromQL of bad requests per second."""
    requests: str
    """PromQL of all requests per second."""
    budget: float
    """Share of requests that may be bad, 0 to 1."""
    says: str
    """The objective, for people."""
    counted: str = ""
    """Matchers of the versions that spend the budget. Default: all do."""

    def ratio(self, window: str, *by: str) -> str:
        """PromQL of the share of bad requests within a window; nothing where there are none.

        By version it is of every version, else of those that spend the budget.
        """
        bad, requests = self.rates(window, *by)
        return f"({bad})\n/\n({requests} > 0)"

    def rates(self, window: str, *by: str) -> tuple[str, str]:
        """PromQL of bad requests per second and of all; see `ratio`."""
        grouped = f" by ({', '.join(by)})" if by else ""
        counted = f",{self.counted}" if self.counted and VERSION not in by else ""
        filled = {"window": window, "by": grouped, "counted": counted}
        return self.bad.format(**filled), self.requests.format(**filled)


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """An objective that a server's metrics cannot tell, and why."""

    word: str
    reason: str


def indicators(
    metrics: ServerMetrics,
    slo: Slo,
    selector: str,
    tokens: ServerMetrics | None = None,
    counted: str = "",
) -> tuple[list[Indicator], list[Unmeasured]]:
    """What can be measured of an SLO, and what cannot.

    Args:
        metrics: what the server, or what stands before it, tells.
        slo: the objectives.
        selector: matchers of PromQL that select the model's series.
        tokens: what tells of tokens, where that is something else.
        counted: matchers of the versions that spend the budget; "" where all do.
    """
    found: list[Indicator] = []
    missing: list[Unmeasured] = []

    def miss(word: str, reason: str, of: ServerMetrics = metrics) -> None:
        missing.append(Unmeasured(word, of.unmeasured.get(word, reason)))

    if metrics.errors is None:
        miss("errors", f"{metrics.name} does not count failed requests")
    else:
        found.append(_errors(metrics.errors, slo, selector))
    if metrics.duration is None:
        miss("latency", f"{metrics.name} has no histogram of requests' time")
    elif not metrics.duration.whole:
        miss("latency", f"{metrics.name} has the time of the model's part alone")
    elif unknown := _below(metrics.duration, slo.latency_p95_ms):
        miss("latency", f"{metrics.name} {unknown}")
    else:
        says = f"95 % of requests are answered within {slo.latency_p95_ms:g} ms"
        found.append(_slow("latency", metrics.duration, slo.latency_p95_ms, selector, says))
    source = tokens or metrics
    for word, histogram, bound, what in (
        ("first-token", source.first_token, slo.first_token_p95_ms, "first tokens come"),
        ("output-token", source.output_token, slo.output_token_p95_ms, "further tokens come"),
        ("queue", source.queue, slo.queue_p95_ms, "requests are begun"),
    ):
        if bound is None:
            continue
        if histogram is None:
            miss(word, f"{source.name} does not tell it", source)
        elif unknown := _below(histogram, bound):
            miss(word, f"{source.name} {unknown}", source)
        else:
            says = f"95 % of {what} within {bound:g} ms"
            found.append(_slow(word, histogram, bound, selector, says))
    return [replace(each, counted=counted) for each in found], missing


def _below(histogram: Histogram, bound_ms: float) -> str:
    """Why an objective is not told that is below all bounds; "" where it is not.

    Spread evenly from 0 on, some requests would be late however short all of them are.
    """
    if not histogram.bounds:
        return ""
    first_ms = histogram.bounds[0] / _PER_SECOND[histogram.unit] * 1e3
    if bound_ms >= first_ms:
        return ""
    return f"does not tell apart what takes less than {first_ms:g} ms"


def quantile(histogram: Histogram, share: float, selector: str, *by: str) -> str:
    """PromQL of a quantile over 5 minutes, in milliseconds."""
    grouped = ", ".join(("le", *by))
    series = f"{histogram.name}_bucket{{{_all(selector, histogram.labels)}}}"
    inner = f"histogram_quantile({share:g}, sum by ({grouped}) (rate({series}[5m])))"
    factor = 1e3 / _PER_SECOND[histogram.unit]
    return inner if factor == 1 else f"{factor:g} * {inner}"


def per_second(series: Sequence[Series], selector: str, *by: str) -> str:
    """PromQL of requests per second over 5 minutes."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return _sum_of_all(series, selector).format(window="5m", by=grouped, counted="")


def mean_ms(mean: Mean, selector: str, *by: str) -> str:
    """PromQL of the mean over 5 minutes, in milliseconds."""
    grouped = f" by ({', '.join(by)})" if by else ""
    total, count = (
        f"sum{grouped} (rate({name}{{{selector}}}[5m]))" for name in (mean.total, mean.count)
    )
    factor = 1e3 / _PER_SECOND[mean.unit]
    return f"{factor:g} * {total} / {count}"


@dataclass(frozen=True, slots=True)
class Answering:
    """How many pods of a model answer."""

    selector: str
    """Matchers of PromQL that select the model's series."""
    shared: Shared | None = None
    """Of a model on a server that others share: how it is told that it is loaded."""
    helped: bool = False
    """Whether other pods help those that answer."""

    def pods(self, *by: str) -> str:
        """PromQL of it: pods that tell their metrics, by each of the ports that a pod is asked by.

        Of a shared server those that have the model.
        """
        grouped = f" by ({', '.join(by)})" if by else ""
        each = f"by ({', '.join(('pod', *by))})"
        if self.shared:
            loaded = f"{self.shared.loaded}{{{self.selector}}} >= {self.shared.least}"
            return f"count{grouped} (group {each} ({loaded}))"
        own = f'{self.selector},{ROLE}=""' if self.helped else self.selector
        return f"sum{grouped} (min {each} (up{{{own}}}))"


def _errors(counter: Counter, slo: Slo, selector: str) -> Indicator:
    requests = _sum_of_all(counter.requests, selector)
    return Indicator(
        "errors",
        # Without a single failure there is no such series, which is a share of 0.
        f"({_sum_of_all(counter.failed, selector)}) or 0 * ({requests})",
        requests,
        slo.error_rate_percent / 100,
        slo.errors_said,
    )


def _slow(word: str, histogram: Histogram, bound_ms: float, selector: str, says: str) -> Indicator:
    """Requests over a bound: all, less those up to it.

    Between two bounds of the histogram they are taken to be spread evenly, as histogram_quantile
    does, so that both say the same of one bound.
    """
    bound = bound_ms / 1e3 * _PER_SECOND[histogram.unit]
    series = _all(selector, histogram.labels)

    def up_to(limit: float) -> str:
        return _sum_of_rates(f"{histogram.name}_bucket", _all(series, f"le=~{_le(limit)}"))

    bounds = histogram.bounds or (bound,)
    index = bisect_left(bounds, bound)
    if index < len(bounds) and bounds[index] == bound:
        good = up_to(bound)
    elif index == len(bounds):
        # Over the last bound nothing is known: what is over it counts as bad.
        good = up_to(bounds[-1])
    else:
        low, high = bounds[index - 1] if index else 0.0, bounds[index]
        share = round((bound - low) / (high - low), 6)
        good = f"{share:g} * {up_to(high)}"
        if index:
            good = f"{round(1 - share, 6):g} * {up_to(low)} + {good}"
    requests = _sum_of_rates(f"{histogram.name}_count", series)
    return Indicator(
        word,
        f"{requests} - ({good})",
        requests,
        SLOW_BUDGET,
        says,
    )


def _sum_of_all(series: Sequence[Series], selector: str) -> str:
    """Rates of what is counted in several metrics; one that is not there counts nothing."""
    rates = [_sum_of_rates(each.name, _all(selector, each.labels)) for each in series]
    if len(rates) == 1:
        return rates[0]
    zero = f"0 * ({' or '.join(rates)})"
    return " + ".join(f"({rate} or {zero})" for rate in rates)


def _sum_of_rates(name: str, selector: str) -> str:
    # Braces are doubled for Indicator.rates, which fills in the rest.
    return f"sum{{by}} (rate({name}{{{{{selector}{{counted}}}}}}[{{window}}]))"


def _all(*matchers: str) -> str:
    return ",".join(filter(None, matchers))


def _le(limit: float) -> str:
    """A regular expression for a bound, however it is spelled.

    Servers write 1, and Prometheus 3 makes it 1.0; from a million on both have an exponent, as
    Go's format `g` does: https://pkg.go.dev/strconv#FormatFloat.
    """
    plain = str(int(limit)) if limit.is_integer() else repr(limit)
    spelled = re.escape(plain).replace("\\", "\\\\")
    if limit.is_integer():
        spelled += "(\\\\.0)?"
    if limit >= _WITH_EXPONENT:
        digits, _, power = f"{limit:.16e}".partition("e+")
        digits = digits.rstrip("0").rstrip(".").replace(".", "\\\\.")
        spelled = f"({spelled}|{digits}e\\\\+0?{int(power)})"
    return f'"{spelled}"'
