"""What is reached by private endpoints, as it shows them itself."""

from typing import Any

from sandbox.clouds.azure import ids
from sandbox.store import Row, Store
from sandbox.values import listed, mapped

__all__ = ["WORKSPACE", "connections"]

WORKSPACE = "azure-native:machinelearningservices:Workspace"
_ENDPOINT = "azure-native:network:PrivateEndpoint"


def connections(store: Store, row: Row) -> list[dict[str, Any]]:
    """The private endpoints that lead to a resource, each approved."""
    kind = f"{row.outputs.get('type')}/privateEndpointConnections"
    return [
        {
            "id": f"{row.id}/privateEndpointConnections/{endpoint.name}",
            "name": endpoint.name,
            "type": kind,
            "provisioningState": "Succeeded",
            "privateEndpoint": {"id": endpoint.id},
            "privateLinkServiceConnectionState": {"status": "Approved"},
        }
        for endpoint in store.list(ids.PROVIDER, _ENDPOINT)
        if row.id.lower() in _targets(endpoint)
    ]


def _targets(endpoint: Row) -> list[str]:
    links = listed(endpoint.inputs.get("privateLinkServiceConnections"))
    return [str(mapped(link).get("privateLinkServiceId")).lower() for link in links]
