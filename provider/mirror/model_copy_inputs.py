"""Inputs of `serving:index:ModelCopy`: schema, checks, differences. Makes no call."""

import re
from collections.abc import Mapping
from typing import Any, Final

from facts.model_mirror import COPIED, copied, place
from provider.input_checks import Problems, no_inputs, shown, wrong_timeout
from provider.values import UNKNOWN

TYPE: Final = "serving:index:ModelCopy"
# 140 GB at 10 MB/s.
DEFAULT_TIMEOUT_SECONDS: Final = 4 * 3600
WHOLE: Final = "whole"

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_INPUTS: Final[dict[str, Any]] = {
    "source": {
        "type": "string",
        "description": f"What is copied, exactly: {', '.join(COPIED)}.",
        "willReplaceOnChanges": True,
    },
    "uri": {
        "type": "string",
        "description": "Where the copy is: an object's URI, or a folder's with a slash at its end; "
        "its manifest is in the folder above.",
        "willReplaceOnChanges": True,
    },
    "digest": {
        "type": "string",
        "description": "`sha256:…` of a model of one file. Default: not known.",
        "willReplaceOnChanges": True,
    },
    "pickles": {
        "type": "boolean",
        "description": "Whether what serves the model loads nothing but pickles; of the Hub such "
        "files are refused otherwise. No difference once the copy is there. Default: false.",
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long copying may take. Default: 14,400 s.",
    },
}
_OUTPUTS: Final[dict[str, Any]] = {
    "fileCount": {"type": "integer", "description": "Files of the model that were copied."},
    "sizeBytes": {"type": "integer", "description": "Their size together."},
    "status": {
        "type": "string",
        "description": f"`{WHOLE}`, or what was changed or removed since it was copied.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A copy of a model in a bucket of one's own, made once, with its digests checked, before "
        "what serves it. Deleting it leaves the files: a rollback may need them."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": ["source", "uri"],
    "properties": {**_INPUTS, **_OUTPUTS},
    "required": ["source", "uri", "timeoutSeconds", *_OUTPUTS],
}
REPLACES: Final = ("source", "uri", "digest")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is not judged.
    """
    problems = [*no_inputs(inputs, _INPUTS), *wrong_timeout(inputs)]
    source, uri, digest = (inputs.get(key) for key in REPLACES)
    if (
        digest is not UNKNOWN
        and digest is not None
        and not (isinstance(digest, str) and _DIGEST.fullmatch(digest))
    ):
        problems.append(("digest", f"got {shown(digest)}; use sha256: and 64 hexadecimal digits"))
    if source is not UNKNOWN and not (
        isinstance(source, str) and copied(source, str(digest or "") or None)
    ):
        problems.append(("source", f"got {shown(source)}; use {', '.join(COPIED)}"))
    if uri is not UNKNOWN and not (isinstance(uri, str) and place(uri)):
        problems.append(("uri", f"got {shown(uri)}; use s3://, gs:// or a blob's https://"))
    pickles = inputs.get("pickles")
    if pickles is not None and pickles is not UNKNOWN and not isinstance(pickles, bool):
        problems.append(("pickles", f"got {shown(pickles)}; use true or false"))
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **given}, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces; and a copy that is not whole any more."""
    found = {key: True for key in REPLACES if old.get(key) != new.get(key)}
    if not found and old.get("status") != WHOLE:
        found["status"] = False
    return found


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(_OUTPUTS, UNKNOWN), "status": WHOLE}
