"""Settings of a KServe model as arguments of InferenceService."""

from pathlib import Path
from typing import Any

from stacks.settings.kserve import KServeModel
from stacks.settings.load import Settings
from stacks.targets.network_access import network_access
from stacks.targets.translation import as_kind, common


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(KServeModel, settings.models[name])
    cluster = settings.site.targets.kubernetes
    return {
        **common(settings, name),
        "namespace": model.namespace,
        "framework": model.model.framework,
        "image": model.model.image,
        "runtime": model.runtime,
        "arguments": list(model.arguments) or None,
        "cpu": model.resources.cpu,
        "memory_mib": model.resources.memory_mib,
        "accelerator": model.resources.accelerator,
        "accelerator_count": model.resources.accelerator_count,
        "concurrency_target": model.concurrency_target,
        "deployment_mode": model.deployment_mode,
        "kserve_version": cluster.kserve_version if cluster else None,
        **network_access(settings, name),
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }
