"""Rules over monitoring on Google Cloud: what it can look back on, and who is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.burn_rate import out_of_reach
from facts.cloud_monitoring import ERROR_PERCENT, LOOKBACK_MINUTES, WINDOW_DAYS, goal
from facts.slo import DEFAULT_WINDOW_DAYS
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.common import EveryDeployment
from stacks.settings.environment import Environment
from stacks.settings.gcp_monitoring import GcpMonitoring
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES", "gcp_objectives"]

_LONGEST: Final = int(LOOKBACK_MINUTES.maximum or 0)


@dataclass(frozen=True, slots=True)
class _Objective:
    settings: EveryDeployment
    where: PlaceOf
    burns: bool
    """Whether there are policies on its budget."""

    def problem(self, key: str, code: str, message: str, allowed: str, fix: str) -> Problem:
        path: KeyPath = ("slo", key)
        value = shown(getattr(self.settings.slo, key))
        return Problem(
            self.where(path),
            code,
            dotted(path),
            f"got {value}, {message}",
            allowed=allowed,
            fix=fix,
        )


def gcp_objectives(
    settings: AnySettings, where: PlaceOf, site: Environment | None
) -> list[Problem]:
    """Objectives that Cloud Monitoring does not take, or of which no policy of its could tell."""
    asked = _asked(site)
    # Batches answer no requests, and have no objective.
    needs = getattr(settings, "needs", frozenset[str]())  # A target that nobody knows has none.
    if not isinstance(settings, EveryDeployment) or "gcp" not in needs or asked is None:
        return []
    burns = asked.alarms == "burn_rate"
    if not burns and not asked.dashboards:
        return []
    return apply((_window, _goal, _out_of_reach), _Objective(settings, where, burns))


def _window(asked: _Objective) -> Iterator[Problem]:
    if not WINDOW_DAYS.allows(asked.settings.slo.window_days):
        yield asked.problem(
            "window_days",
            "MS0620",
            f"and an objective at Cloud Monitoring looks back on {WINDOW_DAYS.maximum:g} days",
            str(WINDOW_DAYS),
            f"say `window_days: {DEFAULT_WINDOW_DAYS}`",
        )


def _goal(asked: _Objective) -> Iterator[Problem]:
    percent = asked.settings.slo.error_rate_percent
    if not ERROR_PERCENT.allows(percent):
        yield asked.problem(
            "error_rate_percent",
            "MS0620",
            f"and 100 % - {percent:g} % are a goal of {goal(percent):g}, where Cloud Monitoring "
            f"takes {goal(ERROR_PERCENT.minimum or 0):g} at most",
            str(ERROR_PERCENT),
            "raise it",
        )


def _out_of_reach(asked: _Objective) -> Iterator[Problem]:
    percent, days = asked.settings.slo.error_rate_percent, asked.settings.slo.window_days
    slowest = out_of_reach(days, percent / 100, _LONGEST)
    if asked.burns and slowest is not None:
        yield asked.problem(
            "error_rate_percent",
            "MS0601",
            f"of which no alert could fire: the slowest burn rate over {days} days that Cloud "
            f"Monitoring looks back on is {slowest:g}, and {slowest:g} x {percent:g} % is no less "
            "than all requests",
            f"less than {100 / slowest:g}",
            "lower it",
        )


def _asked(site: Environment | None) -> GcpMonitoring | None:
    gcp = site.targets.gcp if site is not None else None
    return gcp.monitoring if gcp is not None else None


def _pages(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Only policies on burn rates are pages."""
    monitoring = _asked(asked.site)
    if monitoring is None or not monitoring.page_channels or monitoring.alarms == "burn_rate":
        return
    yield asked.problem(
        ("targets", "gcp", "monitoring", "page_channels"),
        "MS0621",
        f"got {monitoring.page_channels[0]}, and alarms {monitoring.alarms} has none that is a "
        "page",
        fix="remove it, or say `alarms: burn_rate`",
    )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (_pages,)
