"""Rules over what an environment says of Azure Functions."""

from collections.abc import Callable, Iterator
from typing import Final

from facts.azure_functions import PRIVATE_ZONES
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.problems import Problem, nearest

__all__ = ["RULES"]


def _logs(asked: AskedOfEnvironment) -> Iterator[Problem]:
    site = asked.site.targets.azure_functions
    if site is not None and site.log_workspace_id and site.log_retention_days is not None:
        yield asked.problem(
            ("targets", "azure_functions", "log_retention_days"),
            "MS0214",
            f"got {site.log_retention_days}, and logs go to a workspace that keeps its own time",
            fix="remove it, or log_workspace_id",
        )


def _zones(asked: AskedOfEnvironment) -> Iterator[Problem]:
    site = asked.site.targets.azure_functions
    for zone in site.private_zones if site is not None else ():
        if zone not in PRIVATE_ZONES:
            yield asked.problem(
                ("targets", "azure_functions", "private_zones", zone),
                "MS0105",
                f"got {zone}, and nothing of an app is named there",
                key=True,
                allowed=", ".join(PRIVATE_ZONES),
                nearest=nearest(zone, PRIVATE_ZONES),
                fix="remove it, or correct the name",
            )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (_logs, _zones)
