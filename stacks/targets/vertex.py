"""Settings of a model on Vertex AI as arguments of VertexEndpoint."""

from pathlib import Path
from typing import Any, Final

from facts.vertex_serving import registry_version
from stacks.settings.load import Settings
from stacks.settings.vertex import VertexModel
from stacks.targets.drift import drift_arguments
from stacks.targets.gcp_monitoring import monitoring_arguments
from stacks.targets.translation import as_kind, common

# Keys that the component has under the same name.
_SAME: Final = (
    *("machine_type", "resource_pool", "port", "predict_route", "health_route"),
    *("service_account", "ready_timeout_seconds"),
)
# What one says with False too.
_FLAGS: Final = ("spot", "own_resource_pool")


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(VertexModel, settings.models[name])
    targets = settings.site.targets
    if targets.gcp is None or targets.vertex is None:
        raise TypeError(f"{name} has no project or region")
    site, resources = targets.vertex, model.resources
    kind = model.endpoint_type or site.endpoint_type
    private = kind == "private_service_connect"
    made = {
        **common(settings, name),
        **{key: getattr(model, key) for key in _SAME},
        **{key: getattr(model, key) or None for key in _FLAGS},
        "project": targets.gcp.project,
        "region": site.region,
        "framework": _framework(model),
        "image": model.model.image,
        "candidate_image": model.candidate.image if model.candidate else None,
        "arguments": list(model.arguments) or None,
        "env": dict(model.env) or None,
        "accelerator": resources.accelerator,
        "accelerator_count": resources.accelerator_count,
        "scaling_metric": model.scaling.metric,
        "scaling_target": model.scaling.target,
        "endpoint_type": kind,
        "allowed_projects": list(site.allowed_projects) if private else None,
        "consumer_networks": list(site.consumer_networks) or None if private else None,
        "network": site.network if kind == "peered" else None,
        "key": site.key,
        "notification_channels": list(site.notification_channels) or None,
        **monitoring_arguments(settings, name),
        "access_logs": _access_logs(model) or None,
        **_capture(settings, name),
        **drift_arguments(model.drift),
        **_drift(model),
    }
    if model.resource_pool is not None:
        # The pool's machines, and its bounds; what is here is of the defaults for all models.
        made |= {"min_replicas": None, "max_replicas": None}
    return made


def _framework(model: VertexModel) -> str | None:
    """None where each version has a container of its own or from the registry."""
    versions = [model.model, *([model.candidate] if model.candidate else [])]
    image = model.model.image
    if all(each.image or image or registry_version(each.uri) for each in versions):
        return None
    return model.model.framework


def _access_logs(model: VertexModel) -> bool:
    """Said either way. It keeps all requests or none, and so none for a smaller share."""
    asked = model.request_logs
    is_said = "sample_percent" in asked.model_fields_set
    return model.access_logs or (is_said and asked.sample_percent == 100)  # noqa: PLR2004 - percent


def _drift(model: VertexModel) -> dict[str, Any]:
    """What Vertex AI alone has."""
    if model.drift is None:
        return {}
    return {
        "drift_label_column": model.drift.label_column,
        "drift_sample_percent": model.drift.sample_percent,
        "drift_retention_days": model.drift.retention_days,
    }


def _capture(settings: Settings, name: str) -> dict[str, Any]:
    model = as_kind(VertexModel, settings.models[name])
    site = settings.site.targets.vertex
    if model.capture is None:
        return {}
    uri = model.capture.uri
    if uri is None and site is not None and site.capture_uri is not None:
        table = f"{name}_{settings.environment}".replace("-", "_")
        uri = f"{site.capture_uri}.{table}"
    return {
        "capture_percent": model.capture.percent,
        "capture_uri": uri,
        "capture_days": model.capture.retention_days,
    }
