"""The network of SageMaker's containers: none, or some subnets of a VPC."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from components.checks import Checks

__all__ = ["read_vpc"]


def read_vpc(checks: Checks, args: Mapping[str, Any]) -> aws.sagemaker.ModelVpcConfigArgs | None:
    """`subnet_ids` and `security_group_ids`; None is network isolation."""
    has_subnets, has_groups = checks.given("subnet_ids"), checks.given("security_group_ids")
    if has_subnets != has_groups:
        missing = "security_group_ids" if has_subnets else "subnet_ids"
        checks.problem(missing, None, "both subnet_ids and security_group_ids, or neither")
    if not has_subnets:
        return None
    return aws.sagemaker.ModelVpcConfigArgs(
        subnets=cast("list[pulumi.Input[str]]", args["subnet_ids"]),
        security_group_ids=cast("list[pulumi.Input[str]]", args.get("security_group_ids", [])),
    )
