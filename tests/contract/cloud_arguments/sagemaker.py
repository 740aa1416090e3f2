"""Further arguments of the components of SageMaker."""

from collections.abc import Mapping
from typing import Any, Final

from tests.contract.cloud_arguments.shared import CANDIDATE, TAGS
from tests.unit.component_mocks import ACCOUNT, REGION

__all__ = ["FURTHER"]

_KEY_ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
_TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
_OWN_KEY_LOGS: Final = {"log_retention_days": 365, "key_arn": _KEY_ARN}
_SUBNETS: Final = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}

FURTHER: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "SageMakerEndpoint": {
        "full": {
            "data_classification": "confidential",
            "min_replicas": 2,
            "max_replicas": 6,
            "shift": "linear",
            **_SUBNETS,
            "artifact_key_arn": _KEY_ARN,
            **_OWN_KEY_LOGS,
            "alarm_topic_arn": _TOPIC,
            "tags": TAGS,
        },
        "candidate": {**CANDIDATE, "candidate_uri": "s3://models/fraud/2.0.0/model.tar.gz"},
        "shadow": {
            **CANDIDATE,
            **_OWN_KEY_LOGS,
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
            **_OWN_KEY_LOGS,
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
            **_OWN_KEY_LOGS,
            "instance_type": "ml.g5.xlarge",
            "many_models": True,
            "model_uri": "s3://models/fraud/",
        },
    },
    "SageMakerServerlessEndpoint": {
        "full": {
            "data_classification": "confidential",
            "min_replicas": 2,
            "max_replicas": 6,
            "scaling_schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 4}],
            "artifact_key_arn": _KEY_ARN,
            **_OWN_KEY_LOGS,
            "alarm_topic_arn": _TOPIC,
            "tags": TAGS,
        },
    },
    "SageMakerAsyncEndpoint": {
        "full": {
            "data_classification": "confidential",
            "min_replicas": 2,
            "max_replicas": 6,
            "shift": "linear",
            "input_uri": "s3://data/captions/requests/",
            "data_key_arn": _KEY_ARN,
            "success_topic_arn": _TOPIC,
            "error_topic_arn": _TOPIC,
            **_SUBNETS,
            "artifact_key_arn": _KEY_ARN,
            **_OWN_KEY_LOGS,
            "alarm_topic_arn": _TOPIC,
            "tags": TAGS,
        },
        "candidate": {
            **CANDIDATE,
            **_OWN_KEY_LOGS,
            "candidate_uri": "s3://models/captions/2.0.0/model.tar.gz",
        },
        "local disks": {
            **_OWN_KEY_LOGS,
            "instance_type": "ml.g5.xlarge",
        },
    },
    "SageMakerBatchTransform": {
        "full": {
            "data_classification": "confidential",
            "parallelism": 4,
            "data_key_arn": _KEY_ARN,
            "capture_uri": "s3://data/captured/",
            **_SUBNETS,
            "artifact_key_arn": _KEY_ARN,
            "alarm_topic_arn": _TOPIC,
            "tags": TAGS,
        },
        "scheduled": {
            "schedule": "30 2 * * 1-5",
            "time_zone": "Europe/Berlin",
            "dead_letter_queue_arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:lost",
        },
    },
    "SageMakerInferenceComponent": {
        "full": {
            "data_classification": "confidential",
            "min_replicas": 0,
            "max_replicas": 3,
            "scaling_schedules": [{"schedule": "0 6 * * *", "min_replicas": 1}],
            **_SUBNETS,
            "artifact_key_arn": _KEY_ARN,
            **_OWN_KEY_LOGS,
            "alarm_topic_arn": _TOPIC,
            "tags": TAGS,
        },
        "shared": {"server": "pool-dev", "max_replicas": 2},
    },
    "SageMakerSharedEndpoint": {
        "full": {
            "min_replicas": 0,
            "max_replicas": 3,
            "images": [f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/server@sha256:{'0' * 64}"],
            **_SUBNETS,
            "artifact_key_arn": _KEY_ARN,
            **_OWN_KEY_LOGS,
            "alarm_topic_arn": _TOPIC,
            "tags": TAGS,
        },
    },
}
