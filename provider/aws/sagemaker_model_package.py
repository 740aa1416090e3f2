"""`serving:index:getSageMakerModelPackage`: image and artifact of a version in a model registry.

Only an approved version of SageMaker's registry is told: a model that nobody approved is not to be
deployed by accident.

Source: DescribeModelPackage in botocore's model of the API, read 2026-11-26;
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.aws.clients import Aws
from provider.calls import call
from provider.errors import ProviderError
from provider.input_checks import Problems, no_inputs, shown
from provider.values import UNKNOWN

__all__ = ["SCHEMA", "TYPE", "answer", "check"]

TYPE: Final = "serving:index:getSageMakerModelPackage"
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:sagemaker:(?P<region>[a-z0-9-]+):\d{12}:model-package/[A-Za-z0-9-]+/\d+"
)
_EXAMPLE: Final = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/4"
_INPUTS: Final[dict[str, Any]] = {
    "arn": {
        "type": "string",
        "description": "ARN of a version: arn:aws:sagemaker:…:model-package/<group>/<version>.",
    },
    "region": {"type": "string", "description": "AWS region to ask. Default: the ARN's."},
}
_OUTPUTS: Final[dict[str, Any]] = {
    "approvalStatus": {"type": "string", "description": "`Approved`; others are refused."},
    "image": {"type": "string", "description": "Container image that serves the version."},
    "modelDataUrl": {"type": "string", "description": "S3 URI of its artifact; empty for none."},
    "modelPackageGroupName": {"type": "string", "description": "The model's group."},
    "version": {"type": "integer", "description": "The version's number in its group."},
    "instanceTypes": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Types that it may be hosted on; empty where the version says nothing.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "Image and artifact of an approved version in SageMaker's model registry. A version that "
        "is not approved is refused."
    ),
    "inputs": {"properties": _INPUTS, "required": ["arn"]},
    "outputs": {
        "properties": {**_INPUTS, **_OUTPUTS},
        "required": ["arn", *_OUTPUTS],
    },
}


def check(inputs: Mapping[str, object]) -> Problems:
    """All problems of the arguments."""
    problems = no_inputs(inputs, _INPUTS)
    arn, region = inputs.get("arn"), inputs.get("region")
    if arn is not UNKNOWN and not (isinstance(arn, str) and _ARN.fullmatch(arn)):
        problems.append(("arn", f"got {shown(arn)}; use a version's ARN, as {_EXAMPLE}"))
    if region is not None and region is not UNKNOWN and not (isinstance(region, str) and region):
        problems.append(("region", f"got {shown(region)}; use a region such as eu-west-1"))
    return problems


async def answer(aws: Aws, inputs: Mapping[str, object]) -> dict[str, object]:
    """What the version is made of.

    Raises `ProviderError` when it is not there, not approved, or not one container alone.
    """
    arn = cast(str, inputs["arn"])
    found = _ARN.fullmatch(arn)
    region = cast("str | None", inputs.get("region")) or (found["region"] if found else None)
    client = await call(lambda: aws.sagemaker(region))
    package = await call(lambda: client.describe_model_package(ModelPackageName=arn))
    _require_approved(arn, package)
    specification = cast("dict[str, Any]", package.get("InferenceSpecification") or {})
    containers = cast("list[dict[str, Any]]", specification.get("Containers") or [])
    if len(containers) != 1:
        raise ProviderError(
            f"model package {arn} has {len(containers)} containers; one is served by its ARN. "
            "Name the containers and artifacts themselves"
        )
    (container,) = containers
    source = cast("dict[str, Any]", container.get("ModelDataSource") or {})
    s3 = cast("dict[str, Any]", source.get("S3DataSource") or {})
    return {
        **inputs,
        "approvalStatus": str(package["ModelApprovalStatus"]),
        "image": str(container.get("Image", "")),
        "modelDataUrl": str(container.get("ModelDataUrl") or s3.get("S3Uri") or ""),
        "modelPackageGroupName": str(package.get("ModelPackageGroupName", "")),
        "version": int(package.get("ModelPackageVersion") or 0),
        "instanceTypes": list(specification.get("SupportedRealtimeInferenceInstanceTypes") or []),
    }


def _require_approved(arn: str, package: Mapping[str, Any]) -> None:
    made = package.get("ModelPackageStatus", "Completed")
    if made != "Completed":
        raise ProviderError(
            f"model package {arn} is {made}; only a completed one can be deployed. Register the "
            "version again if it failed"
        )
    status = package.get("ModelApprovalStatus", "without an approval status")
    if status == "Approved":
        return
    said = " ".join(str(package.get("ApprovalDescription", "")).split()).rstrip(".")
    raise ProviderError(
        f"model package {arn} is {status}{f' ({said})' if said else ''}; only an Approved one is "
        f"deployed. Whoever may sagemaker:UpdateModelPackage on it approves it: `aws sagemaker "
        f"update-model-package --model-package-arn {arn} --model-approval-status Approved`. Or "
        "deploy a version that is approved"
    )
