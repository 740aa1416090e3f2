"""Who an Azure ML endpoint is, and what that may do: read its models, pull its images, no more.

https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth, read 2026-11-26:
no role comes by itself with an identity of one's own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.roles import grant
from facts.stores import STORES

__all__ = ["Access", "Reach", "endpoint_access"]

_READER: Final = "Storage Blob Data Reader"
_CONTRIBUTOR: Final = "Storage Blob Data Contributor"
_CONTAINER: Final = re.compile(
    r".*/storageAccounts/([^/]+)/blobServices/default/containers/([^/]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the endpoint reads and writes; only URIs that are known are looked at."""

    reads: Sequence[pulumi.Input[str]]
    containers: Sequence[str]
    writes: Sequence[pulumi.Input[str]]
    registry_id: pulumi.Input[str] | None


@dataclass(frozen=True, slots=True)
class Access:
    """The identity, and the rights that deployments wait for."""

    identity: azure.managedidentity.UserAssignedIdentity
    rights: list[pulumi.Resource]


def endpoint_access(
    name: str,
    reach: Reach,
    *,
    subscription_id: pulumi.Input[str],
    resource_group: pulumi.Input[str],
    storage_group: pulumi.Input[str],
    location: pulumi.Input[str],
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> Access:
    """An identity with a role on each container and on the registry, and on nothing else."""
    identity = azure.managedidentity.UserAssignedIdentity(
        f"{name}-identity",
        resource_group_name=resource_group,
        location=location,
        tags=tags,
        opts=opts,
    )
    containers = _containers(reach.reads, subscription_id, storage_group)
    for one in reach.containers:
        if found := _CONTAINER.fullmatch(one):
            containers[f"{found[1]}-{found[2]}"] = one
    written = _containers(reach.writes, subscription_id, storage_group)
    rights: list[pulumi.Resource] = []
    for role, scopes, suffix in ((_READER, containers, ""), (_CONTRIBUTOR, written, "/capture")):
        rights += [
            grant(
                f"{name}-{word}{suffix}",
                role,
                scope=scope,
                to=identity,
                subscription_id=subscription_id,
                opts=opts,
            )
            for word, scope in scopes.items()
        ]
    if reach.registry_id is not None:
        rights.append(
            grant(
                f"{name}-images",
                "AcrPull",
                scope=reach.registry_id,
                to=identity,
                subscription_id=subscription_id,
                opts=opts,
            )
        )
    return Access(identity, rights)


def _containers(
    uris: Iterable[pulumi.Input[str]],
    subscription_id: pulumi.Input[str],
    group: pulumi.Input[str],
) -> dict[str, pulumi.Input[str]]:
    """Ids of the containers that URIs name, by account and container."""
    known = [re.fullmatch(STORES["blob"].pattern, uri) for uri in uris if isinstance(uri, str)]
    return {
        f"{parts['account']}-{parts['container']}": pulumi.Output.concat(
            "/subscriptions/",
            subscription_id,
            "/resourceGroups/",
            group,
            f"/providers/Microsoft.Storage/storageAccounts/{parts['account']}"
            f"/blobServices/default/containers/{parts['container']}",
        )
        for parts in filter(None, known)
    }
