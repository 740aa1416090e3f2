"""Further arguments of the components of Azure."""

from collections.abc import Mapping
from typing import Any, Final

from tests.contract.cloud_arguments.shared import TAGS
from tests.unit.component_mocks import SUBSCRIPTION

__all__ = ["FURTHER"]

_GROUP: Final = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
_NETWORK: Final = f"{_GROUP}/Microsoft.Network/virtualNetworks/hub"
_VAULT: Final = f"{_GROUP}/Microsoft.KeyVault/vaults/keys"
_STORAGE: Final = f"{_GROUP}/Microsoft.Storage/storageAccounts/models"

_WATCHED: Final = {
    "alarms": "burn_rate",
    "window_days": 7,
    "dashboard": True,
    "page_action_group_id": f"{_GROUP}/Microsoft.Insights/actionGroups/on-call",
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}

FURTHER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "AzureMlEndpoint": {
        "shadow": {
            "environment": "prod",
            "data_classification": "confidential",
            "candidate_version": "2.0.0",
            "candidate_uri": "https://examplemodels.blob.core.windows.net/models/fraud/2.0.0",
            "strategy": "shadow",
            "canary_percent": 10,
            "max_replicas": 4,
            "scaling_metric": "latency",
            "capture_percent": 10,
            "capture_uri": "https://examplemodels.blob.core.windows.net/captured/fraud",
            "alert_action_group_id": f"{_GROUP}/Microsoft.Insights/actionGroups/team",
            **_WATCHED,
            "log_workspace_id": f"{_GROUP}/Microsoft.OperationalInsights/workspaces/serving",
            "tags": TAGS,
        },
        "public": {
            "framework": None,
            "image": f"examples.azurecr.io/fraud@sha256:{'1' * 64}",
            "public_access": True,
            "auth_mode": "key",
            "app_insights": True,
        },
    },
    "AzureMlBatchEndpoint": {
        "scheduled": {
            "environment": "prod",
            "data_classification": "confidential",
            "on_demand": None,
            "schedule": "30 2 * * 1-5",
            "time_zone": "Europe/Berlin",
            "framework": None,
            "image": f"examples.azurecr.io/score@sha256:{'1' * 64}",
            "code_uri": "https://examplemodels.blob.core.windows.net/code/churn/2.1.0",
            "registry_id": f"{_GROUP}/Microsoft.ContainerRegistry/registries/examples",
            "subnet_id": f"{_NETWORK}/subnets/batch",
            "parallelism": 4,
            "tags": TAGS,
        },
        "shared cluster": {"compute_name": "shared-cpu", "model_uri": "azureml:churn:7"},
    },
    "AzureFunctionsEndpoint": {
        "candidate": {
            "environment": "prod",
            "data_classification": "confidential",
            "plan": "premium",
            "instance_type": "EP2",
            "candidate_version": "2.0.0",
            "candidate_uri": "https://examplemodels.blob.core.windows.net/models/fraud/2.0.0/a.onnx",
            "canary_percent": 10,
            "concurrency": 4,
            "subnet_id": f"{_NETWORK}/subnets/apps",
            "endpoint_subnet_id": f"{_NETWORK}/subnets/endpoints",
            "key": f"{_VAULT}/keys/models",
            "callers": ["33333333-3333-3333-3333-333333333333"],
            "alert_action_group_id": f"{_GROUP}/Microsoft.Insights/actionGroups/team",
            **_WATCHED,
            "tags": TAGS,
        },
        "public": {
            "public_access": True,
            "memory_mib": 4096,
            "min_replicas": 1,
            "shift": "rolling",
            "log_workspace_id": f"{_GROUP}/Microsoft.OperationalInsights/workspaces/shared",
        },
    },
    "AksCluster": {
        "full": {
            "environment": "prod",
            "api_server_subnet_id": f"{_NETWORK}/subnets/api",
            "registries": {"models": f"{_GROUP}/Microsoft.ContainerRegistry/registries/models"},
            "kubernetes_version": "1.34",
            "system_nodes": 3,
            "zones": ["1", "2"],
            "log_retention_days": 365,
            "expander": "priority",
            "defender": True,
            "deletion_protection": True,
            "tags": TAGS,
        },
        "public": {"outbound": "load_balancer", "authorized_networks": ["203.0.113.0/24"]},
        "own key": {"key": f"{_VAULT}/keys/a"},
    },
    "AksGpuNodePool": {
        "full": {
            "environment": "prod",
            "subnet_id": f"{_NETWORK}/subnets/nodes",
            "accelerator_count": 4,
            "zones": ["1"],
            "min_nodes": 1,
            "max_nodes": 5,
            "disk_gib": 300,
            "driver": "operator",
            "placement": "compact",
            "os": "azure_linux",
            "secure_boot": True,
            "max_surge": "33%",
            "scale_down": "deallocate",
            "kubernetes_version": "1.34",
            "tags": TAGS,
        },
        "spot": {"capacity": "spot", "local_ssd": True, "fips": True},
        "parts": {"accelerator": "nvidia-h100", "mig_profile": "1g.10gb"},
        "unencrypted": {"encryption_at_host": False},
    },
    "AksModelIdentity": {
        "full": {
            "output_uris": ["https://exampleresults.blob.core.windows.net/results/churn/"],
            "tags": TAGS,
        },
    },
    "AzurePrivateNetwork": {
        "full": {
            "environment": "prod",
            "zones": ["2", "3"],
            "internet": True,
            "storage_accounts": {"models": _STORAGE},
            "registries": {"images": f"{_GROUP}/Microsoft.ContainerRegistry/registries/models"},
            "key_vaults": {"keys": _VAULT},
            "monitor_scopes": {"all": f"{_GROUP}/microsoft.insights/privateLinkScopes/scope"},
            "flow_logs_storage_id": _STORAGE,
            "tags": TAGS,
        },
        "joined": {
            "virtual_network_id": _NETWORK,
            "subnet_id": f"{_NETWORK}/subnets/nodes",
            "storage_accounts": {"models": _STORAGE},
        },
    },
}
