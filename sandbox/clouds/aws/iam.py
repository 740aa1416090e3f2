"""IAM: roles, policies and what attaches them."""

import json
import re
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.references import ROLE, exists
from sandbox.clouds.base import Call, Naming, letters, moment

__all__ = ["KINDS", "POLICY"]

POLICY = "aws:iam/policy:Policy"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MANAGED = re.compile(r"^arn:aws:iam::aws:policy/[\w+=,.@/-]+$")


def _role_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    path = str(call.inputs.get("path") or "/")
    outputs: dict[str, Any] = {
        "arn": f"arn:aws:iam::{identity.account}:role{path}{identity.name}",
        "uniqueId": before.get("uniqueId") or f"AROA{letters(17, _UPPER)}",
        "createDate": before.get("createDate") or moment(),
    }
    # IAM's own defaults: a session lasts an hour.
    for name, value in (("path", "/"), ("maxSessionDuration", 3600)):
        if name not in call.inputs:
            outputs[name] = value
    return outputs


def _policy_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    return {
        "arn": identity.arn,
        "policyId": before.get("policyId") or f"ANPA{letters(17, _UPPER)}",
        "attachmentCount": 0,
    }


def _document(path: str, value: Any) -> list[Problem]:  # noqa: ANN401
    """A policy document is JSON with statements."""
    if not isinstance(value, str):
        return []
    try:
        document = json.loads(value)
    except ValueError as error:
        return [Problem(path, f"MalformedPolicyDocument: this is no JSON ({error})")]
    if not isinstance(document, dict) or "Statement" not in document:
        return [Problem(path, "MalformedPolicyDocument: a policy has a list `Statement`")]
    return []


def _role_references(call: Call) -> list[Problem]:
    return _document("assumeRolePolicy", call.inputs.get("assumeRolePolicy"))


def _policy_references(call: Call) -> list[Problem]:
    return _document("policy", call.inputs.get("policy"))


def _role_policy_references(call: Call) -> list[Problem]:
    return exists(call, "role", ROLE, call.inputs.get("role")) + _policy_references(call)


def _attachment_references(call: Call) -> list[Problem]:
    policy = call.inputs.get("policyArn")
    found = exists(call, "role", ROLE, call.inputs.get("role"))
    if isinstance(policy, str) and not _MANAGED.match(policy):
        found += exists(call, "policyArn", POLICY, policy)
    return found


KINDS = {
    ROLE: Kind(
        arn="arn:aws:iam::{account}:role/{name}",
        naming=Naming("name", max_length=64),
        is_global=True,
        outputs=_role_outputs,
        references=_role_references,
    ),
    POLICY: Kind(
        arn="arn:aws:iam::{account}:policy/{name}",
        id="{arn}",
        naming=Naming("name", max_length=128),
        is_global=True,
        outputs=_policy_outputs,
        references=_policy_references,
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        id="{input:role}:{name}",
        naming=Naming("name", max_length=128),
        is_global=True,
        references=_role_policy_references,
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        id="{input:role}/{input:policyArn}",
        name="",
        is_global=True,
        references=_attachment_references,
    ),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        arn="arn:aws:iam::{account}:instance-profile/{name}", is_global=True
    ),
    "aws:iam/user:User": Kind(arn="arn:aws:iam::{account}:user/{name}", is_global=True),
    "aws:iam/group:Group": Kind(arn="arn:aws:iam::{account}:group/{name}", is_global=True),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        arn="arn:aws:iam::{account}:oidc-provider/{input:url}",
        id="{arn}",
        name="",
        is_global=True,
    ),
}
