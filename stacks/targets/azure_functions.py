"""Settings of a model on Azure Functions as arguments of AzureFunctionsEndpoint; its packages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from stacks import artifacts
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.capabilities.azure_functions import least_ready
from stacks.settings.load import Settings
from stacks.settings.online_features import with_features
from stacks.settings.problems import Problem
from stacks.targets.translation import as_kind, common, word

__all__ = ["arguments", "missing_packages"]

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
        "environment_variables": with_features(dict(model.environment_variables), model) or None,
        "callers": list(model.callers) or None,
        "shift": word(model.rollout.shift),
    }


def missing_packages(root: Path, settings: Settings) -> Iterator[Problem]:
    """Packages that set-up has not made, and models that are not the ones that were meant."""
    for name, model in settings.models.items():
        if not isinstance(model, AzureFunctionsModel):
            continue
        for key, artifact in (("model", model.model), ("candidate", model.candidate)):
            if artifact is None:
                continue
            here = artifact.uri.startswith("file:")
            package = artifacts.azure_functions_package(root, artifact)
            path = artifacts.model_path(root, artifact) if here else package
            missing = next((p for p in (path, package) if not p.is_file()), None)
            if missing is not None:
                option = "" if here else " --without-model"
                put = "put the model there and run" if here else "run"
                yield Problem(
                    settings.place(name, (key, "uri")),
                    "MS0209",
                    f"{key}.uri",
                    f"{missing.relative_to(artifacts.folder(root).parent)} is not in the cache",
                    fix=f"{put} `.venv/bin/python -m runtime.package --target azure_functions"
                    f"{option}`",
                )
            elif here and (actual := artifacts.sha256(path)) != artifact.digest:
                yield Problem(
                    settings.place(name, (key, "digest")),
                    "MS0211",
                    f"{key}.digest",
                    f"got {artifact.digest}, and the file has {actual}",
                    fix="find out which of the two is meant before anything is deployed",
                )
