"""A KMS key of one's own, for what an account's default keys cannot be told about."""

from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.place import Place, place

__all__ = ["own_key"]

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
            "ArnEquals": {
                "kms:EncryptionContext:aws:logs:arn": where.arn("logs", f"log-group:{log_group}")
            }
        },
    }
    return iam.document(account, logs)
