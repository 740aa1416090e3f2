"""What ARM tells of a resource and of a change of it, as this provider goes on with it."""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.azure.clients import Answer

__all__ = ["as_asked", "why_failed"]

_READ_ONLY: Final = ("id", "name", "type", "systemData", "etag")
_SERVICE: Final = ("provisioningState", "scoringUri", "swaggerUri")
_NOT_FOUND: Final = 404
_ENDED: Final = frozenset({"Succeeded", "Failed", "Canceled"})


def as_asked(live: Mapping[str, Any], **changed: object) -> dict[str, object]:
    """A resource as it is live, to be written whole with some of its properties changed.

    Without what only the service sets, and its identities without the ids that Entra gave.
    """
    properties = cast(dict[str, Any], live.get("properties") or {})
    kept = {key: value for key, value in properties.items() if key not in _SERVICE}
    document = {key: value for key, value in live.items() if key not in _READ_ONLY}
    document["properties"] = {**kept, **changed}
    if identity := cast(dict[str, Any], live.get("identity") or {}):
        asked: dict[str, Any] = {"type": identity["type"]}
        if users := cast(dict[str, Any], identity.get("userAssignedIdentities") or {}):
            asked["userAssignedIdentities"] = {user: dict[str, Any]() for user in users}
        document["identity"] = asked
    return document


def why_failed(operation: Answer) -> str | None:
    """Why a long operation failed, empty where it did not; None while it goes on.

    One that ARM has forgotten has ended: what is live tells how.
    """
    if operation.status == _NOT_FOUND:
        return ""
    status = str(operation.body.get("status") or "")
    if status not in _ENDED:
        return None
    error = cast(dict[str, Any], operation.body.get("error") or {})
    told = ": ".join(filter(None, (error.get("code"), error.get("message"))))
    return "" if status == "Succeeded" else told or f"The operation ended {status}"
