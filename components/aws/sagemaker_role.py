"""What a SageMaker endpoint's containers run as, and the key of their volumes."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.serving import Core


def volume_key(core: Core, child: pulumi.ResourceOptions) -> aws.kms.Key:
    """A key of the endpoint's own, for its volumes.

    Its policy is KMS's default: the account's IAM policies decide. Who makes the endpoint needs
    kms:CreateGrant and kms:DescribeKey, by which SageMaker then uses the key.
    """
    key = aws.kms.Key(
        f"{core.name}-key",
        description=f"Volumes of the SageMaker endpoint {core.physical_name}",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        tags=core.aws_tags(),
        opts=child,
    )
    aws.kms.Alias(
        f"{core.name}-key-alias",
        name=f"alias/sagemaker/{core.physical_name}",
        target_key_id=key.key_id,
        opts=child,
    )
    return key


def execution_role(
    core: Core,
    *,
    image: pulumi.Output[str],
    uris: Sequence[pulumi.Input[str]],
    key_arns: Sequence[pulumi.Input[str]],
    subnet_ids: Sequence[pulumi.Input[str]],
    security_group_ids: Sequence[pulumi.Input[str]],
    lookup: pulumi.InvokeOptions,
    child: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The containers' role, and what it may do."""
    account_id = aws.get_caller_identity_output(opts=lookup).account_id
    region = aws.get_region_output(opts=lookup).region
    partition = aws.get_partition_output(opts=lookup).partition
    role = aws.iam.Role(
        f"{core.name}-role",
        description=f"What the containers of {core.physical_name} may do",
        assume_role_policy=account_id.apply(
            lambda account: iam.trust("sagemaker.amazonaws.com", account)
        ),
        tags=core.aws_tags(),
        opts=child,
    )

    def document(known: dict[str, Any]) -> str:
        def arn(service: str) -> str:
            return f"arn:{known['partition']}:{service}:{known['region']}:{known['account']}"

        return iam.document(
            *iam.read_artifacts(known["partition"], known["uris"]),
            *iam.pull_images(known["partition"], [known["image"]]),
            *iam.use_key(known["key_arns"]),
            iam.write_logs(
                f"{arn('logs')}:log-group:/aws/sagemaker/Endpoints/{core.physical_name}",
                create_group=True,
            ),
            iam.put_metrics("/aws/sagemaker/Endpoints"),
            # By this role SageMaker looks whether a rollout has to go back.
            # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
            iam.read_alarms(f"{arn('cloudwatch')}:alarm:*"),
            *iam.join_network(arn("ec2"), known["subnets"], known["groups"]),
        )

    policy = aws.iam.RolePolicy(
        f"{core.name}-role-policy",
        role=role.name,
        policy=pulumi.Output.all(
            partition=partition,
            region=region,
            account=account_id,
            uris=list(uris),
            image=image,
            key_arns=list(key_arns),
            subnets=list(subnet_ids),
            groups=list(security_group_ids),
        ).apply(document),
        # Replaced, not changed: the old fleet still loads its model from the old place while the
        # endpoint moves, and after a rollback. What is replaced is deleted at the very end.
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(replace_on_changes=["policy"])
        ),
    )
    return role, policy
