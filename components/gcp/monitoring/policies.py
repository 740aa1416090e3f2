"""One alert policy of Cloud Monitoring, and what all policies of a model have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
import pulumi_gcp as gcp

from facts.burn_rate import Severity

__all__ = ["About", "Condition", "PolicyScope", "alert_policy"]

Condition: TypeAlias = gcp.monitoring.AlertPolicyConditionArgsDict
_SEVERITIES: Final[dict[Severity, str]] = {"page": "CRITICAL", "ticket": "WARNING"}
# Where requests stop, what an incident watches has no data any more; Google's own is a week.
_CLOSED_AFTER: Final = "3600s"


@dataclass(frozen=True, slots=True)
class About:
    """What every policy of a model says beside its own."""

    owner: str
    runbook_url: str
    """With `{alert}` for what the policy means; empty where there is none."""
    dashboard_url: pulumi.Output[str] | None
    rollout: str
    """Which versions there are, while there are two."""

    def documentation(
        self, alert: str, says: str
    ) -> gcp.monitoring.AlertPolicyDocumentationArgsDict:
        """What a notification brings: text with all of it, and links for who shows them."""
        lines: list[pulumi.Input[str]] = [f"{alert}. {says}"]
        links: list[gcp.monitoring.AlertPolicyDocumentationLinkArgsDict] = []
        if self.rollout:
            lines.append(self.rollout)
        lines.append(f"Owner: {self.owner}")
        if self.runbook_url:
            runbook = self.runbook_url.replace("{alert}", alert)
            lines.append(f"Runbook: {runbook}")
            links.append({"display_name": "Runbook", "url": runbook})
        if self.dashboard_url is not None:
            lines.append(pulumi.Output.concat("Dashboard: ", self.dashboard_url))
            links.append({"display_name": "Dashboard", "url": self.dashboard_url})
        return {
            "content": pulumi.Output.all(*lines).apply("\n\n".join),
            "mime_type": "text/markdown",
            "links": links or None,
        }


@dataclass(frozen=True, slots=True)
class PolicyScope:
    """Where policies belong: whose names they begin with, whom they tell, what they say."""

    name: str
    """The component's: children begin with it."""
    of: str
    """What is watched, as people know it."""
    project: pulumi.Input[str]
    labels: Mapping[str, str]
    parent: pulumi.Resource
    channels: Sequence[pulumi.Input[str]]
    page_channels: Sequence[pulumi.Input[str]]
    """Whom pages tell; none: those that tickets tell."""
    about: About

    def told(self, severity: Severity) -> list[pulumi.Input[str]] | None:
        """The channels of a severity; None where nobody is told, and incidents are seen there."""
        pages = severity == "page" and self.page_channels
        return list(self.page_channels if pages else self.channels) or None


def alert_policy(
    scope: PolicyScope,
    role: str,
    *,
    alert: str,
    says: str,
    severity: Severity,
    conditions: Sequence[Condition],
    combiner: str = "OR",
) -> gcp.monitoring.AlertPolicy:
    """A policy named `<name>-<role>` that means `alert`."""
    return gcp.monitoring.AlertPolicy(
        f"{scope.name}-{role}",
        project=scope.project,
        display_name=f"{scope.of} {alert} ({role})",
        combiner=combiner,
        severity=_SEVERITIES[severity],
        conditions=list(conditions),
        documentation=scope.about.documentation(alert, f"{scope.of}: {says}"),
        alert_strategy={"auto_close": _CLOSED_AFTER},
        notification_channels=scope.told(severity),
        user_labels=dict(scope.labels),
        opts=pulumi.ResourceOptions(parent=scope.parent),
    )
