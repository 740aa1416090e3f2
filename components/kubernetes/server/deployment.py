"""The `Deployment` of one version of a model."""

from typing import Any

import pulumi

from components.kubernetes.objects import Manifest, manifest
from components.kubernetes.server.model_server_settings import ServerSettings
from components.kubernetes.server.pod import CONTAINER, Read, pod_spec
from components.kubernetes.server.scaling import FORCE, fixed_number, whole_or_percent
from components.kubernetes.server.slots import Slot
from components.serving import Core
from facts import tags

__all__ = ["deployment"]


def deployment(
    core: Core,
    settings: ServerSettings,
    slot: Slot,
    namespace: pulumi.Input[str],
    read: Read,
    *,
    recreate: bool,
) -> Manifest:
    """The pods of one slot, and how they are replaced when it is changed in place."""
    selector = slot.selector()
    labels = {**selector, **tags.kubernetes(core.keeping(slot.version))}
    fixed = fixed_number(settings.scaling, slot.min_replicas, slot.max_replicas)
    strategy: dict[str, Any] = {
        "type": "RollingUpdate",
        "rollingUpdate": {
            "maxSurge": whole_or_percent(settings.update[0]),
            "maxUnavailable": whole_or_percent(settings.update[1]),
        },
    }
    if recreate:
        strategy = {"type": "Recreate"}
    return manifest(
        "apps/v1",
        "Deployment",
        slot.name,
        namespace,
        labels,
        annotations=FORCE if fixed else None,
        spec={
            # Whoever scales to zero does so later: the first pod shows that the model can serve.
            "replicas": max(1, slot.min_replicas),
            "selector": {"matchLabels": dict(selector)},
            "strategy": strategy,
            "progressDeadlineSeconds": settings.ready_timeout_seconds,
            "revisionHistoryLimit": 5,
            "template": {
                "metadata": {
                    "labels": {**labels, **settings.pod_labels},
                    "annotations": _annotations(settings),
                },
                "spec": pod_spec(settings, slot, selector, read),
            },
        },
    )


def _annotations(settings: ServerSettings) -> dict[str, str]:
    found = {"kubectl.kubernetes.io/default-container": CONTAINER}
    if settings.prometheus_annotations:
        found |= {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(settings.metrics_port or settings.port),
            "prometheus.io/path": settings.metrics_path,
        }
    return found | settings.pod_annotations
