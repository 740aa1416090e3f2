"""What is worth knowing of an objective, and no reason to refuse it."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from facts.burn_rate import BurnRate, burn_rates, reachable
from stacks.settings.common import EveryDeployment
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.slo_alerts import alerts_by

__all__ = ["notes"]

_DAY_MINUTES: Final = 24 * 60


def notes(settings: AnySettings, site: Environment) -> list[str]:
    """Warnings, each with its arithmetic."""
    if not isinstance(settings, EveryDeployment) or alerts_by(settings, site) is None:
        return []
    return list(_one_failure_pages(settings))


def _one_failure_pages(settings: EveryDeployment) -> Iterator[str]:
    """Somebody is woken by a single request: fewer come in a window than make one a small share."""
    slo = settings.slo
    if slo.requests_per_day is None:
        return
    budget = slo.error_rate_percent / 100
    pages = [each for each in burn_rates(slo.window_days) if each.severity == "page"]
    # Each pair pages by itself: what counts is the one that most requests are needed for.
    needed = {_needed(each, budget): each for each in reachable(tuple(pages), budget)}
    least = max(needed, default=0.0)
    if slo.requests_per_day < least:
        rate = needed[least]
        hours, limit = rate.long_minutes / 60, 100 * rate.threshold(budget)
        there = slo.requests_per_day * hours / 24
        yield (
            f"slo: {slo.requests_per_day:g} requests a day are {there:.3g} in {hours:g} h, of "
            f"which one that fails is more than {limit:g} %, and pages. From {ceil(least)} a day "
            "on it does not; with fewer take a larger error_rate_percent, or alarms symptoms "
            "where the target has them"
        )


def _needed(rate: BurnRate, budget: float) -> float:
    """Requests a day of which one that fails is just the share that pages."""
    return _DAY_MINUTES / rate.long_minutes / rate.threshold(budget)
