"""What the operations of Lambda share: a function's name and versions, the row of an alias."""

from sandbox.api.call import AwsError, Call
from sandbox.clouds.aws.references import function_name
from sandbox.store import Row

__all__ = ["ALIAS", "FUNCTION", "alias_row", "arn_of", "found_function", "versions_of"]

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"


def arn_of(call: Call, name: str) -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{call.caller.region}:{call.caller.account}:function:{name}"


def found_function(call: Call) -> Row:
    """The function that the call names, by name or ARN.

    Raises:
        AwsError: There is none.
    """
    name = function_name(call.text("FunctionName"))
    row = call.named(FUNCTION, name)
    if row is None:
        message = f"Function not found: {arn_of(call, name)}"
        raise AwsError("ResourceNotFoundException", message, 404)
    return row


def versions_of(row: Row) -> list[str]:
    """All versions of a function, the unpublished one first."""
    return ["$LATEST", *(row.live.get("versions") or [])]


def alias_row(call: Call, function: str, name: str) -> Row | None:
    """An alias in the caller's account and region, by the names of its function and its own."""
    scope = {"account": call.caller.account, "region": call.caller.region}
    return call.store.get("aws", ALIAS, f"{arn_of(call, function)}:{name}", **scope)
