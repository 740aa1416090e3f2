"""Whether what a property points to exists: shared by the AWS resource types."""

import json
import re
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.aws import trust
from sandbox.clouds.base import Call
from sandbox.store import Row

__all__ = ["ROLE", "elsewhere", "exists", "function_name", "lookup", "names_of", "role_for"]

ROLE = "aws:iam/role:Role"
# Types of the SDK that make the same kind of thing: older names, and what an account begins with.
_ALIKE = {
    "aws:apigatewayv2/domainName:DomainName": ("aws:apigateway/domainName:DomainName",),
    "aws:ec2/routeTable:RouteTable": ("aws:ec2/defaultRouteTable:DefaultRouteTable",),
    "aws:ec2/securityGroup:SecurityGroup": ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",),
    "aws:ec2/subnet:Subnet": ("aws:ec2/defaultSubnet:DefaultSubnet",),
    "aws:ec2/vpc:Vpc": ("aws:ec2/defaultVpc:DefaultVpc",),
    "aws:kms/key:Key": (
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
    ),
    "aws:s3/bucket:Bucket": ("aws:s3/bucketV2:BucketV2",),
}
# Ids and ARNs that the cloud itself gives.
_GIVEN = re.compile(r"arn:.+|([a-z]+-)?[0-9a-f]{8,}|eks-.+")


def names_of(call: Call, token: str) -> list[str]:
    """Vendor's names of the resources of a type in the call's account and region."""
    rows = call.store.list("aws", token, account=call.scope.account, region=call.region)
    return [row.name or row.id for row in rows]


def exists(
    call: Call,
    path: str,
    token: str,
    value: Any,  # noqa: ANN401
    *,
    arn: bool = False,
) -> list[Problem]:
    """A problem unless `value` is the id or name of a resource of that type; with `arn`, its ARN.

    Most calls take a name and no ARN: the patterns of the API models have no colons.
    """
    if not isinstance(value, str) or not value:
        return []
    row = _any(call, token, value)
    noun = token.rpartition(":")[2]
    if row is not None and value.startswith("arn:") and not arn:
        return [Problem(path, f'got the ARN "{value}"; use the name or id, "{row.name or row.id}"')]
    if row is not None or elsewhere(call, value) or _is_given(call, value):
        return []
    meant = nearest(value, names_of(call, token))
    hint = f"; did you mean {meant}?" if meant else ""
    place = f"account {call.scope.account}, region {call.region}"
    return [Problem(path, f"{noun} {value} does not exist in {place}{hint}")]


def role_for(call: Call, path: str, service: str, value: Any) -> list[Problem]:  # noqa: ANN401
    """A problem unless `value` is the ARN of a role that the service may assume."""
    if not isinstance(value, str) or not value:
        return []
    if not value.startswith("arn:"):
        return [Problem(path, f'got "{value}"; use the ARN of a role')]
    if ":role/aws-service-role/" in value or elsewhere(call, value):
        return []
    row = lookup(call, ROLE, value)
    if row is None:
        return exists(call, path, ROLE, value, arn=True)
    refused = trust.refusal(row, service, account=call.scope.account, region=call.region)
    return [Problem(path, refused)] if refused else []


def _any(call: Call, token: str, value: str) -> Row | None:
    """As `lookup`, and by an ARN that does not end with name or id: slow, before a refusal."""
    row = lookup(call, token, value)
    if row is not None or not value.startswith("arn:"):
        return row
    rows = call.store.find(value, provider="aws")
    return next((r for r in rows if r.token == token and r.account == call.scope.account), None)


def _is_given(call: Call, value: str) -> bool:
    """Whether some resource has this as an output: what AWS makes by itself beside it.

    As a VPC's default security group, the address of an Elastic IP or the scaling group of nodes.
    Slow, and only asked before a refusal.
    """
    if not _GIVEN.fullmatch(value):
        return False
    text = "SELECT 1 FROM resources WHERE provider = 'aws' AND account = ? AND instr(outputs, ?)"
    return bool(call.store.query(f"{text} LIMIT 1", (call.scope.account, json.dumps(value))))


def elsewhere(call: Call, arn: str) -> bool:
    """Whether an ARN is of another account, of which the sandbox knows nothing."""
    parts = arn.split(":")
    return len(parts) > 4 and parts[4] not in ("", call.scope.account)  # noqa: PLR2004


def function_name(value: str) -> str:
    """The name in what the Lambda API takes for a function: a name or an ARN, whole or in part."""
    return f":{value}".rpartition(":function:")[2].removeprefix(":").partition(":")[0]


def lookup(call: Call, token: str, value: str) -> Row | None:
    """The resource of a type that a name, an id or an ARN means, in the call's account and region.

    Only indexed columns are asked: an ARN ends with the name or the id.
    """
    if token == "aws:lambda/function:Function":  # noqa: S105 - a type
        return _named(call, token, function_name(value))
    if not value.startswith("arn:"):
        return _named(call, token, value)
    arn = value.removesuffix(":*")
    whole = arn.split(":", 5)[-1]
    tail = whole.replace(":", "/").partition("/")[2]
    for word in (arn, tail, whole.replace(":", "/").rpartition("/")[2], whole):
        row = _named(call, token, word) if word else None
        if row is not None and str(row.outputs.get("arn") or row.id).removesuffix(":*") == arn:
            return row
    return None


def _named(call: Call, token: str, value: str) -> Row | None:
    scope = {"account": call.scope.account, "region": call.region}
    for kind in (token, *_ALIKE.get(token, ())):
        row = call.store.get("aws", kind, value, **scope)
        row = row or call.store.by_name("aws", kind, value, **scope)
        if row is not None:
            return row
    return None
