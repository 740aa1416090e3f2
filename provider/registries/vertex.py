"""Vertex AI's model registry, by Google's client: the version of an alias.

Source: GetModel of the API, by whose `name` a version is asked by its number or an alias
(https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models/get).
"""

from typing import Final

from provider.clients import Clients
from provider.gcp.vertex import VertexError
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_LOOK: Final = "Correct the model's name, or give one of its versions the alias"
_WAYS_OUT: Final = {
    "UNAUTHENTICATED": "Log in with `gcloud auth application-default login`",
    "PERMISSION_DENIED": "Log in as somebody who may aiplatform.models.get there",
    "NOT_INSTALLED": "Install Google's client with `uv sync --group gcp`",
    "UNAVAILABLE": "There is no network to it from here, or it is down",
}


async def resolve(clients: Clients, asked: Asked) -> Found:
    """The version's number."""
    parts = asked.reference.parts
    name, alias, region = parts["name"], parts["version"], parts["region"]
    who = f"Vertex AI's model registry in {region}"
    try:
        model = await clients.vertex.call("GetModel", region, {"name": f"{name}@{alias}"})
    except VertexError as error:
        said = f"{error.code}: {error.reason}"
        raise UnresolvedError(who, said, _WAYS_OUT.get(error.code, _LOOK)) from error
    version = str(model.get("versionId") or "")
    if not version.isdecimal():
        raise UnresolvedError(who, f"no version of {name}@{alias}", _LOOK)
    return Found(f"vertex://{name}@{version}", version, details={"alias": alias})
