"""IAM: roles, policies and what attaches them."""

import json
import re
import string
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws import access
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.references import ROLE, exists
from sandbox.clouds.base import Call, Naming, letters, moment
from sandbox.store import Row

__all__ = ["KINDS", "POLICY"]

POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
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
    defaults = {"path": "/", "maxSessionDuration": 3600}
    return outputs | {name: v for name, v in defaults.items() if name not in call.inputs}


def _access_key_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call, identity
    return {"secret": letters(40, string.ascii_letters + string.digits + "+/")}


def _policy_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    return {
        "arn": identity.arn,
        "policyId": before.get("policyId") or f"ANPA{letters(17, _UPPER)}",
        "attachmentCount": 0,
    }


def _provider_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """IAM answers the URL without its scheme."""
    del call
    return {"url": identity.arn.partition(":oidc-provider/")[2]}


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


def _role_constraints(call: Call) -> list[Problem]:
    return _document("assumeRolePolicy", call.inputs.get("assumeRolePolicy"))


def _policy_constraints(call: Call) -> list[Problem]:
    return _document("policy", call.inputs.get("policy"))


def _role_policy_references(call: Call) -> list[Problem]:
    return exists(call, "role", ROLE, call.inputs.get("role"))


def _role_deletion(call: Call, row: Row) -> list[Problem]:
    """IAM deletes no role that policies are attached to, unless the provider detaches them."""
    if row.inputs.get("forceDetachPolicies"):
        return []
    own = {row.id, str(row.outputs.get("arn"))}
    return [
        Problem("name", f"DeleteConflict: role {row.name} has {other.id} attached")
        for token in (ROLE_POLICY, ATTACHMENT)
        for other in call.store.mentioning("aws", token, own, account=row.account)
        if other.inputs.get("role") in own
    ]


def _attachment_references(call: Call) -> list[Problem]:
    policy = call.inputs.get("policyArn")
    found = exists(call, "role", ROLE, call.inputs.get("role"))
    if isinstance(policy, str) and not _MANAGED.match(policy):
        found += exists(call, "policyArn", POLICY, policy, arn=True)
    return found


KINDS = {
    ROLE: Kind(
        arn="arn:aws:iam::{account}:role/{name}",
        naming=Naming("name", max_length=64),
        is_global=True,
        outputs=_role_outputs,
        constraints=_role_constraints,
        references=access.principal_problems,
        doubts=access.provider_doubts,
        deletion=_role_deletion,
    ),
    POLICY: Kind(
        arn="arn:aws:iam::{account}:policy/{name}",
        id="{arn}",
        naming=Naming("name", max_length=128),
        is_global=True,
        outputs=_policy_outputs,
        constraints=_policy_constraints,
    ),
    ROLE_POLICY: Kind(
        id="{input:role}:{name}",
        overwrites=True,
        naming=Naming("name", max_length=128),
        is_global=True,
        references=_role_policy_references,
        constraints=_policy_constraints,
    ),
    ATTACHMENT: Kind(
        id="{input:role}/{input:policyArn}",
        overwrites=True,
        name="",
        is_global=True,
        references=_attachment_references,
    ),
    "aws:iam/instanceProfile:InstanceProfile": Kind(
        arn="arn:aws:iam::{account}:instance-profile/{name}", is_global=True
    ),
    "aws:iam/user:User": Kind(arn="arn:aws:iam::{account}:user/{name}", is_global=True),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
    "aws:iam/accessKey:AccessKey": Kind(
        id="AKIA{key16}", name="", is_global=True, outputs=_access_key_outputs
    ),
    "aws:iam/group:Group": Kind(arn="arn:aws:iam::{account}:group/{name}", is_global=True),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        arn="arn:aws:iam::{account}:oidc-provider/{host:url}",
        id="{arn}",
        name="",
        is_global=True,
        outputs=_provider_outputs,
    ),
}
