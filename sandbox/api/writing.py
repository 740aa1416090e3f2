"""Makes, changes and deletes resources for an API call, by the rules that Pulumi's calls go by."""

import dataclasses
from functools import lru_cache
from typing import Any

from sandbox import eventual
from sandbox.api.call import AwsError, Call
from sandbox.check import Problem
from sandbox.clouds import cloud
from sandbox.clouds.base import Call as CloudCall
from sandbox.clouds.base import Cloud, Scope
from sandbox.readiness import Readiness
from sandbox.schema import Library
from sandbox.store import Row

__all__ = ["asked_of", "change", "declared", "library", "make", "refuse", "remove"]


@lru_cache(maxsize=1)
def _aws() -> Cloud:
    return cloud("aws")


def library() -> Library:
    """What the SDK declares."""
    return _aws().library


def declared(token: str) -> Any:  # noqa: ANN401 - properties by name
    """The input properties of a type."""
    return library().resource(token).inputs


def make(call: Call, token: str, inputs: dict[str, Any], *, taken: tuple[str, str]) -> Row:
    """Make a resource.

    Args:
        call: The API's call.
        token: Pulumi's type.
        inputs: Pulumi's properties.
        taken: Code and text of the refusal when its name is taken.

    Raises:
        AwsError: It is taken, or refused.
    """
    aws, asked = _aws(), _call(call, token, inputs)
    with call.store.transaction():
        refuse(_problems(aws, asked) + aws.references(asked))
        row = aws.create(asked)
        before = aws.taken(asked, row)
        if before is None:
            begun = Readiness(aws, call.store).begun(asked, row, "create", None)
            return call.store.insert(begun, operation="create-outside")
        if not aws.overwrites(asked):
            raise AwsError(*taken)
        kept = row.replace(created=before.created, live={**row.live, **before.live})
        return call.store.put(kept, operation="update-outside")


def change(call: Call, row: Row, changes: dict[str, Any]) -> Row:
    """Change inputs of a resource; None takes one away.

    Raises:
        AwsError: It is refused.
    """
    aws = _aws()
    with call.store.transaction():
        known = aws.inputs_of(row, aws.declared(row.token))
        inputs = {k: v for k, v in {**known, **changes}.items() if v is not None}
        asked = dataclasses.replace(
            _call(call, row.token, inputs), previous=row, changed=frozenset(changes)
        )
        refuse(_problems(aws, asked) + aws.references(asked))
        changed = aws.update(asked, row)
        changed = Readiness(aws, call.store).begun(asked, changed, "update", None)
        return call.store.put(changed, operation="update-outside")


def remove(call: Call, row: Row) -> None:
    """Delete a resource with what goes along.

    Raises:
        AwsError: Something holds it.
    """
    aws = _aws()
    asked = dataclasses.replace(_call(call, row.token, row.inputs), previous=row)
    with call.store.transaction():
        refuse(aws.deletion(asked, row))
        for gone in aws.dependents(asked, row):
            call.store.remove(gone)
        begun = Readiness(aws, call.store).begun(asked, row, "delete", None)
        if eventual.is_passing(begun):
            call.store.put(begun, operation="deleting")
        else:
            call.store.remove(row)


def asked_of(call: Call, row: Row) -> CloudCall:
    """The call as the stand-in provider's own rules take it, about what is there."""
    return dataclasses.replace(_call(call, row.token, row.inputs), previous=row)


def refuse(problems: list[Problem]) -> None:
    """Refuse all problems as one; a reason such as `ResourceLimitExceeded: …` names its own code.

    Raises:
        AwsError: There is a problem.
    """
    if not problems:
        return
    code, colon, text = problems[0].reason.partition(": ")
    if colon and code.isalnum() and code[0].isupper():
        raise AwsError(code, text)
    raise AwsError(
        "ValidationException", "; ".join(f"{each.path}: {each.reason}" for each in problems)
    )


def _call(call: Call, token: str, inputs: dict[str, Any]) -> CloudCall:
    return CloudCall(
        store=call.store,
        scope=Scope(call.caller.account, call.caller.region),
        token=token,
        urn=f"urn:pulumi:api::api::{token}::api",
        inputs=inputs,
        declared=_aws().declared(token),
    )


def _problems(aws: Cloud, asked: CloudCall) -> list[Problem]:
    return aws.limits.problems(asked.token, asked.inputs) + aws.constraints(asked)
