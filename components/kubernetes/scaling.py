"""How many replicas there are: HorizontalPodAutoscaler and PodDisruptionBudget."""

from collections.abc import Mapping

import pulumi

from components.kubernetes.model_server_settings import ServerSettings
from components.kubernetes.objects import Manifest, manifest

__all__ = ["disruption_budget", "horizontal_autoscaler"]


def horizontal_autoscaler(  # noqa: PLR0917
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    settings: ServerSettings,
    min_replicas: int,
    max_replicas: int,
) -> Manifest:
    """Scales the Deployment of the same name: up at once, down slowly."""
    return manifest(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        name,
        namespace,
        labels,
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": min_replicas,
            "maxReplicas": max_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {
                            "type": "Utilization",
                            "averageUtilization": settings.cpu_target_percent,
                        },
                    },
                }
            ],
            "behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 60,
                    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 60}],
                },
                "scaleDown": {
                    "stabilizationWindowSeconds": 300,
                    "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}],
                },
            },
        },
    )


def disruption_budget(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
) -> Manifest:
    """One pod at a time may be taken away for maintenance, however many there are."""
    return manifest(
        "policy/v1",
        "PodDisruptionBudget",
        name,
        namespace,
        labels,
        spec={"maxUnavailable": 1, "selector": {"matchLabels": dict(selector)}},
    )
