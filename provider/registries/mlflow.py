"""MLflow's model registry, by MLflow's own client: an alias, and where a version lies.

Where it is say `MLFLOW_TRACKING_URI` and `MLFLOW_REGISTRY_URI`, and who asks the other variables of
MLflow, as `MLFLOW_TRACKING_TOKEN`. Source: mlflow/tracking/client.py of mlflow 3.17.
"""

import os
import re
from typing import Any, Final, cast

from facts.model_references import Reference
from provider.calls import call
from provider.clients import Clients
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_LOCATION: Final = ("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_URI")
# MLflow tries seven times, ever slower: some minutes for an address that is wrong.
_RETRIES: Final = ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
_TIMEOUT: Final = ("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
# Who asks for a model's version tells nobody else.
_TELEMETRY: Final = ("MLFLOW_DISABLE_TELEMETRY", "true")
# Azure Blob Storage, as Spark spells it; targets spell it as the service does.
_AZURE: Final = re.compile(
    r"(wasbs?|abfss?)://(?P<container>[^@/]+)@(?P<account>[a-z0-9]+)\.(blob|dfs)\.(?P<rest>[^/]+/.+)"
)
_PLACES: Final = (
    # First: what follows is judged by words, and a model may be called by one of them.
    (r"RESOURCE_DOES_NOT_EXIST|not found\.?\s*$", "model"),
    (r"no connection|Max retries exceeded|failed with exception|timed out", "network"),
    (r"\b401\b|\b403\b|UNAUTHENTICATED|PERMISSION_DENIED|credential", "credential"),
    (r"not found|NOT_FOUND|\b404\b", "model"),
)
_WAYS_OUT: Final = {
    "network": "There is no network to it, or it is down: correct MLFLOW_TRACKING_URI",
    "credential": "It asks for a credential: set MLFLOW_TRACKING_TOKEN, or "
    "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, of somebody who may read the model",
    "model": "Name a model, and an alias or a version of it, that are registered there",
    "": "Look at the registry",
}


async def resolve(_: Clients, asked: Asked) -> Found:
    """The version, its run, and the place of its artifact."""
    return await call(lambda: _resolve(asked.reference))


def _resolve(reference: Reference) -> Found:
    where = next((os.environ[name] for name in _LOCATION if os.environ.get(name)), None)
    if where is None:
        raise UnresolvedError(
            "MLflow",
            "nothing says where it is",
            "Set MLFLOW_TRACKING_URI to the address of the registry",
        )
    who = f"MLflow at {_without_password(where)}"
    for name, value in (_RETRIES, _TIMEOUT, _TELEMETRY):
        os.environ.setdefault(name, value)
    try:
        # Late: 1.8 s of CPU.
        from mlflow import MlflowClient  # noqa: PLC0415
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    except ImportError as error:
        raise UnresolvedError(
            who, "its client is not installed", "Run `uv sync --group registries`"
        ) from error
    name, parts = reference.parts["name"], reference.parts
    try:
        client = cast("Any", MlflowClient)()
        version = (
            client.get_model_version_by_alias(name, parts["alias"])
            if "alias" in parts
            else client.get_model_version(name, parts["version"])
        )
        source = str(client.get_model_version_download_uri(name, str(version.version)))
    except MlflowException as error:
        raise UnresolvedError(who, _said(error), _WAYS_OUT[_kind(error)]) from error
    except OSError as error:
        raise UnresolvedError(who, str(error), _WAYS_OUT["network"]) from error
    if (status := str(version.status)) not in {"READY", "None", ""}:
        raise UnresolvedError(
            who,
            f"version {version.version} of {name} is {status}",
            "Register the version again, or name one that is READY",
        )
    place = _in_a_store(who, source, str(version.version)).rstrip("/")
    return Found(
        f"{place}/{parts['path']}" if "path" in parts else place,
        str(version.version),
        details={
            key: value
            for key, value in (
                ("name", name),
                ("run_id", str(version.run_id or "")),
                # Where the registry leads elsewhere than to what was registered.
                ("source", _without_password(str(version.source or ""))),
            )
            if value and value != source
        },
    )


def _in_a_store(who: str, source: str, version: str) -> str:
    """The artifact's URI; what only MLflow's own client reads is no place to serve from."""
    if azure := _AZURE.fullmatch(source):
        place, _, path = azure["rest"].partition("/")
        return f"https://{azure['account']}.blob.{place}/{azure['container']}/{path}"
    if not re.match(r"(s3|gs|https)://", source) or "/api/2.0/mlflow-artifacts/" in source:
        raise UnresolvedError(
            who,
            f"version {version} lies at {_without_password(source)}, "
            "which only MLflow's own client reads",
            "Have the artifacts kept in a store that the target reads (s3://, gs://, Azure Blob "
            "Storage), without the server in between, or copy them there",
        )
    return source


def _said(error: BaseException) -> str:
    text = str(error)
    # The client's own lines of a broken connection name the same host four times.
    if found := re.search(r"\(Caused by (?P<reason>\w+)\(", text):
        return f"no connection ({found['reason']})"
    return text.splitlines()[0] if text.strip() else type(error).__name__


def _kind(error: BaseException) -> str:
    text = f"{getattr(error, 'error_code', '')} {error}"
    return next((kind for pattern, kind in _PLACES if re.search(pattern, text)), "")


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
