"""A usual text for each setting of an environment that may hold any, and what is beside it."""

from typing import Any, Final

from tests.unit import settings_project as usual
from tests.unit.gpu_pool_cases import POOL
from tests.unit.open_text_samples import EVERYWHERE, filled, merged
from tests.unit.open_texts import OpenText

__all__ = ["keys_with", "sample"]

Keys = dict[str, Any]
_OWNER: Final = {"owner": "team-platform"}
_SUBSCRIPTION: Final = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models"
_REGISTRY: Final = f"{_SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/registries/examples"
_STORAGE: Final = f"{_SUBSCRIPTION}/providers/Microsoft.Storage/storageAccounts/examplemodels"
_VAULT: Final = f"{_SUBSCRIPTION}/providers/Microsoft.KeyVault/vaults/examples"
_SCOPE: Final = f"{_SUBSCRIPTION}/providers/Microsoft.Insights/privateLinkScopes/scope"
_WORKSPACE: Final = (
    f"{_SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/workspaces/serving"
)
_LOGS: Final = f"{_SUBSCRIPTION}/providers/Microsoft.OperationalInsights/workspaces/logs"
_SUBNET: Final = f"{_SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"
_ZONE: Final = f"{_SUBSCRIPTION}/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"
_REPOSITORY: Final = "projects/example-models/locations/europe-west4/repositories/models"
_KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000001"
_ROLE: Final = "arn:aws:iam::123456789012:role/autoscaler"
_ENTRA_GROUP: Final = "11111111-1111-1111-1111-111111111111"


def _cluster(targets: Keys, network: Keys, cluster: Keys) -> Keys:
    return {
        "targets": {**targets, "kubernetes": {}},
        "platform": {"network": {**_OWNER, **network}, "cluster": {**_OWNER, **cluster}},
    }


# What one of each cloud makes: words of a cluster are of one cloud.
_EKS: Final = _cluster(
    {**usual.TARGETS, "eks": {"cluster_name": "c"}},
    {"zones": ["eu-west-1a", "eu-west-1b"], "internet": True},
    {},
)
_GKE: Final = _cluster(usual.GKE_TARGETS, {}, {})
_AKS: Final = _cluster(usual.AKS_TARGETS, {}, {"administrators": [_ENTRA_GROUP]})
_ALL: Final[Keys] = {"targets": EVERYWHERE}
# Where there is a cluster already.
_POOL_EKS: Final = {"targets": usual.TARGETS, "platform": {"gpu_node_pools": {"name": POOL}}}
_OF_OTHERS: Final = {"owner": "team-platform", "accelerator": "nvidia-l4"}
_POOL_GKE: Final = {
    "targets": usual.GKE_TARGETS,
    "platform": {"gpu_node_pools": {"name": _OF_OTHERS}},
}
_POOL_AKS: Final = {
    "targets": usual.AKS_TARGETS,
    "platform": {
        "gpu_node_pools": {"name": {"owner": "team-platform", "accelerator": "nvidia-t4"}}
    },
}
_GROUP: Final = {
    "targets": usual.TARGETS,
    "platform": {
        "model_node_groups": {
            "name": {"owner": "team-platform", "size_gib": 100, "accelerator": "nvidia-l4"}
        }
    },
}


def _pool(base: Keys, **more: Any) -> Keys:  # noqa: ANN401 - settings
    return merged(base, {"platform": {"gpu_node_pools": {"name": more}}})


_TCPX: Final = _pool(
    _POOL_GKE,
    accelerator="nvidia-h100",
    accelerator_count=8,
    zones=["europe-west4-b"],
    interconnect="gpudirect_tcpx",
    capacity="reserved",
    reservation="h100s",
    gke={
        "gpu_networks": [f"projects/p/global/networks/{each}" for each in range(4)],
        "gpu_subnetworks": [f"projects/p/regions/r/subnetworks/{each}" for each in range(4)],
    },
)


def _fallback(**more: Any) -> Keys:  # noqa: ANN401 - settings
    return _pool(_POOL_EKS, fallbacks=[{"name": "next", "capacity": "spot", **more}])


def _reason(key: str, name: str) -> Keys:
    one = {name: usual.DIGEST if name == "digest" else "fraud", "reason": "An audit."}
    return {**_ALL, key: [{**one, "owner": "team-risk", "expires": "2999-12-31"}]}


_MONITORED: Final = merged(
    _ALL,
    {
        "targets": {
            "kubernetes": {
                "monitoring": {
                    "runbook_url": "https://wiki.corp/{alert}",
                    "grafana_url": "https://grafana.corp",
                }
            }
        }
    },
)
_SAMPLES: Final[dict[str, tuple[str, Keys]]] = {
    "allow_code.[].expires": ("2999-12-31", _reason("allow_code", "digest")),
    "allow_code.[].reason": ("An audit.", _reason("allow_code", "digest")),
    "allow_deletion.[].expires": ("2999-12-31", _reason("allow_deletion", "name")),
    "allow_deletion.[].reason": ("An audit.", _reason("allow_deletion", "name")),
    "platform.add_ons.chart_mirror": ("https://charts.corp", _EKS),
    "platform.add_ons.chart_versions.{}": ("1.2.3", _EKS),
    "platform.add_ons.cluster_autoscaler_role_arn": (_ROLE, _EKS),
    "platform.add_ons.karpenter_interruption_queue": ("interruptions", _EKS),
    "platform.add_ons.karpenter_role_arn": (_ROLE, _EKS),
    "platform.add_ons.kserve_domain": ("models.example.com", _EKS),
    "platform.add_ons.kserve_gateway": ("gateways/models", _EKS),
    "platform.cluster.administrators.[]": (_ROLE, _EKS),
    "platform.cluster.aks.api_server_subnet_id": (_SUBNET, _AKS),
    "platform.cluster.aks.log_workspace_id": (_LOGS, _AKS),
    "platform.cluster.aks.maintenance_start": ("03:00", _AKS),
    "platform.cluster.aks.registries.{}": (_REGISTRY, _AKS),
    "platform.cluster.aks.registry_id": (_REGISTRY, _AKS),
    "platform.cluster.aks.zones.[]": ("1", _AKS),
    "platform.cluster.eks.addon_settings.{}": ("{}", _EKS),
    "platform.cluster.eks.addon_versions.{}": ("v1.2.3-eksbuild.1", _EKS),
    "platform.cluster.eks.viewers.[]": (_ROLE, _EKS),
    "platform.cluster.gke.csi_drivers.[]": ("gcs_fuse", _GKE),
    "platform.cluster.gke.image_repositories.[]": (_REPOSITORY, _GKE),
    "platform.cluster.gke.maintenance_exclusions.[]": (
        "freeze=2026-12-20T00:00:00Z/2027-01-05T00:00:00Z",
        _GKE,
    ),
    "platform.cluster.gke.maintenance_start": ("03:00", _GKE),
    "platform.cluster.gke.security_group": ("gke-security-groups@example.com", _GKE),
    "platform.cluster.gke.zones.[]": ("europe-west4-a", _GKE),
    "platform.cluster.key": (_KEY, _EKS),
    "platform.cluster.system_instance_type": ("m5.large", _EKS),
    "platform.gpu_node_pools.{}.aks.max_surge": ("1", _POOL_AKS),
    "platform.gpu_node_pools.{}.aks.sysctls.{}": (
        "1024",
        _pool(_POOL_AKS, aks={"sysctls": {"net.core.somaxconn": "4096"}}),
    ),
    "platform.gpu_node_pools.{}.disk_key": (_KEY, _POOL_EKS),
    "platform.gpu_node_pools.{}.eks.image_version": ("1.34.1-20260105", _POOL_EKS),
    "platform.gpu_node_pools.{}.eks.node_policies.[]": (
        "arn:aws:iam::123456789012:policy/nodes",
        _POOL_EKS,
    ),
    "platform.gpu_node_pools.{}.eks.security_group_ids.[]": ("sg-0a1", _POOL_EKS),
    "platform.gpu_node_pools.{}.fallbacks.[].instance_types.[]": (
        "g6.4xlarge",
        _fallback(instance_types=["g6.2xlarge"]),
    ),
    "platform.gpu_node_pools.{}.fallbacks.[].reservation": (
        "cr-0a1b2c3d4e5f60718",
        _fallback(capacity="reserved"),
    ),
    "platform.gpu_node_pools.{}.fallbacks.[].zones.[]": ("eu-west-1a", _fallback()),
    "platform.gpu_node_pools.{}.gke.data_disks.[]": (
        "projects/example-models/global/images/weights",
        _POOL_GKE,
    ),
    "platform.gpu_node_pools.{}.gke.disk_type": ("pd-balanced", _POOL_GKE),
    "platform.gpu_node_pools.{}.gke.gpu_networks.[]": ("projects/p/global/networks/4", _TCPX),
    "platform.gpu_node_pools.{}.gke.gpu_subnetworks.[]": (
        "projects/p/regions/r/subnetworks/4",
        _TCPX,
    ),
    "platform.gpu_node_pools.{}.gke.image_cache_disks.[]": (
        "projects/example-models/global/images/cache",
        _pool(_POOL_GKE, image_streaming=True),
    ),
    "platform.gpu_node_pools.{}.gke.image_repositories.[]": (_REPOSITORY, _POOL_GKE),
    "platform.gpu_node_pools.{}.gke.placement_policy": (
        "together",
        _pool(_POOL_GKE, placement="compact", zones=["europe-west4-a"]),
    ),
    "platform.gpu_node_pools.{}.gke.service_account": (
        "nodes@example-models.iam.gserviceaccount.com",
        _POOL_GKE,
    ),
    "platform.gpu_node_pools.{}.gke.sysctls.{}": (
        "1024",
        _pool(_POOL_GKE, gke={"sysctls": {"net.core.somaxconn": "1024"}}),
    ),
    "platform.gpu_node_pools.{}.instance_types.[]": ("g6.2xlarge", _POOL_EKS),
    "platform.gpu_node_pools.{}.labels.{}": ("risk", _POOL_EKS),
    "platform.gpu_node_pools.{}.reservation": (
        "cr-0a1b2c3d4e5f60718",
        _pool(_POOL_EKS, capacity="reserved"),
    ),
    "platform.gpu_node_pools.{}.zones.[]": ("eu-west-1a", _POOL_EKS),
    "platform.model_node_groups.{}.node_labels.{}": ("risk", _GROUP),
    "platform.network.aks.flow_logs_storage_id": (_STORAGE, _AKS),
    "platform.network.aks.key_vaults.{}": (_VAULT, _AKS),
    "platform.network.aks.monitor_scopes.{}": (_SCOPE, _AKS),
    "platform.network.aks.private_zones.{}": (
        _ZONE,
        merged(
            _AKS,
            {
                "platform": {
                    "network": {"aks": {"private_zones": {"privatelink.azurecr.io": _ZONE}}}
                }
            },
        ),
    ),
    "platform.network.aks.registries.{}": (_REGISTRY, _AKS),
    "platform.network.aks.storage_accounts.{}": (_STORAGE, _AKS),
    "platform.network.aks.workspaces.{}": (_WORKSPACE, _AKS),
    "platform.network.eks.accounts.[]": ("210987654321", _EKS),
    "platform.network.eks.buckets.[]": ("example-models", _EKS),
    "platform.network.eks.key": (_KEY, _EKS),
    "platform.network.gke.network": ("projects/example-models/global/networks/shared", _GKE),
    "platform.network.gke.private_domains.[]": ("run.app", _GKE),
    "platform.network.zones.[]": ("eu-west-1c", _EKS),
    "prices.stand_in_regions.{}": (
        "eu-west-1",
        {**_ALL, "prices": {"stand_in_regions": {"aws": "us-east-1"}}},
    ),
    "residency.{}.[]": ("eu-west-1", {**_ALL, "residency": {"confidential": ["eu-west-1"]}}),
    "tags.{}": ("risk", _ALL),
    "targets.aks.resource_group": ("clusters", {"targets": usual.AKS_TARGETS}),
    "targets.aks.subnet_id": (_SUBNET, {"targets": usual.AKS_TARGETS}),
    "targets.aws.account_id": ("123456789012", _ALL),
    "targets.aws.image_accounts.[]": ("210987654321", _ALL),
    "targets.azure.location": ("westeurope", _ALL),
    "targets.azure.resource_group": ("models", _ALL),
    "targets.azure.storage_resource_group": ("stores", _ALL),
    "targets.azure_functions.resource_group": ("apps", _ALL),
    "targets.azure_ml.compute_name": ("batch", _ALL),
    "targets.azure_ml.resource_group": ("workspaces", _ALL),
    "targets.cloud_run.network": (
        "shared",
        merged(_ALL, {"targets": {"cloud_run": {"subnetwork": "shared"}}}),
    ),
    "targets.cloud_run.network_tags.[]": (
        "serving",
        merged(_ALL, {"targets": {"cloud_run": {"network": "n", "subnetwork": "s"}}}),
    ),
    "targets.cloud_run.subnetwork": (
        "shared",
        merged(_ALL, {"targets": {"cloud_run": {"network": "shared"}}}),
    ),
    "targets.eks.cluster_arn": (
        "arn:aws:eks:eu-west-1:123456789012:cluster/serving-dev",
        _ALL,
    ),
    "targets.gke.network": (
        "projects/example-models/global/networks/shared",
        {"targets": usual.GKE_TARGETS},
    ),
    "targets.gke.subnetwork": (
        "projects/example-models/regions/europe-west4/subnetworks/shared",
        {"targets": usual.GKE_TARGETS},
    ),
    "targets.kubernetes.context": ("serving-dev", _ALL),
    "targets.kubernetes.download_image": (
        f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/download@{usual.DIGEST}",
        _ALL,
    ),
    "targets.kubernetes.monitoring.grafana_folder": ("Models", _MONITORED),
    "targets.kubernetes.monitoring.monitor_labels.{}": ("stack", _MONITORED),
    "targets.kubernetes.operator_groups.[]": ("operators", _ALL),
    "targets.kubernetes.reader_groups.[]": ("readers", _ALL),
    "targets.kubernetes.region": ("eu-west-1", {"targets": {"kubernetes": {"context": "c"}}}),
}
# Tags of a part are as those of the environment.
_TAGS: Final = {
    "platform.cluster.tags.{}": _EKS,
    "platform.gpu_node_pools.{}.tags.{}": _POOL_EKS,
    "platform.model_node_groups.{}.tags.{}": _GROUP,
    "platform.network.tags.{}": _EKS,
}


def sample(path: OpenText) -> tuple[str, Keys]:
    """A usual text, and the environment beside it. Raises KeyError for a new setting."""
    dotted = ".".join(path)
    return ("risk", _TAGS[dotted]) if dotted in _TAGS else _SAMPLES[dotted]


def keys_with(beside: Keys, path: OpenText, value: str) -> Keys:
    """The environment with this text at the path."""
    return filled(beside, path, value)
