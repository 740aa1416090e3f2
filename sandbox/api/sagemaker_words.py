"""What the operations of SageMaker share: names, ARNs, pages."""

from collections.abc import Callable
from typing import Any

from sandbox.api import writing
from sandbox.api.call import AwsError, Call, Caller
from sandbox.api.spelling import epoch, pulumi
from sandbox.store import Row

__all__ = [
    "ENDPOINT",
    "ENDPOINT_CONFIGURATION",
    "MODEL",
    "TRANSFORM_JOB",
    "arn_of",
    "configuration_of",
    "found_by_name",
    "given",
    "page",
    "tags_of",
]

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MODEL = "aws:sagemaker/model:Model"
# No type of Pulumi's: a row of our own.
TRANSFORM_JOB = "aws:sagemaker/transformJob:TransformJob"
_PAGE = 10


def arn_of(caller: Caller, kind: str, name: str) -> str:
    """The ARN, in the lower case that SageMaker has it in."""
    return f"arn:aws:sagemaker:{caller.region}:{caller.account}:{kind}/{name}".lower()


def found_by_name(call: Call, token: str, parameter: str, kind: str, noun: str) -> Row:
    """The resource that a parameter names.

    Raises:
        AwsError: There is none.
    """
    name = call.text(parameter)
    row = call.named(token, name)
    if row is None:
        arn = arn_of(call.caller, kind, name)
        raise AwsError("ValidationException", f'Could not find {noun} "{arn}".')
    return row


def configuration_of(call: Call) -> Row:
    """The endpoint configuration that a call names.

    Raises:
        AwsError: There is none.
    """
    kind, noun = "endpoint-config", "endpoint configuration"
    return found_by_name(call, ENDPOINT_CONFIGURATION, "EndpointConfigName", kind, noun)


def given(call: Call, token: str) -> dict[str, Any]:
    """The call's parameters as Pulumi's properties, tags as a map."""
    inputs = pulumi(call.parameters, writing.declared(token), writing.library())
    tags = call.parameters.get("Tags")
    if tags:
        inputs["tags"] = {tag["Key"]: tag["Value"] for tag in tags}
    return inputs


def tags_of(row: Row) -> list[dict[str, str]]:
    """Tags as the API has them, the provider's default ones too."""
    tags: dict[str, str] = row.outputs.get("tagsAll") or row.inputs.get("tags") or {}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def page(
    call: Call, key: str, rows: list[Row], summary: Callable[[Row], dict[str, Any]]
) -> dict[str, Any]:
    """One page of a list, newest first unless asked otherwise, by `NameContains`."""
    parameters = call.parameters
    wanted = str(parameters.get("NameContains", ""))
    found = [row for row in rows if wanted in row.name]
    found.sort(key=lambda row: (epoch(row.created), row.name))
    if parameters.get("SortOrder", "Descending") == "Descending":
        found.reverse()
    first = int(parameters.get("NextToken", "0"))
    after = first + int(parameters.get("MaxResults", _PAGE))
    answer: dict[str, Any] = {key: [summary(row) for row in found[first:after]]}
    if after < len(found):
        answer["NextToken"] = str(after)
    return answer
