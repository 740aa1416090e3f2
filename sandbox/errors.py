"""What the vendors' common errors are, and how the official providers word one.

The catalogue is `errors.json`; each provider's form is that of its client library, the name of the
service's operation being the most usual one for the type.
"""

import functools
import json
import uuid
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from sandbox.check import nearest

__all__ = [
    "VendorError",
    "catalogue",
    "codes",
    "default",
    "page",
    "plain",
    "unknown_code",
    "worded",
]

Purpose = Literal["internal", "throttle", "quota"]
_VERBS = {"create": "creating", "read": "reading", "update": "updating", "delete": "deleting"}
# The names of services in AWS's client library where they are not the module's own.
_SERVICES = {
    "apigatewayv2": "ApiGatewayV2",
    "appautoscaling": "Application Auto Scaling",
    "cloudwatch": "CloudWatch",
    "codedeploy": "CodeDeploy",
    "sagemaker": "SageMaker",
}


@dataclass(frozen=True, slots=True)
class VendorError:
    """One error: its code, HTTP status, text with `{name}` and `{kind}`, and the types it is of."""

    code: str
    status: int
    message: str
    types: str


@functools.cache
def _documents() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("errors.json").read_text(encoding="utf-8"))


@functools.cache
def catalogue(provider: str) -> tuple[VendorError, ...]:
    """The common errors of a provider's cloud."""
    return tuple(VendorError(**error) for error in _documents()[provider]["errors"])


def page(provider: str) -> str:
    """The vendor's page of its errors."""
    return str(_documents()[provider]["page"])


def default(provider: str, purpose: Purpose) -> str:
    """The code of the error that a provider's cloud has for a purpose."""
    return str(_documents()[provider][purpose])


def codes(token: str) -> list[str]:
    """The codes that types of a glob can be refused with, as far as the catalogue knows."""
    provider = token.partition(":")[0]
    if provider not in _documents():
        return [error.code for name in _documents() for error in catalogue(name)]
    return [error.code for error in catalogue(provider)]


def worded(
    provider: str, token: str, operation: str, name: str, *, code: str, message: str = ""
) -> str:
    """The error as the official provider shows it; a code that is not known is taken as it is."""
    known = _found(provider, token, code)
    noun = token.rpartition(":")[2]
    status = known.status if known else 400
    text = message or (known.message if known else "The request was refused.")
    text = text.replace("{name}", name).replace("{kind}", _plural(token))
    verb = _VERBS.get(operation, operation)
    match provider:
        case "aws":
            module = token.split(":")[1].partition("/")[0]
            service = _SERVICES.get(module, module.upper() if len(module) < 4 else module.title())  # noqa: PLR2004 - IAM, EC2, S3
            action = operation.title() if operation in _VERBS else "Get"
            return (
                f"{verb} {service} {noun} ({name}): operation error {service}: {action}{noun},"
                f" https response error StatusCode: {status}, RequestID: {uuid.uuid4()},"
                f" {code}: {text}"
            )
        case "gcp":
            return f"Error {verb} {noun}: googleapi: Error {status}: {text}, {code}"
        case "azure-native":
            return f'Status={status} Code="{code}" Message="{text}"'
        case _ if operation == "create":
            # The provider shows the URN in place of the name.
            return (
                f'resource "{name}" was not successfully created by the Kubernetes API server:'
                f" {text}"
            )
        case _:
            return text


def plain(provider: str, token: str, code: str, message: str = "") -> tuple[str, int]:
    """The text and the HTTP status of an error, as the vendor's API answers it."""
    known = _found(provider, token, code)
    text = message or (known.message if known else "The request was refused.")
    return text.replace("{name}", "the resource"), known.status if known else 400


def unknown_code(token: str, code: str) -> str:
    """What is said of a code that the catalogue does not have; empty if it has it."""
    known = codes(token)
    if code in known:
        return ""
    meant = nearest(code, known)
    hint = f"; did you mean {meant}?" if meant else ""
    return (
        f"{code} is not in the catalogue (`sandbox/cloud fault codes`) and is taken as it is{hint}"
    )


def _found(provider: str, token: str, code: str) -> VendorError | None:
    found = [error for error in catalogue(provider) if error.code == code]
    fitting = [error for error in found if fnmatchcase(token, error.types)]
    return next(iter(fitting or found), None)


def _plural(token: str) -> str:
    """`deployments.apps` of `kubernetes:apps/v1:Deployment`, as the API server names kinds."""
    _, group, kind = [*token.split(":"), "", ""][:3]
    suffix = group.partition("/")[0]
    plural = f"{kind.lower()}s"
    return plural if suffix == "core" else f"{plural}.{suffix}"
