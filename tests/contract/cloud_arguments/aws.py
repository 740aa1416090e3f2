"""Further arguments of the components of AWS beside SageMaker."""

from collections.abc import Mapping
from typing import Any, Final

from tests.contract.cloud_arguments.shared import CANDIDATE, TAGS
from tests.unit.component_mocks import ACCOUNT, REGION

__all__ = ["FURTHER"]

_KEY_ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
_TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
_EFA: Final[Mapping[str, Any]] = {
    "accelerator": "nvidia-h100",
    "instance_types": ["p5.48xlarge"],
    "capacity": "capacity_block",
    "reservation": "cr-0a1b2c3d",
    "zones": ["eu-west-1b"],
    "interconnect": "efa",
    "placement": "compact",
}

FURTHER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
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
            "tags": TAGS,
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
            "tags": TAGS,
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
            "tags": TAGS,
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
            "tags": TAGS,
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
            "tags": TAGS,
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
            "environment_variables": {"AB": "c"},
            "tracing": False,
            "jwt_issuer": "https://issuer.example",
            "jwt_audience": "models",
            "alarm_topic_arn": _TOPIC,
            "shift": "canary",
            "tags": TAGS,
        },
        "candidate": {**CANDIDATE, "candidate_uri": "file:iris/2.0.0/model.onnx"},
        "reached in every way": {
            "image": None,
            "s3_bucket": "packages",
            "s3_key": "iris/1.0.0.zip",
            "pull_model": True,
            "model_uri": "s3://models/iris/1.0.0/model.onnx",
            "snap_start": True,
            "function_url": True,
            "on_failure_arn": "arn:aws:sqs:eu-west-1:123456789012:failed",
            "domain": "iris.example.com",
            "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
            "cors_origins": ["https://shop.example"],
            "subnet_ids": ["subnet-0a1"],
            "security_group_ids": ["sg-0a1"],
            "code_signing_config_arn": "arn:aws:lambda:eu-west-1:123456789012:"
            f"code-signing-config:csc-{'0' * 17}",
            "shift": "linear",
            "shift_size_percent": 20,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
        },
        "warm": {
            "provisioned_concurrency": 2,
            "max_provisioned_concurrency": 8,
            "log_retention_days": 365,
            "key_arn": _KEY_ARN,
        },
    },
}
