"""What an Azure ML endpoint registers, and what it refuses."""

from typing import Any

from tests.unit.component_mocks import SUBSCRIPTION

PLACE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
REGISTRY = f"{PLACE}/Microsoft.ContainerRegistry/registries/examples"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "subscription_id": SUBSCRIPTION,
    "resource_group": "models",
    "workspace_name": "models-dev",
    "location": "westeurope",
    "registry_id": REGISTRY,
    "model_version": "1.4.0",
    "model_uri": "https://examplemodels.blob.core.windows.net/fraud/1.4.0/",
    "framework": "mlflow",
    "instance_type": "Standard_DS3_v2",
}
