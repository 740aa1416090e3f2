"""Roles of the AWS stand-in with policies, for its tests."""

import json
from typing import Any

from tests.unit.sandbox_aws import ROLE
from tests.unit.sandbox_life import Made, Stack, trust

INLINE = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TARGET = "aws:appautoscaling/target:Target"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**allow(action, resource, **more), "Effect": "Deny"}


def role_with(aws: Stack, service: str, *statements: dict[str, Any], **inputs: object) -> Made:
    number = len(aws.store.list("aws", ROLE))
    made = aws.create(ROLE, f"r{number}", assumeRolePolicy=trust(service), **inputs)
    if statements:
        aws.create(INLINE, f"p{number}", role=made.id, policy=policy(*statements))
    return made
