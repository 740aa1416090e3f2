"""Further arguments of every component of a cloud, beside the least of its unit test.

Each is judged by scanners; together they ask for all that a component may make.
"""

from collections.abc import Mapping
from typing import Any, Final

from tests.unit.component_mocks import ACCOUNT, REGION, SUBSCRIPTION

__all__ = ["FURTHER"]

_KEY_ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
_TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
_KEY: Final = "projects/example-models/locations/europe-west4/keyRings/a/cryptoKeys/b"
_GROUP: Final = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
_NETWORK: Final = f"{_GROUP}/Microsoft.Network/virtualNetworks/hub"
_VAULT: Final = f"{_GROUP}/Microsoft.KeyVault/vaults/keys"
_STORAGE: Final = f"{_GROUP}/Microsoft.Storage/storageAccounts/models"
_TAGS: Final = {"owner": "team-platform", "extra": "x"}
_EFA: Final[Mapping[str, Any]] = {
    "accelerator": "nvidia-h100",
    "instance_types": ["p5.48xlarge"],
    "capacity": "capacity_block",
    "reservation": "cr-0a1b2c3d",
    "zones": ["eu-west-1b"],
    "interconnect": "efa",
    "placement": "compact",
}
_CANDIDATE: Final = {"candidate_version": "2.0.0", "canary_percent": 10}

# By component and a label; a value of None takes an argument of the least ones away.
FURTHER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
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
            "tags": _TAGS,
        },
        "shared cluster": {"compute_name": "shared-cpu", "model_uri": "azureml:churn:7"},
    },
    "AwsPrivateNetwork": {
        "internet": {
            "environment": "prod",
            "internet": True,
            "nat_gateways": 1,
            "log_retention_days": 731,
            "key": _KEY_ARN,
            "services": ["api", "images", "logs", "bedrock-runtime"],
            "accounts": ["210987654321"],
            "buckets": ["example-models"],
            "tags": _TAGS,
        },
        "joined": {
            "zones": None,
            "vpc_id": "vpc-1",
            "subnet_ids": ["subnet-1", "subnet-2"],
            "route_table_ids": ["rtb-1"],
        },
    },
    "EksAutoscalerIdentity": {
        "karpenter": {
            "environment": "prod",
            "autoscaler": "karpenter",
            "node_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/l4"],
            "disk_key_arns": [_KEY_ARN],
            "tags": _TAGS,
        },
    },
    "EksCluster": {
        "full": {
            "environment": "prod",
            "kubernetes_version": "1.33",
            "administrators": [f"arn:aws:iam::{ACCOUNT}:role/team-platform"],
            "system_instance_type": "m7g.xlarge",
            "system_nodes": 3,
            "log_retention_days": 731,
            "key": _KEY_ARN,
            "service_cidr": "172.20.0.0/16",
            "support": "extended",
            "ebs_csi": True,
            "addon_versions": {"coredns": "v1.12.1-eksbuild.2"},
            "addon_settings": {"coredns": '{"replicaCount": 3}'},
            "viewers": [f"arn:aws:iam::{ACCOUNT}:role/team-models"],
            "deletion_protection": False,
            "tags": _TAGS,
        },
        "public": {"authorized_networks": ["203.0.113.0/24", "10.8.0.0/16"]},
    },
    "EksGpuNodePool": {
        "least": {
            **dict.fromkeys(
                ("environment", "instance_types", "min_nodes", "max_nodes", "desired_nodes"),
            ),
            **dict.fromkeys(
                ("disk_gib", "capacity", "labels", "taints", "kubernetes_version", "tags")
            ),
        },
        "efa": {
            **_EFA,
            "local_ssd": True,
            "mig_profile": "1g.10gb",
            "disk_key": _KEY_ARN,
            "security_group_ids": ["sg-files"],
            "node_policies": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        },
        "bottlerocket": {"os": "bottlerocket", "node_repair": False},
        "shared": {"image_streaming": True, "time_slices": 4},
    },
    "EksModelIdentity": {
        "irsa": {
            "method": "irsa",
            "output_uris": ["s3://example-models/results/"],
            "artifact_key_arn": _KEY_ARN,
            "tags": _TAGS,
        },
    },
    "KarpenterGpuNodePool": {
        "full": {
            "environment": "prod",
            "disk_gib": 300,
            "disk_key": _KEY_ARN,
            "max_nodes": 5,
            "image_streaming": True,
            "labels": {"team": "a"},
            "tags": _TAGS,
        },
        "efa": _EFA,
        "bottlerocket": {"os": "bottlerocket", "capacity": "spot", "local_ssd": True},
    },
    "LambdaEndpoint": {
        "full": {
            "description": "Names the species.",
            "min_replicas": 1,
            "max_replicas": 20,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "environment_variables": {"A": "b"},
            "tracing": False,
            "jwt_issuer": "https://issuer.example",
            "jwt_audience": "models",
            "alarm_topic_arn": _TOPIC,
            "shift": "canary",
            "tags": _TAGS,
        },
        "candidate": {**_CANDIDATE, "candidate_uri": "file:iris/2.0.0/model.onnx"},
    },
    "SageMakerEndpoint": {
        "full": {
            "data_classification": "confidential",
            "min_replicas": 2,
            "max_replicas": 6,
            "shift": "linear",
            "subnet_ids": ["subnet-1"],
            "security_group_ids": ["sg-1"],
            "artifact_key_arn": _KEY_ARN,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "alarm_topic_arn": _TOPIC,
            "tags": _TAGS,
        },
        "candidate": {**_CANDIDATE, "candidate_uri": "s3://models/fraud/2.0.0/model.tar.gz"},
        "shadow": {
            **_CANDIDATE,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "candidate_uri": "s3://models/fraud/2.0.0/",
            "strategy": "shadow",
            "max_replicas": 4,
            "scaling_metric": "cpu",
            "scaling_schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 2}],
            "capture_percent": 10,
            "capture_uri": "s3://captured/fraud",
            "capture_key_arn": _KEY_ARN,
        },
        "registered": {
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "framework": None,
            "model_uri": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/fraud/7",
            "containers": [
                {
                    "hostname": "features",
                    "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/f@sha256:{'0' * 64}",
                    "first": True,
                }
            ],
        },
        "local disks": {
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "instance_type": "ml.g5.xlarge",
            "many_models": True,
            "model_uri": "s3://models/fraud/",
        },
    },
    "SageMakerInferenceComponent": {
        "full": {
            "data_classification": "confidential",
            "min_replicas": 0,
            "max_replicas": 3,
            "scaling_schedules": [{"schedule": "0 6 * * *", "min_replicas": 1}],
            "subnet_ids": ["subnet-1"],
            "security_group_ids": ["sg-1"],
            "artifact_key_arn": _KEY_ARN,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "alarm_topic_arn": _TOPIC,
            "tags": _TAGS,
        },
        "shared": {"server": "pool-dev", "max_replicas": 2},
    },
    "SageMakerSharedEndpoint": {
        "full": {
            "min_replicas": 0,
            "max_replicas": 3,
            "images": [f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/server@sha256:{'0' * 64}"],
            "subnet_ids": ["subnet-1"],
            "security_group_ids": ["sg-1"],
            "artifact_key_arn": _KEY_ARN,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
            "tags": _TAGS,
        },
    },
    "GcpPrivateNetwork": {
        "internet": {
            "environment": "prod",
            "cidr": "10.0.0.0/16",
            "services": ["logs", "images"],
            "private_domains": ["run.app"],
            "google_apis": "private",
            "internet": True,
            "tags": _TAGS,
        },
        "joined": {"network": "projects/shared/global/networks/hub"},
        "interconnect": {"gpu_network_count": 4},
    },
    "GkeCluster": {
        "full": {
            "environment": "prod",
            "zones": ["europe-west4-a", "europe-west4-b"],
            "kubernetes_version": "1.34",
            "release_channel": "stable",
            "administrators": ["group:platform@example.com"],
            "security_group": "gke-security-groups@example.com",
            "system_instance_type": "n2-standard-4",
            "system_nodes": 3,
            "log_retention_days": 730,
            "key": _KEY,
            "dns_endpoint": True,
            "global_access": True,
            "autoscaling_profile": "optimize_utilization",
            "maintenance_start": "01:00",
            "multi_networking": True,
            "csi_drivers": ["filestore", "gcs_fuse"],
            "gateway_api": True,
            "deletion_protection": False,
            "tags": _TAGS,
        },
        "public": {"authorized_networks": ["203.0.113.0/24"], "binary_authorization": False},
        "autopilot": {"autopilot": True},
    },
    "GkeGpuNodePool": {
        "full": {
            "environment": "prod",
            "service_account": "nodes@example-models.iam.gserviceaccount.com",
            "disk_key": _KEY,
            "disk_type": "pd-ssd",
            "zones": ["europe-west4-a", "europe-west4-c"],
            "min_nodes": 2,
            "max_nodes": 6,
            "max_pods_per_node": 64,
            "kubernetes_version": "1.34",
            "numa_aligned": True,
            "sysctls": {"net.core.somaxconn": "4096"},
            "image_streaming": True,
            "image_cache_disks": ["projects/example-models/global/images/vllm"],
            "data_disks": ["global/images/weights"],
            "local_ssd": True,
            "capacity": "spot",
            "time_slices": 4,
            "upgrade": "blue_green",
            "tags": _TAGS,
        },
        "unrepaired": {"node_repair": False},
        "flex start": {"capacity": "flex_start", "queued": True, "max_nodes": 4},
        "operator": {"driver": "operator"},
        "interconnect": {
            "accelerator": "nvidia-h100",
            "accelerator_count": 8,
            "zones": ["europe-west4-b"],
            "interconnect": "gpudirect_tcpx",
            "gpu_networks": [f"projects/p/global/networks/{each}" for each in range(4)],
            "gpu_subnetworks": [f"projects/p/regions/r/subnetworks/{each}" for each in range(4)],
            "capacity": "reserved",
            "reservation": "h100s",
            "mig_profile": "1g.10gb",
        },
    },
    "VertexBatchPrediction": {
        "full": {
            "environment": "prod",
            "data_classification": "confidential",
            "parallelism": 4,
            "accelerator": "nvidia-l4",
            "input_uri": "bq://example-data.growth.customers",
            "output_uri": "bq://example-data.scores",
            "tags": _TAGS,
        },
        "scheduled": {"schedule": "@daily", "time_zone": "Europe/Berlin", "key": _KEY},
    },
    "VertexEndpoint": {
        "private": {
            "environment": "prod",
            "data_classification": "confidential",
            "min_replicas": 2,
            "max_replicas": 6,
            "endpoint_type": "private_service_connect",
            "allowed_projects": ["example-shop"],
            "consumer_networks": ["projects/example-shop/global/networks/shop"],
            "accelerator": "nvidia-l4",
            "scaling_metric": "requests",
            "scaling_target": 300,
            "capture_percent": 10,
            "access_logs": True,
            "notification_channels": ["projects/example-models/notificationChannels/1"],
            "tags": _TAGS,
        },
        "candidate": {**_CANDIDATE, "candidate_uri": "gs://example-models/fraud/2.0.0/"},
        "pool": {"framework": "tensorflow", "own_resource_pool": True, "endpoint_type": "public"},
        "given": {
            "key": _KEY,
            "service_account": "fraud@example-models.iam.gserviceaccount.com",
            "endpoint_type": "peered",
            "network": "projects/210987654321/global/networks/serving",
        },
    },
    "GkeModelIdentity": {
        "full": {"output_uris": ["gs://example-results/churn/"], "tags": _TAGS},
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
            "tags": _TAGS,
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
            "tags": _TAGS,
        },
        "spot": {"capacity": "spot", "local_ssd": True, "fips": True},
        "parts": {"accelerator": "nvidia-h100", "mig_profile": "1g.10gb"},
        "unencrypted": {"encryption_at_host": False},
    },
    "AksModelIdentity": {
        "full": {
            "output_uris": ["https://exampleresults.blob.core.windows.net/results/churn/"],
            "tags": _TAGS,
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
            "tags": _TAGS,
        },
        "joined": {
            "virtual_network_id": _NETWORK,
            "subnet_id": f"{_NETWORK}/subnets/nodes",
            "storage_accounts": {"models": _STORAGE},
        },
    },
}
