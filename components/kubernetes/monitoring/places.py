"""Where people are led to, and by which labels Prometheus and Alertmanager find what is theirs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.checks import Checks
from components.kubernetes.objects import Manifest, manifest
from facts.add_ons import FOLDER_ANNOTATION
from facts.addresses import SITE_URL
from facts.alerts import RUNBOOK_URL
from facts.metric_shapes import LABEL_NAME

__all__ = ["Places", "read_places"]


@dataclass(frozen=True, slots=True)
class Places:
    """What every component that watches is told of its surroundings."""

    runbook_url: str
    grafana_url: str
    grafana_folder: str
    monitor_labels: Mapping[str, str]
    alert_labels: Mapping[str, str]

    def runbook(self, alert: str) -> str:
        """Where it is said what to do."""
        return self.runbook_url.replace("{alert}", alert)

    def dashboard(self, uid: str) -> str:
        """The address of a dashboard."""
        return f"{self.grafana_url}/d/{uid}"

    def dashboard_map(
        self,
        name: str,
        namespace: pulumi.Input[str],
        labels: Mapping[str, str],
        document: pulumi.Input[str],
    ) -> Manifest:
        """The ConfigMap with a dashboard, where the sidecar of Grafana's chart looks for it."""
        return manifest(
            "v1",
            "ConfigMap",
            f"{name}-dashboard",
            namespace,
            {**labels, "grafana_dashboard": "1"},
            annotations={FOLDER_ANNOTATION: self.grafana_folder},
            data={f"{name}.json": document},
        )


def read_places(checks: Checks, said: Mapping[str, str]) -> Places:
    """Reads and notes what is wrong; `said` are further texts that alerts have, by argument."""
    checks.text("runbook_url", RUNBOOK_URL, "a URL; {alert} in it becomes the alert's name")
    checks.text("grafana_url", SITE_URL, "the URL of Grafana, without a slash at the end")
    labels = checks.mapping("alert_labels")
    for key in labels:
        if not re.fullmatch(LABEL_NAME, key):
            checks.problem("alert_labels", key, "names of letters, digits and _")
    texts = {**said, **{f"alert_labels.{key}": text for key, text in labels.items()}}
    for key, text in texts.items():
        if "{{" in text:
            checks.problem(key, text, "a text without {{, which Prometheus takes for a template")
    return Places(
        checks.plain("runbook_url"),
        checks.plain("grafana_url"),
        checks.plain("grafana_folder", "Models"),
        checks.mapping("monitor_labels"),
        labels,
    )
