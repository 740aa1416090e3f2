"""Further arguments of the components of Google Cloud."""

from collections.abc import Mapping
from typing import Any, Final

from tests.contract.cloud_arguments.shared import CANDIDATE, TAGS

__all__ = ["FURTHER"]

_KEY: Final = "projects/example-models/locations/europe-west4/keyRings/a/cryptoKeys/b"

FURTHER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "CloudRunEndpoint": {
        "full": {
            "environment": "prod",
            "data_classification": "confidential",
            "min_replicas": 1,
            "max_replicas": 6,
            "accelerator": "nvidia-l4",
            "secret_environment_variables": {
                "FEATURES_PASSWORD": "projects/example-models/secrets/features/versions/1"
            },
            "callers": ["serviceAccount:shop@example-shop.iam.gserviceaccount.com"],
            "network": "serving",
            "subnetwork": "models",
            "vpc_egress": "all_traffic",
            "key": _KEY,
            "binary_authorization": True,
            "notification_channels": ["projects/example-models/notificationChannels/1"],
            "alarms": "burn_rate",
            "window_days": 7,
            "dashboard": True,
            "page_channels": ["projects/example-models/notificationChannels/2"],
            "runbook_url": "https://wiki.example/runbooks/{alert}",
            "deletion_protection": True,
            "tags": TAGS,
        },
        "candidate": {**CANDIDATE, "candidate_uri": "gs://example-models/fraud/2.0.0/model.onnx"},
        # No archive: `sourceCode` is of the beta provider, whose words scanners do not have.
        "connected": {
            "connector": "projects/example-models/locations/europe-west4/connectors/models",
        },
        "public": {
            "public_access": True,
            "data_classification": "public",
            "callers": ["allUsers"],
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
            "tags": TAGS,
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
            "tags": TAGS,
        },
        "public": {"authorized_networks": ["203.0.113.0/24"], "binary_authorization": False},
        "repositories": {
            "image_repositories": ["projects/example-models/locations/europe-west4/repositories/a"]
        },
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
            "tags": TAGS,
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
            "framework": "pytorch",
            "accelerator": "nvidia-l4",
            "input_uri": "bq://example-data.growth.customers",
            "output_uri": "bq://example-data.scores",
            "tags": TAGS,
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
            "framework": "pytorch",
            "accelerator": "nvidia-l4",
            "scaling_metric": "requests",
            "scaling_target": 300,
            "capture_percent": 10,
            "access_logs": True,
            "notification_channels": ["projects/example-models/notificationChannels/1"],
            "alarms": "burn_rate",
            "window_days": 7,
            "dashboard": True,
            "page_channels": ["projects/example-models/notificationChannels/2"],
            "runbook_url": "https://wiki.example/runbooks/{alert}",
            "tags": TAGS,
        },
        "candidate": {**CANDIDATE, "candidate_uri": "gs://example-models/fraud/2.0.0/"},
        "pool": {"framework": "tensorflow", "own_resource_pool": True, "endpoint_type": "public"},
        "given": {
            "key": _KEY,
            "service_account": "fraud@example-models.iam.gserviceaccount.com",
            "endpoint_type": "peered",
            "network": "projects/210987654321/global/networks/serving",
        },
    },
    "GkeModelIdentity": {
        "full": {"output_uris": ["gs://example-results/churn/"], "tags": TAGS},
    },
}
