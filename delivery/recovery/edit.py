"""The state of a stack with what a killed run made in it, and without what it did not.

Plain functions on the deployment that `pulumi stack export` prints. Secrets stay as they are:
encrypted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from delivery.recovery.numbered import KINDS

__all__ = ["adopted", "pending", "tentative", "to_look_up"]

Resource = Mapping[str, Any]


def pending(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Operations that the engine began and never saw end."""
    return list(deployment.get("pending_operations") or [])


def tentative(record: Resource, resource_id: str) -> dict[str, Any]:
    """A resource in state of a pending creation: outputs are inputs, until it is read."""
    inputs = cast("Mapping[str, Any]", record.get("inputs") or {})
    outputs = {key: value for key, value in inputs.items() if not key.startswith("__")}
    kind = KINDS.get(str(record.get("type")))
    if kind and kind.also:
        outputs[kind.also] = resource_id
    return dict(record) | {"custom": True, "id": resource_id, "outputs": outputs}


def to_look_up(deployment: Mapping[str, Any], candidates: Sequence[Resource]) -> dict[str, Any]:
    """A copy to be refreshed: what has the URN of a candidate makes room for it."""
    urns = {str(each["urn"]) for each in candidates}
    resources = [
        each | {"delete": True} if str(each["urn"]) in urns else each for each in _of(deployment)
    ]
    there = {str(each["urn"]) for each in resources}
    return _without_pending(deployment, [*resources, *(_among(there, one) for one in candidates)])


def adopted(deployment: Mapping[str, Any], made: Sequence[Resource]) -> dict[str, Any]:
    """The deployment with these resources too, and without operations that are pending.

    Where the state has a resource of that URN already, it was to be replaced, or was made anew
    since: that one stays, and the found one is marked to be deleted by the next update, which makes
    the replacement again. One that was deleted first, and is only noted to be replaced, gives way.
    Of several found ones of a URN the first stays.
    """
    urns = {str(each["urn"]) for each in made}
    kept = [
        each
        for each in _of(deployment)
        if not (str(each["urn"]) in urns and each.get("pendingReplacement"))
    ]
    live = {str(each["urn"]) for each in kept if not each.get("delete")}
    there = {str(each["urn"]) for each in kept}
    # At the end: all that they depend on is there before, and nothing there depends on them.
    added: list[dict[str, Any]] = []
    for each in made:
        added.append(_among(there, each) | ({"delete": True} if str(each["urn"]) in live else {}))
        live.add(str(each["urn"]))
    return _without_pending(deployment, [*kept, *added])


def _among(there: Collection[str], record: Resource) -> dict[str, Any]:
    """A record without those that it names and that are not in the state any more.

    A refresh takes what is gone out of the state and out of what its resources depend on, but not
    out of what pending operations do; the engine refuses a state in which such a one is.
    """
    found = dict(record)
    for name in ("parent", "deletedWith"):
        if found.get(name) and found[name] not in there:
            del found[name]
    found["dependencies"] = _known(there, found.get("dependencies"))
    named = cast("Mapping[str, Any]", found.get("propertyDependencies") or {})
    found["propertyDependencies"] = {key: _known(there, urns) for key, urns in named.items()}
    return {key: value for key, value in found.items() if key in record or value}


def _known(there: Collection[str], urns: Sequence[str] | None) -> list[str]:
    return [urn for urn in urns or () if urn in there]


def _of(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", deployment.get("resources") or [])


def _without_pending(
    deployment: Mapping[str, Any], resources: list[dict[str, Any]]
) -> dict[str, Any]:
    kept = {key: value for key, value in deployment.items() if key != "pending_operations"}
    return kept | {"resources": resources}
