"""Where a package of Azure Functions is, and the app that runs it: inputs, checks, ids in ARM."""

import re
from collections.abc import Mapping
from typing import Any, Final

from facts.azure_functions import package_blob
from provider.input_checks import Problems, shown
from provider.values import UNKNOWN

__all__ = [
    "APP",
    "STORED",
    "account_id",
    "app_id",
    "blob_path",
    "container_id",
    "place_problems",
]

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_RULES: Final = {
    "subscriptionId": (
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "the id of a subscription",
    ),
    "resourceGroupName": (
        r"[\w().-]{0,89}[\w()-]",
        "1 to 90 letters, digits, _ - . ( ), no dot at the end",
    ),
    "accountName": (r"[a-z0-9]{3,24}", "3 to 24 lower-case letters and digits"),
    "containerName": (
        r"[a-z0-9](-?[a-z0-9])+",
        "lower-case letters, digits and single dashes",
    ),
    "appName": (r"[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]", "2 to 60 letters, digits and dashes"),
    "digest": (r"sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits"),
}


def _inputs(described: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: {"type": "string", "description": text, "willReplaceOnChanges": True}
        for key, text in described.items()
    }


STORED: Final = _inputs(
    {
        "subscriptionId": "Subscription of the storage account.",
        "resourceGroupName": "Resource group of the storage account.",
        "accountName": "Storage account, which takes no keys.",
        "containerName": "Container of the packages.",
    }
)
APP: Final = _inputs(
    {
        "subscriptionId": "Subscription of app and storage account.",
        "resourceGroupName": "Resource group of app and storage account.",
        "appName": "App on the Flex Consumption plan; a change replaces this resource, not that.",
    }
)


def place_problems(inputs: Mapping[str, object], keys: Mapping[str, object]) -> Problems:
    """What is wrong with these inputs; what is not known yet is not judged."""
    problems: Problems = []
    for key in keys:
        pattern, use = _RULES.get(key, (r".+", "a text that is not empty"))
        value = inputs.get(key)
        if value is not UNKNOWN and not (isinstance(value, str) and re.fullmatch(pattern, value)):
            problems.append((key, f"got {shown(value)}; use {use}"))
    return problems


def account_id(inputs: Mapping[str, object]) -> str:
    """The storage account's id in ARM."""
    return (
        f"/subscriptions/{inputs['subscriptionId']}"
        f"/resourceGroups/{inputs['resourceGroupName']}"
        f"/providers/Microsoft.Storage/storageAccounts/{inputs['accountName']}"
    )


def container_id(inputs: Mapping[str, object]) -> str:
    """The container's."""
    return f"{account_id(inputs)}/blobServices/default/containers/{inputs['containerName']}"


def app_id(inputs: Mapping[str, object]) -> str:
    """The app's."""
    return (
        f"/subscriptions/{inputs['subscriptionId']}"
        f"/resourceGroups/{inputs['resourceGroupName']}"
        f"/providers/Microsoft.Web/sites/{inputs['appName']}"
    )


def blob_path(inputs: Mapping[str, object], digest: str) -> str:
    """Below the account's endpoint."""
    return f"{inputs['containerName']}/{package_blob(digest)}"
