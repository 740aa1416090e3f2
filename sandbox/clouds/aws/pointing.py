"""Whether a property that points to a resource points to one that is there and of the right kind.

What can be known is the stack's own account: an ARN of another account, of another region or of AWS
itself passes, and so does a name that AWS keeps for itself (`alias/aws/s3`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sandbox.check import Problem
from sandbox.clouds.aws.references import exists, lookup, role_for
from sandbox.clouds.base import Call
from sandbox.wire import UNKNOWN

__all__ = ["LATER", "Pointer", "problems", "values_at"]

_FUNCTION = "aws:lambda/function:Function"
_ALIAS = "aws:lambda/alias:Alias"
_KEY = "aws:kms/key:Key"
_KEY_ALIAS = "aws:kms/alias:Alias"
# What is said where the service looks at a reference only when it uses it.
LATER = "AWS takes it as it is, and fails when it is to be used"
# The service in an ARN, where it is not the SDK's module.
_SERVICES = {
    "aws:cloudwatch/eventBus:EventBus": "events",
    "aws:cloudwatch/logGroup:LogGroup": "logs",
    "aws:cloudwatch/eventConnection:EventConnection": "events",
    "aws:cloudwatch/eventRule:EventRule": "events",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "firehose",
    "aws:sfn/stateMachine:StateMachine": "states",
}


@dataclass(frozen=True, slots=True)
class Pointer:
    """A property at `path` (`[]` for every element) that names a resource of one of `tokens`."""

    path: str
    tokens: tuple[str, ...]
    # The service that has to be able to assume the role.
    service: str = ""
    # The service takes whatever it is given and fails once it uses it: worth a warning only.
    late: bool = False
    # An ARN of a service that no token is of passes.
    open: bool = False


def problems(call: Call, pointers: tuple[Pointer, ...]) -> list[Problem]:
    """What the call's inputs point to in vain."""
    found: list[Problem] = []
    for pointer in pointers:
        for path, value in values_at(call.inputs, pointer.path):
            if isinstance(value, str) and value and value is not UNKNOWN:
                found += _one(call, pointer, path, value)
    return found


def values_at(inputs: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """The values of a path with their own paths: `a[].b` gives `a[0].b`, `a[1].b`."""
    yield from _walk(inputs, path.split("."), "")


def _walk(value: Any, steps: list[str], at: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if not steps:
        yield at, value
        return
    step, rest = steps[0], steps[1:]
    name = step.removesuffix("[]")
    if not isinstance(value, dict) or name not in value:
        return
    inner: Any = cast("dict[str, Any]", value)[name]
    where = f"{at}.{name}" if at else name
    if not step.endswith("[]"):
        yield from _walk(inner, rest, where)
    elif isinstance(inner, list):
        for index, item in enumerate(cast("list[Any]", inner)):
            yield from _walk(item, rest, f"{where}[{index}]")


def _one(call: Call, pointer: Pointer, path: str, value: str) -> list[Problem]:
    found = _missing(call, pointer, path, value)
    return [Problem(path, f"{each.reason}. {LATER}") for each in found] if pointer.late else found


def _missing(call: Call, pointer: Pointer, path: str, value: str) -> list[Problem]:
    if pointer.service:
        return role_for(call, path, pointer.service, value)
    tokens = pointer.tokens
    if value.startswith("arn:"):
        parts = f"{value}:::::".split(":")
        if parts[4] not in ("", call.scope.account) or parts[3] not in ("", call.region):
            return []
        tokens = tuple(token for token in tokens if _service(token) == parts[2])
    if tokens:
        return _among(call, tokens, path, value)
    return [] if pointer.open else [Problem(path, _wrong_kind(pointer, value))]


def _among(call: Call, tokens: tuple[str, ...], path: str, value: str) -> list[Problem]:
    if tokens[0] == _FUNCTION:
        return _function(call, path, value)
    if tokens[0] == _KEY and "alias/" in value:
        return _key_alias(call, path, value)
    if "/aws-service-role/" in value or value.endswith(":root") or value == "default":
        return []
    if any(lookup(call, token, value) is not None for token in tokens):
        return []
    return exists(call, path, tokens[0], value, arn=True)


def _function(call: Call, path: str, value: str) -> list[Problem]:
    row = lookup(call, _FUNCTION, value)
    if row is None:
        return exists(call, path, _FUNCTION, value, arn=True)
    qualifier = value.split(":")[7] if value.startswith("arn:") and value.count(":") > 6 else ""  # noqa: PLR2004
    if qualifier in ("", "$LATEST", *row.live.get("versions", [])):
        return []
    if lookup(call, _ALIAS, f"{row.outputs.get('arn')}:{qualifier}") is not None:
        return []
    return [Problem(path, f"function {row.name} has no version or alias {qualifier}")]


def _key_alias(call: Call, path: str, value: str) -> list[Problem]:
    name = f"alias/{value.partition('alias/')[2]}"
    if name.startswith("alias/aws/") or lookup(call, _KEY_ALIAS, name) is not None:
        return []
    return exists(call, path, _KEY_ALIAS, name)


def _service(token: str) -> str:
    return _SERVICES.get(token) or token.removeprefix("aws:").partition("/")[0]


def _wrong_kind(pointer: Pointer, value: str) -> str:
    nouns = " or ".join(token.rpartition(":")[2] for token in pointer.tokens)
    return f'got "{value}", an ARN of {value.split(":")[2]}; use that of a {nouns}'
