"""Tagged objects of one AWS account and region, by the Resource Groups Tagging API.

Source: GetResources of that API, with the services that it knows:
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html;
roles of IAM are not among them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.orphaned.tagged import Tagged
from facts import tags

__all__ = ["known", "spelt", "tagged"]

# What has such tags beside ours was made by a service of AWS or by a controller, from something of
# ours that hands its tags on: instances and disks of a node group, the network of a cluster.
_MADE_BY_OTHERS: Final = ("aws:", "eks:", "karpenter.", "kubernetes.io/")
# Records of runs, which cannot be deleted.
_RECORDS: Final = ("transform-job", "processing-job", "training-job")
_LOGIN: Final = "log in (`aws sso login`), or set AWS_PROFILE; it needs tag:GetResources"


def tagged(account: str, region: str, environment: str) -> list[Tagged]:
    """What has the environment's tag.

    Raises:
        Failure: AWS cannot be asked, or is another account.
    """
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5)
    (key,) = tags.aws({tags.ENVIRONMENT: environment})
    try:
        session = cast(Any, boto3.Session(region_name=region))
        asked = str(session.client("sts", config=config).get_caller_identity()["Account"])
        if asked != account:
            raise Failure(
                f"the credentials are for AWS account {asked}, and the environment is in {account}"
                f"\n  fix: {_LOGIN}",
                Exit.AUTHENTICATION,
            )
        pages = session.client("resourcegroupstaggingapi", config=config).get_paginator(
            "get_resources"
        )
        found = [
            _tagged(str(each["ResourceARN"]), {tag["Key"]: tag["Value"] for tag in each["Tags"]})
            for page in pages.paginate(TagFilters=[{"Key": key, "Values": [environment]}])
            for each in page["ResourceTagMappingList"]
        ]
    except (BotoCoreError, ClientError) as error:
        text = str(error).strip().splitlines()[0]
        raise Failure(
            f"AWS cannot be asked: {text}\n  fix: {_LOGIN}", Exit.AUTHENTICATION
        ) from None
    return [each for each in found if not _is_others(each)]


def known(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ARNs of what is in the state, as `spelt`."""
    found: set[str] = set()
    for resource in resources:
        outputs = cast("Mapping[str, Any]", resource.get("outputs") or {})
        for value in (resource.get("id"), outputs.get("arn")):
            if isinstance(value, str) and value.startswith("arn:"):
                found.add(spelt(value))
    return found


def spelt(arn: str) -> str:
    """Of log groups one side ends in `:*`."""
    return arn.removesuffix(":*")


def _tagged(arn: str, tags_of_it: Mapping[str, str]) -> Tagged:
    service, rest = arn.split(":", 5)[2], arn.split(":", 5)[5]
    separator = next((each for each in rest if each in "/:"), "/")
    kind, _, name = rest.lstrip("/").partition(separator)
    return Tagged(arn, f"{service}:{kind}" if name else service, name or kind, tags_of_it)


def _is_others(each: Tagged) -> bool:
    kind = each.id.split(":", 5)[5].partition("/")[0]
    return kind in _RECORDS or any(key.startswith(_MADE_BY_OTHERS) for key in each.tags)
