"""Settings of shared servers on KServe, and of models on them, as arguments of the components."""

from pathlib import Path
from typing import Any

from stacks.settings.kserve_shared import SharedServer, TrainedModel
from stacks.settings.load import Settings
from stacks.targets.gpus import gpus
from stacks.targets.network_access import network_access
from stacks.targets.translation import as_kind, every, every_text


def server_arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of SharedModelServer; what is not set is None."""
    server = as_kind(SharedServer, settings.models[name])
    cluster = settings.site.targets.kubernetes
    return {
        **every(settings, name),
        "namespace": server.namespace,
        "arguments": list(server.arguments) or None,
        "cpu": server.resources.cpu,
        "memory_mib": server.resources.memory_mib,
        **gpus(settings, server.resources),
        "deployment_mode": server.deployment_mode,
        "kserve_version": cluster.kserve_version if cluster else None,
        **network_access(settings, name),
        "pod_labels": None,
        "ready_timeout_seconds": server.ready_timeout_seconds,
    }


def model_arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of TrainedModel; what is not set is None."""
    model = as_kind(TrainedModel, settings.models[name])
    return {
        **every_text(settings, name),
        "model_version": model.model.version,
        "model_uri": model.model.uri,
        "namespace": model.namespace,
        "server": model.server,
        "framework": model.model.framework,
        "memory_mib": model.memory_mib,
        "deployment_mode": model.deployment_mode,
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }
