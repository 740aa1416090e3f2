"""Settings of models for Azure ML as arguments of AzureMlEndpoint and AzureMlBatchEndpoint."""

from pathlib import Path
from typing import Any, Final

from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.azure_ml_batch import AzureMlBatch
from stacks.settings.load import Settings
from stacks.settings.managed import Capture
from stacks.targets.azure_monitoring import monitoring_arguments
from stacks.targets.drift import drift_arguments
from stacks.targets.translation import as_kind, batch_run, common, scaled, words

__all__ = ["arguments", "batch_arguments"]

# Keys that the components have under the same names.
_SAME: Final = (
    *("instance_type", "candidate_replicas", "env", "port", "live_path", "ready_path"),
    *("score_path", "model_mount_path", "request_timeout_seconds", "max_concurrent_requests"),
    *("load_seconds", "probe_period_seconds", "probe_timeout_seconds", "auth_mode"),
    *("alert_errors_per_minute", "ready_timeout_seconds"),
)
_SAME_BATCH: Final = (
    *("schedule", "time_zone", "suspended", "code_uri", "scoring_script", "env", "low_priority"),
    "public_nodes",
    *("instance_type", "idle_seconds", "parallelism", "concurrency_per_instance", "retries"),
    *("mini_batch_size", "mini_batch_timeout_seconds", "error_threshold", "output_action"),
    *("output_file_name", "input_uri", "output_uri"),
)
# What a model may say otherwise than its environment.
_SWITCHES: Final = ("public_access", "egress_public_access", "app_insights")


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(AzureMlModel, settings.models[name])
    workspace = settings.site.targets.azure_ml
    usual = {key: getattr(workspace, key) for key in _SWITCHES} if workspace else {}
    said = {key: getattr(model, key) for key in _SWITCHES if getattr(model, key) is not None}
    return {
        **common(settings, name),
        **_place(settings),
        **words(model, _SAME),
        **scaled(model.scaling),
        **_captured(model.capture, workspace.capture_uri if workspace else None),
        **_drift(model, list(workspace.drift_emails) if workspace else []),
        **usual,
        **said,
        "alert_action_group_id": workspace.alert_action_group_id if workspace else None,
        "framework": None if model.model.image else model.model.framework,
        "image": model.model.image,
        "candidate_image": model.candidate.image if model.candidate else None,
        "strategy": model.strategy if model.candidate else None,
        **monitoring_arguments(settings, name),
        **_logged(settings),
    }


def _drift(model: AzureMlModel, emails: list[str]) -> dict[str, Any]:
    asked = drift_arguments(model.drift)
    return {**asked, "drift_emails": emails or None} if asked else {}


def _logged(settings: Settings) -> dict[str, Any]:
    """Where requests are logged, if anybody reads it there."""
    azure = settings.site.targets.azure
    asked = azure.monitoring if azure is not None else None
    if asked is None or not (asked.alarms == "burn_rate" or asked.dashboards):
        return {}
    return {"log_workspace_id": asked.log_workspace_id}


def batch_arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    run = as_kind(AzureMlBatch, settings.models[name])
    workspace = settings.site.targets.azure_ml
    # Who says what a cluster of one's own is like, does not take the environment's.
    own = any((run.instance_type, run.low_priority, run.idle_seconds, run.public_nodes))
    usual = workspace.compute_name if workspace and not own else None
    cluster = run.compute_name or usual
    return {
        **_place(settings),
        **words(run, _SAME_BATCH),
        **batch_run(settings, name),
        "framework": None if run.model.image else run.model.framework,
        "image": run.model.image,
        "on_demand": run.on_demand or None,
        "compute_name": cluster,
        "subnet_id": workspace.subnet_id if workspace and cluster is None else None,
    }


def _place(settings: Settings) -> dict[str, Any]:
    """The workspace, and what all models of the environment share there."""
    azure, workspace = settings.site.targets.azure, settings.site.targets.azure_ml
    if azure is None or workspace is None:
        return {}
    return {
        "subscription_id": azure.subscription_id,
        "resource_group": workspace.resource_group or azure.resource_group,
        "workspace_name": workspace.workspace_name,
        "storage_resource_group": azure.storage_resource_group or azure.resource_group,
        "artifact_container_ids": list(workspace.artifact_container_ids) or None,
        "registry_id": workspace.registry_id,
    }


def _captured(capture: Capture | None, usual: str | None) -> dict[str, Any]:
    if capture is None:
        return {}
    return {
        "capture_percent": capture.percent,
        "capture_uri": capture.uri or usual,
        "capture_payload": list(capture.payload),
    }
