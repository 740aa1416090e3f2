"""Whether what a property points to exists: shared by the AWS resource types."""

import json
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["exists", "function_name", "names_of", "role_for"]

ROLE = "aws:iam/role:Role"


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
    row = _row(call, token, value)
    noun = token.rpartition(":")[2]
    if row is not None and value.startswith("arn:") and not arn:
        return [Problem(path, f'got the ARN "{value}"; use the name or id, "{row.name or row.id}"')]
    if row is not None:
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
    if ":role/aws-service-role/" in value:
        return []
    row = _row(call, ROLE, value)
    if row is None:
        return exists(call, path, ROLE, value, arn=True)
    policy = (row.inputs | row.outputs).get("assumeRolePolicy")
    # Some services have a principal for each region too.
    regional = service.replace(".amazonaws.com", f".{call.region}.amazonaws.com")
    if {service, regional, "*"} & set(_trusted(policy)):
        return []
    return [
        Problem(
            path,
            f"{service} cannot assume role {row.name}: its trust policy (assumeRolePolicy) names"
            f" {', '.join(_trusted(policy)) or 'no service'}. Add"
            f' {{"Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}',
        )
    ]


def function_name(value: str) -> str:
    """The name in what the Lambda API takes for a function: a name or an ARN, whole or in part."""
    return f":{value}".rpartition(":function:")[2].removeprefix(":").partition(":")[0]


def _row(call: Call, token: str, value: str) -> Row | None:
    scope = {"account": call.scope.account, "region": call.region}
    if not value.startswith("arn:"):
        by_id = call.store.get("aws", token, value, **scope)
        return by_id or call.store.by_name("aws", token, value, **scope)
    for row in call.store.find(value, provider="aws"):
        if row.token == token and row.account == call.scope.account:
            return row
    return None


def _trusted(policy: Any) -> list[str]:  # noqa: ANN401
    """Services that a trust policy lets assume the role; `*` is everybody."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
        statements = document["Statement"]
    except (ValueError, TypeError, KeyError):
        return []
    found: list[str] = []
    for parts in map(mapped, listed(statements) or [statements]):
        principal: Any = parts.get("Principal")
        services: Any = "*" if principal == "*" else mapped(principal).get("Service", [])
        actions: Any = parts.get("Action", [])
        allowed = {"sts:assumerole", "sts:*", "*"} & {
            str(action).lower() for action in (listed(actions) or [actions])
        }
        if parts.get("Effect") == "Allow" and allowed:
            found.extend([services] if isinstance(services, str) else listed(services))
    return found
