"""Inputs of `serving:index:AzureFunctionsPackage`: schema, checks, differences. Makes no call."""

from collections.abc import Mapping
from typing import Any, Final

from facts.azure_functions import package_blob
from provider.azure.azure_functions_place import STORED, place_problems
from provider.input_checks import Problems, no_inputs, wrong_timeout
from provider.values import UNKNOWN

TYPE: Final = "serving:index:AzureFunctionsPackage"
# Rights that were just granted take minutes to hold in Blob Storage:
# https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
DEFAULT_TIMEOUT_SECONDS: Final = 900

_DIGEST: Final = {
    "digest": {
        "type": "string",
        "description": "`sha256:…` of the package; another one is another package.",
        "willReplaceOnChanges": True,
    }
}
_INPUTS: Final[dict[str, Any]] = {
    **STORED,
    **_DIGEST,
    "path": {
        "type": "string",
        "description": "The zip on this machine; where it is, is no difference.",
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for rights to hold. Default: 900 s.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A package of code in Blob Storage, brought there as whoever is logged in, without the "
        "account's keys. Deleting it deletes the blob."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": [*STORED, "digest", "path"],
    "properties": {
        **_INPUTS,
        "blobName": {"type": "string", "description": "Name of the blob in the container."},
    },
    "required": [*_INPUTS, "blobName"],
}
REPLACES: Final = (*STORED, "digest")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is not judged.
    """
    problems = [
        *no_inputs(inputs, _INPUTS),
        *place_problems(inputs, {**STORED, **_DIGEST, "path": None}),
        *wrong_timeout(inputs),
    ]
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **given}, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces; how long to wait is no difference."""
    return {key: True for key in REPLACES if old.get(key) != new.get(key)}


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    digest = inputs.get("digest")
    return {**inputs, "blobName": package_blob(digest) if isinstance(digest, str) else UNKNOWN}
