"""Objects in Cloud Storage, by Google's client: the generation that is live at the moment.

Generations of an object are kept where the bucket has versioning on, or soft delete; where it has
neither, the generation is gone once somebody writes over it, and what starts then fails rather than
loads something else. Source: https://cloud.google.com/storage/docs/metadata#generation-number.
"""

from typing import Final

from provider.clients import Clients
from provider.gcp.vertex import VertexError
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_WAYS_OUT: Final = {
    "NOT_FOUND": "Correct the URI; a folder has no generation: name it with `version`",
    "UNAUTHENTICATED": "Log in with `gcloud auth application-default login`",
    "PERMISSION_DENIED": "Log in as somebody who may storage.objects.get there",
    "NOT_INSTALLED": "Install Google's client with `uv sync --group gcp`",
    "UNAVAILABLE": "There is no network to it from here, or it is down",
}


async def resolve(clients: Clients, asked: Asked) -> Found:
    """The object's generation."""
    bucket, key = asked.reference.parts["bucket"], asked.reference.parts.get("key", "")
    who = f"Cloud Storage, bucket {bucket}"
    if not key or key.endswith("/"):
        raise UnresolvedError(
            who,
            "a folder has no generation of its own",
            "Keep each version below a path of its own, and name that with `version`",
        )
    try:
        found = await clients.vertex.call("GetObject", "", {"bucket": bucket, "name": key})
    except VertexError as error:
        said = f"{error.code}: {error.reason}"
        raise UnresolvedError(who, said, _WAYS_OUT.get(error.code, "Look at the bucket")) from error
    generation = str(found["generation"])
    return Found(
        f"gs://{bucket}/{key}#{generation}",
        generation,
        details={"generation": generation, "md5": str(found.get("md5Hash") or "")},
    )
