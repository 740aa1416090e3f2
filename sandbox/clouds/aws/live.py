"""The facts that the stand-in and its HTTP APIs read from the `live` of AWS resources."""

from typing import Any

__all__ = ["LIVE"]

# EndpointStatus of SageMaker's API.
_STATUSES = (
    *("OutOfService", "Creating", "Updating", "SystemUpdating", "RollingBack", "InService"),
    *("Deleting", "Failed", "UpdateRollbackFailed"),
)

# Shapes as `sandbox.liveshape` reads them.
LIVE: dict[str, Any] = {
    "aws:sagemaker/endpoint:Endpoint": {
        "status?": _STATUSES,
        "endpoint_config_name?": str,
        "failure_reason?": str,
        "variants?": [
            {
                "name": str,
                "desired_weight?": float,
                "current_weight?": float,
                "desired_instance_count?": int,
                "current_instance_count?": int,
                # In Pulumi's words.
                "desired_serverless_config?": {"*": int},
                "current_serverless_config?": {"*": int},
            }
        ],
        "shadow_variants?": [{}],
        # LastDeploymentConfig, in Pulumi's words.
        "deployment?": {},
        # The configuration that an update is on its way to, and since when.
        "pending?": {"config": str, "since": float},
        # The configuration whose capture of data was retained.
        "captures_as?": str,
    },
    # InferenceComponentStatus.
    "aws:cloudcontrol/resource:Resource": {
        "status?": ("InService", "Creating", "Updating", "Failed", "Deleting"),
        "endpoint?": str,
        "variant?": str,
        "specification?": {},
        "deployment?": {},
        "tags?": {"*": str},
        "desired_copies?": int,
        "current_copies?": int,
        "failure_reason?": str,
    },
    "aws:lambda/function:Function": {
        "versions?": [str],
        "codes?": {"*": str},
        # https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
        "status?": ("Pending", "Active", "Inactive", "Failed"),
        "update_status?": ("Successful", "Failed", "InProgress"),
        "failure_reason?": str,
    },
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": {
        "status?": ("IN_PROGRESS", "READY", "FAILED"),
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "state?": ("OK", "ALARM", "INSUFFICIENT_DATA"),
        "state_reason?": str,
    },
}
