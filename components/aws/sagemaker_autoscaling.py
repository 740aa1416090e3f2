"""Instances of a SageMaker variant that follow its load."""

from typing import Final

import pulumi
import pulumi_aws as aws

from components.serving import Core

# Out at once, in slowly: an instance needs minutes to start.
_SCALE_OUT_COOLDOWN_SECONDS: Final = 60
_SCALE_IN_COOLDOWN_SECONDS: Final = 300


def follow_load(
    core: Core,
    endpoint_name: pulumi.Output[str],
    *,
    variant: str,
    invocations_per_instance: int,
    child: pulumi.ResourceOptions,
) -> None:
    """Keep a variant between its bounds by the invocations that each of its instances gets."""
    target = aws.appautoscaling.Target(
        f"{core.name}-{variant}-scaling-target",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=pulumi.Output.concat("endpoint/", endpoint_name, f"/variant/{variant}"),
        min_capacity=core.min_replicas,
        max_capacity=core.max_replicas,
        tags=core.aws_tags(),
        opts=child,
    )
    aws.appautoscaling.Policy(
        f"{core.name}-{variant}-scaling-policy",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration={
            "target_value": float(invocations_per_instance),
            "predefined_metric_specification": {
                "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"
            },
            "scale_in_cooldown": _SCALE_IN_COOLDOWN_SECONDS,
            "scale_out_cooldown": _SCALE_OUT_COOLDOWN_SECONDS,
        },
        opts=child,
    )
