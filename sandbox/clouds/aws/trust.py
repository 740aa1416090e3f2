"""Whom a role's trust policy (`assumeRolePolicy`) lets assume it.

A condition is judged where its outcome is certain: `aws:SourceAccount` and the account in
`aws:SourceArn`, audience and subject of a web identity. Any other condition passes.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["many", "matches", "refusal", "refusal_of_pods", "statements"]

_PODS = "pods.eks.amazonaws.com"
_EQUAL = frozenset({"stringequals", "arnequals", "stringlike", "arnlike"})


def refusal(role: Row, service: str, *, account: str, region: str) -> str:
    """Why a service of this account cannot assume the role; empty when it can."""
    # Some services have a principal for each region too.
    regional = service.replace(".amazonaws.com", f".{region}.amazonaws.com")
    wanted = {service, regional, "*"}
    conditions: list[str] = []
    named: list[str] = []
    for statement in _allowing(role, "sts:assumerole"):
        services = _services(statement)
        named += services
        if not wanted & set(services):
            continue
        against = _against(statement, account)
        if not against:
            return ""
        conditions.append(against)
    if conditions:
        return (
            f"{service} cannot assume role {role.name}: its trust policy (assumeRolePolicy)"
            f" {conditions[0]}, and this is account {account}"
        )
    return (
        f"{service} cannot assume role {role.name}: its trust policy (assumeRolePolicy) names"
        f" {', '.join(named) or 'no service'}. Add"
        f' {{"Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}'
    )


def refusal_of_pods(role: Row) -> str:
    """Why EKS Pod Identity cannot hand the role to a pod; empty when it can.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
    """
    actions = {
        action
        for action in ("sts:assumerole", "sts:tagsession")
        for statement in _allowing(role, action)
        if {_PODS, "*"} & set(_services(statement))
    }
    if len(actions) == 2:  # noqa: PLR2004 - both
        return ""
    return (
        f"{_PODS} cannot assume role {role.name}: its trust policy (assumeRolePolicy) has to allow"
        f' {{"Principal": {{"Service": "{_PODS}"}},'
        ' "Action": ["sts:AssumeRole", "sts:TagSession"]}'
    )


def statements(policy: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a document or its JSON
    """The statements of a policy document; none of one that cannot be read."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return []
    found = mapped(document).get("Statement")
    return [mapped(each) for each in (listed(found) or [found]) if each]


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of a policy, with `*` and `?`, is one of this text."""
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _allowing(role: Row, action: str) -> Iterator[dict[str, Any]]:
    policy = (role.inputs | role.outputs).get("assumeRolePolicy")
    for statement in statements(policy):
        actions = [str(each).lower() for each in many(statement.get("Action"))]
        if statement.get("Effect") == "Allow" and any(matches(each, action) for each in actions):
            yield statement


def _services(statement: dict[str, Any]) -> list[str]:
    principal: Any = statement.get("Principal")
    if principal == "*":
        return ["*"]
    return [str(each) for each in many(mapped(principal).get("Service"))]


def _against(statement: dict[str, Any], account: str) -> str:
    """The condition that this account does not meet; empty when none is certain not to be met."""
    for operator, keys in mapped(statement.get("Condition")).items():
        if operator.lower().removesuffix("ifexists") not in _EQUAL:
            continue
        for key, values in mapped(keys).items():
            if key.lower() == "aws:sourceaccount":
                accounts = [str(each) for each in many(values)]
            elif key.lower() == "aws:sourcearn":
                # An ARN without an account, as that of a bucket, tells nothing.
                parts = [f"{each}:::::".split(":") for each in many(values)]
                accounts = [part[4] or "*" for part in parts]
            else:
                continue
            if not any(matches(each, account) for each in accounts):
                return f"asks for {key} {', '.join(map(str, many(values)))}"
    return ""


def many(value: Any) -> list[Any]:  # noqa: ANN401
    """One or many, as policies have them."""
    return [] if value in (None, []) else listed(value) or [value]
