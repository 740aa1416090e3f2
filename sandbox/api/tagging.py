"""The Resource Groups Tagging API: what in a region has tags, whatever service it is of.

Roles of IAM are not among its answers, nor what Application Auto Scaling keeps:
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html
"""

from typing import Any

from sandbox.api.call import AwsError, Call, Operation
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["OPERATIONS"]

_TOKEN = "aws:resourcegroupstaggingapi/getResources:getResources"  # noqa: S105 - of Pulumi
_NOT_ANSWERED = ("aws:iam/", "aws:appautoscaling/")
_PAGE = 50
_MOST = 100


def _get_resources(call: Call) -> dict[str, Any]:
    filters = [mapped(each) for each in call.items("TagFilters")]
    found = sorted(
        (arn, tags)
        for row in call.store.list("aws", account=call.caller.account, region=call.caller.region)
        if (arn := _arn(row)) and _matches(tags := _tags(row), filters)
    )
    size = call.parameters.get("ResourcesPerPage", _PAGE)
    if not isinstance(size, int) or not 1 <= size <= _MOST:
        raise AwsError("InvalidParameterException", "ResourcesPerPage: use 1 to 100")
    begin = int(str(call.parameters.get("PaginationToken") or "0"))
    page = found[begin : begin + size]
    more = begin + size < len(found)
    return {
        "ResourceTagMappingList": [
            {
                "ResourceARN": arn,
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
            for arn, tags in page
        ],
        "PaginationToken": str(begin + size) if more else "",
    }


def _arn(row: Row) -> str:
    if row.token.startswith(_NOT_ANSWERED):
        return ""
    return str(row.outputs.get("arn") or "")


def _tags(row: Row) -> dict[str, str]:
    tags = mapped(row.outputs.get("tagsAll")) or mapped(row.inputs.get("tags"))
    return {str(key): str(value) for key, value in tags.items()}


def _matches(tags: dict[str, str], filters: list[dict[str, Any]]) -> bool:
    """Each filter's key, with one of its values; any value where it has none."""
    if not tags:
        return False
    return all(
        each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"])
        for each in filters
    )


OPERATIONS = {"GetResources": Operation(_get_resources, _TOKEN)}
