"""A version in SageMaker's model registry: its image and artifact, if it is approved.

`serving:index:getSageMakerModelPackage` is served by the provider in `provider/`, in previews too;
it refuses a version that nobody approved.
"""

from typing import Any, Final, cast

import pulumi

__all__ = ["ARN", "model_package"]

ARN: Final = (
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:model-package/(?P<group>[A-Za-z0-9-]+)"
    r"/(?P<version>\d+)"
)


def model_package(
    arn: pulumi.Input[str], lookup: pulumi.InvokeOptions
) -> pulumi.Output[dict[str, Any]]:
    """What an approved version is made of.

    Keys: `image`, `modelDataUrl` (empty for none), `modelPackageGroupName`, `version`,
    `instanceTypes` (empty for any), `approvalStatus`. `lookup` leads to the provider `serving`,
    as `InvokeOptions(parent=component)` does.
    """
    found = pulumi.runtime.invoke_output(
        "serving:index:getSageMakerModelPackage", {"arn": arn}, lookup
    )
    return cast("pulumi.Output[dict[str, Any]]", found)
