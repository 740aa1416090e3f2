"""The versions of a model on one SageMaker endpoint: what each is made of, and what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.aws import sagemaker_image
from components.aws.sagemaker_containers import Containers
from components.aws.sagemaker_models import Container
from components.aws.sagemaker_role import Several
from components.serving import Core

__all__ = ["CANDIDATE", "STABLE", "Version", "versions"]

STABLE: Final = "stable"
CANDIDATE: Final = "candidate"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its variant, its containers, and what its role has to reach for them."""

    variant: str
    version: str
    containers: list[Container]
    images: list[Several]
    reads: list[Several]


def versions(
    core: Core, args: Mapping[str, Any], containers: Containers, lookup: pulumi.InvokeOptions
) -> dict[str, Version]:
    """The stable version by its variant's name, and the candidate's where there is one."""
    asked = {STABLE: (core.model_version, args["model_uri"], args.get("image"))}
    if core.candidate_version is not None:
        image = args.get("candidate_image", args.get("image"))
        asked[CANDIDATE] = (core.candidate_version, args["candidate_uri"], image)
    framework = args.get("framework")
    return {
        variant: _version(variant, version, uri, (image, framework), containers, lookup)
        for variant, (version, uri, image) in asked.items()
    }


def _version(  # noqa: PLR0917
    variant: str,
    version: str,
    uri: pulumi.Input[str],
    server: tuple[pulumi.Input[str] | None, str | None],
    containers: Containers,
    lookup: pulumi.InvokeOptions,
) -> Version:
    candidate = variant == CANDIDATE
    images, reads = containers.reads(candidate=candidate)
    image = sagemaker_image.image(*server, lookup)
    return Version(
        variant,
        version,
        containers.of(image, uri, candidate=candidate),
        [image, *images],
        [uri, *reads],
    )
