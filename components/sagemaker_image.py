"""The container that a SageMaker model runs in."""

from typing import Final

import pulumi
import pulumi_aws as aws

# Repository and newest inference tag per framework, read 2026-11-01 from
# https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
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
