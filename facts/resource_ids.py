"""Patterns of how AWS and Azure write which resource is meant."""

import re
from typing import Final

__all__ = ["IAM_ROLE", "KMS_KEY", "azure_id"]

KMS_KEY: Final = r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+"
IAM_ROLE: Final = r"arn:[^:]+:iam::\d{12}:role/.+"


def azure_id(kind: str, name: str = ".+") -> str:
    """Of a kind such as `Microsoft.Network/virtualNetworks`; `name` is the rest of the pattern."""
    return rf"/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/{re.escape(kind)}/{name}"
