"""`serving:index:resolveModels`: what references to models stand for, in previews too.

All references of a program in one call: they are asked at once, and what is wrong with any of them
comes in one answer.
"""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from facts.model_references import FORMS, VERIFIED, MalformedReferenceError, Reference, parse
from provider.calls import at_once
from provider.clients import Clients
from provider.errors import ProviderError, scrub
from provider.input_checks import Problems, no_inputs, shown
from provider.registries.protocol import Asked, Found, Registry, UnresolvedError
from provider.values import UNKNOWN

__all__ = ["SCHEMA", "TYPE", "answer", "check"]

TYPE: Final = "serving:index:resolveModels"
# By kind of reference; each is loaded when it is first asked.
_REGISTRIES: Final[Mapping[str, str]] = {
    "azureml": "provider.registries.azureml",
    "gs": "provider.registries.gcs",
    "hf": "provider.registries.huggingface",
    "mlflow": "provider.registries.mlflow",
    "oci": "provider.registries.oci",
    "s3": "provider.registries.s3",
    "sagemaker": "provider.registries.sagemaker",
    "vertex": "provider.registries.vertex",
}
_ANSWER: Final[dict[str, Any]] = {
    "uri": {"type": "string", "description": "The reference as it was asked."},
    "resolvedUri": {"type": "string", "description": "What it stands for, by a name that stays."},
    "version": {"type": "string", "description": "The registry's version, commit or digest."},
    "digest": {"type": "string", "description": "SHA-256 of the artifact; empty if not known."},
    "details": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "What else the registry tells.",
    },
    "problem": {"type": "string", "description": "Why there is none: `unresolved` or `unsafe`."},
    "registry": {"type": "string", "description": "Which registry was asked, with a problem."},
    "said": {"type": "string", "description": "What it said."},
    "wayOut": {"type": "string", "description": "What to do."},
}
_INPUTS: Final[dict[str, Any]] = {
    "references": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": {"$ref": "pulumi.json#/Any"},
        },
        "description": (
            "`uri`, and whether `pickles` are what the target loads: "
            + "; ".join(form for forms in FORMS.values() for form in forms)
        ),
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "What references to models in registries stand for at the moment: aliases, labels, "
        "branches and tags as the exact version that they mean."
    ),
    "inputs": {"properties": _INPUTS, "required": ["references"]},
    "outputs": {
        "properties": {
            "models": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
                "description": "In the order of the references: "
                + "; ".join(f"`{key}`: {of['description']}" for key, of in _ANSWER.items()),
            }
        },
        "required": ["models"],
    },
}


def check(inputs: Mapping[str, object]) -> Problems:
    """All problems of the arguments."""
    problems = no_inputs(inputs, _INPUTS)
    given = inputs.get("references")
    if given is UNKNOWN:
        return problems
    if not isinstance(given, list):
        problems.append(("references", f"got {shown(given)}; use a list of references"))
        return problems
    for number, each in enumerate(cast("list[object]", given)):
        uri = cast("dict[str, object]", each).get("uri") if isinstance(each, dict) else each
        if uri is UNKNOWN or (isinstance(uri, str) and _reference(uri) is not None):
            continue
        forms = ", ".join(form for of in _REGISTRIES for form in FORMS[of])
        problems.append((f"references[{number}].uri", f"got {shown(uri)}; use {forms}"))
    return problems


async def answer(clients: Clients, inputs: Mapping[str, object]) -> dict[str, object]:
    """What each stands for, or why nobody knows: a reference that fails stops no other one."""

    async def one(given: dict[str, object]) -> dict[str, object]:
        uri = str(given["uri"])
        reference = _reference(uri)
        if reference is None:
            raise ProviderError(f"{uri} is no reference")
        asked = Asked(reference, pickles=bool(given.get("pickles")))
        try:
            found = await _resolved(clients, asked)
        except UnresolvedError as error:
            return {
                "uri": uri,
                "problem": "unsafe" if error.unsafe else "unresolved",
                "registry": scrub(error.who, ()),
                "said": scrub(error.said, ()),
                "wayOut": error.way_out,
            }
        return {
            "uri": uri,
            "resolvedUri": found.uri,
            "version": found.version,
            "digest": found.digest,
            "details": dict(found.details),
        }

    given = cast("list[dict[str, object]]", inputs["references"])
    return {"models": await at_once(one, given)}


async def _resolved(clients: Clients, asked: Asked) -> Found:
    exact = not asked.reference.asked
    if exact and asked.reference.kind not in VERIFIED:
        return Found(asked.reference.uri, asked.reference.version)
    module = importlib.import_module(_REGISTRIES[asked.reference.kind])
    try:
        found = await cast("Registry", module).resolve(clients, asked)
    except UnresolvedError:
        raise
    except ProviderError as error:
        # What a vendor's client said without a registry's words around it.
        raise UnresolvedError(asked.reference.kind, str(error), "Look at the registry") from error
    # What is exact is passed on as it is written.
    exactly = {"uri": asked.reference.uri, "version": asked.reference.version}
    return replace(found, **exactly) if exact else found


def _reference(uri: str) -> Reference | None:
    try:
        found = parse(uri)
    except MalformedReferenceError:
        return None
    return found if found is not None and (not found.asked or found.kind in _REGISTRIES) else None
