"""The versions of a model on one SageMaker endpoint: what each is made of, and what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.aws.sagemaker import sagemaker_image
from components.aws.sagemaker.sagemaker_containers import Containers, is_package
from components.aws.sagemaker.sagemaker_model_package import model_package
from components.aws.sagemaker.sagemaker_models import Container
from components.serving import Core

__all__ = ["CANDIDATE", "STABLE", "Version", "versions", "weights"]

STABLE: Final = "stable"
CANDIDATE: Final = "candidate"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its variant, its containers, and what its role has to reach for them."""

    variant: str
    version: str
    containers: list[Container]
    images: list[pulumi.Input[str]]
    reads: list[pulumi.Input[str]]


def versions(
    core: Core,
    args: Mapping[str, Any],
    containers: Containers,
    instance_type: str,
    lookup: pulumi.InvokeOptions,
) -> dict[str, Version]:
    """The stable version by its variant's name, and the candidate's where there is one."""
    asked = {STABLE: (core.model_version, args["model_uri"], args.get("image"))}
    if core.candidate_version is not None:
        image = args.get("candidate_image", args.get("image"))
        asked[CANDIDATE] = (core.candidate_version, args["candidate_uri"], image)
    found: dict[str, Version] = {}
    for variant, (version, uri, given) in asked.items():
        candidate = variant == CANDIDATE
        images, reads = containers.reads(candidate=candidate)
        if is_package(uri):
            package = model_package(uri, lookup).apply(
                lambda known, uri=uri: _hosted(known, uri, instance_type)
            )
            image, artifact = package["image"], package["modelDataUrl"]
        else:
            image, artifact = sagemaker_image.image(given, args.get("framework"), lookup), uri
        found[variant] = Version(
            variant,
            version,
            containers.of(image, uri, candidate=candidate),
            [image, *images],
            [artifact, *reads],
        )
    return found


def weights(core: Core) -> dict[str, int]:
    """Percent of the requests by variant, where all of them answer."""
    if core.candidate_version is None:
        return {STABLE: 100}
    return {STABLE: 100 - core.canary_percent, CANDIDATE: core.canary_percent}


def _hosted(package: dict[str, Any], uri: str, instance_type: str) -> dict[str, Any]:
    """The version from the registry, on a machine that it was registered for."""
    types: list[str] = package.get("instanceTypes") or []
    if types and instance_type not in types:
        raise pulumi.RunError(
            f"instance_type: got {instance_type!r}; use one of those that {uri} was registered "
            f"for: {', '.join(types)}"
        )
    return package
