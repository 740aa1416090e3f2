"""What SageMaker's containers run as, and the key of their volumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws import iam
from facts.cloudwatch_namespaces import ENDPOINTS
from facts.sagemaker import has_local_disks
from facts.sagemaker_hosting import ecr_region

__all__ = ["Access", "execution_role", "volume_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """All that one role may reach, and nothing else."""

    images: Sequence[pulumi.Input[str]]
    """Images in Amazon ECR: their repositories are pulled from."""
    reads: Sequence[pulumi.Input[str]] = ()
    """S3 objects; with `/` at its end all below it, which is listed too."""
    prefixes: Sequence[pulumi.Input[str]] = ()
    """Beginnings of names of S3 objects; all that begin so are listed and read."""
    writes: Sequence[pulumi.Input[str]] = ()
    """S3 prefixes that are written to."""
    read_keys: Sequence[pulumi.Input[str]] = ()
    """KMS keys of what is read, and of the volumes."""
    write_keys: Sequence[pulumi.Input[str]] = ()
    """KMS keys of what is written."""
    topics: Sequence[pulumi.Input[str]] = ()
    """SNS topics that are told."""
    log_group: str
    """Log group that the containers write to."""
    metrics_namespace: str | None = ENDPOINTS
    """CloudWatch namespace that the containers may write to; None where there is none."""
    rolls_back: bool = False
    """Whether SageMaker looks at alarms by this role, to take an update back."""
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    security_group_ids: Sequence[pulumi.Input[str]] = ()


def volume_key(
    name: str,
    instance_type: str,
    *,
    of: str,
    alias: str,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> aws.kms.Key | None:
    """A key of one's own for volumes; None for instance types with local disks, which refuse one.

    Its policy is KMS's default: the account's IAM policies decide. Who makes the endpoint needs
    kms:CreateGrant and kms:DescribeKey, by which SageMaker then uses the key.
    """
    if has_local_disks(instance_type):
        return None
    key = aws.kms.Key(
        f"{name}-key",
        description=f"Volumes of the {of}",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        tags=dict(tags),
        opts=child,
    )
    aws.kms.Alias(
        f"{name}-key-alias",
        name=f"alias/sagemaker/{alias}",
        target_key_id=key.key_id,
        opts=child,
    )
    return key


def execution_role(
    name: str,
    access: Access,
    *,
    of: str,
    tags: Mapping[str, str],
    lookup: pulumi.InvokeOptions,
    child: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The role of the containers of `of`, and what it may do."""
    account_id = aws.get_caller_identity_output(opts=lookup).account_id
    region = aws.get_region_output(opts=lookup).region
    partition = aws.get_partition_output(opts=lookup).partition
    role = aws.iam.Role(
        f"{name}-role",
        description=f"What the containers of {of} may do",
        assume_role_policy=account_id.apply(
            lambda account: iam.trust("sagemaker.amazonaws.com", account)
        ),
        tags=dict(tags),
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-role-policy",
        role=role.name,
        policy=pulumi.Output.all(
            partition=partition,
            region=region,
            account=account_id,
            images=list(access.images),
            reads=list(access.reads),
            prefixes=list(access.prefixes),
            writes=list(access.writes),
            read_keys=list(access.read_keys),
            write_keys=list(access.write_keys),
            topics=list(access.topics),
            subnets=list(access.subnet_ids),
            groups=list(access.security_group_ids),
        ).apply(lambda known: _document(access, known)),
        # Replaced, not changed: the old fleet still loads its model from the old place while the
        # endpoint moves, and after a rollback. What is replaced is deleted at the very end.
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(replace_on_changes=["policy"])
        ),
    )
    return role, policy


def _document(access: Access, known: Mapping[str, Any]) -> str:
    _check_regions(known["images"], known["region"])

    def arn(service: str) -> str:
        return f"arn:{known['partition']}:{service}:{known['region']}:{known['account']}"

    group, namespace = f"{arn('logs')}:log-group:{access.log_group}", access.metrics_namespace
    return iam.document(
        *iam.read_artifacts(known["partition"], known["reads"]),
        *iam.read_prefixes(known["partition"], known["prefixes"]),
        *iam.write_below(known["partition"], known["writes"]),
        *iam.pull_images(known["partition"], known["images"]),
        *iam.use_key(known["read_keys"]),
        *iam.use_key(known["write_keys"], writes=True),
        *([iam.allow("TellTopics", ["sns:Publish"], known["topics"])] if known["topics"] else []),
        iam.write_logs(group, create_group=True),
        *([iam.put_metrics(namespace)] if namespace else []),
        # By this role SageMaker looks whether a rollout has to go back.
        # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
        *([iam.read_alarms(f"{arn('cloudwatch')}:alarm:*")] if access.rolls_back else []),
        *iam.join_network(arn("ec2"), known["subnets"], known["groups"]),
    )


def _check_regions(images: Sequence[str], region: str) -> None:
    """An image is in Amazon ECR of the same region: API_ContainerDefinition, Image."""
    for image in images:
        if ecr_region(image) not in {"", region}:
            raise pulumi.RunError(
                f"image: got {image!r}; use a copy in Amazon ECR of {region}: SageMaker pulls from "
                "no other region"
            )
