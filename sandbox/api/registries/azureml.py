"""Azure ML's registries: where one is, and the versions of a model, newest first.

Source: azure/ai/ml/_utils/_registry_utils.py of azure-ai-ml 1.35.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.api.http import Response
from sandbox.api.registries.asked import PROVIDER, Asked, Refusal, answered
from sandbox.seed_registries import AZURE_SUBSCRIPTION
from sandbox.values import listed

__all__ = ["TOKEN", "answer", "operation", "refused"]

TOKEN = "azureml:RegistryModel"  # noqa: S105 - a type's
_DISCOVERY = re.compile(r"/registrymanagement/v1\.0/registries/(?P<registry>[^/]+)/discovery")
_VERSIONS = re.compile(
    r"/mferp/managementfrontend/subscriptions/.+/registries/(?P<registry>[^/]+)"
    r"/models/(?P<model>[^/]+)/versions(/(?P<version>[^/]+))?"
)


def operation(asked: Asked) -> str:
    """What is asked for."""
    return "discovery" if _DISCOVERY.fullmatch(asked.path) else "versions"


def answer(asked: Asked) -> Response:
    """Answer where a registry is, or what versions a model has."""
    if not asked.request.headers.get("authorization", "").startswith("Bearer "):
        raise Refusal(401, "Unauthorized", "Bearer token not provided.")
    if found := _DISCOVERY.fullmatch(asked.path):
        return _discovered(asked, found["registry"])
    found = _VERSIONS.fullmatch(asked.path)
    row = asked.row(TOKEN, f"{found['registry']}/{found['model']}") if found else None
    versions = [str(each) for each in listed(row.live.get("versions"))] if row else []
    wanted = found["version"] if found else None
    if row is None or (wanted is not None and wanted not in versions):
        raise Refusal(404, "UserError", "The specified resource was not found.")
    if wanted is not None:
        return answered(_version(row.id, wanted))
    top = int(asked.parameters.get("$top", len(versions)))
    return answered({"value": [_version(row.id, each) for each in versions[::-1][:top]]})


def refused(error: Refusal) -> Mapping[str, Any]:
    """As Azure words a refusal."""
    return {"error": {"code": error.code, "message": str(error)}}


def _version(model: str, version: str) -> dict[str, Any]:
    registry, _, name = model.partition("/")
    uri = f"azureml://registries/{registry}/models/{name}/versions/{version}"
    return {
        "id": uri,
        "name": version,
        "properties": {
            "flavors": {},
            "isAnonymous": False,
            "isArchived": False,
            "modelType": "CustomModel",
            "modelUri": uri,
            "properties": {},
            "tags": {},
        },
        "systemData": {"createdAt": "2026-01-01T00:00:00Z"},
    }


def _discovered(asked: Asked, registry: str) -> Response:
    if not any(row.id.startswith(f"{registry}/") for row in asked.store.list(PROVIDER, TOKEN)):
        raise Refusal(404, "UserError", f"Registry {registry} not found.")
    return answered(
        {
            "registryName": registry,
            "subscriptionId": AZURE_SUBSCRIPTION,
            "resourceGroup": "models",
            "primaryRegionResourceProviderUri": f"http://{asked.request.headers['host']}/azureml/",
        }
    )
