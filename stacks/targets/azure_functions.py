"""Settings of a model on Azure Functions as arguments of AzureFunctionsEndpoint; its packages."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from stacks import artifacts
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.capabilities.azure_functions import least_ready
from stacks.settings.load import Settings
from stacks.settings.online_features import with_features
from stacks.settings.problems import Problem
from stacks.targets.azure_monitoring import monitoring_arguments
from stacks.targets.drift import profiled_drift_arguments
from stacks.targets.function_artifacts import not_as_meant
from stacks.targets.request_logs import with_telemetry
from stacks.targets.translation import as_kind, common, word

__all__ = ["arguments", "artifact_problems"]

# Keys that the environment has under the same names.
_OF_SITE: Final = (
    *("jwt_issuer", "jwt_audience", "endpoint_subnet_id", "storage_public_access", "key"),
    *("log_workspace_id", "log_retention_days", "alert_action_group_id"),
)


def arguments(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(AzureFunctionsModel, settings.models[name])
    azure, site = settings.site.targets.azure, settings.site.targets.azure_functions
    if azure is None or site is None:
        raise TypeError(f"{name} has no subscription, or nothing of Azure Functions")
    candidate, public = model.candidate, model.public_access
    said = "max_replicas" in model.model_fields_set
    return {
        **common(settings, name),
        **{key: getattr(site, key) for key in _OF_SITE},
        "subscription_id": azure.subscription_id,
        "resource_group": site.resource_group or azure.resource_group,
        "location": azure.location,
        "storage_resource_group": azure.storage_resource_group or azure.resource_group,
        "subnet_id": site.flex_subnet_id if model.plan == "flex" else site.premium_subnet_id,
        "private_zones": dict(site.private_zones) or None,
        "public_access": site.public_access if public is None else public,
        "min_replicas": least_ready(model),
        # What is said of neither plan, each has a number of its own for.
        "max_replicas": model.max_replicas if said or model.plan == "flex" else None,
        "model_digest": model.model.digest,
        "candidate_digest": candidate.digest if candidate else None,
        "code_path": str(artifacts.azure_functions_package(root, model.model)),
        "candidate_code_path": (
            str(artifacts.azure_functions_package(root, candidate)) if candidate else None
        ),
        "plan": model.plan,
        "instance_type": model.instance_type,
        "memory_mib": model.resources.memory_mib,
        "concurrency": model.concurrency,
        "timeout_seconds": model.timeout_seconds,
        **profiled_drift_arguments(model.drift),
        "environment_variables": with_features(
            with_telemetry(dict(model.environment_variables), settings, name), model
        )
        or None,
        "callers": list(model.callers) or None,
        "shift": word(model.rollout.shift),
        **monitoring_arguments(settings, name),
    }


def artifact_problems(root: Path, settings: Settings) -> Iterator[Problem]:
    """Packages that set-up has not made, and models that are not the ones that were meant."""
    package_of = partial(artifacts.azure_functions_package, root)
    for name, model in settings.models.items():
        if isinstance(model, AzureFunctionsModel):
            yield from not_as_meant(root, settings, name, package_of, "--target azure_functions")
