"""What is asked of a model's monitoring on Google Cloud, checked."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from components import monitoring
from components.checks import Checks
from components.serving import Core
from facts.cloud_monitoring import (
    ERROR_PERCENT,
    LOOKBACK_MINUTES,
    RUNBOOK_URL_LENGTH,
    WINDOW_DAYS,
)
from facts.slo import DEFAULT_WINDOW_DAYS

__all__ = ["LONGEST_MINUTES", "Asked", "read_channels", "read_monitoring"]

LONGEST_MINUTES: Final = int(LOOKBACK_MINUTES.maximum or 0)
_CHANNEL: Final = r"projects/[^/]+/notificationChannels/[^/]+"


@dataclass(frozen=True, slots=True)
class Asked(monitoring.Asked):
    """The arguments of monitoring."""

    @property
    def objectives(self) -> bool:
        """Whether there are objectives at Cloud Monitoring, which both are made from."""
        return self.burn_rates or self.dashboard


def read_monitoring(checks: Checks, core: Core, args: Mapping[str, Any]) -> Asked:
    """`alarms`, `dashboard`, `page_channels`, `runbook_url` and `window_days`."""
    days = checks.whole("window_days", DEFAULT_WINDOW_DAYS, 1, 365)
    alarms = checks.choice("alarms", monitoring.SYMPTOMS, monitoring.ALARMS)
    read_channels(checks, args, "page_channels")
    if alarms == monitoring.SYMPTOMS and checks.given("page_channels"):
        checks.problem("alarms", alarms, "burn_rate: no other policy is a page")
    runbook = monitoring.read_runbook_url(checks, RUNBOOK_URL_LENGTH, "alert")
    asked = Asked(
        dataclasses.replace(core.slo, window_days=days),
        burn_rates=alarms == monitoring.BURN_RATE,
        dashboard=checks.flag("dashboard", default=False),
        runbook_url=runbook,
        described=monitoring.is_described(checks, "page_channels"),
    )
    if asked.objectives:
        _check_objectives(checks, asked)
    return asked


def read_channels(checks: Checks, args: Mapping[str, Any], key: str) -> None:
    """Channels of Cloud Monitoring; those that are not known yet pass."""
    for channel in cast("list[object]", args.get(key) or []):
        if isinstance(channel, str) and not re.fullmatch(_CHANNEL, channel):
            checks.problem(key, channel, "projects/…/notificationChannels/…")


def _check_objectives(checks: Checks, asked: Asked) -> None:
    """Notes an objective that Cloud Monitoring does not take, or of which no policy could tell."""
    days, percent = asked.slo.window_days, asked.slo.error_rate_percent
    if not WINDOW_DAYS.allows(days):
        checks.problem("window_days", days, f"{WINDOW_DAYS}: Cloud Monitoring looks back no longer")
    if not ERROR_PERCENT.allows(percent):
        use = f"{ERROR_PERCENT}: Cloud Monitoring takes no goal above 99.99 %"
        checks.problem("error_rate_percent", percent, use)
    if asked.burn_rates:
        never = "no policy on its budget could tell"
        monitoring.refuse_out_of_reach(checks, asked.slo, never, LONGEST_MINUTES)
