"""SageMaker's model registry, by boto3: the newest approved version of a group.

Source: ListModelPackages in botocore's model of the API;
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html.
"""

from typing import Any, Final, cast

from facts.model_references import Reference
from provider.calls import call
from provider.clients import Clients
from provider.errors import ProviderError, one_line
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_LOOK: Final = "Correct the group's name, its account and region, or log in to that account"


async def resolve(clients: Clients, asked: Asked) -> Found:
    """The version's ARN."""
    return await call(lambda: _resolve(clients, asked.reference))


def _resolve(clients: Clients, reference: Reference) -> Found:
    parts = reference.parts
    who = f"SageMaker's model registry in {parts['region']}"
    try:
        answer = clients.aws.sagemaker(parts["region"]).list_model_packages(
            ModelPackageGroupName=reference.uri,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
        )
    except ProviderError:
        raise
    except Exception as error:
        raise UnresolvedError(who, one_line(error), _LOOK) from error
    made = [
        each
        for each in cast("list[dict[str, Any]]", answer.get("ModelPackageSummaryList") or [])
        if each.get("ModelPackageStatus", "Completed") == "Completed"
    ]
    if not made:
        raise UnresolvedError(
            who,
            f"the group {parts['group']} has no approved version",
            "Whoever may sagemaker:UpdateModelPackage approves one: `aws sagemaker "
            "update-model-package --model-package-arn … --model-approval-status Approved`",
        )
    newest = made[0]
    return Found(
        str(newest["ModelPackageArn"]),
        str(newest["ModelPackageVersion"]),
        details={"group": parts["group"]},
    )
