"""A KMS key of one's own, for what an account's default keys cannot be told about."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam

__all__ = ["Place", "log_group_arn", "own_key", "place"]

# What CloudWatch Logs does with a group's key.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_LOG_ACTIONS: Final = [
    "kms:Decrypt*",
    "kms:Describe*",
    "kms:Encrypt*",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
]
# The longest that KMS allows: what was encrypted by a deleted key is gone.
_DELETION_WINDOW_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program's AWS provider works."""

    partition: str
    dns_suffix: str
    region: str
    account_id: str


def place(parent: pulumi.Resource) -> pulumi.Output[Place]:
    """Partition, DNS suffix, region and account, asked of the component's own provider."""
    lookup = pulumi.InvokeOptions(parent=parent)
    partition = aws.get_partition_output(opts=lookup)
    return pulumi.Output.all(
        partition.partition,
        partition.dns_suffix,
        aws.get_region_output(opts=lookup).region,
        aws.get_caller_identity_output(opts=lookup).account_id,
    ).apply(lambda known: Place(*known))


def log_group_arn(where: Place, log_group: str) -> str:
    """The ARN of a log group, there or not yet."""
    return f"arn:{where.partition}:logs:{where.region}:{where.account_id}:log-group:{log_group}"


def own_key(
    name: str, *, of: str, log_group: str, tags: dict[str, str], parent: pulumi.Resource
) -> aws.kms.Key:
    """A key that rotates; the account decides on its use, and one log group is encrypted by it."""
    return aws.kms.Key(
        name,
        description=f"Encrypts what {of} keeps",
        enable_key_rotation=True,
        deletion_window_in_days=_DELETION_WINDOW_DAYS,
        policy=place(parent).apply(lambda where: _policy(where, log_group)),
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _policy(where: Place, log_group: str) -> str:
    # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    account: dict[str, Any] = {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{where.partition}:iam::{where.account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    logs: dict[str, Any] = {
        "Sid": "EncryptLogs",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{where.region}.{where.dns_suffix}"},
        "Action": _LOG_ACTIONS,
        "Resource": "*",
        "Condition": {
            "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": log_group_arn(where, log_group)}
        },
    }
    return iam.document(account, logs)
