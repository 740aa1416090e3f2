"""STS: who am I."""

from typing import Any

from sandbox.api.call import Call, Operation

__all__ = ["OPERATIONS"]


def _get_caller_identity(call: Call) -> dict[str, Any]:
    account = call.caller.account
    return {
        "Arn": f"arn:aws:iam::{account}:user/{call.caller.access_key or 'sandbox'}",
        "UserId": "AIDASANDBOXSANDBOXSAND",
        "Account": account,
    }


OPERATIONS: dict[str, Operation] = {
    "GetCallerIdentity": Operation(
        _get_caller_identity, "aws:index/getCallerIdentity:getCallerIdentity"
    )
}
