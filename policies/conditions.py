"""What the conditions of a policy's statement bind: who asks, for whom, from where."""

import re
from collections.abc import Collection, Iterator
from typing import Final, cast

from policies.documents import EVERY_RESOURCE, Statement
from policies.properties import UNKNOWN

# An operator that asks for a value. `…IfExists` and `ForAllValues:` are also true of a request
# without the key, and the negated ones of all others:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_ASKS: Final = re.compile(
    r"(foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress)"
)
# What S3 takes for a bound on everybody, and its like of other services:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
CALLER_KEYS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpcsourceip",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
# What binds a service to the account, or the resource, that it works for:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
SOURCE_KEYS: Final = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"}
)


def asked(statement: Statement) -> Iterator[tuple[str, list[str]]]:
    """The keys that a request must have, in small letters, each with the values that it may have.

    A value that only the update knows is left out.
    """
    conditions: object = statement.content.get("Condition")
    if not isinstance(conditions, dict):
        return
    for operator, keys in cast("dict[str, object]", conditions).items():
        if not isinstance(keys, dict) or not _ASKS.fullmatch(operator.lower()):
            continue
        for key, value in cast("dict[str, object]", keys).items():
            several = cast("list[object]", value) if isinstance(value, list) else [value]
            yield key.lower(), [str(one) for one in several if one is not UNKNOWN]


def binds(statement: Statement, keys: Collection[str]) -> bool:
    """Whether one of the keys must have a value that is not everything; or may have, for now."""
    if statement.content.get("Condition") is UNKNOWN:
        return True
    return any(
        key in keys and not any(_everything(value) for value in values)
        for key, values in asked(statement)
    )


def _everything(value: str) -> bool:
    return bool(EVERY_RESOURCE.fullmatch(value)) or value.endswith("/0")


def opens(statement: Statement) -> bool:
    """Whether the statement of a resource's policy lets in everybody, or all but some."""
    everybody = "*" in statement.principals or "NotPrincipal" in statement.content
    return everybody and not binds(statement, CALLER_KEYS)
