"""IAM: roles and what they may do, read only."""

import json
import urllib.parse
from typing import Any

from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.spelling import present
from sandbox.clouds.aws import permissions
from sandbox.clouds.base import Call as CloudCall
from sandbox.clouds.base import Scope
from sandbox.store import Row
from sandbox.values import listed

__all__ = ["OPERATIONS"]

ROLE = "aws:iam/role:Role"
_INLINE = "aws:iam/rolePolicy:RolePolicy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def _get_role(call: Call) -> dict[str, Any]:
    row = _role(call, call.text("RoleName"))
    known = {**row.outputs, **row.inputs}
    boundary = known.get("permissionsBoundary")
    tags: dict[str, str] = row.outputs.get("tagsAll") or {}
    return {
        "Role": present(
            {
                "Path": known.get("path", "/"),
                "RoleName": row.name,
                "RoleId": known.get("uniqueId", "AROASANDBOXSANDBOXSAN"),
                "Arn": known.get("arn"),
                "CreateDate": row.created,
                "AssumeRolePolicyDocument": _quoted(known.get("assumeRolePolicy")),
                "Description": known.get("description"),
                "MaxSessionDuration": known.get("maxSessionDuration", 3600),
                "PermissionsBoundary": {
                    "PermissionsBoundaryType": "Policy",
                    "PermissionsBoundaryArn": boundary,
                }
                if boundary
                else None,
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        )
    }


def _list_attached(call: Call) -> dict[str, Any]:
    row = _role(call, call.text("RoleName"))
    prefix, scope = f"{row.name}/", {"account": row.account}
    rows = call.store.starting("aws", _ATTACHMENT, prefix, **scope)
    arns = {str(each.inputs["policyArn"]) for each in rows}
    arns |= {str(arn) for arn in listed(row.inputs.get("managedPolicyArns"))}
    return {
        "AttachedPolicies": [
            {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in sorted(arns)
        ],
        "IsTruncated": False,
    }


def _list_inline(call: Call) -> dict[str, Any]:
    row = _role(call, call.text("RoleName"))
    return {"PolicyNames": sorted(_inline(call, row)), "IsTruncated": False}


def _get_inline(call: Call) -> dict[str, Any]:
    row, name = _role(call, call.text("RoleName")), call.text("PolicyName")
    found = _inline(call, row).get(name)
    if found is None:
        text = f"The role policy with name {name} cannot be found."
        raise AwsError("NoSuchEntity", text, 404)
    return {"RoleName": row.name, "PolicyName": name, "PolicyDocument": _quoted(found)}


def _simulate(call: Call) -> dict[str, Any]:
    """As the sandbox judges; what it cannot judge for certain is said to be allowed."""
    row = _role(call, call.text("PolicySourceArn").rpartition("/")[2])
    asked = CloudCall(
        store=call.store,
        scope=Scope(call.caller.account, call.caller.region),
        token=ROLE,
        urn="urn:pulumi:api::api::aws:iam/role:Role::api",
        inputs={},
        declared=None,
    )
    words = {"yes": "allowed", "maybe": "allowed", "no": "implicitDeny"}
    return {
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": words[permissions.allows(asked, row, action, resource)],
            }
            for action in _members(call, "ActionNames")
            for resource in _members(call, "ResourceArns") or ["*"]
        ],
        "IsTruncated": False,
    }


def _inline(call: Call, row: Row) -> dict[str, Any]:
    rows = call.store.starting("aws", _INLINE, f"{row.name}:", account=row.account)
    own = {str(each["name"]): each["policy"] for each in listed(row.inputs.get("inlinePolicies"))}
    return own | {each.name: each.inputs.get("policy") for each in rows}


def _members(call: Call, name: str) -> list[str]:
    """A list of the query protocol: `ActionNames.member.1`."""
    prefix = f"{name}.member."
    return [str(value) for key, value in call.parameters.items() if key.startswith(prefix)]


def _quoted(policy: Any) -> str:  # noqa: ANN401
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return urllib.parse.quote(text, safe="")


def _role(call: Call, name: str) -> Row:
    row = call.named(ROLE, name)
    if row is None:
        raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return row


OPERATIONS: dict[str, Operation] = {
    "GetRole": Operation(_get_role, ROLE),
    "GetRolePolicy": Operation(_get_inline, ROLE),
    "ListAttachedRolePolicies": Operation(_list_attached, ROLE),
    "ListRolePolicies": Operation(_list_inline, ROLE),
    "SimulatePrincipalPolicy": Operation(_simulate, ROLE),
}
