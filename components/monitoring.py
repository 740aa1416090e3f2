"""What is asked of a model's monitoring in the same words on every cloud."""

from dataclasses import dataclass
from typing import Final

from components.checks import Checks
from components.serving import Base, Core
from facts.alerts import RUNBOOK_URL
from facts.burn_rate import out_of_reach
from facts.limits import Limit
from facts.slo import Slo

__all__ = [
    "ALARMS",
    "BURN_RATE",
    "SYMPTOMS",
    "Asked",
    "is_described",
    "read_runbook_url",
    "refuse_out_of_reach",
    "rollout_said",
]

SYMPTOMS: Final = "symptoms"
BURN_RATE: Final = "burn_rate"
ALARMS: Final = (SYMPTOMS, BURN_RATE)


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of monitoring, checked."""

    slo: Slo
    """With the window."""
    burn_rates: bool
    """Whether there is more than the alarms at the objective's bounds."""
    dashboard: bool
    runbook_url: str
    described: bool
    """Whether alarms say for whom they are and what to do."""


def is_described(checks: Checks, page_key: str) -> bool:
    """Whoever says any of these has alarms that say more; `page_key` is whom pages tell."""
    return any(map(checks.given, ("alarms", "dashboard", page_key, "runbook_url")))


def read_runbook_url(checks: Checks, length: Limit, noun: str) -> str:
    """`runbook_url`; empty where there is none. `noun` is what the vendor calls an alarm."""
    if not checks.given("runbook_url"):
        return ""
    longest = int(length.maximum or 0)
    use = f"a URL of at most {longest} signs; {{alert}} in it becomes what the {noun} means"
    checks.text("runbook_url", RUNBOOK_URL, use)
    found = checks.plain("runbook_url")
    if len(found) > longest:
        checks.problem("runbook_url", found, use)
    return found


def refuse_out_of_reach(
    checks: Checks, slo: Slo, never: str, longest_minutes: int | None = None
) -> None:
    """Note an objective whose budget is so large that no outage spends it too fast.

    `never` is what no alarm can do then, in the vendor's words.
    """
    percent = slo.error_rate_percent
    slowest = out_of_reach(slo.window_days, percent / 100, longest_minutes)
    if slowest is not None:
        checks.problem(
            "error_rate_percent",
            percent,
            f"less, or alarms symptoms: {slowest:g} times as much is no less than all requests, "
            f"so that {never}",
        )


def rollout_said(base: Base) -> str:
    """Which versions there are, while there are two.

    Not the share, which moves: no step of a rollout changes the alarms that guard it.
    """
    if not isinstance(base, Core) or base.candidate_version is None:
        return ""
    return f"Version {base.candidate_version} is beside {base.model_version}"
