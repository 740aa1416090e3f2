"""`--only`: the flags and variables by which the engine reaches one model, and nobody else's."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from delivery import project, state
from delivery.failure import Failure
from delivery.left_out import refuse_left_out
from delivery.one_model import refuse_other_teams
from stacks.settings.load import Settings
from stacks.settings.model_mirror import COPY_TYPE, has_mirror
from stacks.targets import (
    DRIFT_JOB_TYPE,
    MONITORING_TYPE,
    NAMESPACE_TYPE,
    TARGETS,
    identity,
    namespaces,
)

__all__ = ["ONLY", "TARGETED", "flags_of_update", "only_flags"]

# Kept in step with stacks/only.py, which cannot be imported without Pulumi's SDK.
ONLY: Final = "MODEL_SERVING_ONLY"
TARGETED: Final = "MODEL_SERVING_ONLY_TARGETED"


def flags_of_update(
    folder: Path,
    environment: str,
    settings: Settings | None,
    only: str,
    arguments: Sequence[str],
) -> list[str]:
    """The flags of an update of one model alone."""
    _refuse_refresh(environment, arguments)
    if settings is None:
        raise Failure(
            "--only needs the environment's own file\n"
            "  fix: write the settings to it, instead of --config or --config-file"
        )
    resources = state.resources_if_any(folder, environment)
    refuse_left_out(resources, settings, only)
    known = {str(resource["urn"]) for resource in resources}
    return only_flags(folder, environment, settings, only, known)


def only_flags(
    folder: Path, environment: str, settings: Settings, only: str, known: Collection[str]
) -> list[str]:
    """Targets that reach one model: its component, all under it, its identity, its namespace.

    `known` are the URNs in the state. A component of another target is what the model was before it
    moved, and goes. A namespace that is there is no target: other models depend
    on it, and would be deleted as its dependents that are not registered.
    Providers are reached by the engine itself. See docs/adr/0005-only-one-model.md.
    """
    refuse_other_teams(settings, only)
    prefix = f"urn:pulumi:{environment}::{project.name(folder)}::"
    target = TARGETS[settings.models[only].target]
    flags = ["--target", f"{prefix}{target.token}::{only}", "--target-dependents"]
    moved = {f"{prefix}{each.token}::{only}" for each in TARGETS.values() if each is not target}
    for urn in sorted(moved & set(known)):
        flags += ["--target", urn]
    for namespace in namespaces(settings):
        urn = f"{prefix}{NAMESPACE_TYPE}::{namespace}"
        flags += [] if urn in known else ["--target", urn]
    if has_mirror(settings.models[only], settings.site):
        # By a pattern: what an alias leads to, and so whether it is copied, is not known yet.
        flags += ["--target", f"{prefix}{COPY_TYPE}::{only}.copy*"]
    if made := identity(settings, only):
        flags += ["--target", f"{prefix}{made.token}::{made.name}"]
    # By a pattern again: whether there is one is the component's to say, and one that is not asked
    # for any more goes. Not of the name, which other models' may begin with.
    for kind in (MONITORING_TYPE.removesuffix("ing"), DRIFT_JOB_TYPE.removesuffix("Job")):
        flags += ["--target", f"{prefix}{kind}*::{only}"]
    return flags


def _refuse_refresh(environment: str, arguments: Sequence[str]) -> None:
    """The engine of 3.259 leaves providers of targets unread, and fails in its middle by that."""
    if {"--refresh", "-r"} & {a.partition("=")[0] for a in arguments}:
        raise Failure(
            "--only and --refresh do not go together\n"
            f"  fix: `pulumi refresh --stack {environment}` first, or leave --only out"
        )
