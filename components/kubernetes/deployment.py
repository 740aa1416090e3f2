"""The `Deployment` of one version of a model, and the files that its pods read."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi

from components.kubernetes.model_server_settings import ServerSettings
from components.kubernetes.objects import Manifest, manifest
from components.kubernetes.pod import CONTAINER, pod_spec
from components.kubernetes.slots import Slot
from components.serving import Core
from facts import tags

__all__ = ["config_map", "deployment"]


def config_map(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    files: Mapping[str, str],
) -> Manifest:
    """Named by its content: other content is another object, and pods never see half of each."""
    content = json.dumps(files, sort_keys=True).encode()
    suffix = hashlib.sha256(content).hexdigest()[:8]
    return manifest(
        "v1",
        "ConfigMap",
        f"{name}-{suffix}",
        namespace,
        labels,
        data=dict(files),
        immutable=True,
    )


def deployment(
    core: Core,
    settings: ServerSettings,
    slot: Slot,
    namespace: pulumi.Input[str],
    config_map: str | None,
    *,
    recreate: bool,
) -> Manifest:
    """The pods of one slot, and how they are replaced when it is changed in place."""
    selector = slot.selector()
    labels = {**selector, **tags.kubernetes(core.vocabulary(slot.version))}
    strategy: dict[str, Any] = {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
    }
    if recreate:
        strategy = {"type": "Recreate"}
    return manifest(
        "apps/v1",
        "Deployment",
        slot.name,
        namespace,
        labels,
        spec={
            "replicas": slot.min_replicas,
            "selector": {"matchLabels": dict(selector)},
            "strategy": strategy,
            "progressDeadlineSeconds": settings.ready_timeout_seconds,
            "revisionHistoryLimit": 5,
            "template": {
                "metadata": {
                    "labels": {**labels, **settings.pod_labels},
                    "annotations": {"kubectl.kubernetes.io/default-container": CONTAINER},
                },
                "spec": pod_spec(settings, slot.image, slot.uri, selector, config_map),
            },
        },
    )
