"""The log group of SageMaker's containers."""

from typing import Any

import pulumi
import pulumi_aws as aws

__all__ = ["log_group"]


def log_group(
    name: str,
    group: str,
    *,
    retention_days: int,
    key_arn: pulumi.Input[str] | None,
    tags: dict[str, str],
    child: pulumi.ResourceOptions,
) -> aws.cloudwatch.LogGroup:
    """`group`, made before SageMaker makes it itself, which then keeps logs for ever."""
    more: dict[str, Any] = {"kms_key_id": key_arn} if key_arn is not None else {}
    return aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=group,
        retention_in_days=retention_days,
        tags=tags,
        opts=child,
        **more,
    )
