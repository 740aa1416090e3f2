"""Looking up what an ARM id names. ARM compares ids without case, and returns them as they are."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.clouds.azure.paths import kind_of, tokens_of
from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["PROVIDER", "anything", "exists", "found", "ids_in", "is_id", "subscription_of"]

PROVIDER = "azure-native"
_NETWORK = "azure-native:network:VirtualNetwork"


def found(store: Store, token: str, resource_id: str) -> Row | None:
    """The row of a type with an id, in any case."""
    row = store.get(PROVIDER, token, resource_id)
    if row is not None:
        return row
    # The index by type and id holds all that is asked for.
    spelt = store.query(
        "SELECT id FROM resources WHERE token = ? AND id = ? COLLATE NOCASE AND provider = ?",
        (token, resource_id, PROVIDER),
    )
    return store.get(PROVIDER, token, spelt[0][0]) if spelt else None


def anything(store: Store, resource_id: str) -> Row | None:
    """The row with an id, of any of the types that the id's kind may be."""
    rows = (found(store, token, resource_id) for token in tokens_of(kind_of(resource_id)))
    return next((row for row in rows if row is not None), None)


def exists(store: Store, resource_id: str) -> bool:
    """Whether something has this id: a resource, or a part that one declares of itself."""
    if anything(store, resource_id) is not None:
        return True
    network, kind, name = resource_id.rpartition("/subnets/")
    if not kind:
        return False
    row = found(store, _NETWORK, network)
    subnets = listed(row.inputs.get("subnets")) if row is not None else []
    return any(str(mapped(s).get("name", "")).lower() == name.lower() for s in subnets)


def is_id(value: object) -> bool:
    """Whether a value is the id of a resource or of a resource group."""
    return isinstance(value, str) and bool(kind_of(value)) and bool(subscription_of(value))


def subscription_of(resource_id: str) -> str:
    """The subscription that an id is in, empty where it is in none."""
    names = resource_id.split("/")
    return names[2] if len(names) > 2 and names[1].lower() == "subscriptions" else ""  # noqa: PLR2004


def ids_in(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every id in inputs, with its path; keys of a map count, as those of identities."""
    if isinstance(value, str):
        if is_id(value):
            yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from ids_in(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in cast("Mapping[str, Any]", value).items():
            at = f"{path}.{key}" if path else key
            if is_id(key):
                yield path, key
            yield from ids_in(item, at)
