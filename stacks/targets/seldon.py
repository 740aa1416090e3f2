"""Settings of a model on Seldon Core 2 as arguments of SeldonModel."""

from pathlib import Path
from typing import Any

from stacks.settings.load import Settings
from stacks.settings.seldon import SeldonModel
from stacks.targets.translation import as_kind, common


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(SeldonModel, settings.models[name])
    return {
        **common(settings, name),
        "namespace": model.runtime_namespace,
        "framework": model.model.framework,
        "mirror_percent": model.mirror_percent,
        "requirements": list(model.requirements) or None,
        "memory_mib": model.resources.memory_mib,
        "server_name": model.server_name,
        "storage_secret_name": model.storage_secret_name,
        "dedicated": model.dedicated,
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }
