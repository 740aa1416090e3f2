"""Settings of a plain model server as arguments of ModelServer."""

from pathlib import Path
from typing import Any

from stacks.settings.load import Settings
from stacks.settings.model_server import ModelServerModel
from stacks.targets.network_access import network_access
from stacks.targets.takeover import takeover
from stacks.targets.translation import as_kind, common


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(ModelServerModel, settings.models[name])
    return {
        **common(settings, name),
        "namespace": model.namespace,
        "image": model.model.image,
        "server": model.server,
        **takeover(model),
        "arguments": list(model.arguments) or None,
        "env": dict(model.env) or None,
        "config": dict(model.config) or None,
        "cpu": model.resources.cpu,
        "memory_mib": model.resources.memory_mib,
        "accelerator": model.resources.accelerator,
        "accelerator_count": model.resources.accelerator_count,
        "download_image": model.download_image,
        "load_seconds": model.load_seconds,
        "host": model.host,
        "tls_secret_name": model.tls_secret_name,
        **network_access(settings, name),
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }
