"""The container that a SageMaker model runs in."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.checks import Checks
from facts.sagemaker_hosting import ECR_IMAGE

__all__ = ["PREBUILT", "check_image", "image"]

# Repository and tag per framework; both tags stand in image_uri_config/*.json of AWS's own
# sagemaker-python-sdk, looked up 2026-11-21. They are not the newest (3.0-5, 1.4-2-cpu-py3): a
# pickled model loads only in the version that made it, so another one is asked for by `image`.
# AWS moves a tag when it patches the image: who needs the very same bytes gives `image` by digest.
PREBUILT: Final = {
    "xgboost": ("sagemaker-xgboost", "1.7-1"),
    "sklearn": ("sagemaker-scikit-learn", "1.2-1-cpu-py3"),
}


def image(
    given: pulumi.Input[str] | None, framework: str | None, lookup: pulumi.InvokeOptions
) -> pulumi.Output[str]:
    """The image that was given, or AWS's own for the framework in the provider's region."""
    if given is not None:
        return pulumi.Output.from_input(given)
    repository, tag = PREBUILT[framework or ""]
    return aws.sagemaker.get_prebuilt_ecr_image_output(
        repository_name=repository, image_tag=tag, opts=lookup
    ).registry_path


def check_image(checks: Checks, args: Mapping[str, object]) -> None:
    """`image`, or a `framework` that AWS has an image for."""
    if checks.given("image"):
        use = "an image in Amazon ECR: SageMaker pulls from nowhere else"
        checks.text("image", ECR_IMAGE, use)
    elif args.get("framework") not in PREBUILT:
        known = " or ".join(PREBUILT)
        checks.problem("framework", args.get("framework"), f"{known}, or give image")
