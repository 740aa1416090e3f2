"""How SageMaker itself moves traffic to a new endpoint configuration (deployment guardrails)."""

from collections.abc import Sequence
from typing import Any, Final, cast

import pulumi_aws as aws

from facts.limits import (
    SAGEMAKER_CANARY_PERCENT,
    SAGEMAKER_LINEAR_PERCENT,
    SAGEMAKER_ROLLING_PERCENT,
)

SHIFTS: Final = ("all_at_once", "canary", "linear", "rolling")
SIZE_PERCENT: Final = {
    "canary": SAGEMAKER_CANARY_PERCENT,
    "linear": SAGEMAKER_LINEAR_PERCENT,
    "rolling": SAGEMAKER_ROLLING_PERCENT,
}
# MaximumExecutionTimeoutInSeconds: API_BlueGreenUpdatePolicy, API_RollingUpdatePolicy.
_TIMEOUT_SECONDS: Final = (600, 28_800)
# pulumi-aws (7.51) waits this long for an endpoint, however long SageMaker may take: a fixed
# 60 minutes in waitEndpointInService of terraform-provider-aws; ten of them for the machines.
LONGEST_SHIFT_SECONDS: Final = 3600 - 600
_Routing = (
    aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgsDict
)


def waits(shift: str, size_percent: int) -> int:
    """How many times `wait_seconds` passes, the last time before the old fleet goes."""
    return 2 if shift in {"all_at_once", "canary"} else -(-100 // size_percent)


def timeout_seconds(shift: str, size_percent: int, wait_seconds: int) -> int:
    """Twice what the steps wait for, and an hour for the machines; within the vendor's bounds."""
    least, most = _TIMEOUT_SECONDS
    return min(max(2 * wait_seconds * waits(shift, size_percent), least) + 3600, most)


def deployment_config(
    shift: str,
    *,
    size_percent: int,
    wait_seconds: int,
    alarms: Sequence[aws.cloudwatch.MetricAlarm],
) -> aws.sagemaker.EndpointDeploymentConfigArgsDict:
    """The vendor's own shift when the configuration changes, stopped by the SLO's alarms."""
    timeout = timeout_seconds(shift, size_percent, wait_seconds)
    rollback: aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgsDict = {
        "alarms": [{"alarm_name": alarm.name} for alarm in alarms]
    }
    if shift == "rolling":
        return {
            "auto_rollback_configuration": rollback,
            "rolling_update_policy": {
                "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": size_percent},
                "wait_interval_in_seconds": wait_seconds,
                "maximum_execution_timeout_in_seconds": timeout,
            },
        }
    step: dict[str, Any] = {"type": "CAPACITY_PERCENT", "value": size_percent}
    routing: dict[str, Any] = {
        "type": shift.upper(),
        "wait_interval_in_seconds": wait_seconds,
        **({"canary_size": step} if shift == "canary" else {}),
        **({"linear_step_size": step} if shift == "linear" else {}),
    }
    return {
        "auto_rollback_configuration": rollback,
        "blue_green_update_policy": {
            "traffic_routing_configuration": cast(_Routing, routing),
            # The old fleet stays for one more interval, so that going back is instant.
            "termination_wait_in_seconds": wait_seconds,
            "maximum_execution_timeout_in_seconds": timeout,
        },
    }
