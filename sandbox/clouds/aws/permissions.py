"""What a role may do, by its policies: for the checks that services make themselves.

Three answers: `yes`, `no` and `maybe`. Only a certain `no` refuses anything. Judged are inline
policies, attached ones of the account, AWS's own ones that are in `managed_policies.json`, and the
permissions boundary: Allow and Deny, Action and NotAction, Resource and NotResource, `*` and `?`. A
statement with a condition, a policy variable or a policy that is not known makes a `maybe`.
Policies of buckets, keys and repositories, which can allow more, are the asker's to look at.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sandbox.clouds.aws.references import lookup
from sandbox.clouds.aws.trust import many, matches, statements
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["Answer", "allows", "allows_below", "never"]

Answer = Literal["yes", "no", "maybe"]
# Where the text of a pattern ends: a wildcard or a policy variable.
_WILD = re.compile(r"[*?]|\$\{")
_POLICY = "aws:iam/policy:Policy"
_INLINE = "aws:iam/rolePolicy:RolePolicy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_ATTACHMENTS = "aws:iam/policyAttachment:PolicyAttachment"
# Statements of a policy that cannot be read: they may allow anything.
_UNREAD: list[dict[str, Any]] = [
    {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"is": "not known"}}
]


def allows(call: Call, role: Row, action: str, resource: str) -> Answer:
    """Whether a role's own policies let it do an action (`s3:GetObject`) on an ARN."""
    answer = _judged(_statements(call, role), action, resource)
    boundary = (role.inputs | role.outputs).get("permissionsBoundary")
    if answer == "no" or not isinstance(boundary, str) or not boundary:
        return answer
    within = _judged(_document(call, boundary), action, resource)
    if within == "yes":
        return answer
    return within


def allows_below(call: Call, role: Row, action: str, prefix: str) -> Answer:
    """As `allows`, for all whose ARN begins with `prefix`: `no` only if nothing is allowed."""
    if allows(call, role, action, f"{prefix}x") != "no":
        return "maybe"
    for statement in _statements(call, role):
        named = [str(each) for each in many(statement.get("Resource"))]
        below = any(_reaches(each, prefix) for each in named)
        if statement.get("Effect") == "Allow" and _is_about(statement, action) and below:
            return "maybe"
    return "no"


def _reaches(pattern: str, prefix: str) -> bool:
    """Whether a pattern may be one of something that begins with `prefix`."""
    literal = _WILD.split(pattern, maxsplit=1)[0]
    return literal.startswith(prefix) or (literal != pattern and prefix.startswith(literal))


def never(call: Call, role: Row, action: str) -> bool:
    """Whether the role's policies certainly do not allow the action on anything."""
    found = _statements(call, role)
    boundary = (role.inputs | role.outputs).get("permissionsBoundary")
    within = _document(call, boundary) if isinstance(boundary, str) and boundary else None
    return not _mentions(found, action) or (within is not None and not _mentions(within, action))


def _mentions(found: list[dict[str, Any]], action: str) -> bool:
    return any(
        _is_about(statement, action) for statement in found if statement.get("Effect") == "Allow"
    )


def _is_about(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any(statement["NotAction"], action.lower(), lower=True)
    return _any(statement.get("Action"), action.lower(), lower=True)


def _judged(found: list[dict[str, Any]], action: str, resource: str) -> Answer:
    hits = {(statement.get("Effect"), _hits(statement, action, resource)) for statement in found}
    if ("Deny", "yes") in hits or not hits & {("Allow", "yes"), ("Allow", "maybe")}:
        return "no"
    if ("Deny", "maybe") in hits or ("Allow", "yes") not in hits:
        return "maybe"
    return "yes"


def _hits(statement: dict[str, Any], action: str, resource: str) -> Answer:
    """Whether a statement is about the action on the resource."""
    if not _is_about(statement, action):
        return "no"
    named: Any = statement.get("NotResource", statement.get("Resource"))
    if any("${" in str(each) for each in many(named)):
        return "maybe"
    about = _any(named, resource, lower=False)
    if about == ("NotResource" in statement):
        return "no"
    return "maybe" if statement.get("Condition") else "yes"


def _any(patterns: Any, text: str, *, lower: bool) -> bool:  # noqa: ANN401
    texts = [str(each) for each in many(patterns)]
    return any(matches(each.lower() if lower else each, text) for each in texts)


def _statements(call: Call, role: Row) -> list[dict[str, Any]]:
    own = role.inputs | role.outputs
    found: list[dict[str, Any]] = []
    for inline in listed(own.get("inlinePolicies")):
        found += statements(mapped(inline).get("policy"))
    for row in call.store.starting("aws", _INLINE, f"{role.name}:", account=role.account):
        found += statements(row.inputs.get("policy"))
    attached = {str(arn) for arn in listed(own.get("managedPolicyArns"))}
    for row in call.store.starting("aws", _ATTACHMENT, f"{role.name}/", account=role.account):
        attached.add(str(row.inputs.get("policyArn")))
    for row in call.store.mentioning("aws", _ATTACHMENTS, [role.name], account=role.account):
        if role.name in listed(row.inputs.get("roles")):
            attached.add(str(row.inputs.get("policyArn")))
    for arn in sorted(attached):
        found += _document(call, arn)
    return found


def _document(call: Call, arn: str) -> list[dict[str, Any]]:
    if ":iam::aws:policy/" in arn:
        known = _managed().get(arn.rpartition("/")[2])
        return statements(known) if known is not None else _UNREAD
    row = lookup(call, _POLICY, arn)
    return statements(row.inputs.get("policy")) if row is not None else _UNREAD


@lru_cache(maxsize=1)
def _managed() -> dict[str, Any]:
    """AWS's own policies by name, as far as the sandbox has them."""
    return json.loads((Path(__file__).parent / "managed_policies.json").read_text())
