"""Rules over what an environment says of monitoring on Azure."""

from collections.abc import Callable, Iterator
from typing import Final

from facts.azure_monitor import AML_TRAFFIC
from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.azure_monitoring import AzureMonitoring
from stacks.settings.problems import Problem
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES"]

_PLACE: Final[KeyPath] = ("targets", "azure", "monitoring")


def _monitoring(asked: AskedOfEnvironment) -> AzureMonitoring | None:
    azure = asked.site.targets.azure
    return azure.monitoring if azure is not None else None


def _pages(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Only alerts on burn rates are pages."""
    monitoring = _monitoring(asked)
    if monitoring is None or monitoring.page_action_group_id is None:
        return
    if monitoring.alarms != "burn_rate":
        yield asked.problem(
            (*_PLACE, "page_action_group_id"),
            "MS0631",
            f"got {monitoring.page_action_group_id}, and alarms {monitoring.alarms} has none that "
            "is a page",
            fix="remove it, or say `alarms: burn_rate`",
        )


def _logs(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """Which share of a model's requests was bad is told by no metric of Azure ML."""
    monitoring = _monitoring(asked)
    if monitoring is None or monitoring.log_workspace_id is not None:
        return
    models = [name for name, model in asked.models.items() if isinstance(model, AzureMlModel)]
    if models and (monitoring.alarms == "burn_rate" or monitoring.dashboards):
        yield asked.problem(
            (*_PLACE, "log_workspace_id"),
            "MS0630",
            f"missing, and objectives of {_listed(models)} are measured by {AML_TRAFFIC.name}, "
            "which a Log Analytics workspace has to take",
            key=True,
            fix="add `log_workspace_id: …`, or say `alarms: symptoms` and `dashboards: false`",
        )


def _listed(names: list[str]) -> str:
    first, *others = names
    return f"{first} and {len(others)} more" if others else first


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (_pages, _logs)
