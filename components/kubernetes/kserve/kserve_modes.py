"""Knative or standard: how KServe's releases spell the mode, and that it cannot change."""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from components.hooks import hook
from facts.kserve import kserve_version, mode_of

__all__ = ["MODES", "MODE_ANNOTATION", "keeps_mode", "mode_spelling", "refuse_other_mode"]

MODE_ANNOTATION: Final = "serving.kserve.io/deploymentMode"
MODES: Final = ("knative", "standard")


def mode_spelling(mode: str, version: object) -> str:
    """The mode as the annotation of a release spells it."""
    known = kserve_version(version)
    return known.knative if mode == "knative" else known.standard


def keeps_mode(name: str) -> pulumi.ResourceHookBinding:
    """For an InferenceService: its mode is that of its first day, in a preview too."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        refuse_other_mode(name, args.old_inputs, args.new_inputs)

    refusal = hook(f"{name}-inference-service-mode", before_update)
    return pulumi.ResourceHookBinding(before_update=[refusal])


def refuse_other_mode(
    name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> None:
    """Source: validateDeploymentMode of pkg/apis/serving/v1beta1/inference_service_validation.go.

    Raises:
        RunError: the mode changes.
    """
    before, after = _mode(old), _mode(new)
    if before and after and before != after:
        raise pulumi.RunError(
            f"{name}: deployment_mode changes from {before} to {after}, which KServe refuses of an "
            f"InferenceService that is there; keep {before}, or deploy the model under another "
            "name, move its callers, and take this one away"
        )


def _mode(inputs: Mapping[str, Any] | None) -> str | None:
    metadata = cast("Mapping[str, Any]", (inputs or {}).get("metadata") or {})
    annotations = cast("Mapping[str, Any]", metadata.get("annotations") or {})
    return mode_of(annotations.get(MODE_ANNOTATION))
