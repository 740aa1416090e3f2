"""An endpoint of SageMaker without a model of its own, which hosts inference components.

Its one variant has instances alone; models come by inference components, each with its own number
of copies, and SageMaker has as many instances as the copies need. The execution role is the
configuration's: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_live_endpoint import live_endpoint
from components.aws.sagemaker.sagemaker_logs import log_group
from components.aws.sagemaker.sagemaker_role import Access, execution_role, volume_key
from components.checks import Checks
from facts.cloudwatch_namespaces import ENDPOINTS
from facts.inference_components import VARIANT
from facts.sagemaker import HOSTING, HOSTING_SOURCE, is_neuron, nearest

__all__ = [
    "Hosting",
    "HostingEndpoint",
    "hosting_endpoint",
    "read_instance_type",
]

_INITIAL_INSTANCES: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """What an endpoint for components is made of."""

    endpoint_name: str
    instance_type: str
    min_instances: int
    max_instances: int
    log_retention_days: int
    log_key_arn: pulumi.Input[str] | None
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class HostingEndpoint:
    """An endpoint that is in service, and what its containers run as."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    policy: aws.iam.RolePolicy


def read_instance_type(checks: Checks) -> str:
    """`instance_type`, one that hosts components."""
    given = checks.plain("instance_type")
    if given and given not in HOSTING:
        near = nearest(given)
        meant = f"{near}? " if near else ""
        checks.problem(
            "instance_type", given, f"{meant}an instance type for hosting: {HOSTING_SOURCE}"
        )
    elif given and is_neuron(given):
        checks.problem(
            "instance_type",
            given,
            "one with CPUs or NVIDIA GPUs; what fits on AWS's own chips cannot be judged here",
        )
    return given


def hosting_endpoint(
    name: str,
    hosting: Hosting,
    access: Access,
    *,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> HostingEndpoint:
    """Role, key, logs, immutable configuration and endpoint; the live one is in service."""
    child = pulumi.ResourceOptions(parent=parent)
    lookup = pulumi.InvokeOptions(parent=parent)
    key = volume_key(
        name,
        hosting.instance_type,
        of=f"SageMaker endpoint {hosting.endpoint_name}",
        alias=hosting.endpoint_name,
        tags=tags,
        child=child,
    )
    if key is not None:
        access = dataclasses.replace(access, read_keys=[key.arn, *access.read_keys])
    role, policy = execution_role(
        name, access, of=hosting.endpoint_name, tags=tags, lookup=lookup, child=child
    )
    configuration = aws.sagemaker.EndpointConfiguration(
        f"{name}-configuration",
        execution_role_arn=role.arn,
        production_variants=[
            aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                variant_name=VARIANT,
                instance_type=hosting.instance_type,
                initial_instance_count=max(_INITIAL_INSTANCES, hosting.min_instances),
                managed_instance_scaling=(
                    aws.sagemaker.EndpointConfigurationProductionVariantManagedInstanceScalingArgs(
                        status="ENABLED",
                        min_instance_count=hosting.min_instances,
                        max_instance_count=hosting.max_instances,
                    )
                ),
                routing_configs=[
                    aws.sagemaker.EndpointConfigurationProductionVariantRoutingConfigArgs(
                        routing_strategy="LEAST_OUTSTANDING_REQUESTS"
                    )
                ],
            )
        ],
        kms_key_arn=key.arn if key else None,
        tags=dict(tags),
        opts=child,
    )
    logs = log_group(
        f"{name}-endpoint",
        f"{ENDPOINTS}/{hosting.endpoint_name}",
        retention_days=hosting.log_retention_days,
        key_arn=hosting.log_key_arn,
        tags=dict(tags),
        child=child,
    )
    endpoint, live = live_endpoint(
        name,
        hosting.endpoint_name,
        configuration,
        after=[logs, policy],
        tags=tags,
        weights={VARIANT: 100},
        timeout_seconds=hosting.timeout_seconds,
        parent=parent,
    )
    return HostingEndpoint(live.endpoint_name, endpoint.arn, role.arn, policy)
