"""What moto, another stand-in for AWS, says of the same: figures of agreement, and no gate.

Asked of examples that are known whole and whose type is made by one call of boto3: the call that
the sandbox's limits are read from. moto misses much, so that only its refusals say something.
"""

import functools
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

import boto3  # pyright: ignore[reportMissingTypeStubs]
import requests
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    BotoCoreError,
    ClientError,
)
from moto import mock_aws

from sandbox.limits.aws.members import Names, nouns
from sandbox.limits.aws.operations import calls
from sandbox.wire import has_unknown
from tests.judges import limits
from tests.judges.corpora.model import Resource
from tests.judges.knowledge import Knowledge

__all__ = ["agreement"]

REGION = "eu-west-1"
MOST_MUTANTS = 400
# What an example takes for granted is not there.
_ABSENT = ("NotFound", "NoSuch", "DoesNotExist", "NoEntity", "Unknown")


def agreement(
    by_type: Mapping[str, list[Resource]],
    knowledge: Knowledge,
    refuses: Callable[[Resource, Mapping[str, Any]], bool],
) -> dict[str, int]:
    """How often the two say the same, by who refuses; `refuses` is the sandbox."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    chance = random.Random(1)  # noqa: S311 - no secret
    asked: list[tuple[Resource, Mapping[str, Any]]] = []
    mutants: list[tuple[Resource, Mapping[str, Any]]] = []
    for token, resources in by_type.items():
        known = [each for each in resources if not has_unknown(each.inputs)]
        asked += [(each, each.inputs) for each in known]
        if known:
            pairs = limits.pairs(knowledge, token, known, chance)
            mutants += [(pair.mutant.resource, pair.mutant.inputs) for pair in pairs]
    asked += chance.sample(mutants, min(MOST_MUTANTS, len(mutants)))
    found: Counter[str] = Counter()
    with mock_aws():
        for resource, inputs in asked:
            told = _moto(resource.token, inputs)
            if told is None:
                found["not comparable"] += 1
            elif told == refuses(resource, inputs):
                found["both refuse" if told else "both take"] += 1
            else:
                found["moto alone refuses" if told else "the sandbox alone refuses"] += 1
    return dict(found)


def _moto(token: str, inputs: Mapping[str, Any]) -> bool | None:
    """Whether moto refuses a creation; None where it cannot be asked, or lacks what is around."""
    known = calls(token)
    if len(known) != 1 or "/" in known[0]:
        return None
    service, _, operation = known[0].partition(".")
    client = _client(service)
    shape = client.meta.service_model.operation_model(operation).input_shape
    given = _members(shape, inputs, nouns(token, known))
    return None if given is None else _refuses(getattr(client, _snake(client, operation)), given)


def _refuses(method: Callable[..., Any], given: Mapping[str, Any]) -> bool | None:
    # Nothing of what was asked before is there.
    requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=10)
    try:
        method(**given)
    except ClientError as error:
        return None if _lacks(error) else True
    except BotoCoreError:
        return True
    except Exception:  # noqa: BLE001 - moto itself fails, or does not know the call
        return None
    return False


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401
    sdk: Any = boto3
    return sdk.client(service, region_name=REGION)


def _snake(client: Any, operation: str) -> str:  # noqa: ANN401
    return next(
        name for name, call in client.meta.method_to_api_mapping.items() if call == operation
    )


def _lacks(error: Any) -> bool:  # noqa: ANN401
    code = str(error.response.get("Error", {}).get("Code", ""))
    return any(word in code for word in _ABSENT) or code in {"501", "NotImplemented"}


def _members(shape: Any, values: Mapping[str, Any], own: tuple[str, ...]) -> Any:  # noqa: ANN401
    """The values by the names of a call's input; None where one has none."""
    members = Names(shape.members)
    found: dict[str, Any] = {}
    for name, value in values.items():
        member = members.find(name, own)
        if member is None or name == "tags":
            return None
        converted = _value(shape.members[member], value)
        if converted is None:
            return None
        found[member] = converted
    return found


def _value(shape: Any, value: Any) -> Any:  # noqa: ANN401 - one per kind
    match shape.type_name:
        case "structure":
            return _members(shape, cast("dict[str, Any]", value), ()) if _is(value, dict) else None
        case "list":
            items = cast("list[Any]", value if _is(value, list) else [value])
            found = [_value(shape.member, item) for item in items]
            return None if None in found else found
        case "map":
            return value if _is(value, dict) else None
        case "string":
            return str(value) if not _is(value, dict | list) else None
        case "integer" | "long":
            return (
                int(value)
                if isinstance(value, int | str) and str(value).lstrip("-").isdigit()
                else None
            )
        case _:
            return value


def _is(value: Any, kind: Any) -> bool:  # noqa: ANN401
    return isinstance(value, kind)
