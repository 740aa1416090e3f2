"""Registries of models over HTTP: which one a request is for, and what an answer looks like.

A registered model, a repository, an image or an object is one row of the store, of the provider
`registries`; `sandbox/cloud set churn live.aliases.champion=2` moves an alias.
"""

import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.api.dropped import AT_ONCE, DroppedError, answered
from sandbox.api.http import Request, Response
from sandbox.api.registries import azureml, gcs, huggingface, mlflow, oci, s3
from sandbox.api.registries.asked import Asked, Refusal
from sandbox.store import Event, Fault, Store

__all__ = ["answer", "is_for"]

_OBJECTS = ("/upload/storage/v1/", "/download/storage/v1/")
_S3 = re.compile(r"Credential=[^,]*/s3/aws4_request")


@dataclass(frozen=True, slots=True)
class _Registry:
    """What answers below a path: the token of its rows, and how an answer and a refusal look."""

    token: str
    answer: Callable[[Asked], Response]
    refused: Callable[[Refusal], Mapping[str, Any] | bytes]
    operation: Callable[[Asked], str]


_PREFIXES: dict[str, str] = {
    "azureml": "/azureml",
    "gcs": "/storage/v1",
    "huggingface": "/huggingface",
    "mlflow": "/mlflow",
    "oci": "/v2/oci",
    # By the signature: a path is bucket and key.
    "s3": "",
}
_REGISTRIES = {
    "azureml": _Registry(azureml.TOKEN, azureml.answer, azureml.refused, azureml.operation),
    "gcs": _Registry(gcs.GCS, gcs.answer, gcs.refused, gcs.operation),
    "s3": _Registry(s3.S3, s3.answer, s3.refused, s3.operation),
    "huggingface": _Registry(
        huggingface.TOKEN, huggingface.answer, huggingface.refused, huggingface.operation
    ),
    "oci": _Registry(oci.TOKEN, oci.answer, oci.refused, oci.operation),
    "mlflow": _Registry(mlflow.TOKEN, mlflow.answer, mlflow.refused, mlflow.operation),
}


def is_for(request: Request) -> bool:
    """Whether a request is one to a registry of models."""
    return _named(request) is not None


def answer(store: Store, request: Request) -> Response:
    """Answer one request; each is logged as an event such as `mlflow:registered-models/alias`."""
    name = _named(request)
    if name is None:
        return Response(404, b"", "text/plain", {})
    registry = _REGISTRIES[name]
    path, _, query = request.path.partition("?")
    asked = Asked(
        store,
        request,
        urllib.parse.unquote(path.removeprefix(_PREFIXES[name])),
        dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
    )
    operation, outcome = registry.operation(asked), "ok"
    try:
        fault = store.take_fault(
            registry.token, operation, (asked.path.lstrip("/"),), modes=AT_ONCE
        )
        return answered(fault, lambda: registry.answer(asked), _refuse, Refusal)
    except Refusal as error:
        outcome = error.code
        said = registry.refused(error)
        if isinstance(said, bytes):
            return Response(error.status, said, "application/xml", error.headers)
        return Response(error.status, json.dumps(said).encode(), "application/json", error.headers)
    except DroppedError:
        outcome = "no answer"
        return Response(0, b"", "", {})
    finally:
        event = Event(
            operation=f"{name}:{operation}",
            provider="registries",
            token=registry.token,
            id=asked.parameters.get("name", asked.path),
            outcome=outcome,
        )
        store.log(event)


def _refuse(fault: Fault) -> None:
    if fault.mode in {"fail", "throttle"}:
        status = 429 if fault.mode == "throttle" else 500
        raise Refusal(status, fault.code or "INTERNAL_ERROR", fault.message or "a fault")


def _named(request: Request) -> str | None:
    if _S3.search(request.headers.get("authorization", "")):
        return "s3"
    if request.path.startswith(_OBJECTS):
        return "gcs"
    named = next(
        (
            name
            for name, begins in _PREFIXES.items()
            if begins and request.path.startswith(f"{begins}/")
        ),
        None,
    )
    return named or ("gcs" if gcs.is_xml(request) else None)
