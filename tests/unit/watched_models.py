"""Models whose settings ask for monitoring, and what ModelMonitoring is then asked for."""

from pathlib import Path
from typing import Any, Final

from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from components.kubernetes.monitoring.scraping import Scraping
from stacks import targets
from tests.unit.component_mocks import record
from tests.unit.settings_project import TARGETS, Project, project

__all__ = ["MONITORING", "asked_of_monitoring", "in_mesh", "monitored"]

MONITORING: Final = {
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
    "grafana_url": "https://grafana.corp",
    "monitor_labels": {"release": "prometheus"},
    "alert_labels": {"team": "search"},
}


def monitored(
    tmp_path: Path, model: dict[str, Any], monitoring: dict[str, Any] | None = MONITORING
) -> Project:
    kubernetes = TARGETS["kubernetes"] | ({"monitoring": monitoring} if monitoring else {})
    made = project(tmp_path)
    made.environment(targets=TARGETS | {"kubernetes": kubernetes})
    made.model("ranker", model)
    return made


def asked_of_monitoring(made: Project) -> dict[str, Any] | None:
    """What ModelMonitoring is asked for, after it has taken it."""
    loaded = made.load()
    kind = targets.TARGETS[loaded.models["ranker"].target].component()
    found: list[Scraping | None] = []

    def make(name: str, args: Any) -> Any:  # noqa: ANN401 - each component has its own
        component = kind(name, args)
        found.append(component.scraping)
        return component

    record(make, "ranker", targets.arguments(made.root, loaded, "ranker"))
    asked = targets.monitoring_arguments(loaded, "ranker", found[0])
    if asked is not None:
        record(ModelMonitoring, "ranker", asked)
    return asked


def in_mesh(made: Project, mesh: str) -> Project:
    kubernetes = TARGETS["kubernetes"] | {"monitoring": MONITORING, "mesh": mesh}
    made.environment(targets=TARGETS | {"kubernetes": kubernetes})
    return made
